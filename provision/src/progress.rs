//! How far something long has come: a line on a terminal.

use std::time::Duration;

use rolecall::{
    context::Context,
    output::{Streams, escape},
};

use crate::caller::Caller;

/// How long a figure of the spinner is shown.
const TURN: Duration = Duration::from_millis(100);
const FIGURES: [char; 4] = ['|', '/', '-', '\\'];

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
    pub(crate) fn start(context: &Context, text: &'t str, streams: &mut Streams<'_>) -> Self {
        let spinner = Self { progress: Progress::new(context), text };
        spinner.show(0, streams);
        if !spinner.progress.is_on {
            // Nobody is left to be told when stderr is gone.
            drop(writeln!(streams.stderr, "{}", escape(text)));
        }
        spinner
    }

    fn show(&self, turn: usize, streams: &mut Streams<'_>) {
        let figure = FIGURES[turn % FIGURES.len()];
        self.progress.show(&format!("{figure} {}", escape(self.text)), streams);
    }

    /// Waits so long while it turns; `false`: a signal came, and it was cut short.
    pub(crate) fn turn(&self, caller: &Caller, time: Duration, streams: &mut Streams<'_>) -> bool {
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
