//! Removes what this machine has of an IAM user and roles that are deleted: profiles, the stored
//! key, and the sessions created with it.

use std::path::PathBuf;

use super::{
    key_edits::{files_of, forget_key},
    new_profile::used_as_source,
    role_profiles::{RoleProfile, calls_us},
    selection::Selection,
    stores::store_by_name,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::Result,
    profile::{Edited, FileEdit, Files, Key, ProfileEditor, ProfileSet, Which, references},
    session::{Forgetter, KeyRecords, LongLivedKeys},
    store::Store,
};

/// A user's keys and profile, and profiles of roles, to remove from this machine.
pub struct LocalCleanup<'c> {
    context: &'c Context,
    store: Box<dyn Store>,
    path: PathBuf,
    name: String,
    ids: Vec<String>,
    roles: Vec<RoleProfile>,
}

/// What this machine has of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LocalItems {
    /// The profiles to remove.
    pub profiles: Vec<String>,
    /// The ids of the keys to delete from the store.
    pub keys: Vec<String>,
    /// What has one of the names but belongs to something else, and stays: a sentence each.
    pub left: Vec<String>,
}

/// What is deleted in AWS.
pub struct DeletedUser<'d> {
    /// The name of the user's profile.
    pub name: &'d str,
    /// The ids of its access keys.
    pub ids: Vec<String>,
    /// The profiles of the roles, which are recognized by name, role and source.
    pub roles: Vec<RoleProfile>,
}

impl<'c> LocalCleanup<'c> {
    /// Prepares the removal of what this machine has of `user`; `store` is the store to look in
    /// instead of the usual one.
    ///
    /// # Errors
    /// If there is no such store, or no config file can be located.
    pub fn new(context: &'c Context, user: DeletedUser<'_>, store: Option<String>) -> Result<Self> {
        let DeletedUser { name, ids, roles } = user;
        let store = Selection { profile: None, store }.store(context)?;
        let path = Which::Config.path(context)?;
        Ok(Self { context, store, path, name: name.to_owned(), ids, roles })
    }

