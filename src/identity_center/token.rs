//! The token of a sign-in, and its stored form: one JSON object that names its key.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    aws::{IssuedToken, Registration},
    plan::SsoSession,
    secret::{Secret, hex},
};

/// The version of the stored form. An item with another version is ignored.
const VERSION: u32 = 1;
/// Enough bytes for the longest tokens, so the buffer never moves and leaves a copy of a secret.
const CAPACITY: usize = 16 * 1024;

/// What a sign-in gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignIn {
    pub(super) access_token: Secret,
    /// When the access token expires (UTC), in whole seconds.
    pub(super) ends: DateTime<Utc>,
    pub(super) refresh_token: Option<Secret>,
    /// The client that the refresh token belongs to.
    pub(super) registration: Option<Registration>,
}

/// 64 hexadecimal digits under which a token or a registration is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenKey(String);

impl TokenKey {
    /// The key of the token of `session`.
    pub(super) fn of_token(session: &SsoSession) -> Self {
        Self::of("token", session)
    }

    /// The key of the registration for `grant`: one that was made for another grant can't be used.
    pub(super) fn of_registration(session: &SsoSession, grant: &str) -> Self {
        Self::of(&format!("registration for {grant}"), session)
    }

    fn of(kind: &str, session: &SsoSession) -> Self {
        // Destructured, so that adding a field doesn't compile until it is handled here.
        let SsoSession { name, start_url, region, scopes, use_device_code: _, auto_login: _ } =
            session;
        let mut digest = Sha256::new();
        let name = name.as_deref().map_or_else(|| "-".to_owned(), |name| format!("+{name}"));
        let parts = ["rolecall sign-in", kind, &name, start_url, region];
        for part in parts.into_iter().chain(scopes.iter().map(String::as_str)) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(hex(&digest.finalize()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Serialize)]
struct Written<'a> {
    rolecall: u32,
    key: &'a str,
    access_token: Option<&'a str>,
    /// In seconds.
    ends: i64,
    refresh_token: Option<&'a str>,
    client_id: Option<&'a str>,
    client_secret: Option<&'a str>,
    client_ends: Option<i64>,
    authorization_endpoint: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    rolecall: u32,
    key: String,
    access_token: Option<Zeroizing<String>>,
    ends: i64,
    refresh_token: Option<Zeroizing<String>>,
    client_id: Option<String>,
    client_secret: Option<Zeroizing<String>>,
    client_ends: Option<i64>,
    authorization_endpoint: Option<String>,
}

impl SignIn {
    /// Returns the token that the service issued at `now`, without the client's registration.
    pub(super) fn issued(issued: IssuedToken, now: DateTime<Utc>) -> Self {
        let ends = (now + issued.expires_in).timestamp();
        Self {
            access_token: issued.access_token,
            ends: DateTime::from_timestamp(ends, 0).unwrap_or(now),
            refresh_token: issued.refresh_token,
            registration: None,
        }
    }

    /// Whether it can be renewed without a person at `now`.
    pub(super) fn is_renewable(&self, now: DateTime<Utc>) -> bool {
        self.refresh_token.is_some()
            && self.registration.as_ref().is_some_and(|client| client.ends > now)
    }

    /// When the stored item is of no use any more (UTC).
    pub(super) fn kept_until(&self) -> DateTime<Utc> {
        let renewable = self.registration.as_ref().filter(|_| self.refresh_token.is_some());
        renewable.map_or(self.ends, |client| client.ends.max(self.ends))
    }

    /// The stored form.
    pub(super) fn to_bytes(&self, key: &TokenKey) -> Zeroizing<Vec<u8>> {
        let client = self.registration.as_ref();
        bytes(&Written {
            rolecall: VERSION,
            key: key.as_str(),
            access_token: Some(self.access_token.expose()),
            ends: self.ends.timestamp(),
            refresh_token: self.refresh_token.as_ref().map(Secret::expose),
            client_id: client.map(|client| client.client_id.as_str()),
            client_secret: client.map(|client| client.client_secret.expose()),
            client_ends: client.map(|client| client.ends.timestamp()),
            authorization_endpoint: None,
        })
    }

