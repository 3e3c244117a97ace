//! The terminal while lines may be typed that it must not show, and something else is waited for.

use std::io::Read as _;

use rustix::{
    event::PollFlags,
    termios::{LocalModes as Mode, Termios},
};

use super::device::{SuspendKeyOff, Tty};

/// A terminal that edits lines without showing them, until this is dropped. Ctrl-C sends its signal as ever,
/// which the caller must hold back. Ctrl-Z does nothing: it would leave the terminal like this.
pub(in crate::prompt) struct QuietTty {
    tty: Tty,
    before: Termios,
    _suspend_key: Option<SuspendKeyOff>,
}

impl QuietTty {
    /// Changes the settings of `tty`, and discards what was typed before; `None` if that is not possible.
    pub(in crate::prompt) fn new(tty: Tty) -> Option<Self> {
        let before = tty.settings().ok()?;
        let suspend_key = SuspendKeyOff::new();
        let mut settings = tty.settings().ok()?;
        settings.local_modes.remove(Mode::ECHO);
        settings.local_modes.insert(Mode::ICANON | Mode::ISIG | Mode::ECHONL);
        tty.discard_input();
        tty.apply(&settings).ok()?;
        Some(Self { tty, before, _suspend_key: suspend_key })
    }

    /// Reads what was typed, if we are in the foreground. Never waits; `None` if there is nothing.
    pub(in crate::prompt) fn read(&self, to: &mut [u8]) -> Option<usize> {
        if !self.tty.is_ready_now(PollFlags::IN) || !self.tty.is_ours() {
            return None;
        }
        { &self.tty.0 }.read(to).ok().filter(|count| *count > 0)
    }
}

impl Drop for QuietTty {
    fn drop(&mut self) {
        self.tty.restore(&self.before);
    }
}