    /// Returns the id of the key that the user's profile names, if it is not among the known ones:
    /// the user may already be gone from AWS. `None` unless a profile of one of the roles has this
    /// one as its source.
    ///
    /// # Errors
    /// If the files can't be read.
    pub fn unknown_key(&self) -> Result<Option<String>> {
        let files = Files::read(self.context)?;
        let set = ProfileSet::new(&files);
        let Some(profile) = set.profile(&self.name)? else { return Ok(None) };
        let id = profile.get(Key::AccessKeyId).map(|(id, _)| id.to_owned());
        let Some(id) = id.filter(|id| !self.ids.contains(id)) else { return Ok(None) };
        for role in self.roles.iter().filter(|role| role.source_profile == self.name) {
            if set.profile(&role.name)?.is_some_and(|profile| role.is_of(&profile)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Returns the key `id` with its secret, if the store has it.
    ///
    /// # Errors
    /// If the store can't be used.
    pub fn stored(&self, id: &str) -> Result<Option<Credentials>> {
        LongLivedKeys::open(self.context, &*self.store)?.find_keys(id)
    }

    /// Adds `id` to the user's keys.
    pub fn add_key(&mut self, id: String) {
        self.ids.push(id);
    }

    /// Returns what would be removed. Changes nothing, and never prompts to unlock a store.
    ///
    /// # Errors
    /// If the files can't be read.
    pub fn look(&self) -> Result<LocalItems> {
        let files = Files::read(self.context)?;
        let mut found = self.judge(&files)?;
        let records = KeyRecords::find(self.context).map(|records| records.all());
        let records = records.unwrap_or_default();
        let set = ProfileSet::new(&files);
        let named = set.profile(&self.name)?;
        let named = named.as_ref().and_then(|profile| profile.get(Key::AccessKeyId));
        let is_here = |id: &&String| {
            named.is_some_and(|(named, _)| named == **id)
                || records.iter().any(|(known, _)| known == *id)
        };
        found.keys = self.ids.iter().filter(is_here).cloned().collect();
        Ok(found)
    }

    /// Returns which profiles belong to this user and these roles, and which don't.
    fn judge(&self, files: &Files) -> Result<LocalItems> {
        let set = ProfileSet::new(files);
        let mut found = LocalItems::default();
        if let Some(profile) = set.profile(&self.name)? {
            let id = profile.get(Key::AccessKeyId);
            let is_it = id.is_some_and(|(id, _)| self.ids.iter().any(|known| known == id));
            if is_it && calls_us(&profile) {
                found.profiles.push(self.name.clone());
            } else {
                let at = id.map_or(&profile.at, |(_, setting)| &setting.at);
                found.left.push(format!(
                    "profile '{}' stays as it is: it has no key of this user ({at})",
                    self.name
                ));
            }
        }
        for role in &self.roles {
            let Some(profile) = set.profile(&role.name)? else { continue };
            if role.is_of(&profile) {
                found.profiles.push(role.name.clone());
            } else {
                found.left.push(format!(
                    "profile '{}' stays as it is: it belongs to another role ({})",
                    role.name, profile.at
                ));
            }
        }
        for name in &found.profiles {
            let users = references(files, name)?;
            let others = users.iter().filter(|user| !found.profiles.contains(&user.profile));
            let others: Vec<_> = others.collect();
            if !others.is_empty() {
                found.left.push(used_as_source(name, &others));
            }
            if let Some(at) = set.section_location(name, Which::Credentials) {
                found
                    .left
                    .push(format!("the section of '{name}' in the credentials file stays ({at})"));
            }
        }
        Ok(found)
    }

    /// Returns the changes to the config file as a diff, for a dry run; empty if there are none.
    ///
    /// # Errors
    /// If the file can't be read or edited.
    pub fn diff(&self) -> Result<String> {
        self.edit(true).map(Edited::into_diff)
    }

    /// Deletes keys and sessions, then removes the profiles in one edit, so that an interrupted run
    /// leaves a profile that leads to the rest. Returns what was done, a sentence each.
    ///
    /// # Errors
    /// If the store or the config file can't be written. What was done before stays done.
    pub fn take_out(&self) -> Result<Vec<String>> {
        let found = self.look()?;
        let mut said = Vec::new();
        let mut outcome = Ok(());
        for id in self.stored_ids(&found)? {
            let place = LongLivedKeys::open(self.context, &*self.store)?;
            let (text, left) = forget_key(self.context, &place, &id)?;
            said.push(text);
            outcome = outcome.and(left);
        }
        let forgetter = Forgetter::new(self.context, store_by_name);
        for name in &found.profiles {
            outcome = outcome.and(forgetter.forget(name, None, false).outcome);
        }
        outcome?;
        if self.edit(false)? == Edited::Written {
            let names: Vec<_> = found.profiles.iter().map(|name| format!("'{name}'")).collect();
            let what = if names.len() == 1 { "profile" } else { "profiles" };
            said.push(format!("removed {what} {} from {}", names.join(", "), self.path.display()));
        }
        Ok(said)
    }

    /// Returns the ids of keys to delete from the store: those with a record or a profile, and
    /// others that the store turns out to have. For those, a store that can't be used is not an
    /// error.
    fn stored_ids(&self, found: &LocalItems) -> Result<Vec<String>> {
        let mut ids = found.keys.clone();
        let rest: Vec<_> = self.ids.iter().filter(|id| !ids.contains(id)).collect();
        let Some(place) = (if rest.is_empty() || LongLivedKeys::check_kind(&*self.store).is_err() {
            None
        } else {
            LongLivedKeys::open(self.context, &*self.store).ok()
        }) else {
            return Ok(ids);
        };
        for id in rest {
            if place.find(id)?.is_some() {
                ids.push(id.clone());
            }
        }
        Ok(ids)
    }

    fn edit(&self, dry_run: bool) -> Result<Edited> {
        FileEdit { path: &self.path, dry_run }.apply(self.context, |document| {
            // Decided again on the text being edited, which may have changed since.
            let files = files_of(document, &self.path)?;
            let found = self.judge(&files)?;
            let mut profiles = ProfileEditor::new(document, Which::Config, &self.path)?;
            for name in &found.profiles {
                profiles.remove(name)?;
            }
            Ok(())
        })
    }
}
