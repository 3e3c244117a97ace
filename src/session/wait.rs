//! Waiting for a session that somebody else is making.

use std::time::Duration;

use super::{Sessions, acquire::Task, entry::Entry, record::SessionRecord};
use crate::{
    error::{Error, Kind, Result},
    state::{Backoff, Lock},
    store,
};

/// How long a human waits before being told for whom.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// What became of waiting for a lock.
pub(super) enum Waited {
    /// The lock is ours; `None` where there is nothing to lock.
    Ours(Option<Lock>),
    /// Somebody else made the session meanwhile.
    Made(Entry),
}

/// What became of waiting for a turn.
pub(super) enum Turn {
    /// It is ours as long as the lock is held; `None` where there are no locks.
    Ours(Option<Lock>),
    /// It did not come in time.
    TooLate,
}

impl Sessions<'_> {
    /// Waits for a turn at `name`, which only one may have at a time.
    pub(super) fn turn(&self, task: &Task<'_>, name: &str) -> Turn {
        let lock = self.state().and_then(|state| state.lock(name).ok());
        let Some(lock) = lock else { return Turn::Ours(None) };
        let mut backoff = Backoff::new(std::process::id());
        loop {
            match lock.try_take() {
                Ok(true) => return Turn::Ours(Some(lock)),
                Ok(false) if self.context.elapsed() >= task.request.deadline => {
                    return Turn::TooLate;
                }
                Ok(false) => std::thread::sleep(backoff.next_pause()),
                Err(_) => return Turn::Ours(None),
            }
        }
    }

    /// Takes the lock of step `i`, unless somebody else makes the session or is refused meanwhile.
    pub(super) fn wait_for_lock(&self, task: &Task<'_>, i: usize, force: bool) -> Result<Waited> {
        if self.store.name() == store::none::NAME {
            // Nobody could find what another made.
            return Ok(Waited::Ours(None));
        }
        let key = &task.keys[i];
        let Some(state) = self.state() else {
            self.warn("no folder for locks can be used: going on without".to_owned());
            return Ok(Waited::Ours(None));
        };
        let unlocked = |error: std::io::Error| {
            self.warn(format!("the session's lock can't be taken: {error}"));
            Ok(Waited::Ours(None))
        };
        let lock = match state.lock(key.as_str()) {
            Ok(lock) => lock,
            Err(error) => return unlocked(error),
        };
        let mut backoff = Backoff::new(std::process::id());
        let mut seen = self.record(key).generation;
        let mut on_wait = task.request.on_wait;
        let tell_after = self.context.elapsed() + TELL_AFTER;
        loop {
            match lock.try_take() {
                Ok(true) => return Ok(Waited::Ours(Some(lock))),
                Ok(false) => {}
                Err(error) => return unlocked(error),
            }
            let record = self.record(key);
            if record.generation != seen {
                seen = record.generation;
                if let Some(error) = self.shared_failure(&record) {
                    return Err(error);
                }
                if let Some(entry) = self.look(task, i, false)
                    && self.is_good(&entry, task, i)
                    && (!force || self.is_new(entry.lifetime.minted))
                {
                    return Ok(Waited::Made(entry));
                }
            }
            if self.context.elapsed() >= task.request.deadline {
                return Err(self.waited_too_long(task, &record));
            }
            if self.context.elapsed() >= tell_after
                && let Some(on_wait) = on_wait.take()
            {
                let name = task.plan.name();
                on_wait(&format!(
                    "another rolecall{} is making the session of '{name}'",
                    holder(&record)
                ));
            }
            std::thread::sleep(backoff.next_pause());
        }
    }

    /// The last failure to make the session, of whatever kind, if it is known since we were started:
    /// the reason to give when no time is left to do better.
    pub(super) fn reason(&self, record: &SessionRecord) -> Option<Error> {
        let failure = record.failure.as_ref().filter(|failure| self.is_new(failure.at))?;
        Some(failure.to_error())
    }

    fn waited_too_long(&self, task: &Task<'_>, record: &SessionRecord) -> Error {
        if let Some(reason) = self.reason(record) {
            return reason;
        }
        let holder = holder(record);
        let name = task.plan.name();
        let seconds = self.context.elapsed().as_secs();
        Error::new(
            Kind::Other,
            format!(
                "another rolecall{holder} has been making the session of '{name}' for {seconds} s"
            ),
        )
        .hint("end it if it hangs, then try again")
    }

    /// The failure in `record`, if it is an answer to our question too: known since we were started.
    pub(super) fn shared_failure(&self, record: &SessionRecord) -> Option<Error> {
        record.failure.as_ref().filter(|failure| failure.is_shared())?;
        self.reason(record)
    }
}

/// The process that is making the session, in brackets, where it is known.
fn holder(record: &SessionRecord) -> String {
    record.holder.map(|process| format!(" (process {process})")).unwrap_or_default()
}
