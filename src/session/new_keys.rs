//! Notes of access keys that are being made at AWS, without secrets.
//!
//! IAM shows a secret once. Who is killed between its answer and the store leaves a key that nobody
//! has the secret of, and a user may have two keys. The note, written before the call and removed when
//! the secret is kept, lets the next one tell such a key from others.

use std::{collections::BTreeSet, fmt, io, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Result},
    state::{self, Lock, Records, StateDirectory, StateRecord},
};

/// A key that was about to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeyNote {
    /// The AWS account, 12 digits.
    pub account: String,
    /// The IAM user.
    pub user: String,
    /// The ids of the access keys that the user had before.
    pub others: BTreeSet<String>,
    /// When, by the clock of this machine.
    pub began: DateTime<Utc>,
}

/// Whom a key is made for. The text is fit for a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    account: String,
    user: String,
}

impl KeyOwner {
    /// An IAM user of an account.
    pub fn new(account: &str, user: &str) -> Self {
        Self { account: account.to_owned(), user: user.to_owned() }
    }
}

impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key-of-{}-{}", self.account, self.user)
    }
}

/// The notes of all users' keys.
pub type NewKeyNotes = Records<NewKeyNote>;

impl StateRecord for NewKeyNote {
    type Id = KeyOwner;
    const FOLDER: &'static str = state::KEYS;
    const SUFFIX: &'static str = ".new";
    const VERSION: Option<u32> = Some(1);

    /// Rule: IAM API reference, CreateUser, `UserName`: none of its letters leads out of a folder.
    fn parse_id(text: &str) -> Option<KeyOwner> {
        let (account, user) = text.strip_prefix("key-of-")?.split_once('-')?;
        let is_fit = |c: char| c.is_alphanumeric() || "_+=,.@-".contains(c);
        (account.chars().all(is_fit) && user.chars().all(is_fit))
            .then(|| KeyOwner::new(account, user))
    }

    fn has_id(&self, owner: &KeyOwner) -> bool {
        self.account == owner.account && self.user == owner.user
    }
}

impl NewKeyNotes {
    /// Those of this user.
    ///
    /// # Errors
    /// Where there is no state directory: a key could be lost then.
    pub fn open(context: &Context) -> Result<Self> {
        StateDirectory::needed(context, "a new access key while it is made").map(Self::new)
    }

    /// The lock of whoever makes a key for this user; not taken yet.
    ///
    /// # Errors
    /// Those of making its file.
    pub fn lock(&self, owner: &KeyOwner) -> io::Result<Lock> {
        self.state().lock(&owner.to_string())
    }

    /// Writes `note`, under `lock`, which is held as long as the result lives.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn save(&self, note: &NewKeyNote, lock: Arc<Lock>) -> Result<WrittenNote> {
        let owner = KeyOwner::new(&note.account, &note.user);
        self.state().sweep_temporary_files();
        let written = self.write(&owner, note);
        written.map_err(|error| Error::io("write", &self.path(&owner), error))?;
        Ok(WrittenNote { notes: self.clone(), owner, _lock: lock })
    }
}

/// A note that was written, with the lock that it was written under.
#[derive(Clone, Debug)]
pub struct WrittenNote {
    notes: NewKeyNotes,
    owner: KeyOwner,
    _lock: Arc<Lock>,
}

impl WrittenNote {
    /// Removes the note: the key is kept, or there is none.
    pub fn remove(&self) {
        self.notes.remove(&self.owner);
    }
}

impl PartialEq for WrittenNote {
    fn eq(&self, other: &Self) -> bool {
        self.owner == other.owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_by_the_next_one_for_the_same_user_alone() {
        let root = tempfile::tempdir().unwrap();
        let notes = NewKeyNotes::new(StateDirectory::at(root.path().join("state")).unwrap());
        let owner = KeyOwner::new("111111111111", "a+b@c");
        let lock = Arc::new(notes.lock(&owner).unwrap());
        let note = NewKeyNote {
            account: "111111111111".to_owned(),
            user: "a+b@c".to_owned(),
            others: BTreeSet::from(["AKIAIOSFODNN7EXAMPLE".to_owned()]),
            began: DateTime::UNIX_EPOCH,
        };
        let written = notes.save(&note, lock).unwrap();
        assert_eq!(notes.read(&owner), Some(note));
        assert_eq!(notes.read(&KeyOwner::new("111111111111", "a")), None);
        assert_eq!(notes.read(&KeyOwner::new("222222222222", "a+b@c")), None);
        let json = "{\"version\":1,\"account\":\"111111111111\",\"user\":\"a+b@c\",\
                    \"others\":[\"AKIAIOSFODNN7EXAMPLE\"],\"began\":\"1970-01-01T00:00:00Z\"}";
        let path = root.path().join("state/keys/key-of-111111111111-a+b@c.new");
        assert_eq!(std::fs::read_to_string(path).unwrap(), json);
        written.remove();
        assert_eq!(notes.read(&owner), None);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_no_record() {
        let root = tempfile::tempdir().unwrap();
        let notes = NewKeyNotes::new(StateDirectory::at(root.path().join("state")).unwrap());
        let (account, user) = ("111111111111".to_owned(), "../x".to_owned());
        let (others, began) = (BTreeSet::new(), DateTime::UNIX_EPOCH);
        let note = NewKeyNote { account, user, others, began };
        let lock = Arc::new(notes.state().lock("x").unwrap());
        notes.save(&note, lock).unwrap_err();
        assert_eq!(notes.read(&KeyOwner::new("111111111111", "../x")), None);
    }
}
