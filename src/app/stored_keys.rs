//! The long-lived keys in the store, for provisioning, which creates, rotates and deletes keys.

use super::{key_edits, selection::Selection, stores::store_by_name};
use crate::{
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    ini::Document,
    profile::{Edited, FileEdit, Files, ProfileSet, Which},
    session::{Forgetter, LongLivedKeys, NewKeyNotes, Rotations},
    store::Store,
};

/// The long-lived keys in this user's store.
pub struct StoredKeys<'c> {
    context: &'c Context,
    store: Box<dyn Store>,
}

impl<'c> StoredKeys<'c> {
    /// Returns the keys in the store of that name, or in the default one. Does not call the store
    /// yet.
    ///
    /// # Errors
    /// If the store is not one that may hold long-lived keys.
    pub fn new(context: &'c Context, store: Option<String>) -> Result<Self> {
        let store = Selection { profile: None, store }.store(context)?;
        LongLivedKeys::check_kind(&*store)?;
        Ok(Self { context, store })
    }

    /// Checks that the store can be used. May prompt the user to unlock it.
    ///
    /// # Errors
    /// Of kind `Store`, if it can't.
    pub fn check(&self) -> Result<()> {
        self.open().map(drop)
    }

    /// Returns the context that these keys were opened with.
    pub fn context(&self) -> &'c Context {
        self.context
    }

    /// Returns the key `id` with its secret, if the store has it.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn find(&self, id: &str) -> Result<Option<Credentials>> {
        self.open()?.find_keys(id)
    }

    /// Saves a key and reads it back to make sure. Returns the name of the store.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn keep(&self, keys: &Credentials) -> Result<&'static str> {
        let place = self.open()?;
        place.keep(keys)?;
        Ok(place.store_name())
    }

    /// Deletes the key `id` and the sessions created with it. A key that is not there is not an error.
    ///
    /// # Errors
    /// Of kind `Store`.
    pub fn forget(&self, id: &str) -> Result<()> {
        self.open()?.forget(id)?;
        Forgetter::new(self.context, store_by_name).forget_made_with(id).outcome
    }

    /// Returns the names of the profiles that have the key `id`.
    ///
    /// # Errors
    /// If the files can't be read.
    pub fn profiles_with(&self, id: &str) -> Result<Vec<String>> {
        let files = Files::read(self.context)?;
        let users = key_edits::users(&ProfileSet::new(&files), id)?;
        Ok(users.into_iter().map(|(name, _)| name).collect())
    }

    /// Returns the id of the key named by `name`: a profile, or the id itself.
    ///
    /// # Errors
    /// Of kind `Config`, if the profile does not exist or has no key.
    pub fn id_of(&self, name: &str) -> Result<String> {
        let files = Files::read(self.context)?;
        key_edits::id_of(&ProfileSet::new(&files), name)
    }

    /// Replaces the key `old` by `new` in all profiles, in one edit of the config file. With
    /// `dry_run`, returns the changes as a diff instead; empty if there are none.
    ///
    /// # Errors
    /// If the config file can't be edited, or another file names the key. No profile is changed
    /// then.
    pub fn switch(&self, old: &str, new: &str, dry_run: bool) -> Result<String> {
        let path = Which::Config.path(self.context)?;
        let files = Files::read(self.context)?;
        let users = key_edits::users(&ProfileSet::new(&files), old)?;
        if let Some((name, at)) = users.into_iter().find(|(_, at)| at.file != files.config.path) {
            let text = format!("profile '{name}' names its key outside the config file");
            return Err(Error::config(text).at(Some(at)).hint("move this line to the config file"));
        }
        let change = |document: &mut Document| key_edits::replace_id(document, old, new);
        FileEdit { path: &path, dry_run }.apply(self.context, change).map(Edited::into_diff)
    }

    /// Opens the records of key rotations.
    ///
    /// # Errors
    /// If there is no state directory.
    pub fn rotations(&self) -> Result<Rotations> {
        Rotations::open(self.context)
    }

    /// Opens the notes about keys that are being created.
    ///
    /// # Errors
    /// If there is no state directory.
    pub fn notes(&self) -> Result<NewKeyNotes> {
        NewKeyNotes::open(self.context)
    }

    pub(super) fn open(&self) -> Result<LongLivedKeys<'_>> {
        LongLivedKeys::open(self.context, &*self.store)
    }
}
