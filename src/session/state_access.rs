//! The state directory for one call. It is opened when it is first needed; if it can't be used, the
//! call continues without it.

use std::{
    cell::{OnceCell, RefCell},
    convert::Infallible,
    time::Duration,
};

use super::{
    key::SessionKey,
    record::{SessionRecord, SessionRecords},
};
use crate::{
    context::Context,
    progress::waiting_for,
    state::{Lock, LockWait, StateDirectory, StateFault},
};

/// The state directory, and the problems that did not fail the call. A cache hit doesn't open it.
pub(super) struct StateAccess<'a> {
    context: &'a Context,
    directory: OnceCell<Option<StateDirectory>>,
    warnings: RefCell<Vec<String>>,
}

/// The result of waiting for a lock.
pub(super) enum LockOutcome {
    /// This process has the lock; `None` if locks can't be used.
    Ours(Option<Lock>),
    /// Another process still has it at the deadline.
    TooLate,
}

impl<'a> StateAccess<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context, directory: OnceCell::new(), warnings: RefCell::default() }
    }

    /// Returns the state directory; `None` if none can be used.
    pub(super) fn directory(&self) -> Option<&StateDirectory> {
        let opened = self.directory.get_or_init(|| {
            let opened = StateDirectory::open(self.context);
            let is_lasting = opened.as_ref().is_some_and(StateDirectory::is_lasting);
            if !is_lasting && let Some(fault) = StateFault::find(self.context) {
                if let Some(state) = &opened {
                    state.log(self.context, &fault.warning());
                }
                self.warnings.borrow_mut().push(fault.warning());
            }
            opened
        });
        opened.as_ref()
    }

    /// Returns the sessions' records; `None` if there is no state directory.
    pub(super) fn records(&self) -> Option<SessionRecords> {
        self.directory().map(|state| SessionRecords::new(state.clone()))
    }

    /// Returns the record of the session of `key`; an empty one if it is missing or can't be read.
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

    /// Writes `message` to the log and adds it to the warnings for the user.
    pub(super) fn warn(&self, message: String) {
        self.log(&message);
        self.warnings.borrow_mut().push(message);
    }

    pub(super) fn log(&self, message: &str) {
        if let Some(state) = self.directory() {
            state.log(self.context, message);
        }
    }

    /// Returns the warnings since the last call of this function.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Waits for the lock `name` until `deadline`, counted from the start of the process.
    pub(super) fn turn(&self, name: &str, deadline: Duration) -> LockOutcome {
        let lock = self.directory().and_then(|state| state.lock(name).ok());
        let Some(lock) = lock else { return LockOutcome::Ours(None) };
        let mut waiting = None;
        let waited = lock.wait(self.context, deadline, || {
            waiting.get_or_insert_with(|| waiting_for(self.context, "another rolecall"));
            None::<Infallible>
        });
        match waited {
            LockWait::Taken => LockOutcome::Ours(Some(lock)),
            LockWait::TooLate => LockOutcome::TooLate,
            LockWait::Unusable(_) => LockOutcome::Ours(None),
        }
    }
}
