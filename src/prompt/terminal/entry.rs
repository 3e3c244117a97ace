//! A line on the terminal that is no code.

use zeroize::Zeroizing;

use super::{
    super::{Entry, tty_lock},
    Asking, Line, Meaning, Refusal, Screen, open, pause,
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
    match screen.read(&mut line, &prompt, asking)? {
        Meaning::Done => {}
        given_up => return Err(screen.give_up(given_up, asking)),
    }
    let text = String::from_utf8(line.text().trim_ascii().to_vec()).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Refusal::Failed("what was typed is not UTF-8".to_owned())
    })?;
    Ok(Secret::new(text))
}
