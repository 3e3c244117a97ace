//! Systems other than Unix: no signals, and the console can't be asked without unsafe code.

#![allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is more to do")]

use std::{convert::Infallible, fs::File, io};

use zeroize::Zeroizing;

use super::{
    asking::Asking,
    list::List,
    question::{Question, Unanswered},
};

/// Holds back the signals that end a process: there are none.
pub struct SignalGuard;

impl SignalGuard {
    /// Does nothing.
    pub fn start() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn start_asking() -> io::Result<Self> {
        Ok(Self)
    }

    /// Returns `false`.
    pub fn is_interrupted(&self) -> bool {
        false
    }

    /// Does nothing.
    pub fn reset(&self) {}

    /// Does nothing.
    pub(crate) fn cancel_questions(&self) {}

    /// Returns `None`.
    pub(crate) fn take_signal(&self) -> Option<i32> {
        None
    }

    pub(super) fn was_continued(&self) -> bool {
        false
    }

    pub(super) fn is_caller_gone(&self) -> bool {
        false
    }

    pub(super) fn end(self) -> bool {
        false
    }

    pub(crate) fn end_as_signalled(self) {}
}

/// The controlling terminal: it can't be used.
pub(super) struct Tty(Infallible);

impl Tty {
    pub(super) fn open() -> Result<Self, Unanswered> {
        let why = "rolecall does not ask in the console on this system";
        Err(Unanswered::Nobody(why.to_owned()))
    }

    pub(super) fn is_ours(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn discard_input(&self) {
        match self.0 {}
    }

    pub(super) fn write(&self, _: &str, _: &Asking<'_>) -> Result<(), Unanswered> {
        match self.0 {}
    }
}

/// The terminal while it shows nothing: it can't be used.
pub(super) struct QuietTty(Infallible);

impl QuietTty {
    pub(super) fn new(tty: Tty) -> Option<Self> {
        match tty.0 {}
    }

    pub(super) fn read(&self, _: &mut [u8]) -> Option<usize> {
        match self.0 {}
    }
}

pub(super) fn ask(
    tty: &Tty,
    _: &Question<'_>,
    _: &Asking<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unanswered> {
    match tty.0 {}
}

pub(super) fn choose(tty: &Tty, _: &List<'_>, _: &Asking<'_>) -> Result<Vec<usize>, Unanswered> {
    match tty.0 {}
}

/// Returns `true`: there are no jobs.
pub(crate) fn is_in_foreground() -> bool {
    true
}

/// Does nothing: there is nothing like Ctrl-Z.
pub fn stop_job() {}

pub(super) struct SuspendKeyOff;

impl SuspendKeyOff {
    pub(super) fn new() -> Option<Self> {
        None
    }
}

pub(super) struct Loan(Infallible);

impl Loan {
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn file(&self) -> io::Result<File> {
        match self.0 {}
    }

    pub(super) fn restore(&self) {
        match self.0 {}
    }
}
