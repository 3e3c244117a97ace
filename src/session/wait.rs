//! Waits for a session that another process is creating.

use std::time::Duration;

use super::{
    entry::Entry,
    find::Finder,
    record::SessionRecord,
    request::StepRequest,
    wait_notice::{WaitNotice, other},
};
use crate::{
    error::{Error, Kind, Result},
    state::{Lock, LockWait},
    store,
};

/// The result of waiting for a session's lock.
pub(super) enum Waited {
    /// This process has the lock; `None` if locks can't be used.
    Ours(Option<Lock>),
    /// Another process created the session in the meantime.
    Made(Entry),
}

/// Takes the lock of `step`, unless another process creates the session in the meantime.
///
/// # Errors
/// If AWS refuses the other process, or the deadline is over.
pub(super) fn wait_for_lock(
    finder: &Finder<'_>,
    step: &StepRequest<'_>,
    force: bool,
) -> Result<Waited> {
    let Finder { context, state, .. } = finder;
    if finder.store.name() == store::none::NAME {
        // A session that another process created could not be found here.
        return Ok(Waited::Ours(None));
    }
    let Some(directory) = state.directory() else {
        // The warning that there is none has been given.
        return Ok(Waited::Ours(None));
    };
    let unlocked = |error: std::io::Error| {
        state.warn(format!("the session's lock can't be taken: {error}"));
        Ok(Waited::Ours(None))
    };
    let lock = match directory.lock(step.key().as_str()) {
        Ok(lock) => lock,
        Err(error) => return unlocked(error),
    };
    let mut seen = state.record(step.key()).generation;
    let mut notice = WaitNotice::new(context, step.of.request);
    let doing = format!("creating the session of '{}'", step.plan().name());
    let waited = lock.wait(context, step.deadline(), || {
        let record = state.record(step.key());
        if record.generation != seen {
            seen = record.generation;
            if let Some(error) = record.shared_failure(context) {
                return Some(Err(error));
            }
            if let Some(entry) = finder.find(step, force) {
                return Some(Ok(Waited::Made(entry)));
            }
        }
        notice.show(record.holder, &doing);
        None
    });
    match waited {
        LockWait::Taken => Ok(Waited::Ours(Some(lock))),
        LockWait::Given(given) => given,
        LockWait::TooLate => {
            let record = state.record(step.key());
            let error = || waited_too_long(step, &record, context.elapsed());
            Err(record.new_failure(context).unwrap_or_else(error))
        }
        LockWait::Unusable(error) => unlocked(error),
    }
}

fn waited_too_long(step: &StepRequest<'_>, record: &SessionRecord, elapsed: Duration) -> Error {
    let (other, name) = (other(record.holder), step.plan().name());
    let seconds = elapsed.as_secs();
    let message = format!("{other} has been creating the session of '{name}' for {seconds} s");
    Error::new(Kind::Other, message).hint("stop it if it hangs, then try again")
}
