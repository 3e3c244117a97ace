//! A session in memory.

use chrono::{DateTime, Utc};

use crate::{
    credentials::Credentials,
    session::{Freshness, Lifetime},
};

/// A session that is handed out.
#[derive(Clone, Debug)]
pub(crate) struct HeldSession {
    /// The credentials; they have a session token.
    pub(crate) credentials: Credentials,
    /// When the session was created, and when it expires.
    pub(crate) lifetime: Lifetime,
    /// The role, if one was assumed.
    pub(crate) role_arn: Option<String>,
}

impl HeldSession {
    pub(super) fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.lifetime.freshness_in_server(now) != Freshness::Ended
    }
}
