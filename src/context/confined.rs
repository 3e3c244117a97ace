//! Whether this process runs under `rolecall exec` with a narrowed session, and is to have nothing else.

use super::Context;

/// The variable that names whose narrowed session a program has.
pub(crate) const CONFINED: &str = "ROLECALL_CONFINED";

impl Context {
    /// Returns the profile or role whose narrowed session is all that this process is to have; `None` if there is no
    /// such limit.
    pub(crate) fn confined_to(&self) -> Option<&str> {
        self.var(CONFINED)
    }
}
