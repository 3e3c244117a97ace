//! Progress of long operations, as a line on the terminal.

use std::time::Duration;

use rolecall::{Context, Failure, Streams, Waiting, escape, waiting_in_own_words};

use crate::{caller::Caller, failure::is_refused_with};

/// How long each character of the spinner is shown.
const TURN: Duration = Duration::from_millis(100);
const FIGURES: [char; 4] = ['|', '/', '-', '\\'];
/// How long changes in IAM may take to be visible everywhere.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const LIMIT: Duration = Duration::from_mins(1);
/// The pauses between attempts: each is twice as long as the previous one, up to a limit.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The line on stderr. It must be wiped before anything else is written. If stderr is not a
/// terminal, nothing is shown.
pub(crate) struct Progress<'c> {
    is_on: bool,
    /// While this line is shown, calls don't show theirs.
    _waiting: Waiting<'c>,
}

impl<'c> Progress<'c> {
    /// Returns one that is shown if stderr is a terminal.
    pub(crate) fn new(context: &'c Context) -> Self {
        Self { is_on: context.stderr_is_terminal(), _waiting: waiting_in_own_words(context) }
    }

    /// Replaces the line with `text`, which must already be escaped.
    pub(crate) fn show(&self, text: &str, streams: &mut Streams<'_>) {
        if self.is_on {
            // If stderr is closed, progress can't be shown.
            drop(write!(streams.stderr, "\r\x1b[K{text}").and_then(|()| streams.stderr.flush()));
        }
    }

    /// Wipes the line.
    pub(crate) fn wipe(&self, streams: &mut Streams<'_>) {
        self.show("", streams);
    }
}

/// A message with a spinner; if stderr is not a terminal, the message is printed once.
pub(crate) struct Spinner<'t> {
    progress: Progress<'t>,
    text: &'t str,
}

impl<'t> Spinner<'t> {
    /// Shows `text`, which says what rolecall is waiting for.
    pub(crate) fn start(caller: &Caller<'t>, text: &'t str, streams: &mut Streams<'_>) -> Self {
        let spinner = Self { progress: Progress::new(caller.context), text };
        spinner.show(0, streams);
        if !spinner.progress.is_on {
            streams.note(&format!("{}\n", escape(text)));
        }
        spinner
    }

    fn show(&self, turn: usize, streams: &mut Streams<'_>) {
        let figure = FIGURES[turn % FIGURES.len()];
        self.progress.show(&format!("{figure} {}", escape(self.text)), streams);
    }

    /// Waits while the spinner turns. Returns `false` if a signal cut it short.
    pub(crate) fn turn(
        &self,
        caller: &Caller<'_>,
        time: Duration,
        streams: &mut Streams<'_>,
    ) -> bool {
        let (mut left, mut turn) = (time, 0);
        while !left.is_zero() {
            turn += 1;
            self.show(turn, streams);
            let part = TURN.min(left);
            if !caller.pause(part) {
                return false;
            }
            left -= part;
        }
        true
    }

    /// Wipes the line.
    pub(crate) fn end(self, streams: &mut Streams<'_>) {
        self.progress.wipe(streams);
    }
}

/// Waiting for something that was created a moment ago.
pub(crate) struct Wait<'w> {
    /// The message.
    pub(crate) text: &'w str,
    /// The error codes that AWS returns until it is visible everywhere.
    pub(crate) codes: &'w [&'w str],
    /// Whether to show the message before the first attempt.
    pub(crate) is_told_at_once: bool,
}

impl Wait<'_> {
    /// Retries for at most one minute.
    pub(crate) fn until<T>(
        &self,
        caller: &Caller<'_>,
        streams: &mut Streams<'_>,
        attempt: impl Fn() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (end, mut pause) = (caller.context.elapsed() + LIMIT, FIRST_PAUSE);
        let mut spinner = self.is_told_at_once.then(|| Spinner::start(caller, self.text, streams));
        let answer = loop {
            let answer = attempt();
            let is_unknown = answer.as_ref().is_err_and(|it| is_refused_with(it, self.codes));
            if !is_unknown || caller.context.elapsed() > end {
                break answer;
            }
            let spinner = spinner.get_or_insert_with(|| Spinner::start(caller, self.text, streams));
            if !spinner.turn(caller, pause, streams) {
                break Err(Failure::Interrupted);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        if let Some(spinner) = spinner {
            spinner.end(streams);
        }
        answer
    }
}
