//! The long-lived keys in the store, for the program beside this one, `rolecall-provision`, which
//! makes such keys and deletes them.

use super::{key_edits, selection::Selection, sessions::sessions, stores::store_by_name};
use crate::{
    aws::Sdk,
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    ini::Document,
    profile::{Edited, Files, ProfileSet, Which, edit},
    session::{LongLivedKeys, NewKeyNotes, Rotations},
    store::Store,
};

/// The long-lived keys of this user.
pub struct StoredKeys<'c> {
    context: &'c Context,
    store: Box<dyn Store>,
}

impl<'c> StoredKeys<'c> {
    /// Those in the store of that name; `None`: the one that is used otherwise. The store is not asked
    /// anything yet.
    ///
    /// # Errors
    /// Where it keeps nothing for good.
    pub fn new(context: &'c Context, store: Option<String>) -> Result<Self> {
        let store = Selection { profile: None, store }.store(context)?;
        LongLivedKeys::check_kind(&*store)?;
        Ok(Self { context, store })
    }

    /// Makes sure that the store can be used; a human may be asked to unlock it.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn check(&self) -> Result<()> {
        self.open().map(drop)
    }

    /// Environment, clock and paths.
    pub fn context(&self) -> &'c Context {
        self.context
    }

    /// The key `id` with its secret; `None` where the store has none.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn find(&self, id: &str) -> Result<Option<Credentials>> {
        self.open()?.find_keys(id)
    }

    /// Keeps a key: it is there, byte for byte, when this returns. Gives the name of the store.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn keep(&self, keys: &Credentials) -> Result<&'static str> {
        let place = self.open()?;
        place.keep(keys)?;
        Ok(place.store_name())
    }

    /// Forgets the key `id`, and the sessions that were made with it. That there was none is not an
    /// error.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn forget(&self, id: &str) -> Result<()> {
        self.open()?.forget(id)?;
        let files = Files::read(self.context)?;
        let sessions = sessions(self.context, &*self.store, &Sdk, &files);
        let by_name = |name: &str| store_by_name(self.context, name);
        sessions.forget_made_with(id, &by_name).1
    }

    /// The names of the profiles that have the key `id`.
    ///
    /// # Errors
    /// Those of the two files.
    pub fn profiles_with(&self, id: &str) -> Result<Vec<String>> {
        let files = Files::read(self.context)?;
        let users = key_edits::users(&ProfileSet::new(&files), id)?;
        Ok(users.into_iter().map(|(name, _)| name).collect())
    }

    /// The id of the key that is meant by a profile's name, or by the id itself.
    ///
    /// # Errors
    /// Of kind `Config` where the profile is not there, or has none.
    pub fn id_of(&self, name: &str) -> Result<String> {
        let files = Files::read(self.context)?;
        key_edits::id_of(&ProfileSet::new(&files), name)
    }

    /// Gives the key `new` to all profiles that have the key `old`, in one edit of the config file.
    /// Gives what a `dry_run` shows: the change, empty where there is none.
    ///
    /// # Errors
    /// Those of the file; of kind `Config` where another file than the config file names the key. No
    /// profile is changed then.
    pub fn switch(&self, old: &str, new: &str, dry_run: bool) -> Result<String> {
        let path = Which::Config.path(self.context)?;
        let files = Files::read(self.context)?;
        let users = key_edits::users(&ProfileSet::new(&files), old)?;
        if let Some((name, at)) = users.into_iter().find(|(_, at)| at.file != files.config.path) {
            let text = format!("profile '{name}' names its key outside the config file");
            return Err(Error::config(text).at(Some(at)).hint("move that line to the config file"));
        }
        let change = |document: &mut Document| key_edits::replace_id(document, old, new);
        match edit(self.context, &path, dry_run, change)? {
            Edited::WouldWrite(diff) => Ok(diff),
            Edited::Written | Edited::Unchanged => Ok(String::new()),
        }
    }

    /// The records of rotations.
    ///
    /// # Errors
    /// Where there is no state directory.
    pub fn rotations(&self) -> Result<Rotations> {
        Rotations::open(self.context)
    }

    /// The notes of keys that are being made.
    ///
    /// # Errors
    /// Where there is no state directory.
    pub fn notes(&self) -> Result<NewKeyNotes> {
        NewKeyNotes::open(self.context)
    }

    pub(super) fn open(&self) -> Result<LongLivedKeys<'_>> {
        LongLivedKeys::open(self.context, &*self.store)
    }
}
