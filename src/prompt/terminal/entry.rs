//! A line on the terminal that is no code.

use rustix::process::Signal;
use zeroize::Zeroizing;

use super::{
    super::{Entry, tty_lock},
    Asking, Line, Meaning, Refusal, Screen, interrupt_job, open, pause,
};
use crate::{output::escape, secret::Secret};

/// Longer than any key or session token, with room for a slip.
const MOST: usize = 8 * 1024;

/// Puts the question.
pub(in crate::prompt) fn enter(asking: &Asking<'_>, entry: &Entry<'_>) -> Result<Secret, Refusal> {
    let terminal = open().map_err(Refusal::Nobody)?;
    let _turn = tty_lock::wait(|| match asking.time_left() {
        Some(_) => pause(&terminal, asking),
        None => Err(Refusal::TimedOut),
    })?;
    let mut screen = Screen::quiet(&terminal)?;
    screen.shows = entry.shown;
    let prompt = escape(entry.prompt);
    if !entry.about.is_empty() {
        screen.write(&format!("{}\n", escape(entry.about)), asking)?;
    }
    screen.write(&prompt, asking)?;
    let mut line = Line::new(screen.keys(), MOST);
    let meaning = screen.read(&mut line, &prompt, asking)?;
    let signal = match meaning {
        Meaning::Done => {
            let text = String::from_utf8(line.text().trim_ascii().to_vec()).map_err(|error| {
                drop(Zeroizing::new(error.into_bytes()));
                Refusal::Failed("what was typed is not UTF-8".to_owned())
            })?;
            return Ok(Secret::new(text));
        }
        Meaning::Stop => return Err(Refusal::Stopped),
        Meaning::Interrupt => Some(Signal::INT),
        Meaning::Quit => Some(Signal::QUIT),
        Meaning::End | Meaning::More => None,
    };
    drop(screen);
    if let Some(signal) = signal {
        interrupt_job(signal, asking);
    }
    Err(Refusal::Cancelled)
}
