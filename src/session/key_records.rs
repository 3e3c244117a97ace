//! The records of long-lived keys in the state directory, without secrets: a locked keychain can't
//! list what it has.

use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    plan::check_key_id,
    state::{self, Records, StateRecord},
};

/// A long-lived key that is saved in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The access key ID.
    pub(crate) access_key_id: String,
    /// The store that has its secret.
    pub(crate) store: String,
    /// When it was first saved there (UTC).
    pub(crate) since: DateTime<Utc>,
}

/// The records of all long-lived keys, by access key ID.
pub(crate) type KeyRecords = Records<KeyRecord>;

impl StateRecord for KeyRecord {
    type Id = String;
    const FOLDER: &'static str = state::KEYS;
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);

    fn parse_id(text: &str) -> Option<String> {
        check_key_id(text).is_ok().then(|| text.to_owned())
    }

    fn has_id(&self, id: &String) -> bool {
        self.access_key_id == *id
    }
}

impl KeyRecords {
    /// Records that `store` has the key `id` since `now`. An existing record of that store stays.
    pub(super) fn note(&self, id: &str, store: &str, now: DateTime<Utc>) -> io::Result<()> {
        self.state().sweep_temporary_files();
        let record =
            KeyRecord { access_key_id: id.to_owned(), store: store.to_owned(), since: now };
        let known = self.read(&record.access_key_id);
        if known.is_some_and(|known| known.store == record.store) {
            return Ok(());
        }
        self.write(&record.access_key_id, &record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateDirectory;

    #[test]
    fn a_key_is_noted_once_with_the_same_json_as_in_earlier_releases() {
        let root = tempfile::tempdir().unwrap();
        let records = KeyRecords::new(StateDirectory::at(root.path().join("state")).unwrap());
        let id = "AKIAIOSFODNN7EXAMPLE";
        records.note(id, "keychain", DateTime::UNIX_EPOCH).unwrap();
        records.note(id, "keychain", DateTime::<Utc>::MAX_UTC).unwrap();
        let json = "{\"version\":1,\"access_key_id\":\"AKIAIOSFODNN7EXAMPLE\",\
                    \"store\":\"keychain\",\"since\":\"1970-01-01T00:00:00Z\"}";
        let path = root.path().join("state/keys/AKIAIOSFODNN7EXAMPLE.json");
        assert_eq!(std::fs::read_to_string(path).unwrap(), json);
    }
}
