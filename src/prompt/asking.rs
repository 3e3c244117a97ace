//! What ends a question: its deadline, a signal, the end of the process that called us.

use std::time::Duration;

use super::{mode::PromptMode, question::Unanswered, signals::SignalGuard};
use crate::context::Context;

/// The conditions under which questions are asked.
///
/// While this exists, signals that would end the process end the question instead.
pub(super) struct Asking<'c> {
    pub(super) context: &'c Context,
    pub(super) signals: SignalGuard,
    /// Counted from the start of the process.
    deadline: Duration,
    /// With less time than this, no question is asked.
    min_time: Duration,
}

impl<'c> Asking<'c> {
    pub(super) fn start(
        context: &'c Context,
        deadline: Duration,
        min_time: Duration,
    ) -> Result<Self, Unanswered> {
        let signals = SignalGuard::start_asking().map_err(|error| {
            Unanswered::Failed(format!("can't set up signal handlers: {error}"))
        })?;
        let asking = Self { context, signals, deadline, min_time };
        asking.has_time().then_some(asking).ok_or(Unanswered::TimedOut)
    }

    /// Whether enough time is left to ask.
    pub(super) fn has_time(&self) -> bool {
        self.time_left().is_some_and(|left| left >= self.min_time)
    }

    /// Returns the time until the deadline; `None` if it has passed.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.deadline.checked_sub(self.context.elapsed()).filter(|left| !left.is_zero())
    }

    /// Whether a signal came, or the process that called us is gone.
    pub(super) fn is_cancelled(&self) -> bool {
        self.signals.is_interrupted() || self.signals.is_caller_gone()
    }

    /// Returns `answer`, unless a signal came in the last moment: the human pressed Enter, then
    /// Ctrl-C.
    pub(super) fn end<T>(self, answer: Result<T, Unanswered>) -> Result<T, Unanswered> {
        if self.signals.end() { Err(Unanswered::Cancelled) } else { answer }
    }
}

/// Returns the first of the two results that `mode` allows and that isn't [`Unanswered::Nobody`].
pub(super) fn first<T>(
    mode: PromptMode,
    at_terminal: impl FnOnce() -> Result<T, Unanswered>,
    in_dialog: impl FnOnce() -> Result<T, Unanswered>,
) -> Result<T, Unanswered> {
    let mut reasons = Vec::new();
    if mode.allows_terminal() {
        match at_terminal() {
            Err(Unanswered::Nobody(why)) => reasons.push(why),
            result => return result,
        }
    }
    if mode.allows_dialog() {
        match in_dialog() {
            Err(Unanswered::Nobody(why)) => reasons.push(why),
            result => return result,
        }
    }
    if mode == PromptMode::Never {
        reasons.push("ROLECALL_PROMPT is 'never'".to_owned());
    }
    Err(Unanswered::Nobody(reasons.join("; ")))
}
