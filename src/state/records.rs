//! Records in the state directory: small JSON files without secrets, one for each session, access key
//! or device.

use std::{fmt::Display, fs, io, marker::PhantomData, path::PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::StateDirectory;
use crate::{context::Context, private};

/// The largest record that is read, in bytes: records have a few hundred.
const MAX_BYTES: u64 = 64 * 1024;

/// What a kind of record is called on disk, and what is in it.
pub trait StateRecord: Serialize + DeserializeOwned {
    /// What one record of the kind is about. Its text is the file's name without [`Self::SUFFIX`].
    type Id: Display;

    /// The folder, below the state directory; empty: that directory itself.
    const FOLDER: &'static str;
    /// How the file's name ends.
    const SUFFIX: &'static str;
    /// What the file says in `"version"`; a file of another version is ignored. `None`: the record
    /// is no JSON object and has no version.
    const VERSION: Option<u32>;

    /// The ID that a file's name stands for, without the suffix; `None`: no record has that name.
    fn parse_id(text: &str) -> Option<Self::Id>;

    /// Whether this is the record of `id`. One in a file of another name is ignored.
    fn has_id(&self, id: &Self::Id) -> bool;
}

/// The records of one kind.
///
/// Only regular files of this user are read, never through a symlink, and never more than 64 KiB.
/// Whatever can't be read counts as no record.
#[derive(Clone, Debug)]
pub struct Records<T> {
    state: StateDirectory,
    kind: PhantomData<T>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize)]
struct Versioned<'r, T> {
    version: u32,
    #[serde(flatten)]
    record: &'r T,
}

impl<T: StateRecord> Records<T> {
    /// The records in this state directory.
    pub fn new(state: StateDirectory) -> Self {
        Self { state, kind: PhantomData }
    }

    /// The records in the first of the context's state directories that can be used, which is made
    /// where it is missing; `None` where there is none.
    pub fn find(context: &Context) -> Option<Self> {
        StateDirectory::open(context).map(Self::new)
    }

    /// The directory that they are in.
    pub fn state(&self) -> &StateDirectory {
        &self.state
    }

    /// The file of the record of `id`.
    pub fn path(&self, id: &T::Id) -> PathBuf {
        self.state.path().join(T::FOLDER).join(format!("{id}{}", T::SUFFIX))
    }

    /// The record of `id`; `None` where there is none that can be read.
    pub fn read(&self, id: &T::Id) -> Option<T> {
        // An ID that could lead out of the folder is nobody's.
        T::parse_id(&id.to_string())?;
        let bytes = private::read(&self.path(id), MAX_BYTES).ok()?;
        if let Some(version) = T::VERSION {
            let found: Version = serde_json::from_slice(&bytes).ok()?;
            (found.version == version).then_some(())?;
        }
        let record: T = serde_json::from_slice(&bytes).ok()?;
        record.has_id(id).then_some(record)
    }

    /// Replaces the record of `id` at once: readers see the old or the new one.
    pub fn write(&self, id: &T::Id, record: &T) -> io::Result<()> {
        if T::parse_id(&id.to_string()).is_none() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let bytes = match T::VERSION {
            Some(version) => serde_json::to_vec(&Versioned { version, record })?,
            None => serde_json::to_vec(record)?,
        };
        private::replace(&self.path(id), &bytes)
    }

    /// Removes the record of `id`, if there is one.
    pub fn remove(&self, id: &T::Id) {
        if T::parse_id(&id.to_string()).is_some() {
            // One that is missing is what was wanted.
            drop(fs::remove_file(self.path(id)));
        }
    }

    /// All records that can be read, sorted by file name.
    pub fn all(&self) -> Vec<(T::Id, T)> {
        let entries = fs::read_dir(self.state.path().join(T::FOLDER)).into_iter().flatten();
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        let ids = names.iter().filter_map(|name| T::parse_id(name.strip_suffix(T::SUFFIX)?));
        ids.filter_map(|id| self.read(&id).map(|record| (id, record))).collect()
    }
}