    /// Reads a stored item; `None` if it is corrupt, has another version, or belongs to another key.
    pub(super) fn from_bytes(bytes: &[u8], key: &TokenKey) -> Option<Self> {
        let mut read = read(bytes, key)?;
        Some(Self {
            access_token: secret(read.access_token.take()?)?,
            ends: DateTime::from_timestamp(read.ends, 0)?,
            refresh_token: read.refresh_token.take().and_then(secret),
            registration: read.registration(),
        })
    }
}

/// The stored form of a registration.
pub(super) fn registration_to_bytes(client: &Registration, key: &TokenKey) -> Zeroizing<Vec<u8>> {
    bytes(&Written {
        rolecall: VERSION,
        key: key.as_str(),
        access_token: None,
        ends: client.ends.timestamp(),
        refresh_token: None,
        client_id: Some(&client.client_id),
        client_secret: Some(client.client_secret.expose()),
        client_ends: Some(client.ends.timestamp()),
        authorization_endpoint: client.authorization_endpoint.as_deref(),
    })
}

/// Reads a stored registration; `None` as for a token.
pub(super) fn registration_from_bytes(bytes: &[u8], key: &TokenKey) -> Option<Registration> {
    read(bytes, key)?.registration()
}

impl Read {
    fn registration(mut self) -> Option<Registration> {
        Some(Registration {
            client_id: self.client_id.take()?,
            client_secret: secret(self.client_secret.take()?)?,
            ends: DateTime::from_timestamp(self.client_ends?, 0)?,
            authorization_endpoint: self.authorization_endpoint.take(),
        })
    }
}

fn bytes(written: &Written<'_>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
    serde_json::to_writer(&mut *bytes, written).expect("BUG: strings always serialize");
    bytes
}

fn read(bytes: &[u8], key: &TokenKey) -> Option<Read> {
    let read: Read = serde_json::from_slice(bytes).ok()?;
    (read.rolecall == VERSION && read.key == key.as_str()).then_some(read)
}

fn secret(mut text: Zeroizing<String>) -> Option<Secret> {
    (!text.is_empty()).then(|| Secret::new(std::mem::take(&mut *text)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::identity_center) fn session(name: Option<&str>) -> SsoSession {
        SsoSession {
            name: name.map(str::to_owned),
            start_url: "https://d-1.awsapps.com/start".into(),
            region: "us-east-2".into(),
            scopes: vec!["sso:account:access".into()],
            use_device_code: false,
            auto_login: false,
        }
    }

    pub(in crate::identity_center) fn token() -> SignIn {
        let ends = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        SignIn {
            access_token: "access/+\"".into(),
            ends,
            refresh_token: Some("refresh".into()),
            registration: Some(Registration {
                client_id: "id".into(),
                client_secret: "client-secret".into(),
                ends: ends + chrono::TimeDelta::days(90),
                authorization_endpoint: None,
            }),
        }
    }

    #[test]
    fn what_is_stored_is_read_back_under_its_own_key_alone() {
        let key = TokenKey::of_token(&session(Some("corp")));
        let bytes = token().to_bytes(&key);
        assert_eq!(SignIn::from_bytes(&bytes, &key), Some(token()));
        assert_eq!(SignIn::from_bytes(&bytes, &TokenKey::of_token(&session(None))), None);
        for length in 0..bytes.len() {
            assert_eq!(SignIn::from_bytes(&bytes[..length], &key), None);
        }
        let client = token().registration.unwrap();
        let bytes = registration_to_bytes(&client, &key);
        assert_eq!(registration_from_bytes(&bytes, &key), Some(client));
        assert_eq!(SignIn::from_bytes(&bytes, &key), None);
    }

    #[test]
    fn each_part_of_a_session_makes_another_key() {
        let one = session(Some("corp"));
        let url = SsoSession { start_url: "https://d-2.awsapps.com/start".into(), ..one.clone() };
        let region = SsoSession { region: "eu-west-1".into(), ..one.clone() };
        let scopes = SsoSession { scopes: vec!["a".into(), "b".into()], ..one.clone() };
        let mut keys: Vec<_> =
            [one, url, region, scopes, session(None)].iter().map(TokenKey::of_token).collect();
        keys.dedup();
        assert_eq!(keys.len(), 5);
    }
}
