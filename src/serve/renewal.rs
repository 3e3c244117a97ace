//! The thread that keeps a profile's session fresh.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use chrono::TimeDelta;

use super::{held::HeldSession, schedule::Attempts, slot::Slot};
use crate::{
    context::wall_now,
    error::{Error, Kind, Result},
};

/// What one attempt to get a session may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// How long the session must be valid; `None`: any that is.
    pub(crate) at_least: Option<TimeDelta>,
    /// Whether a person may be asked.
    pub(crate) may_ask: bool,
}

/// Where a profile's sessions come from.
pub(crate) trait SessionSource: Send {
    /// Returns a session from the store, or a new one.
    ///
    /// # Errors
    /// Those of every verb that needs a session.
    fn session(&self, attempt: Attempt) -> Result<HeldSession>;

    /// Tells the user why the session of `slot` could not be renewed. Called once until it can be renewed
    /// again.
    fn report(&self, slot: &Slot, error: &Error);
}

/// Only one person is asked one thing at a time.
static QUESTION: Mutex<()> = Mutex::new(());

/// Whether a person is being asked, or about to be.
pub(crate) fn is_asking() -> bool {
    matches!(QUESTION.try_lock(), Err(TryLockError::WouldBlock))
}

/// Renews the session of `slot` when it is due, until the slot is closed. Never ends before.
pub(crate) fn keep_fresh(slot: &Arc<Slot>, source: &dyn SessionSource) {
    let mut attempts = Attempts::default();
    let mut is_reported = false;
    loop {
        let until = slot.wait(|memory| (attempts.next(memory, wall_now()), memory.is_wanted));
        let Some(is_wanted) = until else { return };
        let mut result = renewed(slot, source, false);
        if let Err(error) = &result
            && error.kind() == Kind::NeedsHuman
            && attempts.may_ask(is_wanted, wall_now())
        {
            // Requests get their answer now, not after the question.
            slot.update(|memory| {
                memory.failure = Some(error.clone());
                memory.is_asking = true;
            });
            let _question = QUESTION.lock().unwrap_or_else(PoisonError::into_inner);
            result = renewed(slot, source, true);
            attempts.asked = Some(wall_now());
        }
        attempts.last = Some(wall_now());
        match result {
            Ok(session) => {
                slot.update(|memory| {
                    memory.session = Some(session);
                    memory.failure = None;
                });
                attempts = Attempts::default();
                is_reported = false;
            }
            Err(error) => {
                note(slot, &error);
                attempts.failed = attempts.failed.saturating_add(1);
                if !is_reported {
                    is_reported = true;
                    source.report(slot, &error);
                }
            }
        }
    }
}

fn note(slot: &Slot, error: &Error) {
    slot.update(|memory| memory.failure = Some(error.clone()));
}

/// Returns a session that is valid for longer than the present one.
fn renewed(slot: &Slot, source: &dyn SessionSource, may_ask: bool) -> Result<HeldSession> {
    let now = wall_now();
    // One that only has to be confirmed again may be the same.
    let memory = slot.memory();
    let session = memory.session.as_ref().filter(|session| session.confirmed.is_valid(now));
    let ends = session.map(|session| session.lifetime.ends);
    drop(memory);
    let longer = ends.map(|ends| ends - now + TimeDelta::seconds(1));
    let at_least = longer.filter(|left| *left > TimeDelta::zero());
    source.session(Attempt { at_least, may_ask })
}
