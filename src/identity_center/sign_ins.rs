//! The sign-ins of one user, and what they are kept with.

use std::{convert::Infallible, time::Duration};

use super::{
    aws_cache,
    record::{SignInId, SignInRecord, SignInRecords},
};
use crate::{
    context::Context,
    plan::SsoSession,
    state::{Lock, LockWait, StateDirectory},
    store::{CallOptions, Store},
};

/// The time limits of a call to the store, without and with a dialog to unlock it.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(25);

/// The sign-ins of this user.
pub(crate) struct SignIns<'a> {
    pub(super) context: &'a Context,
    pub(super) store: &'a dyn Store,
    pub(super) state: Option<StateDirectory>,
}

/// How long to wait for a lock.
pub(super) enum SignInWait {
    /// Not at all.
    None,
    /// Until this time, counted from the start of the process.
    Until(Duration),
}

/// Whether this process got the lock to renew a token or to sign in.
pub(super) enum LockOutcome {
    /// It has; `None` if locks can't be used.
    Ours(Option<Lock>),
    /// Another process still holds the lock.
    Theirs,
}

impl<'a> SignIns<'a> {
    /// Returns the sign-ins whose tokens are in `store` or in the AWS CLI's folder.
    pub(crate) fn new(context: &'a Context, store: &'a dyn Store) -> Self {
        Self { context, store, state: StateDirectory::open(context) }
    }

    /// Returns the options of a call to the store.
    pub(super) fn options(&self, unlock: bool) -> CallOptions {
        let unlock = unlock && self.context.has_display();
        CallOptions { timeout: if unlock { UNLOCK_TIMEOUT } else { TIMEOUT }, unlock }
    }

    /// Takes the lock of `session`, under which its token is renewed and people sign in.
    pub(super) fn turn(&self, session: &SsoSession, wait: SignInWait) -> LockOutcome {
        let name = format!("sso-{}", aws_cache::digest(session));
        let lock = self.state.as_ref().and_then(|state| state.lock(&name).ok());
        let Some(lock) = lock else { return LockOutcome::Ours(None) };
        let deadline = match wait {
            SignInWait::None => Duration::ZERO,
            SignInWait::Until(deadline) => deadline,
        };
        match lock.wait(self.context, deadline, || None::<Infallible>) {
            LockWait::Taken => LockOutcome::Ours(Some(lock)),
            LockWait::TooLate => LockOutcome::Theirs,
            LockWait::Unusable(_) => LockOutcome::Ours(None),
        }
    }

    /// Returns the record of `session`, which is empty if there is none.
    pub(super) fn record(&self, session: &SsoSession) -> SignInRecord {
        let known = self.records().and_then(|records| records.read(&SignInId::of(session)));
        known.unwrap_or_else(|| SignInRecord::new(session))
    }

    /// Writes the record of `session`. Without one, `status` shows less, and that is all.
    pub(super) fn write_record(&self, session: &SsoSession, record: &SignInRecord) {
        if let Some(records) = self.records()
            && let Err(error) = records.write(&SignInId::of(session), record)
        {
            self.log(&format!("the record of a sign-in could not be written: {error}"));
        }
    }

    pub(super) fn records(&self) -> Option<SignInRecords> {
        self.state.clone().map(SignInRecords::new)
    }

    pub(super) fn log(&self, message: &str) {
        if let Some(state) = &self.state {
            state.log(self.context, message);
        }
    }
}
