//! The terminal for a program that may ask there.

use std::{
    fs::{File, OpenOptions},
    io,
};

use rustix::termios::Termios;

use super::device::Tty;

/// The terminal for another program. Its settings can be restored if that program is killed before
/// it can do so.
pub(in crate::prompt) struct Loan {
    tty: Tty,
    /// Unlike ours it blocks: programs don't expect a terminal that doesn't.
    blocking: File,
    before: Termios,
}

impl Loan {
    /// Returns `None` if there is no terminal, or we are in its background.
    pub(in crate::prompt) fn new() -> Option<Self> {
        let tty = Tty::open().ok()?;
        let blocking = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tty.settings().ok()?;
        Some(Self { tty, blocking, before })
    }

    pub(in crate::prompt) fn file(&self) -> io::Result<File> {
        self.blocking.try_clone()
    }

    pub(in crate::prompt) fn restore(&self) {
        self.tty.restore(&self.before);
    }
}
