//! Serializes renewals of an IAM Identity Center token.
//!
//! aws-config's provider renews a token that expires soon, and overwrites its file in place. Two
//! processes that do so at once could use up each other's refresh token, and a third could read
//! half a file. So a process that may have to renew it takes a lock first.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha1::{Digest as _, Sha1};

use super::maker::Maker;
use crate::{
    input::{self, Pipe},
    plan::SsoRole,
    session::{request::StepRequest, state_access::Turn},
    state::Lock,
};

/// A token may be renewed if it expires sooner than this. (aws-config does so in the last 5
/// minutes.)
const RENEWED_BEFORE: TimeDelta = TimeDelta::minutes(6);

/// The largest token file that is read, in bytes.
const LARGEST_TOKEN: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Token {
    #[serde(rename = "expiresAt")]
    expires_at: DateTime<Utc>,
}

impl Maker<'_> {
    /// Returns the lock for renewing the token of `role`'s sign-in; `None` if the token needs no
    /// renewal, if locks can't be used, or if no time is left to wait.
    pub(super) fn renewal_lock(&self, step: &StepRequest<'_>, role: &SsoRole) -> Option<Lock> {
        let digest = Sha1::digest(role.token_name().as_bytes());
        let name = digest.iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
        if self.is_token_fresh(&name) {
            return None;
        }
        match self.finder.state.turn(&format!("sso-{name}"), step.deadline()) {
            Turn::Ours(lock) => lock,
            Turn::TooLate => None,
        }
    }

    /// Whether the token in the file of that name needs no renewal for a while.
    ///
    /// Rule: AWS SDKs and Tools reference, "IAM Identity Center credential provider".
    fn is_token_fresh(&self, name: &str) -> bool {
        let file = |home: &std::path::Path| -> PathBuf {
            home.join(".aws/sso/cache").join(format!("{name}.json"))
        };
        let read = |path: PathBuf| input::read(&path, LARGEST_TOKEN, Pipe::Refuse).ok();
        let text = self.finder.context.home().map(file).and_then(read);
        let token = text.and_then(|text| serde_json::from_slice::<Token>(&text).ok());
        token.is_some_and(|token| token.expires_at - self.now() > RENEWED_BEFORE)
    }
}
