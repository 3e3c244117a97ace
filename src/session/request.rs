//! How a session is asked for, and what is given.

use std::time::Duration;

use chrono::TimeDelta;

use super::{entry::Entry, freshness::Lifetime, key::SessionKey};
use crate::{
    credentials::Credentials,
    plan::{Mfa, Plan, Step},
};

/// How a session is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest {
    /// Make a new one even if there is one.
    pub force: bool,
    /// How much longer it must last; one just made always lasts long enough.
    pub at_least: Option<TimeDelta>,
    /// When to give up, counted from the start of the process.
    pub deadline: Duration,
    /// Called once, with a message for people, when another process is being waited for.
    pub on_wait: Option<fn(&str)>,
}

impl SessionRequest {
    /// A usable session before `deadline`.
    pub fn by(deadline: Duration) -> Self {
        Self { force: false, at_least: None, deadline, on_wait: None }
    }
}

/// Where credentials came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They are the profile's own keys; nothing was assumed.
    Keys,
    /// They were in the store.
    Stored,
    /// They were just made.
    Minted,
}

/// Credentials, and what there is to know about them.
#[derive(Clone, Debug)]
pub struct Acquired {
    /// The credentials.
    pub credentials: Credentials,
    /// When the session was made and when it ends; `None` for keys.
    pub lifetime: Option<Lifetime>,
    /// Where they came from.
    pub origin: Origin,
    /// The store that keeps the session just made; `None`: none does, or it was there already.
    pub store: Option<&'static str>,
}

impl Acquired {
    /// The profile's own keys.
    pub(super) fn keys(credentials: Credentials) -> Self {
        Self { credentials, lifetime: None, origin: Origin::Keys, store: None }
    }

    /// A session from the store.
    pub(super) fn stored(entry: Entry) -> Self {
        let Entry { credentials, lifetime } = entry;
        Self { credentials, lifetime: Some(lifetime), origin: Origin::Stored, store: None }
    }
}

/// A plan, and how its session is asked for.
#[derive(Clone, Copy)]
pub(super) struct PlanRequest<'t> {
    pub(super) plan: &'t Plan,
    pub(super) request: SessionRequest,
    /// Whether there is a session to serve: then one short attempt is made, and nobody is asked.
    pub(super) is_early_renewal: bool,
}

/// One step of a plan, and how its session is asked for.
#[derive(Clone, Copy)]
pub(super) struct StepRequest<'t> {
    pub(super) of: PlanRequest<'t>,
    /// The keys of all steps.
    pub(super) keys: &'t [SessionKey],
    /// Which step, from 0.
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

    /// When to give up, counted from the start of the process.
    pub(super) fn deadline(&self) -> Duration {
        self.of.request.deadline
    }

    /// Whether this is the session that was asked for, and not one that it is made with.
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 == self.of.plan.steps()
    }

    /// The step before, whose session this one is made with.
    pub(super) fn before(&self) -> Option<Self> {
        Some(Self { index: self.index.checked_sub(1)?, ..*self })
    }

    /// The device whose code the call itself carries.
    pub(super) fn direct_mfa(&self) -> Option<&'t Mfa> {
        self.of.plan.direct_mfa(self.index)
    }
}
