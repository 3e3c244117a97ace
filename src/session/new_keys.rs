//! Notes about access keys that are being created at AWS, without secrets.
//!
//! IAM shows a secret once. If the process is killed between IAM's answer and saving the secret,
//! the secret is lost, and a user can only have two keys. The note is written before the call and
//! removed after the secret is saved, so the next run can recognize such a key.

use std::{collections::BTreeSet, fmt, io, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Result},
    rules::is_name_char,
    state::{self, Lock, Records, StateDirectory, StateRecord},
};

/// A key that was about to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeyNote {
    /// The AWS account, 12 digits.
    pub account: String,
    /// The IAM user.
    pub user: String,
    /// The ids of the access keys that the user had before.
    pub others: BTreeSet<String>,
    /// When the call began (UTC), by AWS's clock.
    pub began: DateTime<Utc>,
    /// Until when the process is known to have waited for the answer, by the same clock. `None`: not
    /// long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_until: Option<DateTime<Utc>>,
    /// The ID of the key; `None` before AWS has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The user that a key is created for. The text is safe as a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    pub(super) account: String,
    pub(super) user: String,
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
        account.chars().chain(user.chars()).all(is_name_char).then(|| KeyOwner::new(account, user))
    }

    fn has_id(&self, owner: &KeyOwner) -> bool {
        self.account == owner.account && self.user == owner.user
    }
}

impl NewKeyNotes {
    /// Opens the notes of this OS user.
    ///
    /// # Errors
    /// If there is no state directory: a key could be lost without one.
    pub fn open(context: &Context) -> Result<Self> {
        StateDirectory::needed(context, "a new access key while it is created").map(Self::new)
    }

    /// Returns the lock for creating a key for `owner`; it is not taken yet.
    ///
    /// # Errors
    /// If its file can't be created.
    pub fn lock(&self, owner: &KeyOwner) -> io::Result<Lock> {
        self.state().lock(&owner.to_string())
    }

    /// Writes `note` under `lock`, which is held as long as the result exists.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, note: NewKeyNote, lock: Arc<Lock>) -> Result<WrittenNote> {
        let owner = KeyOwner::new(&note.account, &note.user);
        self.state().sweep_temporary_files();
        let written = self.write(&owner, &note);
        written.map_err(|error| Error::io("write", &self.path(&owner), error))?;
        Ok(WrittenNote { notes: self.clone(), owner, note, _lock: lock })
    }
}

/// A note that was written, with the lock that it was written under.
#[derive(Clone, Debug)]
pub struct WrittenNote {
    notes: NewKeyNotes,
    owner: KeyOwner,
    note: NewKeyNote,
    _lock: Arc<Lock>,
}

impl WrittenNote {
    /// Adds that the process still waits for AWS's answer; `now` is AWS's time.
    pub fn still_waits(&self, now: DateTime<Utc>) {
        self.update(&NewKeyNote { waited_until: Some(now), ..self.note.clone() });
    }

    /// Adds the ID of the key that was created: from now on no other key is taken for it.
    pub fn names(&self, id: &str) {
        self.update(&NewKeyNote { id: Some(id.to_owned()), ..self.note.clone() });
    }

    /// Without these additions the note is less precise, but still right.
    fn update(&self, note: &NewKeyNote) {
        drop(self.notes.write(&self.owner, note));
    }

    /// Removes the note, because the key is saved or was not created.
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
    fn a_note_is_only_found_for_its_own_user() {
        let root = tempfile::tempdir().unwrap();
        let notes = NewKeyNotes::new(StateDirectory::at(root.path().join("state")).unwrap());
        let owner = KeyOwner::new("111111111111", "a+b@c");
        let lock = Arc::new(notes.lock(&owner).unwrap());
        let note = NewKeyNote {
            account: "111111111111".to_owned(),
            user: "a+b@c".to_owned(),
            others: BTreeSet::from(["AKIAIOSFODNN7EXAMPLE".to_owned()]),
            began: DateTime::UNIX_EPOCH,
            waited_until: None,
            id: None,
        };
        let written = notes.save(note.clone(), lock).unwrap();
        assert_eq!(notes.read(&owner), Some(note.clone()));
        assert_eq!(notes.read(&KeyOwner::new("111111111111", "a")), None);
        assert_eq!(notes.read(&KeyOwner::new("222222222222", "a+b@c")), None);
        let json = "{\"version\":1,\"account\":\"111111111111\",\"user\":\"a+b@c\",\
                    \"others\":[\"AKIAIOSFODNN7EXAMPLE\"],\"began\":\"1970-01-01T00:00:00Z\"}";
        let path = root.path().join("state/keys/key-of-111111111111-a+b@c.new");
        assert_eq!(std::fs::read_to_string(path).unwrap(), json);
        written.still_waits(DateTime::UNIX_EPOCH);
        let waited_until = Some(DateTime::UNIX_EPOCH);
        assert_eq!(notes.read(&owner), Some(NewKeyNote { waited_until, ..note.clone() }));
        written.names("AKIAIOSFODNN7EXAMPL2");
        let id = Some("AKIAIOSFODNN7EXAMPL2".to_owned());
        assert_eq!(notes.read(&owner), Some(NewKeyNote { id, ..note }));
        written.remove();
        assert_eq!(notes.read(&owner), None);
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let notes = NewKeyNotes::new(StateDirectory::at(root.path().join("state")).unwrap());
        let (account, user) = ("111111111111".to_owned(), "../x".to_owned());
        let (others, began) = (BTreeSet::new(), DateTime::UNIX_EPOCH);
        let note = NewKeyNote { account, user, others, began, waited_until: None, id: None };
        let lock = Arc::new(notes.state().lock("x").unwrap());
        notes.save(note, lock).unwrap_err();
        assert_eq!(notes.read(&KeyOwner::new("111111111111", "../x")), None);
    }
}
