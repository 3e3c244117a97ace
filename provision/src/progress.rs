//! How far a long list has come: a line on a terminal, and nothing anywhere else.

use rolecall::{cli::Streams, context::Context};

/// The line. It stands on stderr and must be wiped before anything else is written.
pub struct Progress {
    is_on: bool,
}

impl Progress {
    /// Shown where stderr is a terminal.
    pub fn new(context: &Context) -> Self {
        Self { is_on: context.stderr_is_terminal() }
    }

    /// Puts `text`, which must be fit to be shown, in the place of what stood there.
    pub fn show(&self, text: &str, streams: &mut Streams<'_>) {
        if self.is_on {
            // Nobody is left to look when stderr is gone.
            drop(write!(streams.stderr, "\r\x1b[K{text}").and_then(|()| streams.stderr.flush()));
        }
    }

    /// Wipes it.
    pub fn wipe(&self, streams: &mut Streams<'_>) {
        self.show("", streams);
    }
}
