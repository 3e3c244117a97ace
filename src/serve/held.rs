//! A session in memory.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    credentials::Credentials,
    session::{Confirmed, Freshness, Lifetime},
};

/// Wants to know which clients get a session.
pub(crate) trait ClientLog: Send + Sync {
    /// Whether to note that a client gets it: the first client of all, or a later one.
    fn wants(&self, is_first: bool) -> bool;

    /// Notes that the client in this process gets it; `None`: it is not known which.
    fn note(&self, process: Option<u32>, is_first: bool);
}

/// A session that is handed out.
#[derive(Clone)]
pub(crate) struct HeldSession {
    /// The credentials; they have a session token.
    pub(crate) credentials: Credentials,
    /// When the session was created, and when it expires.
    pub(crate) lifetime: Lifetime,
    /// The role, if one was assumed.
    pub(crate) role_arn: Option<String>,
    /// Who is told of the clients that get it.
    pub(crate) log: Arc<dyn ClientLog>,
    /// How long a person allows that it is handed out.
    pub(crate) confirmed: Confirmed,
}

impl HeldSession {
    pub(super) fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.freshness(now) != Freshness::Ended
    }

    /// Returns what may be done with the session at `now`. One that a person has to confirm again counts as ended.
    pub(super) fn freshness(&self, now: DateTime<Utc>) -> Freshness {
        if self.confirmed.is_valid(now) {
            self.lifetime.freshness_in_server(now)
        } else {
            Freshness::Ended
        }
    }
}
