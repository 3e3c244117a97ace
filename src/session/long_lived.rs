//! Long-lived keys in the store, which never expire there. They are read only to sign a call or to
//! return the keys themselves.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    explain::{lasting, unusable},
    key_records::KeyRecords,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    secret::Secret,
    store::{self, CallOptions, ErrorKind, NewItem, Store, lasting_key},
};

/// The version of the stored form.
const VERSION: u32 = 1;
/// Enough bytes for the longest keys, so the buffer never moves and leaves a copy of the secret.
const CAPACITY: usize = 1024;
/// The time limits of a call to the store, without and with a dialog to unlock it.
const TIMEOUT: Duration = Duration::from_secs(5);
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(25);

/// The stored form.
#[derive(Serialize)]
struct Written<'a> {
    rolecall: u32,
    access_key_id: &'a str,
    secret_access_key: &'a str,
}

#[derive(Deserialize)]
struct Read {
    rolecall: u32,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
}

fn to_bytes(keys: &Credentials) -> Zeroizing<Vec<u8>> {
    let written = Written {
        rolecall: VERSION,
        access_key_id: &keys.access_key_id,
        secret_access_key: keys.secret_access_key.expose(),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
    serde_json::to_writer(&mut *bytes, &written).expect("BUG: strings always serialize");
    bytes
}

/// Returns the secret of an item; `None` if it is corrupt, from another version, or for another
/// key.
fn secret_in(bytes: &[u8], id: &str) -> Option<Secret> {
    let mut read: Read = serde_json::from_slice(bytes).ok()?;
    let fits = read.rolecall == VERSION && read.access_key_id == id;
    (fits && !read.secret_access_key.is_empty())
        .then(|| Secret::new(std::mem::take(&mut *read.secret_access_key)))
}

/// Returns the secret of the access key `id` from `store`; `None` if it is not stored.
pub(super) fn read_secret(
    store: &dyn Store,
    id: &str,
    options: CallOptions,
) -> std::result::Result<Option<Secret>, store::Error> {
    let Some(item) = store.get(&lasting_key(id), options)? else {
        return Ok(None);
    };
    let foreign =
        || store::Error::new(ErrorKind::Unavailable, "its item was not written by rolecall");
    secret_in(&item, id).map(Some).ok_or_else(foreign)
}

/// The long-lived keys of this user, for the verbs that add, move or remove them.
pub(crate) struct LongLivedKeys<'a> {
    context: &'a Context,
    store: &'a dyn Store,
    records: Option<KeyRecords>,
}

impl<'a> LongLivedKeys<'a> {
    /// Opens the keys in `store`. Fails if it can't store long-lived keys or can't be used now. May
    /// prompt to unlock it.
    pub(crate) fn open(context: &'a Context, store: &'a dyn Store) -> Result<Self> {
        let store = lasting(store)?;
        let records = KeyRecords::find(context);
        let keys = Self { context, store, records };
        let checked = store.check(keys.options());
        checked.map_err(|error| unusable("access keys can't be saved in", store, &error))?;
        Ok(keys)
    }

    /// Checks that `store` is of a kind that can store long-lived keys, without calling it.
    pub(crate) fn check_kind(store: &dyn Store) -> Result<()> {
        lasting(store).map(drop)
    }

    /// The store's name.
    pub(crate) fn store_name(&self) -> &'static str {
        self.store.name()
    }

    /// Returns the secret of the access key `id`; `None` if it is not stored.
    pub(crate) fn find(&self, id: &str) -> Result<Option<Secret>> {
        read_secret(self.store, id, self.options()).map_err(|error| {
            unusable(&format!("the access key {id} can't be read from"), self.store, &error)
        })
    }

    /// Returns the access key `id` with its secret; `None` if it is not stored.
    pub(crate) fn find_keys(&self, id: &str) -> Result<Option<Credentials>> {
        let secret = self.find(id)?;
        Ok(secret.map(|secret_access_key| Credentials {
            access_key_id: id.to_owned(),
            secret_access_key,
            session_token: None,
            expiration: None,
            account_id: None,
        }))
    }

    /// Stores `keys`, then reads them back to check that they are stored unchanged.
    pub(crate) fn keep(&self, keys: &Credentials) -> Result<()> {
        let id = &keys.access_key_id;
        let label = format!("rolecall: access key {id}");
        let item = NewItem { label: &label, secret: &to_bytes(keys), ends: None };
        self.store.put(&lasting_key(id), &item, self.options()).map_err(|error| {
            unusable(&format!("the access key {id} can't be saved in"), self.store, &error)
        })?;
        if self.find(id)?.as_ref() != Some(&keys.secret_access_key) {
            let message = format!(
                "the store '{}' did not return access key {id} as it was saved",
                self.store.name()
            );
            return Err(
                Error::new(Kind::Store, message).hint("check it in the keychain's own program")
            );
        }
        self.note(id);
        Ok(())
    }

    /// Deletes the access key `id`, if it exists.
    pub(crate) fn forget(&self, id: &str) -> Result<()> {
        self.store.delete(&lasting_key(id), self.options()).map_err(|error| {
            unusable(&format!("the access key {id} can't be removed from"), self.store, &error)
        })?;
        if let Some(records) = &self.records {
            records.remove(&id.to_owned());
        }
        Ok(())
    }

    /// Writes the key's record. A failure is ignored: `keys list` then only shows less.
    fn note(&self, id: &str) {
        if let Some(records) = &self.records {
            drop(records.note(id, self.store.name(), self.context.now()));
        }
    }

    fn options(&self) -> CallOptions {
        let unlock = self.context.has_display();
        CallOptions { timeout: if unlock { UNLOCK_TIMEOUT } else { TIMEOUT }, unlock }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Credentials {
        Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "s/+\"\\".into(),
            session_token: None,
            expiration: None,
            account_id: None,
        }
    }

    #[test]
    fn a_stored_key_is_only_read_back_under_its_own_id() {
        let (keys, bytes) = (keys(), to_bytes(&keys()));
        assert_eq!(secret_in(&bytes, &keys.access_key_id), Some(keys.secret_access_key));
        assert_eq!(secret_in(&bytes, "AKIAANOTHER"), None);
        for length in 0..bytes.len() {
            assert_eq!(secret_in(&bytes[..length], &keys.access_key_id), None);
        }
    }

    #[test]
    fn the_buffer_is_large_enough_for_the_longest_keys() {
        let long = Credentials {
            access_key_id: "A".repeat(128),
            secret_access_key: Secret::new("\\".repeat(128)),
            ..keys()
        };
        assert!(to_bytes(&long).capacity() == CAPACITY);
    }

    #[test]
    fn keys_of_sessions_and_of_access_keys_are_never_the_same() {
        assert!(crate::session::SessionKey::parse(&lasting_key("a".repeat(64).as_str())).is_none());
    }
}
