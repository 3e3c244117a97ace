//! What the user has to know although the verb succeeded, found where nothing can be printed.

use super::Context;

impl Context {
    /// Adds a warning that is printed to stderr when the verb is done: one line, without final
    /// period. The same warning is printed once.
    pub(crate) fn warn_later(&self, message: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&message) {
            warnings.push(message);
        }
    }

    /// Returns the warnings since the last call of this function.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}
