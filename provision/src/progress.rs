//! How far something long has come: a line on a terminal.

use std::time::Duration;

use rolecall::{
    aws::Failure,
    context::Context,
    output::{Streams, escape},
};

use crate::{caller::Caller, failure::is_refused_with};

/// How long a figure of the spinner is shown.
const TURN: Duration = Duration::from_millis(100);
const FIGURES: [char; 4] = ['|', '/', '-', '\\'];
/// How long it may take until IAM's changes are known everywhere.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const LIMIT: Duration = Duration::from_mins(1);
/// The pauses between tries: each twice as long as the one before, up to a limit.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The line. It stands on stderr and must be wiped before anything else is written. There is none
/// where stderr is no terminal.
pub(crate) struct Progress {
    is_on: bool,
}

impl Progress {
    /// Shown where stderr is a terminal.
    pub(crate) fn new(context: &Context) -> Self {
        Self { is_on: context.stderr_is_terminal() }
    }

    /// Puts `text`, which must be fit to be shown, in the place of what stood there.
    pub(crate) fn show(&self, text: &str, streams: &mut Streams<'_>) {
        if self.is_on {
            // Nobody is left to look when stderr is gone.
            drop(write!(streams.stderr, "\r\x1b[K{text}").and_then(|()| streams.stderr.flush()));
        }
    }

    /// Wipes it.
    pub(crate) fn wipe(&self, streams: &mut Streams<'_>) {
        self.show("", streams);
    }
}

/// What is waited for, with a figure that turns; where stderr is no terminal, a line once.
pub(crate) struct Spinner<'t> {
    progress: Progress,
    text: &'t str,
}

impl<'t> Spinner<'t> {
    /// Shows it. `text` says what is waited for.
    pub(crate) fn start(caller: &Caller<'_>, text: &'t str, streams: &mut Streams<'_>) -> Self {
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

    /// Waits so long while it turns; `false`: a signal came, and it was cut short.
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

    /// Wipes it.
    pub(crate) fn end(self, streams: &mut Streams<'_>) {
        self.progress.wipe(streams);
    }
}

/// What is waited for because it was made a moment ago.
pub(crate) struct Wait<'w> {
    /// What is told of it.
    pub(crate) text: &'w str,
    /// What AWS refuses with as long as it is not known everywhere.
    pub(crate) codes: &'w [&'w str],
    /// Whether it is told before the first try.
    pub(crate) is_told_at_once: bool,
}

impl Wait<'_> {
    /// Tries again and again, for a minute at most.
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
