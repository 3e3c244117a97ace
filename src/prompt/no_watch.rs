//! Where there are no signals: nothing ends a question from outside, save the end of the process.

#![allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is more to do")]

use std::io;

/// See the Unix one.
pub struct Watch;

impl Watch {
    /// See the Unix one.
    pub fn start() -> io::Result<Self> {
        Ok(Self)
    }

    /// See the Unix one.
    pub fn is_interrupted(&self) -> bool {
        false
    }

    /// See the Unix one.
    pub fn heed(&self) {}

    pub(super) fn is_caller_gone(&self) -> bool {
        false
    }

    pub(super) fn end(self) -> bool {
        false
    }
}
