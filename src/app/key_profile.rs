//! A profile for a new long-lived key: the secret goes into the store, the id into the profile, and
//! profiles of roles that the key may assume are written in the same edit.

use super::{
    key_edits::{self, KeyLines, TextsAfter, refuse_plain_keys},
    role_profiles::{RoleProfile, RoleProfiles},
    stored_keys::StoredKeys,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::Result,
    ini::Document,
    output::Streams,
    profile::{Edited, FileEdit, Files, Key, ProfileSet, Which, check_new_name, process_line},
};

/// Stands for the id of a key that does not exist yet.
const NO_ID: &str = "AKIA0000000000000000";

/// A profile that will get a new key.
pub struct KeyProfile<'c> {
    stored: StoredKeys<'c>,
    name: String,
    region: Option<String>,
    /// Whether to keep the region that the profile already has.
    keeps_region: bool,
    roles: RoleProfiles<'c>,
}

/// What a profile for a new key should have.
pub struct WantedKeyProfile<'w> {
    /// Its name.
    pub name: &'w str,
    /// The store for the key, instead of the usual one.
    pub store: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The profiles of roles that have it as their source.
    pub roles: Vec<RoleProfile>,
    /// Whether nothing will be changed, and nobody asked to unlock a store.
    pub dry_run: bool,
}

impl<'c> KeyProfile<'c> {
    /// Checks everything that can be checked before the key exists: that the store can hold it, and
    /// that the profile and those of its roles can be written. May prompt the user to unlock the
    /// store.
    ///
    /// # Errors
    /// If any of that is not possible.
    pub fn prepare(context: &'c Context, wanted: WantedKeyProfile<'_>) -> Result<Self> {
        let WantedKeyProfile { name, store, region, roles, dry_run } = wanted;
        check_new_name(name)?;
        let stored = StoredKeys::new(context, store)?;
        refuse_plain_keys(&Files::read(context)?, name)?;
        let roles = RoleProfiles::with_sources(context, roles, &[name])?;
        let name = name.to_owned();
        let keep = Self { stored, name, region, keeps_region: false, roles };
        keep.check_outcome()?;
        if !dry_run {
            keep.stored.check()?;
        }
        Ok(keep)
    }

    /// Keeps the region that the profile already has.
    #[must_use]
    pub fn with_its_own_region(self) -> Self {
        Self { keeps_region: true, ..self }
    }

    /// Checks that the profile would resolve to the new key.
    fn check_outcome(&self) -> Result<()> {
        let context = self.stored.context();
        let config = key_edits::after(context, self.roles.path(), |document| {
            self.write_into(document, NO_ID)
        })?;
        let credentials = Which::Credentials.path(context)?;
        let credentials = key_edits::after(context, &credentials, |_| Ok(()))?;
        TextsAfter { config, credentials }.plan(context, &self.name, NO_ID).map(drop)
    }

    /// Warns of settings that take precedence over the profiles of roles.
    ///
    /// # Errors
    /// If the files can't be read.
    pub fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        self.roles.warn(streams)
    }

    /// Returns the changes to the config file as a diff, for a dry run.
    ///
    /// # Errors
    /// If the file can't be read or edited.
    pub fn diff(&self) -> Result<String> {
        Ok(self.write(NO_ID, true)?.into_diff().replace(NO_ID, "(the new key's id)"))
    }

    /// Returns the stored keys.
    pub fn stored(&self) -> &StoredKeys<'c> {
        &self.stored
    }

    /// Saves the secret in the store, and writes the profile and those of roles in one edit: all of
    /// it or nothing. Returns the name of the store.
    ///
    /// # Errors
    /// If the store or the config file can't be written.
    pub fn keep(&self, keys: &Credentials) -> Result<&'static str> {
        let place = self.stored.open()?;
        let kept = place.keep(keys).and_then(|()| self.write(&keys.access_key_id, false));
        match kept {
            Ok(_) => Ok(place.store_name()),
            Err(error) => match place.forget(&keys.access_key_id) {
                Ok(()) => Err(error),
                Err(left) => Err(error.hint(left.to_string())),
            },
        }
    }

    fn write(&self, id: &str, dry_run: bool) -> Result<Edited> {
        let (context, path) = (self.stored.context(), self.roles.path());
        FileEdit { path, dry_run }.apply(context, |document| self.write_into(document, id))
    }

    fn write_into(&self, document: &mut Document, id: &str) -> Result<()> {
        let has_region = self.keeps_region && self.has_region(document)?;
        let lines = KeyLines {
            name: &self.name,
            id,
            process: process_line(self.roles.program(), &self.name)?,
            region: self.region.clone().filter(|_| !has_region),
            mfa_serial: None,
        };
        lines.write(document, self.roles.path())?;
        self.roles.write_into(document)
    }

    fn has_region(&self, document: &Document) -> Result<bool> {
        let files = key_edits::files_of(document, self.roles.path())?;
        let profile = ProfileSet::new(&files).profile(&self.name)?;
        Ok(profile.is_some_and(|profile| profile.get(Key::Region).is_some()))
    }
}
