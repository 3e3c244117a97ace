//! What is left on this machine of a user and roles that the program beside this one,
//! `rolecall-provision`, takes down: profiles, the stored key, the sessions made with it.

use std::path::PathBuf;

use super::{
    key_edits::{files_of, forget_key},
    new_profile::used_as_source,
    role_profiles::{RoleProfile, calls_us},
    selection::Selection,
    sessions::sessions,
    stores::store_by_name,
};
use crate::{
    aws::Sdk,
    context::Context,
    credentials::Credentials,
    error::Result,
    profile::{Edited, Files, ProfileEditor, ProfileSet, Which, edit, references},
    session::LongLivedKeys,
    store::Store,
};

/// A user's key with its profile, and profiles of roles, that are to be gone from this machine.
pub struct LocalCleanup<'c> {
    context: &'c Context,
    store: Box<dyn Store>,
    path: PathBuf,
    name: String,
    ids: Vec<String>,
    roles: Vec<RoleProfile>,
}

/// What there is of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LocalItems {
    /// The profiles that are taken out.
    pub profiles: Vec<String>,
    /// The ids of the keys that are forgotten.
    pub keys: Vec<String>,
    /// What bears one of the names, says something else, and is left: a sentence each.
    pub left: Vec<String>,
}

impl<'c> LocalCleanup<'c> {
    /// Those of the user whose profile is `name`: `ids` are the user's access keys. Of `roles`, name,
    /// role and source count. `store` is where the key would be.
    ///
    /// # Errors
    /// Those of naming the store and the config file.
    pub fn new(
        context: &'c Context,
        name: &str,
        ids: Vec<String>,
        roles: Vec<RoleProfile>,
        store: Option<String>,
    ) -> Result<Self> {
        let store = Selection { profile: None, store }.store(context)?;
        let path = Which::Config.path(context)?;
        Ok(Self { context, store, path, name: name.to_owned(), ids, roles })
    }

    /// The id of the key that the user's profile names, where it is none of those known: AWS may have
    /// forgotten the user before this machine did. `None` unless one of the roles' profiles is there,
    /// with this one for its source.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn unknown_key(&self) -> Result<Option<String>> {
        let files = Files::read(self.context)?;
        let set = ProfileSet::new(&files);
        let Some(profile) = set.profile(&self.name)? else { return Ok(None) };
        let id = profile.own("access_key_id").map(|(id, _)| id.to_owned());
        let Some(id) = id.filter(|id| !self.ids.contains(id)) else { return Ok(None) };
        for role in self.roles.iter().filter(|role| role.source_profile == self.name) {
            if set.profile(&role.name)?.is_some_and(|profile| role.is_of(&profile)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The key `id` with its secret; `None` where the store has none.
    ///
    /// # Errors
    /// Those of the store.
    pub fn stored(&self, id: &str) -> Result<Option<Credentials>> {
        LongLivedKeys::open(self.context, &*self.store)?.find_keys(id)
    }

    /// Takes `id` for a key of the user, too.
    pub fn add_key(&mut self, id: String) {
        self.ids.push(id);
    }

    /// What there is. Changes nothing, and asks nobody to unlock a store.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn look(&self) -> Result<LocalItems> {
        let files = Files::read(self.context)?;
        let mut found = self.judge(&files)?;
        let records = sessions(self.context, &*self.store, &Sdk, &files).key_records();
        let records = records.map(|records| records.all()).unwrap_or_default();
        let set = ProfileSet::new(&files);
        let named = set.profile(&self.name)?;
        let named = named.as_ref().and_then(|profile| profile.own("access_key_id"));
        let is_here = |id: &&String| {
            named.is_some_and(|(named, _)| named == **id)
                || records.iter().any(|(known, _)| known == *id)
        };
        found.keys = self.ids.iter().filter(is_here).cloned().collect();
        Ok(found)
    }

    /// Which profiles are those of this user and these roles.
    fn judge(&self, files: &Files) -> Result<LocalItems> {
        let set = ProfileSet::new(files);
        let mut found = LocalItems::default();
        if let Some(profile) = set.profile(&self.name)? {
            let id = profile.own("access_key_id");
            let is_it = id.is_some_and(|(id, _)| self.ids.iter().any(|known| known == id));
            if is_it && calls_us(&profile) {
                found.profiles.push(self.name.clone());
            } else {
                let at = id.map_or(&profile.at, |(_, setting)| &setting.at);
                found.left.push(format!(
                    "profile '{}' is left as it is: it has no key of this user ({at})",
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
                    "profile '{}' is left as it is: it is not that of the role ({})",
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

    /// What a dry run shows: the change of the config file; empty where there is none.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn diff(&self) -> Result<String> {
        match self.edit(true)? {
            Edited::WouldWrite(diff) => Ok(diff),
            Edited::Written | Edited::Unchanged => Ok(String::new()),
        }
    }

    /// Forgets keys and sessions, then takes the profiles out in one edit: as long as not all is done,
    /// a profile is there that leads to the rest. Gives what was done, a sentence each.
    ///
    /// # Errors
    /// Those of the store and of the config file. What was done before stays done.
    pub fn take_out(&self) -> Result<Vec<String>> {
        let found = self.look()?;
        let mut said = Vec::new();
        let files = Files::read(self.context)?;
        let sessions = sessions(self.context, &*self.store, &Sdk, &files);
        let mut outcome = Ok(());
        for id in self.stored_ids(&found)? {
            let place = LongLivedKeys::open(self.context, &*self.store)?;
            let (text, left) = forget_key(self.context, &place, &sessions, &id)?;
            said.push(text);
            outcome = outcome.and(left);
        }
        let by_name = |name: &str| store_by_name(self.context, name);
        for name in &found.profiles {
            let (_, left) = sessions.forget(Some(name), None, false, &by_name);
            outcome = outcome.and(left);
        }
        outcome?;
        if self.edit(false)? == Edited::Written {
            let names: Vec<_> = found.profiles.iter().map(|name| format!("'{name}'")).collect();
            let what = if names.len() == 1 { "profile" } else { "profiles" };
            said.push(format!("{what} {} taken out of {}", names.join(", "), self.path.display()));
        }
        Ok(said)
    }

    /// The keys that the store has, or should have. One of which nobody here knows is looked for, but
    /// a store that can't be used is then none of this user's business.
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
        edit(self.context, &self.path, dry_run, |document| {
            // Judged by the very text that is edited.
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
