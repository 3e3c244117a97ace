//! Asking a human at the terminal for something else than an MFA code: a line, shown or not.

use std::time::Duration;

use super::{Asking, Mode, Question, Refusal, VARIABLE, terminal, watch::Watch};
use crate::{context::Context, secret::Secret};

/// What is to be typed.
pub struct Entry<'e> {
    /// The line before the question; empty: none.
    pub about: &'e str,
    /// The question.
    pub prompt: &'e str,
    /// Whether what is typed is shown.
    pub shown: bool,
}

/// Asks for a line on the controlling terminal, and nowhere else; without the space around it.
///
/// It ends as [`super::ask`] does: at `deadline`, for a signal, and when a key says so.
pub fn enter(entry: &Entry<'_>, context: &Context, deadline: Duration) -> Result<Secret, Refusal> {
    let mode = Mode::of(context).map_err(Refusal::Failed)?;
    if !mode.allows_terminal() {
        return Err(Refusal::Nobody(format!("{VARIABLE} forbids it")));
    }
    terminal::usable().map_err(Refusal::Nobody)?;
    let watch = Watch::start()
        .map_err(|error| Refusal::Failed(format!("signals can't be watched: {error}")))?;
    let question =
        Question { serial: "", about: entry.about, again: None, command: None, chain: &[] };
    let asking = Asking { question: &question, context, deadline, watch: &watch };
    let answer = terminal::enter(&asking, entry);
    if watch.end() { Err(Refusal::Cancelled) } else { answer }
}
