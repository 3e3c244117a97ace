//! The stored form of a session: one JSON object that names its key.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{freshness::Lifetime, key::SessionKey};
use crate::{credentials::Credentials, secret::Secret};

/// The version of the stored form. An item with another version is a miss.
const VERSION: u32 = 1;
/// Enough bytes for the longest tokens seen, so the buffer never moves and leaves a copy of a
/// secret.
const CAPACITY: usize = 8 * 1024;

/// A session and its lifetime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) credentials: Credentials,
    pub(super) lifetime: Lifetime,
}

#[derive(Serialize)]
struct Written<'a> {
    rolecall: u32,
    key: &'a str,
    /// In milliseconds, to distinguish two calls in the same second.
    minted: i64,
    /// In seconds, as in AWS's answer.
    ends: i64,
    account_id: Option<&'a str>,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    /// Missing if another program's credentials have none.
    session_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    rolecall: u32,
    key: String,
    minted: i64,
    ends: i64,
    account_id: Option<String>,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
}

impl Entry {
    /// Returns the stored form.
    pub(super) fn to_bytes(&self, key: &SessionKey) -> Zeroizing<Vec<u8>> {
        let credentials = &self.credentials;
        let written = Written {
            rolecall: VERSION,
            key: key.as_str(),
            minted: self.lifetime.minted.timestamp_millis(),
            ends: self.lifetime.ends.timestamp(),
            account_id: credentials.account_id.as_deref(),
            access_key_id: &credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.expose(),
            session_token: credentials.session_token.as_ref().map(Secret::expose),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
        serde_json::to_writer(&mut *bytes, &written).expect("BUG: strings always serialize");
        bytes
    }

    /// Reads a stored item. Returns `None` if it is corrupt, has another version, or belongs to
    /// another key.
    pub(super) fn from_bytes(bytes: &[u8], key: &SessionKey) -> Option<Self> {
        let mut read: Read = serde_json::from_slice(bytes).ok()?;
        let minted = DateTime::from_timestamp_millis(read.minted)?;
        let ends = DateTime::<Utc>::from_timestamp(read.ends, 0)?;
        let is_complete = !read.access_key_id.is_empty()
            && !read.secret_access_key.is_empty()
            && read.session_token.as_ref().is_none_or(|token| !token.is_empty())
            && minted < ends;
        if read.rolecall != VERSION || read.key != key.as_str() || !is_complete {
            return None;
        }
        Some(Self {
            credentials: Credentials {
                access_key_id: read.access_key_id,
                secret_access_key: Secret::new(std::mem::take(&mut *read.secret_access_key)),
                session_token: read.session_token.map(|mut t| Secret::new(std::mem::take(&mut *t))),
                expiration: Some(ends),
                account_id: read.account_id,
            },
            lifetime: Lifetime { minted, ends },
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::session::key::tests::{hop, plan};

    fn key(role: &str) -> SessionKey {
        SessionKey::of_steps(&plan(vec![hop(role)]), None).remove(0)
    }

    fn entry() -> Entry {
        let minted = DateTime::UNIX_EPOCH;
        let ends = minted + TimeDelta::hours(1);
        Entry {
            credentials: Credentials {
                access_key_id: "ASIA1".into(),
                secret_access_key: "s/+\"".into(),
                session_token: Some("t=".into()),
                expiration: Some(ends),
                account_id: Some("222222222222".into()),
            },
            lifetime: Lifetime { minted, ends },
        }
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let bytes = entry().to_bytes(&key("a"));
        assert_eq!(Entry::from_bytes(&bytes, &key("a")), Some(entry()));
    }

    #[test]
    fn an_item_under_another_key_is_a_miss() {
        assert_eq!(Entry::from_bytes(&entry().to_bytes(&key("a")), &key("b")), None);
    }

    #[test]
    fn a_corrupt_truncated_or_foreign_item_is_a_miss() {
        let bytes = entry().to_bytes(&key("a"));
        for length in 0..bytes.len() {
            assert_eq!(Entry::from_bytes(&bytes[..length], &key("a")), None);
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let of_another_version = text.replace("\"rolecall\":1", "\"rolecall\":2");
        for foreign in ["{}", "null", "\u{0}", &of_another_version] {
            assert_eq!(Entry::from_bytes(foreign.as_bytes(), &key("a")), None);
        }
    }
}
