//! Requests for sessions, and the credentials returned for them.

use std::time::Duration;

use chrono::TimeDelta;

use super::{entry::Entry, freshness::Lifetime, key::SessionKey};
use crate::{
    credentials::Credentials,
    plan::{Mfa, Plan, Step},
    secret::Secret,
};

/// A request for a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRequest {
    /// Whether to create a new session even if a valid one is stored.
    pub(crate) force: bool,
    /// How long the session must still be valid. A new session always counts as long enough.
    pub(crate) at_least: Option<TimeDelta>,
    /// When to give up, counted from the start of the process.
    pub(crate) deadline: Duration,
    /// How long to wait for the answer to one call; `None`: until the deadline.
    pub(crate) call_limit: Option<Duration>,
    /// Called once, with a message for the user, while another process creates the session.
    pub(crate) on_wait: Option<fn(&str)>,
}

impl SessionRequest {
    /// Returns a request for any valid session before `deadline`.
    pub(crate) fn by(deadline: Duration) -> Self {
        Self { force: false, at_least: None, deadline, call_limit: None, on_wait: None }
    }
}

/// Where credentials came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They are the profile's own keys; no role was assumed.
    Keys,
    /// They were in the store.
    Stored,
    /// They were just created.
    Minted,
}

/// Credentials, their lifetime and where they came from.
#[derive(Clone, Debug)]
pub(crate) struct Acquired {
    /// The credentials.
    pub(crate) credentials: Credentials,
    /// When the session was created and when it expires; `None` for keys.
    pub(crate) lifetime: Option<Lifetime>,
    /// Where they came from.
    pub(crate) origin: Origin,
    /// The store that a new session was saved in; `None` if it was not saved, or is not new.
    pub(crate) store: Option<&'static str>,
    /// The key of the session; `None` if it has none.
    pub(crate) key: Option<SessionKey>,
    /// Whether a person typed an MFA code for exactly this request.
    pub(crate) is_code_typed: bool,
}

impl Acquired {
    /// Wraps the profile's own keys.
    pub(super) fn keys(credentials: Credentials) -> Self {
        let (lifetime, origin, is_code_typed) = (None, Origin::Keys, false);
        Self { credentials, lifetime, origin, store: None, key: None, is_code_typed }
    }

    /// Wraps a session from the store.
    pub(super) fn stored(entry: Entry) -> Self {
        let Entry { credentials, lifetime } = entry;
        let (lifetime, origin, is_code_typed) = (Some(lifetime), Origin::Stored, false);
        Self { credentials, lifetime, origin, store: None, key: None, is_code_typed }
    }
}

/// What a base says of itself, when it is asked.
pub(super) enum BaseAnswer {
    /// Nothing: the plan says all.
    Nothing,
    /// Which sign-in to IAM Identity Center its credentials come from; `None` if that can't be known.
    SignIn(Option<String>),
    /// A web identity token.
    Token {
        /// The token.
        token: Secret,
        /// A digest of what it says about its subject.
        subject: String,
    },
    /// Its credentials.
    Credentials(Acquired),
}

impl BaseAnswer {
    /// Returns what identifies the base besides what its plan says.
    pub(super) fn identity(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::SignIn(id) => id.as_deref(),
            Self::Token { subject, .. } => Some(subject),
            Self::Credentials(acquired) => Some(&acquired.credentials.access_key_id),
        }
    }
}

/// A plan, and the request for its last session.
#[derive(Clone, Copy)]
pub(super) struct PlanRequest<'t> {
    pub(super) plan: &'t Plan,
    /// What its base said.
    pub(super) base: &'t BaseAnswer,
    pub(super) request: SessionRequest,
    /// Whether a valid session exists. Then only one short attempt is made, without prompts.
    pub(super) is_early_renewal: bool,
}

/// One step of a plan, and the request for its session.
#[derive(Clone, Copy)]
pub(super) struct StepRequest<'t> {
    pub(super) of: PlanRequest<'t>,
    /// The keys of all steps.
    pub(super) keys: &'t [SessionKey],
    /// The number of the step, from 0.
    pub(super) index: usize,
}

impl<'t> StepRequest<'t> {
    pub(super) fn plan(&self) -> &'t Plan {
        self.of.plan
    }

    pub(super) fn step(&self) -> Step<'t> {
        self.of.plan.step(self.index)
    }

    pub(super) fn key(&self) -> &'t SessionKey {
        &self.keys[self.index]
    }

    /// Returns when to give up, counted from the start of the process.
    pub(super) fn deadline(&self) -> Duration {
        self.of.request.deadline
    }

    /// Whether this is the requested session, not one that it is created with.
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 == self.of.plan.steps()
    }

    /// Whether this is the base, and its credentials are known already.
    pub(super) fn is_answered(&self) -> bool {
        self.index == 0 && matches!(self.of.base, BaseAnswer::Credentials(_))
    }

    /// Returns the previous step, whose session this one is created with.
    pub(super) fn before(&self) -> Option<Self> {
        Some(Self { index: self.index.checked_sub(1)?, ..*self })
    }

    /// Returns the MFA device whose code is sent in this step's own call.
    pub(super) fn direct_mfa(&self) -> Option<&'t Mfa> {
        self.of.plan.direct_mfa(self.index)
    }
}
