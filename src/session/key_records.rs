//! The record of a long-lived key in the state directory: all about it but its secret. The store
//! can't be asked what it has without an unlocked keychain.

use std::{fs, io, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{plan::check_key_id, state::StateDirectory};

const VERSION: u32 = 1;

/// What is known of a long-lived key that is kept in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    version: u32,
    /// Its id.
    pub access_key_id: String,
    /// The store that has its secret.
    pub store: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The records of all long-lived keys.
#[derive(Clone, Debug)]
pub struct KeyRecords {
    state: StateDirectory,
}

impl KeyRecords {
    /// The records in this state directory.
    pub fn new(state: StateDirectory) -> Self {
        Self { state }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.state.keys().join(format!("{id}.json"))
    }

    /// Notes that `store` has the key `id` since `now`. What was noted before stays: it is as true.
    pub(super) fn note(&self, id: &str, store: &str, now: DateTime<Utc>) -> io::Result<()> {
        self.state.sweep_temporary_files();
        if self.all().iter().any(|record| record.access_key_id == id && record.store == store) {
            return Ok(());
        }
        let (access_key_id, store) = (id.to_owned(), store.to_owned());
        let record = KeyRecord { version: VERSION, access_key_id, store, since: now };
        self.state.replace(&self.path(id), &serde_json::to_vec(&record)?)
    }

    /// Removes the record of `id`.
    pub(super) fn remove(&self, id: &str) {
        // One that is not there is what was wanted.
        drop(fs::remove_file(self.path(id)));
    }

    /// All records, by id.
    pub fn all(&self) -> Vec<KeyRecord> {
        let Ok(entries) = fs::read_dir(self.state.keys()) else {
            return Vec::new();
        };
        let records = entries.flatten().filter_map(|entry| {
            let name = entry.file_name();
            let id = name.to_str()?.strip_suffix(".json")?;
            check_key_id(id).ok()?;
            let record: KeyRecord = serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()?;
            (record.version == VERSION && record.access_key_id == id).then_some(record)
        });
        let mut records: Vec<_> = records.collect();
        records.sort_by(|one, other| one.access_key_id.cmp(&other.access_key_id));
        records
    }
}
