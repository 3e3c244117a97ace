//! The access key of `rolecall s3 create`, and the IAM user that gets it: a new one, or an existing
//! one, which stays as it is.

use std::collections::BTreeSet;

use aws_sdk_iam::types::AccessKey;
use rolecall::{Failure, IamKind, KeyProfile, Kind, Result};

use super::dry_run::would;
use crate::{
    caller::Caller,
    change::{Change, NewAccessKey},
    engine::{
        ChangePlan,
        wanted::{PolicyDocument, User},
    },
    failure::OrCannot as _,
    holder::Holder,
    new_key::{self, FoundKeys, NewKeyOwner},
    policy::{check_user_policies, compact, from_iam, length},
    undo::Steps,
};

/// The key to create.
pub(super) struct KeyPlan {
    user: User,
    is_new_user: bool,
    /// The IDs of the existing access keys.
    keys: BTreeSet<String>,
    /// The IDs of keys that will be deleted, because their secrets are lost.
    lost: Vec<String>,
}

/// The user that should get a key.
pub(super) struct KeyRequest<'a> {
    pub(super) user: User,
    /// `None` if the key is printed.
    pub(super) saving: Option<&'a Saving<'a>>,
}

/// Where the key's secret is stored if it is not printed.
pub(super) struct Saving<'a> {
    /// The account, 12 digits.
    pub(super) account: String,
    pub(super) keep: &'a KeyProfile<'a>,
}

/// Checks that IAM accepts `name` for a user.
pub(super) fn check_name(name: &str) -> Result<()> {
    let checked = IamKind::User.check_name(name);
    checked.map_err(|invalid| {
        let error = invalid.error(Kind::Usage, format!("'{name}'"));
        error.hint("choose another one with --username")
    })
}

impl KeyRequest<'_> {
    /// Checks whether the user in `plan` can have another key and all these policies. Changes
    /// nothing.
    pub(super) fn check(self, caller: &Caller<'_>, plan: &ChangePlan) -> Result<KeyPlan> {
        let Self { user, saving } = self;
        let is_new_user = !plan.existing.users.contains_key(&user.name);
        let mut key = KeyPlan { user, is_new_user, keys: BTreeSet::new(), lost: Vec::new() };
        let mut others = Vec::new();
        if !is_new_user {
            let name = &key.user.name;
            let found = match saving {
                Some(Saving { account, keep }) => new_key::look(
                    caller,
                    NewKeyOwner { account, user: name, is_new: false },
                    keep.stored(),
                )?,
                None => FoundKeys::all(caller, name)?,
            };
            let checked = found.check(caller, name);
            checked.map_err(|error| error.hint("or create another user with --username"))?;
            others = key.other_policies(caller)?;
            (key.keys, key.lost) = (found.ids(), found.lost);
        }
        let own = key.user.grants.inline.iter().map(|(_, document)| match document {
            PolicyDocument::Text(document) => length(&compact(document)),
            PolicyDocument::Assume(_) => 0,
        });
        check_user_policies(own.chain(others))?;
        Ok(key)
    }
}

impl KeyPlan {
    /// Returns the lengths of the user's inline policies that stay unchanged.
    fn other_policies(&self, caller: &Caller<'_>) -> Result<Vec<usize>> {
        let (name, own) = (&self.user.name, &self.user.grants.inline);
        let user = Holder::User(name.clone());
        let lengths = || -> std::result::Result<Vec<usize>, Failure> {
            let names = user.inline_names(caller)?;
            let others = names.iter().filter(|name| own.iter().all(|(own, _)| own != *name));
            others.map(|it| Ok(length(&from_iam(&user.inline(caller, it)?)))).collect()
        };
        lengths().or_cannot(format_args!("read the policies of the user {name}"))
    }

    /// Returns what would be done, for a dry run. `changes` are those of the user.
    pub(super) fn to_text(&self, changes: &[&Change]) -> String {
        let user = &self.user.name;
        let mut text = match changes.first() {
            Some(create @ Change::CreateUser { .. }) => would(create),
            _ => format!("Would use existing user: {user}\n"),
        };
        for (name, document) in &self.user.grants.inline {
            match (changes.iter().find(|change| puts(change, name)), document) {
                (Some(put), _) => text += &would(put),
                (None, PolicyDocument::Text(document)) => {
                    text += &format!("Would leave policy {name} of user {user} unchanged:\n");
                    text += &format!("{document:#}\n");
                }
                (None, PolicyDocument::Assume(_)) => {}
            }
        }
        for id in &self.lost {
            text += &format!("Would delete access key {id}, whose secret was lost\n");
        }
        text + &format!("Would create access key for user: {user}\n")
    }

    /// Reports what already exists of the user.
    pub(super) fn say_what_is_there(&self, plan: &ChangePlan, steps: &mut Steps<'_, '_>) {
        let user = &self.user.name;
        if !self.is_new_user {
            steps.say(&format!("Using existing user: {user}"));
        }
        for (name, _) in &self.user.grants.inline {
            if !plan.changes.iter().any(|change| puts(change, name)) {
                steps.say(&format!("Policy {name} of user {user} is already up to date"));
            }
        }
    }

    /// Creates the key; the caller prints its secret.
    pub(super) fn create(&self, steps: &mut Steps<'_, '_>) -> Result<AccessKey> {
        let (user, others) = (self.user.name.clone(), self.keys.clone());
        let began = steps.caller().aws_now();
        new_key::create(steps, NewAccessKey { user, others, began, note: None, id: None })
    }

    /// Creates and stores the key. Returns its ID.
    pub(super) fn save(&self, steps: &mut Steps<'_, '_>, saving: &Saving<'_>) -> Result<String> {
        let Saving { account, keep } = saving;
        let owner = NewKeyOwner { account, user: &self.user.name, is_new: self.is_new_user };
        new_key::make(steps, owner, keep)
    }
}

fn puts(change: &Change, policy: &str) -> bool {
    matches!(change, Change::PutInline { name, .. } if name == policy)
}
