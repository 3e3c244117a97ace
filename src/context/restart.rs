//! The contexts of the calls that one long-lived process makes.

use std::{
    cell::{Cell, RefCell},
    ffi::OsString,
    sync::Arc,
};

use super::{Context, steady_now};

impl Context {
    /// Returns the context of a call that begins now, as if a new process made it: its deadlines count
    /// from now, and no session counts as created by it. Shows no progress.
    pub(crate) fn restarted(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            home: self.home.clone(),
            made_up_folders: self.made_up_folders.clone(),
            executable: self.executable.clone(),
            called_as: self.called_as.clone(),
            clock: Arc::clone(&self.clock),
            started: self.now(),
            stopwatch: steady_now(),
            terminal: self.terminal,
            input_terminal: self.input_terminal,
            error_terminal: self.error_terminal,
            progress: Cell::default(),
            user_name: self.user_name.clone(),
            runs: self.runs.clone(),
            warnings: RefCell::default(),
        }
    }

    /// Returns this context with another value of an environment variable.
    #[must_use]
    pub(crate) fn with_var(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(OsString::from(name), OsString::from(value));
        self
    }
}
