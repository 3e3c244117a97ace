//! Whether calls may show what they wait for.

use super::Context;

impl Context {
    /// Lets calls show on stderr what they wait for, if it is a terminal that can move its cursor. For verbs
    /// that people run: callers of `credential-process` pass on what it writes there.
    pub fn allow_progress(&self) {
        self.progress.set(self.error_terminal && self.var("TERM") != Some("dumb"));
    }

    /// Returns whether a call may show on stderr what it waits for. No other may until
    /// [`Self::allow_progress`] is called again.
    pub(crate) fn take_progress(&self) -> bool {
        self.progress.take()
    }

    /// Returns whether a call may show on stderr what it waits for.
    pub(crate) fn shows_progress(&self) -> bool {
        self.progress.get()
    }
}
