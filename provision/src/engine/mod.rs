//! Compares the wanted state with the account, and makes the changes.
//!
//! A command describes the wanted state ([`wanted`]). [`plan`] reads the account ([`reader`]) and
//! compares. A [`ChangePlan`] lists the [`Change`]s in an order in which they can be made. Each
//! change has its call, its description and its inverse, so a command that fails halfway is undone.
//! The next run of one that was killed continues where it stopped, because what already exists
//! needs no change.

mod boundary;
mod compare;
mod existing;
mod reader;
mod show;
mod trust;
pub(crate) mod wanted;

pub(crate) use compare::{compare, plan};
pub(crate) use existing::Existing;
pub(crate) use reader::{AccountReader, ExistingRole, ExistingUser};
pub(crate) use trust::{assume_document, trust_of_account};

use rolecall::{Result, Streams};

use crate::{account::Account, change::Change, permissions::RequiredPermission, undo::Steps};

/// Returns the document of a trust, as if no user or role that it names had a path.
pub(crate) fn trust_document(wanted: &wanted::Trust, account: &Account) -> serde_json::Value {
    trust::trust(wanted, account, &Existing::default())
}

/// The changes that are needed.
#[derive(Clone, Debug)]
pub(crate) struct ChangePlan {
    pub(crate) account: Account,
    /// In the order in which they will be made.
    pub(crate) changes: Vec<Change>,
    /// The wanted things that already exist.
    pub(crate) existing: Existing,
    /// What a permissions boundary takes away from the policies.
    pub(crate) warnings: Vec<String>,
}

impl ChangePlan {
    /// Warns of policies that a permissions boundary limits.
    pub(crate) fn warn(&self, streams: &mut Streams<'_>) {
        for warning in &self.warnings {
            streams.warn(warning);
        }
    }

    /// Returns whether nothing needs to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns a description of the changes: a line for each thing that is created (`+`) or changed
    /// (`~`), with the details indented below it.
    pub(crate) fn to_text(&self) -> String {
        show::changes(&self.changes)
    }

    /// Returns how many things are added, changed and removed, in this order.
    pub(crate) fn counts(&self) -> [usize; 3] {
        show::counts(&self.changes)
    }

    /// Returns the IAM action and resource of each call.
    pub(crate) fn calls(&self) -> Vec<RequiredPermission> {
        self.changes.iter().map(|change| change.required_permission(&self.account)).collect()
    }

    /// Returns the permissions that the caller needs. Tags in a call need a permission of their
    /// own.
    ///
    /// Rule: IAM User Guide, "Tagging IAM resources".
    pub(crate) fn required_permissions(&self) -> Vec<RequiredPermission> {
        let mut required = self.calls();
        for change in &self.changes {
            let action = match change {
                Change::CreateUser { tags, .. } if !tags.is_empty() => "iam:TagUser",
                Change::CreateRole(new) if !new.tags.is_empty() => "iam:TagRole",
                _ => continue,
            };
            // One check of each kind is enough.
            if required.iter().all(|it| it.action != action) {
                let resource = change.subject().arn(&self.account);
                required.push(RequiredPermission { action: action.to_owned(), resource });
            }
        }
        required
    }

    /// The error of the first change that fails; `steps` undoes those before it.
    pub(crate) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        self.changes.iter().try_for_each(|change| steps.change(change).map(drop))
    }
}
