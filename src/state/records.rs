//! Records in the state directory: small JSON files without secrets, one for each session, access
//! key or device.

use std::{
    collections::BTreeSet,
    fmt::Display,
    fs, io,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::StateDirectory;
use crate::{
    context::Context,
    private::{self, Folder, Stamp},
    redact,
};

/// A kind of record: its file names and its content.
pub trait StateRecord: Serialize + DeserializeOwned {
    /// Identifies one record. Its text is the file's name without [`Self::SUFFIX`].
    type Id: Display;

    /// The folder, below the state directory; empty: that directory itself.
    const FOLDER: &'static str;
    /// How the file's name ends.
    const SUFFIX: &'static str;
    /// The value of `"version"` in the file; a file of another version is ignored. `None` if the
    /// record is not a JSON object and has no version.
    const VERSION: Option<u32>;
    /// The largest file that is read, in bytes: most records have a few hundred.
    const MAX_BYTES: u64 = 64 * 1024;

    /// Parses an ID from a file's name without the suffix; `None` if no record has such a name.
    fn parse_id(text: &str) -> Option<Self::Id>;

    /// Whether this is the record of `id`. A record in a file with another name is ignored.
    fn has_id(&self, id: &Self::Id) -> bool;
}

/// The records of one kind.
///
/// Only regular files of this user are read, never through a symlink, and never more than the kind allows.
/// A record that can't be read counts as missing.
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
    pub(crate) fn new(state: StateDirectory) -> Self {
        Self { state, kind: PhantomData }
    }

    /// Returns the records in the first usable state directory of the context, which is created if
    /// it is missing; `None` if there is none.
    pub(crate) fn find(context: &Context) -> Option<Self> {
        StateDirectory::open(context).map(Self::new)
    }

    /// Returns the records in the state directories that exist; `None` if there is none. Creates
    /// nothing.
    pub(crate) fn existing(context: &Context) -> Option<Self> {
        StateDirectory::existing(context).map(Self::new)
    }

    /// The state directory that the records are in.
    pub(crate) fn state(&self) -> &StateDirectory {
        &self.state
    }

    /// The file of the record of `id`.
    pub(crate) fn path(&self, id: &T::Id) -> PathBuf {
        self.state.path().join(Self::name(id))
    }

    fn name(id: &T::Id) -> PathBuf {
        Path::new(T::FOLDER).join(format!("{id}{}", T::SUFFIX))
    }

    /// The file that was written last, if another directory was used for some time.
    fn newest(&self, id: &T::Id) -> PathBuf {
        let changed = |path: &PathBuf| fs::symlink_metadata(path).and_then(|it| it.modified()).ok();
        let places: Vec<_> = self.state.places(&Self::name(id)).collect();
        // Of several that are equally old, the first.
        let newest = places.into_iter().rev().max_by_key(changed);
        newest.unwrap_or_else(|| self.path(id))
    }

    /// Returns the record of `id`; `None` if it is missing or can't be read.
    pub fn read(&self, id: &T::Id) -> Option<T> {
        // An ID that could lead out of the folder is not valid.
        T::parse_id(&id.to_string())?;
        parse(id, &private::read(&self.newest(id), T::MAX_BYTES).ok()?)
    }

    /// Replaces the record of `id` atomically: readers see the old or the new one.
    pub(crate) fn write(&self, id: &T::Id, record: &T) -> io::Result<()> {
        if T::parse_id(&id.to_string()).is_none() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let json = match T::VERSION {
            Some(version) => serde_json::to_string(&Versioned { version, record })?,
            None => serde_json::to_string(record)?,
        };
        // Whatever the record is about: no URL in it has a password.
        private::replace(&self.path(id), redact::urls(&json).as_bytes())
    }

    /// Removes the record of `id`, if there is one.
    pub fn remove(&self, id: &T::Id) {
        if T::parse_id(&id.to_string()).is_none() {
            return;
        }
        for path in self.state.places(&Self::name(id)) {
            // It may be missing already.
            drop(fs::remove_file(path));
        }
        if self.read(id).is_some() {
            // It is in a directory that can't be written to at present. An empty file hides it.
            drop(private::replace(&self.path(id), b""));
        }
    }

    /// Returns every record that can be read, sorted by file name.
    pub fn all(&self) -> Vec<(T::Id, T)> {
        self.all_that(|_, _| true)
    }

    /// Returns the state of the folder that the records are in; `None` if they may be in several
    /// directories, of which that of the last change counts.
    pub(crate) fn folder_state(&self) -> Option<Stamp> {
        Folder::open(&self.state.only()?.join(T::FOLDER)).ok()?.state()
    }

    /// Returns how many files there are with a record's name, readable or not.
    pub(crate) fn count_files(&self) -> usize {
        let folders = self.state.places(Path::new(T::FOLDER));
        let folders = folders.filter_map(|path| Folder::open(&path).ok());
        let names: BTreeSet<_> = folders.flat_map(|folder| folder.names()).collect();
        let has_id = |name: &&String| name.strip_suffix(T::SUFFIX).and_then(T::parse_id).is_some();
        names.iter().filter(has_id).count()
    }

    /// Returns the records that can be read and that `may_be` wanted, by their IDs and files, sorted
    /// by file name. Whoever needs few of hundreds saves parsing the others.
    pub(crate) fn all_that(&self, may_be: impl Fn(&T::Id, &[u8]) -> bool) -> Vec<(T::Id, T)> {
        let folders: Vec<_> = self.state.places(Path::new(T::FOLDER)).collect();
        let mut folders: Vec<_> = folders.iter().flat_map(|path| Folder::open(path)).collect();
        let mut records = Vec::new();
        let mut take = |id: T::Id, name: String, bytes: &[u8]| {
            if may_be(&id, bytes)
                && let Some(record) = parse(&id, bytes)
            {
                records.push((name, (id, record)));
            }
        };
        let id_of = |name: &str| T::parse_id(name.strip_suffix(T::SUFFIX)?);
        if let [folder] = &mut *folders {
            for name in folder.names() {
                if let Some(id) = id_of(&name)
                    && let Ok(bytes) = folder.read(&name, T::MAX_BYTES)
                {
                    take(id, name, bytes);
                }
            }
        } else {
            let names: BTreeSet<_> = folders.iter().flat_map(Folder::names).collect();
            for name in names {
                if let Some(id) = id_of(&name)
                    && let Ok(bytes) = private::read(&self.newest(&id), T::MAX_BYTES)
                {
                    take(id, name, &bytes);
                }
            }
        }
        records.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        records.into_iter().map(|(_, record)| record).collect()
    }
}

/// Returns the record of `id` from its file; `None` if that is none, or is of another version.
fn parse<T: StateRecord>(id: &T::Id, bytes: &[u8]) -> Option<T> {
    if let Some(version) = T::VERSION
        && !starts_with_version(bytes, version)
    {
        let found: Version = serde_json::from_slice(bytes).ok()?;
        (found.version == version).then_some(())?;
    }
    let record: T = serde_json::from_slice(bytes).ok()?;
    record.has_id(id).then_some(record)
}

/// Whether a file starts with its version, as those do that we write: then it needs no search.
fn starts_with_version(bytes: &[u8], version: u32) -> bool {
    let rest = bytes.strip_prefix(b"{\"version\":");
    let rest = rest.and_then(|rest| rest.strip_prefix(version.to_string().as_bytes()));
    rest.is_some_and(|rest| rest.starts_with(b","))
}
