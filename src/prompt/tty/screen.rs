//! The terminal's settings during a question.

use rustix::termios::{LocalModes as Mode, SpecialCodeIndex as Key, Termios};

use super::{
    super::question::Unanswered,
    device::{NO_KEY, SuspendKeyOff, Tty},
    line::Keys,
};

/// A terminal with the settings for a question, until this is dropped.
pub(super) struct Screen<'t> {
    pub(super) tty: &'t Tty,
    pub(super) is_hidden: bool,
    before: Termios,
    /// A shown line only: without it, the key would stop us.
    _suspend_key: Option<SuspendKeyOff>,
}

impl<'t> Screen<'t> {
    pub(super) fn new(tty: &'t Tty, is_hidden: bool) -> Result<Self, Unanswered> {
        let before = tty.settings()?;
        let suspend_key = if is_hidden { None } else { SuspendKeyOff::new() };
        let screen = Self { tty, is_hidden, before, _suspend_key: suspend_key };
        if is_hidden {
            // What was typed before the question is no answer to it.
            tty.discard_input();
        }
        screen.set()?;
        Ok(screen)
    }

    pub(super) fn set(&self) -> Result<(), Unanswered> {
        let mut settings = self.before.clone();
        let (modes, keys) = (&mut settings.local_modes, &mut settings.special_codes);
        if self.is_hidden {
            modes.remove(Mode::ECHO | Mode::ECHONL | Mode::ICANON | Mode::IEXTEN | Mode::ISIG);
            (keys[Key::VMIN], keys[Key::VTIME]) = (1, 0);
        } else {
            modes.insert(Mode::ICANON | Mode::IEXTEN);
            (keys[Key::VEOL], keys[Key::VINTR]) = (keys[Key::VINTR], NO_KEY);
            (keys[Key::VEOL2], keys[Key::VSUSP]) = (keys[Key::VSUSP], NO_KEY);
        }
        self.tty.apply(&settings)
    }

    pub(super) fn keys(&self) -> Keys {
        let codes = &self.before.special_codes;
        Keys {
            interrupt: codes[Key::VINTR],
            quit: codes[Key::VQUIT],
            stop: codes[Key::VSUSP],
            end: codes[Key::VEOF],
            erase: codes[Key::VERASE],
            erase_word: codes[Key::VWERASE],
            erase_line: codes[Key::VKILL],
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.tty.restore(&self.before);
    }
}
