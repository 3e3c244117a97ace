//! One question at the terminal and the line that is typed, shown or not.
//!
//! The keys that would send a signal are read like others, so no signal arrives before the terminal
//! is as it was. With the signal of Ctrl-Z, the shell would take the terminal back while we still
//! use it, and then the kernel stops whoever changes its settings.
//!
//! - A hidden line: the terminal echoes nothing and returns each key at once.
//! - A shown line: the terminal shows and edits the line itself. For it, Ctrl-C and Ctrl-Z end a
//!   line as Enter does. Ctrl-\ alone still sends its signal.

use std::io::{self, Read as _, Write as _};

use rustix::{
    event::PollFlags,
    termios::{LocalModes as Mode, SpecialCodeIndex as Key, Termios},
};
use zeroize::Zeroizing;

use super::{
    super::{
        asking::Asking,
        question::{Question, Unanswered},
    },
    device::{NO_KEY, SuspendKeyOff, Tty, interrupt_job},
    line::{Keys, Line, Meaning},
    lock::take_turn,
};
use crate::output::escape;

/// Waits for our turn, asks the question and returns the line. The terminal is then as it was
/// before.
pub(in crate::prompt) fn ask(
    tty: &Tty,
    question: &Question<'_>,
    asking: &Asking<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unanswered> {
    let _turn = take_turn(tty, asking)?;
    let screen = Screen::new(tty, question.is_hidden)?;
    let prompt = escape(question.prompt);
    let about = question.about.iter().map(|line| format!("{}\n", escape(line)));
    tty.write(&(about.collect::<String>() + &prompt), asking)?;
    let mut line = Line::new(screen.keys());
    let end = screen.read(&mut line, &prompt, asking);
    // The terminal itself shows the end of a line that is shown.
    if (question.is_hidden || end != Ok(Meaning::Done)) && tty.is_ours() {
        drop({ &tty.0 }.write(b"\n"));
    }
    drop(screen);
    match end? {
        Meaning::Done => return Ok(line.into_text()),
        Meaning::Stop => return Err(Unanswered::Stopped),
        Meaning::Signal(signal) => interrupt_job(signal, asking),
        Meaning::End | Meaning::More => {}
    }
    Err(Unanswered::Cancelled)
}

/// A terminal with the settings for a question, until this is dropped.
struct Screen<'t> {
    tty: &'t Tty,
    is_hidden: bool,
    before: Termios,
    /// A shown line only: without it, the key would stop us.
    _suspend_key: Option<SuspendKeyOff>,
}

impl<'t> Screen<'t> {
    fn new(tty: &'t Tty, is_hidden: bool) -> Result<Self, Unanswered> {
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

    fn set(&self) -> Result<(), Unanswered> {
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

    fn keys(&self) -> Keys {
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

    /// Reads keys until one of them ends the line.
    fn read(
        &self,
        line: &mut Line,
        prompt: &str,
        asking: &Asking<'_>,
    ) -> Result<Meaning, Unanswered> {
        loop {
            let is_ready = self.tty.wait(PollFlags::IN, asking)?;
            if asking.signals.was_continued() {
                // Whoever had the terminal meanwhile may have changed its settings.
                self.set()?;
                line.clear();
                self.tty.write(&format!("\n{prompt}"), asking)?;
                continue;
            }
            if !is_ready {
                continue;
            }
            // A terminal that edits the line returns one line at most. From one that doesn't, a
            // single key is read: what is typed behind the line is for the next program.
            let mut keys = Zeroizing::new([0; 1024]);
            let most = if self.is_hidden { 1 } else { keys.len() };
            match { &self.tty.0 }.read(&mut keys[..most]) {
                // Ctrl-D on an empty line that is shown; or the terminal is gone.
                Ok(0) => return Err(Unanswered::Cancelled),
                Ok(count) => {
                    let mut meanings = keys[..count].iter().map(|key| line.take(*key));
                    if let Some(end) = meanings.find(|meaning| *meaning != Meaning::More) {
                        return Ok(end);
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                    _ => return Err(Unanswered::Cancelled),
                },
            }
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.tty.restore(&self.before);
    }
}
