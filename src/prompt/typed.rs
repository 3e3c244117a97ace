//! Lines that a person may type while something else is waited for.

use zeroize::Zeroizing;

use super::{terminal::tty, tty::QuietTty};
use crate::{context::Context, secret::Secret};

/// The most bytes of a line.
const LONGEST: usize = 16 * 1024;

/// The lines of the controlling terminal, which does not show them until this is dropped. Signals that would end
/// the process must be held back by the caller.
pub(crate) struct TypedLines {
    tty: QuietTty,
    line: Zeroizing<Vec<u8>>,
}

impl TypedLines {
    /// Opens the terminal; `None` if there is none, or `ROLECALL_PROMPT` forbids it. What was typed before
    /// is discarded.
    pub(crate) fn open(context: &Context) -> Option<Self> {
        let tty = QuietTty::new(tty(context).ok()?)?;
        // Room for all of it: a buffer that grows leaves copies behind.
        Some(Self { tty, line: Zeroizing::new(Vec::with_capacity(LONGEST)) })
    }

    /// Returns the next line that is not empty, without the white space around it, if one was typed. Never
    /// waits, and reads nothing while we are in the background.
    pub(crate) fn poll(&mut self) -> Option<Secret> {
        let mut piece = Zeroizing::new([0; 1024]);
        loop {
            let count = self.tty.read(&mut *piece)?;
            for &byte in &piece[..count] {
                if byte == b'\n' {
                    let line = str::from_utf8(self.line.trim_ascii()).map(Secret::from);
                    self.line.clear();
                    // A terminal that edits the line returns one line at most.
                    return line.ok().filter(|line| !line.expose().is_empty());
                }
                if self.line.len() < LONGEST {
                    self.line.push(byte);
                }
            }
        }
    }
}
