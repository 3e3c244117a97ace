//! The access key and the two profiles: what exists, and what must be done.

use std::cell::RefCell;

use rolecall::{
    Credentials, Error, KeyProfile, Kind, Result, RoleProfiles, StoredKeys, WantedKeyProfile,
};

use super::spec::ServiceAccountSpec;
use crate::{
    caller::Caller,
    new_key::{self, FoundKeys, KeyPlace, NewKeyOwner, UserKey, remove_done_note},
    undo::Steps,
};

/// Where the key of the user's profile comes from.
pub(super) enum KeySource<'c> {
    /// The profile already has a working key; at most the role's profile must be written.
    Kept { key: UserKey, stored: StoredKeys<'c>, profiles: RoleProfiles<'c> },
    /// The store has a key that no profile uses.
    Stored { id: String, keep: KeyProfile<'c> },
    /// A key must be created. The keys `lost` are deleted first, because their secrets are lost.
    Missing { lost: Vec<String>, keep: KeyProfile<'c> },
}

impl<'c> KeySource<'c> {
    /// Checks everything that can be checked before the key exists. May prompt to unlock the store,
    /// except in a dry run.
    pub(super) fn look(
        caller: &Caller<'c>,
        spec: &ServiceAccountSpec,
        dry_run: bool,
    ) -> Result<Self> {
        let (context, name, store) = (caller.context, &*spec.name, spec.store.clone());
        let stored = StoredKeys::new(context, store.clone())?;
        if !dry_run {
            stored.check()?;
        }
        let found = if spec.user_exists {
            new_key::look(caller, owner(spec, false), &stored)?
        } else {
            FoundKeys::default()
        };
        let roles = vec![spec.role_profile()];
        for key in &found.keys {
            if stored.profiles_with(&key.id)?.iter().any(|profile| profile == name) {
                check(key.is_active, &key.id, name)?;
                let is_gone = !dry_run && stored.find(&key.id)?.is_none();
                if is_gone {
                    return Err(not_stored(&key.id, name));
                }
                let profiles = RoleProfiles::prepare(context, roles)?;
                return Ok(Self::Kept { key: key.clone(), stored, profiles });
            }
        }
        let region = spec.region.clone();
        let wanted = WantedKeyProfile { name, store, region, roles, dry_run };
        let keep = KeyProfile::prepare(context, wanted)
            .map_err(|error| if spec.user_exists { error } else { left_behind(error, name) })?
            .with_its_own_region();
        for key in found.keys.iter().filter(|key| key.is_active && found.ready.is_none()) {
            // A dry run doesn't prompt to unlock the store.
            let secret = stored.find(&key.id);
            let secret = if dry_run { secret.unwrap_or_default() } else { secret? };
            if secret.is_some() && stored.profiles_with(&key.id)?.is_empty() {
                return Ok(Self::Stored { id: key.id.clone(), keep });
            }
        }
        found.check(caller, name)?;
        Ok(Self::Missing { lost: found.lost, keep })
    }

    /// Returns what would be done, for a dry run.
    pub(super) fn remaining_steps(&self, user: &str) -> Result<String> {
        let (mut text, diff) = match self {
            Self::Kept { profiles, .. } => (String::new(), profiles.diff()?),
            Self::Stored { id, keep } => {
                (format!("Would use access key {id} from the keychain\n"), keep.diff()?)
            }
            Self::Missing { lost, keep } => {
                let mut text = String::new();
                for id in lost {
                    text += &format!("Would delete access key {id}, whose secret was lost\n");
                }
                text += &format!("Would create access key for user: {user}\n");
                text += "Would store the secret key in the keychain\n";
                (text, keep.diff()?)
            }
        };
        if !diff.is_empty() {
            text += "Would change the config file:\n";
            text += &diff;
        }
        Ok(text)
    }

    /// Returns whether nothing needs to be done.
    pub(super) fn is_there(&self) -> Result<bool> {
        match self {
            Self::Kept { profiles, .. } => Ok(profiles.diff()?.is_empty()),
            Self::Stored { .. } | Self::Missing { .. } => Ok(false),
        }
    }

    /// Warns about settings that would override the profiles.
    pub(super) fn warn(&self, streams: &mut rolecall::Streams<'_>) -> Result<()> {
        match self {
            Self::Kept { profiles, .. } => profiles.warn(streams),
            Self::Stored { keep, .. } | Self::Missing { keep, .. } => keep.warn(streams),
        }
    }

    /// Creates or uses the key, writes the profiles, and returns the key.
    pub(super) fn carry_out(
        &self,
        steps: &mut Steps<'_, '_>,
        spec: &ServiceAccountSpec,
    ) -> Result<Credentials> {
        let (name, role) = (&spec.name, &spec.role);
        steps.check_not_interrupted()?;
        match self {
            Self::Kept { key, stored, profiles } => {
                let id = &key.id;
                let keys = stored.find(id)?.ok_or_else(|| not_stored(id, name))?;
                remove_done_note(owner(spec, false), stored, std::slice::from_ref(key))?;
                if profiles.write()? {
                    steps.say(&format!("Wrote profile: {role}"));
                }
                Ok(keys)
            }
            Self::Stored { id, keep } => {
                let keys = keep.stored().find(id)?.ok_or_else(|| not_stored(id, name))?;
                let store = keep.keep(&keys)?;
                steps.say(&format!("Using access key {id}, which is stored in {store}"));
                steps.say(&format!("Wrote profiles: {name}, {role}"));
                Ok(keys)
            }
            Self::Missing { keep, .. } => {
                // Nothing may fail after the key is stored, because storing it is not undone.
                let made = RefCell::new(None);
                let owner = owner(spec, !spec.user_exists);
                let and_remember = |keys: &Credentials| {
                    made.replace(Some(keys.clone()));
                    keep.keep(keys)
                };
                let place = KeyPlace { stored: keep.stored(), keep: &and_remember };
                new_key::make_and_store(steps, owner, place)?;
                steps.say(&format!("Wrote profiles: {name}, {role}"));
                Ok(made.into_inner().expect("BUG: it was kept"))
            }
        }
    }
}

fn owner(spec: &ServiceAccountSpec, is_new: bool) -> NewKeyOwner<'_> {
    NewKeyOwner { account: &spec.account.id, user: &spec.name, is_new }
}

fn check(is_active: bool, id: &str, user: &str) -> Result<()> {
    if is_active {
        return Ok(());
    }
    Err(Error::new(Kind::Other, format!("the access key {id} of user {user} is inactive")).hint(
        format!(
            "'aws iam update-access-key --user-name {user} --access-key-id {id} --status Active'"
        ),
    ))
}

/// The existing profile may belong to a service account of this name that was deleted.
fn left_behind(error: Error, name: &str) -> Error {
    if error.kind() != Kind::Config {
        return error;
    }
    error.hint(format!(
        "user {name} does not exist; 'rolecall iam remove {name}' removes what a deleted one left on \
         this machine"
    ))
}

fn not_stored(id: &str, profile: &str) -> Error {
    let text = format!("profile '{profile}' names the access key {id}, which is not in the store");
    Error::new(Kind::Store, text).hint(format!(
        "store it with 'rolecall keys add {profile}', or delete it in IAM and remove it with \
         'rolecall keys remove --force {profile}': then this command creates another"
    ))
}
