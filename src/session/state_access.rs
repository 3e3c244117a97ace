//! The state directory for one call: opened when it is first needed; if it can't be used, the call
//! continues without it.

use std::{
    cell::{OnceCell, RefCell},
    time::Duration,
};

use super::{
    key::SessionKey,
    record::{SessionRecord, SessionRecords},
};
use crate::{
    context::Context,
    state::{Backoff, Lock, StateDirectory},
};

/// The state directory, and what went wrong without failing the call. A cache hit opens nothing.
pub(super) struct StateAccess<'a> {
    context: &'a Context,
    directory: OnceCell<Option<StateDirectory>>,
    warnings: RefCell<Vec<String>>,
}

/// What became of waiting for a turn.
pub(super) enum Turn {
    /// It is ours as long as the lock is held; `None` where there are no locks.
    Ours(Option<Lock>),
    /// It did not come in time.
    TooLate,
}

impl<'a> StateAccess<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context, directory: OnceCell::new(), warnings: RefCell::default() }
    }

    /// The state directory; `None` where none can be used.
    pub(super) fn directory(&self) -> Option<&StateDirectory> {
        self.directory.get_or_init(|| StateDirectory::open(self.context)).as_ref()
    }

    /// The sessions' records; `None` where there is no state directory.
    pub(super) fn records(&self) -> Option<SessionRecords> {
        self.directory().map(|state| SessionRecords::new(state.clone()))
    }

    /// The record of the session of `key`; an empty one where there is none that can be read.
    pub(super) fn record(&self, key: &SessionKey) -> SessionRecord {
        self.records().and_then(|records| records.read(key)).unwrap_or_default()
    }

    pub(super) fn write_record(&self, key: &SessionKey, record: &SessionRecord) {
        if let Some(records) = self.records()
            && let Err(error) = records.write(key, record)
        {
            self.warn(format!("the session's record could not be written: {error}"));
        }
    }

    /// Notes `message` for the log and for a human, if one is there.
    pub(super) fn warn(&self, message: String) {
        self.log(&message);
        self.warnings.borrow_mut().push(message);
    }

    pub(super) fn log(&self, message: &str) {
        if let Some(state) = self.directory() {
            state.log(self.context, message);
        }
    }

    /// The warnings since the last call of this.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Waits for a turn at `name`, which only one process may have at a time, until `deadline`,
    /// which is counted from the start of the process.
    pub(super) fn turn(&self, name: &str, deadline: Duration) -> Turn {
        let lock = self.directory().and_then(|state| state.lock(name).ok());
        let Some(lock) = lock else { return Turn::Ours(None) };
        let mut backoff = Backoff::new(std::process::id());
        loop {
            match lock.try_take() {
                Ok(true) => return Turn::Ours(Some(lock)),
                Ok(false) if self.context.elapsed() >= deadline => return Turn::TooLate,
                Ok(false) => std::thread::sleep(backoff.next_pause()),
                Err(_) => return Turn::Ours(None),
            }
        }
    }
}
