//! Temporary credentials: how they are made and what is remembered of them.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};

use super::auth::Caller;
use super::clock;
use super::state::State;
use super::text;
use super::xml::Xml;

/// A session that was issued.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) token: String,
    pub(super) ends: DateTime<Utc>,
    /// Whom a request with this session comes from.
    pub(super) caller: Caller,
}

/// Makes a session and remembers it.
pub(super) fn issue(
    state: &mut State,
    now: DateTime<Utc>,
    seconds: i64,
    caller: Caller,
) -> Session {
    let seconds = state.session_seconds.unwrap_or(seconds);
    let key = text::base32(&text::random::<10>());
    let session = Session {
        access_key_id: format!("ASIA{key}"),
        secret_access_key: text::base64(&text::random::<30>()),
        token: token(),
        // Whole seconds, so that a session ends exactly when its `Expiration` says.
        ends: whole_seconds(now) + Duration::seconds(seconds),
        caller,
    };
    state.secrets.insert(session.secret_access_key.clone());
    state.secrets.insert(session.token.clone());
    state.sessions.insert(session.access_key_id.clone(), session.clone());
    session
}

impl Session {
    /// The `Credentials` element.
    pub(super) fn write(&self, xml: &mut Xml) {
        xml.open("Credentials");
        xml.leaf("AccessKeyId", &self.access_key_id);
        xml.leaf("SecretAccessKey", &self.secret_access_key);
        xml.leaf("SessionToken", &self.token);
        xml.leaf("Expiration", &clock::iso8601(self.ends));
        xml.close("Credentials");
    }
}

/// A token like STS's: the same beginning each time, long, and with all of base64's signs.
fn token() -> String {
    loop {
        let token = format!("IQoJb3JpZ2luX2Vj{}", text::base64(&text::random::<640>()));
        if "+/=".chars().all(|sign| token.contains(sign)) {
            return token;
        }
    }
}

fn whole_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// The unique id of a user (`AIDA…`) or a role (`AROA…`): the same for the same ARN.
pub(super) fn unique_id(prefix: &str, arn: &str) -> String {
    let digest = text::base32(&Sha256::digest(arn.as_bytes()));
    format!("{prefix}{}", &digest[..17])
}
