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

use rustix::event::PollFlags;
use zeroize::Zeroizing;

use super::{
    super::{
        asking::Asking,
        question::{Question, Unanswered},
    },
    device::{Tty, interrupt_job},
    line::{Line, Meaning},
    lock::take_turn,
    screen::Screen,
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
    let end = Reader { screen: &screen, prompt: &prompt, asking }.read(&mut line);
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

/// Who reads the answer to a prompt.
struct Reader<'r> {
    screen: &'r Screen<'r>,
    prompt: &'r str,
    asking: &'r Asking<'r>,
}

impl Reader<'_> {
    /// Reads keys until one of them ends the line.
    fn read(&self, line: &mut Line) -> Result<Meaning, Unanswered> {
        let Self { screen, prompt, asking } = *self;
        loop {
            let is_ready = screen.tty.wait(PollFlags::IN, asking)?;
            if asking.signals.was_continued() {
                // Whoever had the terminal meanwhile may have changed its settings.
                screen.set()?;
                line.clear();
                screen.tty.write(&format!("\n{prompt}"), asking)?;
                continue;
            }
            if !is_ready {
                continue;
            }
            // A terminal that edits the line returns one line at most. From one that doesn't, a
            // single key is read: what is typed behind the line is for the next program.
            let mut keys = Zeroizing::new([0; 1024]);
            let most = if screen.is_hidden { 1 } else { keys.len() };
            match { &screen.tty.0 }.read(&mut keys[..most]) {
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
