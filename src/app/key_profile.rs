//! A long-lived key that the program beside this one, `rolecall-provision`, has made: its secret goes
//! into the store, and a profile gets it, and with it perhaps profiles of roles.

use super::{
    key_edits::{self, KeyLines, refuse_plain_keys},
    role_profiles::{RoleProfile, RoleProfiles},
    stored_keys::StoredKeys,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::Result,
    ini::Document,
    output::Streams,
    profile::{Edited, Files, ProfileSet, Which, check_new_name, edit, process_line},
};

/// Stands for the id of a key that is still to be made.
const NO_ID: &str = "AKIA0000000000000000";

/// A profile that is to have a key of its own.
pub struct KeyProfile<'c> {
    stored: StoredKeys<'c>,
    name: String,
    region: Option<String>,
    /// Whether a region that the profile has already stays.
    keeps_region: bool,
    roles: RoleProfiles<'c>,
}

impl<'c> KeyProfile<'c> {
    /// Finds out all that can be known before there is a key: whether the store can keep one, the
    /// profile `name` take one, and `roles` be written with it. A human may be asked to unlock the
    /// store, save for a `dry_run`.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn prepare(
        context: &'c Context,
        name: &str,
        store: Option<String>,
        region: Option<String>,
        roles: Vec<RoleProfile>,
        dry_run: bool,
    ) -> Result<Self> {
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

    /// From now on, a region that the profile has already stays.
    #[must_use]
    pub fn with_its_own_region(self) -> Self {
        Self { keeps_region: true, ..self }
    }

    /// Whether the profile would give the new key.
    fn check_outcome(&self) -> Result<()> {
        let context = self.stored.context();
        let config = key_edits::after(context, self.roles.path(), |document| {
            self.write_into(document, NO_ID)
        })?;
        let credentials = Which::Credentials.path(context)?;
        let credentials = key_edits::after(context, &credentials, |_| Ok(()))?;
        key_edits::plan_after(context, (config, credentials), &self.name, NO_ID).map(drop)
    }

    /// Warns of what would win over the profiles of roles.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        self.roles.warn(streams)
    }

    /// What a dry run shows: the change of the config file.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn diff(&self) -> Result<String> {
        match self.write(NO_ID, true)? {
            Edited::WouldWrite(diff) => Ok(diff.replace(NO_ID, "(the new key's id)")),
            _ => Ok(String::new()),
        }
    }

    /// The keys that the store has.
    pub fn stored(&self) -> &StoredKeys<'c> {
        &self.stored
    }

    /// Puts the secret into the store, and the id into the profile, in one edit with those of roles.
    /// All or nothing. Gives the name of the store.
    ///
    /// # Errors
    /// Those of the store and of the config file.
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
        edit(context, path, dry_run, |document| self.write_into(document, id))
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
        Ok(profile.is_some_and(|profile| profile.text("region").is_some()))
    }
}
