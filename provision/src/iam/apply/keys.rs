//! Access keys of new users: stored, each with a profile of the user's name.

use std::cell::RefCell;

use rolecall::{
    DeletedUser, Error, KeyProfile, LocalCleanup, Result, StoredKeys, Streams, WantedKeyProfile,
    escape,
};

use super::{account::AppliedBefore, inputs::Inputs};
use crate::{
    engine::ChangePlan,
    new_key::{self, NewKeyOwner},
    permissions::RequiredPermission,
    undo::Steps,
};

/// The keys to create.
pub(super) struct NewKeys<'a> {
    inputs: &'a Inputs<'a>,
    users: Vec<UserKeyPlan<'a>>,
    /// The user and the ID of each key that was stored.
    kept: RefCell<Vec<(String, String)>>,
}

struct UserKeyPlan<'c> {
    user: String,
    /// Whether this run creates the user.
    is_new: bool,
    keep: KeyProfile<'c>,
}

impl<'a> NewKeys<'a> {
    /// Decides who gets a key: with `--save-keys`, new users, and those that an earlier run created
    /// and that have none yet. Checks everything that can be checked before a key exists. May
    /// prompt to unlock the store, except in a dry run.
    pub(super) fn look(
        inputs: &'a Inputs<'a>,
        plan: &ChangePlan,
        before: &AppliedBefore,
    ) -> Result<Self> {
        let Inputs { caller, account, store, args, team, .. } = inputs;
        let mut keys = Self { inputs, users: Vec::new(), kept: RefCell::default() };
        if !args.save_keys {
            return Ok(keys);
        }
        let stored = StoredKeys::new(caller.context, store.clone())?;
        for user in team.wanted.users.iter().map(|user| &user.name) {
            let is_new = !plan.existing.users.contains_key(user);
            if !is_new {
                if !before.is_ours(user) {
                    continue;
                }
                let owner = NewKeyOwner { account: &account.id, user, is_new };
                let found = new_key::look(caller, owner, &stored)?;
                if found.ready.is_none() && !found.keys.is_empty() {
                    if !args.dry_run {
                        new_key::remove_done_note(owner, &stored, &found.keys)?;
                    }
                    continue;
                }
            }
            let (region, roles) = (Some(caller.region().to_owned()), Vec::new());
            let (store, dry_run) = (store.clone(), args.dry_run);
            let wanted = WantedKeyProfile { name: user, store, region, roles, dry_run };
            let keep = KeyProfile::prepare(caller.context, wanted);
            let keep = keep.map_err(|error| of_user(error, user))?;
            keys.users.push(UserKeyPlan { user: user.clone(), is_new, keep });
        }
        Ok(keys)
    }

    /// Returns how many keys will be created.
    pub(super) fn count(&self) -> usize {
        self.users.len()
    }

    /// Returns the users; their profiles have the same names.
    pub(super) fn users(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|key| &*key.user)
    }

    /// Returns a description of what will be done.
    pub(super) fn to_text(&self) -> String {
        let line = |key: &UserKeyPlan<'_>| {
            let name = escape(&key.user);
            format!("+ access key of user {name}, into the keychain, with profile {name}\n")
        };
        self.users.iter().map(line).collect()
    }

    /// Returns the changes of the config file.
    pub(super) fn diff(&self) -> Result<String> {
        let diffs = self.users.iter().map(|key| key.keep.diff()).collect::<Result<Vec<_>>>();
        Ok(diffs?.concat())
    }

    /// Returns the permissions that the caller needs.
    pub(super) fn required_permissions(&self) -> Vec<RequiredPermission> {
        let account = &self.inputs.account;
        self.users().flat_map(|user| new_key::required_permissions(account, user, 0)).collect()
    }

    /// Warns about settings that would override the profiles.
    pub(super) fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        self.users.iter().try_for_each(|key| key.keep.warn(streams))
    }

    /// Creates and stores the keys.
    pub(super) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        for key in &self.users {
            let owner = NewKeyOwner {
                account: &self.inputs.account.id,
                user: &key.user,
                is_new: key.is_new,
            };
            let id = new_key::make(steps, owner, &key.keep)?;
            self.kept.borrow_mut().push((key.user.clone(), id));
        }
        Ok(())
    }

    /// Removes from the store and the config file what was saved there, because the keys are
    /// deleted. Adds to the error what could not be removed.
    pub(super) fn undo(&self, mut error: Error, streams: &mut Streams<'_>) -> Error {
        for (user, id) in self.kept.take() {
            let deleted = DeletedUser { name: &user, ids: vec![id], roles: Vec::new() };
            let store = self.inputs.store.clone();
            let leftovers = LocalCleanup::new(self.inputs.caller.context, deleted, store);
            match leftovers.and_then(|leftovers| leftovers.take_out()) {
                Ok(said) => {
                    for line in said {
                        streams.note(&format!("Undone: {}\n", escape(&line)));
                    }
                }
                Err(left) => error = error.hint(left.to_string()),
            }
        }
        error
    }
}

fn of_user(error: Error, user: &str) -> Error {
    let hint = format!("without --save-keys, user {user} gets no profile");
    error.hint(hint)
}
