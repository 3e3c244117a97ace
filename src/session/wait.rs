//! Waits for a session that another process is creating.

use std::time::Duration;

use super::{entry::Entry, find::Finder, record::SessionRecord, request::StepRequest};
use crate::{
    error::{Error, Kind, Result},
    progress::waiting_for,
    state::{Backoff, Lock},
    store,
};

/// After this time, the user is told what is being waited for.
const REPORT_AFTER: Duration = Duration::from_secs(1);

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
    let mut backoff = Backoff::new(std::process::id());
    let mut seen = state.record(step.key()).generation;
    // On a terminal, the line says the same.
    let mut on_wait = step.of.request.on_wait.filter(|_| !context.shows_progress());
    let mut waiting = None;
    let report_after = context.elapsed() + REPORT_AFTER;
    loop {
        match lock.try_take() {
            Ok(true) => return Ok(Waited::Ours(Some(lock))),
            Ok(false) => {}
            Err(error) => return unlocked(error),
        }
        let record = state.record(step.key());
        if record.generation != seen {
            seen = record.generation;
            if let Some(error) = record.shared_failure(context) {
                return Err(error);
            }
            if let Some(entry) = finder.find(step, force) {
                return Ok(Waited::Made(entry));
            }
        }
        if context.elapsed() >= step.deadline() {
            let error = || waited_too_long(step, &record, context.elapsed());
            return Err(record.new_failure(context).unwrap_or_else(error));
        }
        let name = step.plan().name();
        waiting.get_or_insert_with(|| {
            let holder = holder(&record);
            let what = format!("another rolecall{holder}, which is making the session of '{name}'");
            waiting_for(context, &what)
        });
        if context.elapsed() >= report_after
            && let Some(on_wait) = on_wait.take()
        {
            on_wait(&format!(
                "another rolecall{} is making the session of '{name}'",
                holder(&record)
            ));
        }
        std::thread::sleep(backoff.next_pause());
    }
}

fn waited_too_long(step: &StepRequest<'_>, record: &SessionRecord, elapsed: Duration) -> Error {
    let (holder, name) = (holder(record), step.plan().name());
    let seconds = elapsed.as_secs();
    let message =
        format!("another rolecall{holder} has been making the session of '{name}' for {seconds} s");
    Error::new(Kind::Other, message).hint("stop it if it hangs, then try again")
}

/// Returns the process that is creating the session, in parentheses, if it is known.
fn holder(record: &SessionRecord) -> String {
    record.holder.map(|process| format!(" (process {process})")).unwrap_or_default()
}
