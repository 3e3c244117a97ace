//! Finds a session in the store. A cache hit does nothing else.

use std::{cell::Cell, time::Duration};

use chrono::TimeDelta;

use super::{entry::Entry, freshness::Freshness, request::StepRequest, state_access::StateAccess};
use crate::{
    context::Context,
    plan::Step,
    progress::{Waiting, waiting_for},
    store::{CallOptions, Store},
};

/// The time limit of a call to the store. A keychain that hangs delays the session by this much,
/// once.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a human may take to unlock the keychain.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(25);
/// The store gets at least this long, even after the deadline.
const LEAST_TIMEOUT: Duration = Duration::from_millis(500);

/// Finds sessions.
pub(super) struct Finder<'a> {
    pub(super) context: &'a Context,
    pub(super) store: &'a dyn Store,
    pub(super) state: StateAccess<'a>,
    /// Whether a prompt to unlock the store failed. It is not repeated.
    unlock_refused: Cell<bool>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(context: &'a Context, store: &'a dyn Store) -> Self {
        Self { context, store, state: StateAccess::new(context), unlock_refused: Cell::default() }
    }

    /// Returns the stored session of `step` if it can be used; with `force`, only one that was
    /// created since this process started. Never prompts to unlock the store.
    pub(super) fn find(&self, step: &StepRequest<'_>, force: bool) -> Option<Entry> {
        self.read(step, false).filter(|entry| self.is_usable(entry, step, force))
    }

    /// Like [`Self::find`], but may prompt to unlock the store. Only for the holder of the
    /// session's lock.
    pub(super) fn find_or_unlock(&self, step: &StepRequest<'_>, force: bool) -> Option<Entry> {
        self.read(step, true).filter(|entry| self.is_usable(entry, step, force))
    }

    fn is_usable(&self, entry: &Entry, step: &StepRequest<'_>, force: bool) -> bool {
        let (now, lifetime) = (self.context.now(), entry.lifetime);
        let remaining = lifetime.ends - now;
        if self.context.is_since_start(lifetime.minted) {
            return remaining > TimeDelta::zero();
        }
        // A profile may require a more recent MFA code than that of the shared session.
        if let Step::Mfa(mfa) = step.step()
            && now - lifetime.minted > TimeDelta::seconds(mfa.max_age.into())
        {
            return false;
        }
        // `at_least` applies to the last session, not to those that it is created with.
        let at_least = step.of.request.at_least.filter(|_| step.is_last());
        !force
            && lifetime.freshness(now) != Freshness::Ended
            && at_least.is_none_or(|at_least| remaining >= at_least)
    }

    /// Returns the stored session of `step`. If the store fails, that is a miss with a warning.
    fn read(&self, step: &StepRequest<'_>, unlock: bool) -> Option<Entry> {
        let unlock = unlock && !step.of.is_early_renewal;
        let options = self.options(step.deadline(), unlock);
        let waiting = waiting_for_store(self.context, self.store, options);
        let found = self.store.get(step.key().as_str(), options);
        drop(waiting);
        match found {
            Ok(item) => {
                let entry = Entry::from_bytes(&item?, step.key());
                if entry.is_none() {
                    let text = "ignored a stored session that could not be read";
                    self.state.warn(text.to_owned());
                }
                entry
            }
            Err(error) => {
                self.unlock_refused.set(self.unlock_refused.get() || unlock);
                let name = self.store.name();
                self.state.warn(format!("the store '{name}' can't be read: {error}"));
                None
            }
        }
    }

    /// Returns the options of a call to the store that must be done by `deadline`, counted from the
    /// start of the process.
    pub(super) fn options(&self, deadline: Duration, unlock: bool) -> CallOptions {
        let left = deadline.saturating_sub(self.context.elapsed());
        // Without a display, a dialog can't be shown.
        let unlock = unlock && !self.unlock_refused.get() && self.context.has_display();
        let timeout = if unlock { UNLOCK_TIMEOUT } else { STORE_TIMEOUT };
        CallOptions { timeout: timeout.min(left.max(LEAST_TIMEOUT)), unlock }
    }

    /// Records whether a prompt to unlock the store failed.
    pub(super) fn set_unlock_refused(&self, refused: bool) {
        self.unlock_refused.set(refused);
    }
}

/// Shows that `store` is being waited for.
pub(super) fn waiting_for_store<'c>(
    context: &'c Context,
    store: &dyn Store,
    options: CallOptions,
) -> Waiting<'c> {
    let name = store.name();
    let what = match name {
        "keyutils" | "file" | "none" => format!("the store '{name}'"),
        _ if options.unlock => "the keychain, which may prompt to be unlocked".to_owned(),
        _ => "the keychain".to_owned(),
    };
    waiting_for(context, &what)
}
