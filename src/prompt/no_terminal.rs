//! Systems other than Unix: the console can't be asked without unsafe code, so a dialog it is.

#![allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is more to do")]

use crate::secret::Secret;

use super::{Asking, Entry, Refusal};

pub(super) fn usable() -> Result<(), String> {
    Err("rolecall does not ask in the console on this system".to_owned())
}

pub(super) fn ask(_: &Asking<'_>) -> Result<Secret, Refusal> {
    usable().map(|()| unreachable!("BUG: it is never usable")).map_err(Refusal::Nobody)
}

pub(super) fn enter(_: &Asking<'_>, _: &Entry<'_>) -> Result<Secret, Refusal> {
    usable().map(|()| unreachable!("BUG: it is never usable")).map_err(Refusal::Nobody)
}

/// There is nothing like Ctrl-Z.
pub(super) fn stop_job() {}

/// There is no Ctrl-Z to be kept off.
pub(super) struct Unstoppable;

impl Unstoppable {
    pub(super) fn new() -> Option<Self> {
        None
    }
}

/// A terminal that a program may ask on: there is none.
pub(super) struct Lent;

impl Lent {
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn hand_out(&self) -> std::io::Result<std::fs::File> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(super) fn put_right(&self) {}
}
