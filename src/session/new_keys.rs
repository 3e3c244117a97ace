//! Notes of access keys that are being made at AWS, without secrets.
//!
//! IAM shows a secret once. Who is killed between its answer and the store leaves a key that nobody
//! has the secret of, and a user may have two keys. The note, written before the call and removed when
//! the secret is kept, lets the next one tell such a key from others.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    state::{Lock, StateDirectory},
};

const VERSION: u32 = 1;
/// Larger than any note.
const MOST_BYTES: u64 = 16 * 1024;

/// A key that was about to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeyNote {
    version: u32,
    /// The AWS account, 12 digits.
    pub account: String,
    /// The IAM user.
    pub user: String,
    /// The ids of the access keys that the user had before.
    pub others: BTreeSet<String>,
    /// When, by the clock of this machine.
    pub began: DateTime<Utc>,
}

/// The notes in the state directory, one a user.
#[derive(Clone, Debug)]
pub struct NewKeyNotes {
    state: StateDirectory,
}

impl NewKeyNotes {
    /// Those of this user.
    ///
    /// # Errors
    /// Where there is no state directory: a key could be lost then.
    pub fn open(context: &Context) -> Result<Self> {
        match StateDirectory::open(context) {
            Some(state) => Ok(Self { state }),
            None => Err(Error::new(
                Kind::Other,
                "no folder can be written in which a new access key is noted while it is made",
            )
            .hint("set XDG_STATE_HOME to a folder of yours")),
        }
    }

    /// The lock of whoever makes a key for this user; not taken yet.
    ///
    /// # Errors
    /// Those of making its file.
    pub fn lock(&self, account: &str, user: &str) -> io::Result<Lock> {
        self.state.lock(&name(account, user))
    }

    /// The note of a key that was begun and not finished. One that can't be read proves nothing.
    pub fn read(&self, account: &str, user: &str) -> Option<NewKeyNote> {
        let bytes = self.state.read(&self.path(account, user), MOST_BYTES)?;
        let note: NewKeyNote = serde_json::from_slice(&bytes).ok()?;
        let fits = note.version == VERSION && note.account == account && note.user == user;
        fits.then_some(note)
    }

    /// Notes that a key is being made since `began`, under `lock`, which is held as long as the result
    /// lives.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn write(
        &self,
        (account, user): (&str, &str),
        others: BTreeSet<String>,
        began: DateTime<Utc>,
        lock: Arc<Lock>,
    ) -> Result<WrittenNote> {
        let (path, version) = (self.path(account, user), VERSION);
        let (account, user) = (account.to_owned(), user.to_owned());
        let note = NewKeyNote { version, account, user, others, began };
        let bytes = serde_json::to_vec(&note).expect("BUG: strings always serialize");
        self.state.sweep_temporary_files();
        self.state.replace(&path, &bytes).map_err(|error| Error::io("write", &path, &error))?;
        Ok(WrittenNote { path, _lock: lock })
    }

    /// Removes the note: the key is kept, or deleted.
    pub fn remove(&self, account: &str, user: &str) {
        remove(&self.path(account, user));
    }

    fn path(&self, account: &str, user: &str) -> PathBuf {
        self.state.keys().join(format!("{}.new", name(account, user)))
    }
}

/// The letters of a user's name are fit for a file's.
///
/// Rule: IAM API reference, CreateUser, `UserName`.
fn name(account: &str, user: &str) -> String {
    format!("key-of-{account}-{user}")
}

fn remove(path: &Path) {
    // One that is not there is what was wanted.
    drop(fs::remove_file(path));
}

/// A note that was written, with the lock that it was written under.
#[derive(Clone, Debug)]
pub struct WrittenNote {
    path: PathBuf,
    _lock: Arc<Lock>,
}

impl WrittenNote {
    /// Removes the note: the key is kept, or there is none.
    pub fn remove(&self) {
        remove(&self.path);
    }
}

impl PartialEq for WrittenNote {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_by_the_next_one_for_the_same_user_alone() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("state")).unwrap();
        let journal = NewKeyNotes { state };
        let lock = Arc::new(journal.lock("111111111111", "a+b@c").unwrap());
        let others = BTreeSet::from(["AKIAIOSFODNN7EXAMPLE".to_owned()]);
        let began = DateTime::UNIX_EPOCH;
        let noted = journal.write(("111111111111", "a+b@c"), others.clone(), began, lock).unwrap();
        let read = journal.read("111111111111", "a+b@c").unwrap();
        assert_eq!((read.others, read.began), (others, began));
        assert_eq!(journal.read("111111111111", "a"), None);
        assert_eq!(journal.read("222222222222", "a+b@c"), None);
        noted.remove();
        assert_eq!(journal.read("111111111111", "a+b@c"), None);
    }
}
