//! From what is wanted to what is there: read, compared, changed, and taken back.
//!
//! A verb says what is to be there ([`wanted`]). [`plan`] reads the account ([`reader`]) and compares;
//! a [`ChangePlan`] is a list of [`Change`]s in an order in which they can be made. Each knows its
//! call, its words and what takes it back, so that a command that fails half-way is undone, and one
//! that was killed goes on where it stopped: what is there already is no change any more.

mod compare;
mod existing;
mod reader;
mod show;
mod trust;
pub(crate) mod wanted;

pub(crate) use compare::{compare, plan};
pub(crate) use existing::Existing;
pub(crate) use reader::{AccountReader, ExistingRole, ExistingUser};
pub(crate) use trust::assume_document;

use rolecall::error::Result;

use crate::{account::Account, change::Change, permissions::RequiredPermission, undo::Steps};

/// Returns the document of a trust, where nobody whom it names has a path.
pub(crate) fn trust_document(wanted: &wanted::Trust, account: &Account) -> serde_json::Value {
    trust::trust(wanted, account, &Existing::default())
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub(crate) struct ChangePlan {
    pub(crate) account: Account,
    /// In the order in which they are made.
    pub(crate) changes: Vec<Change>,
    /// What was there already, of what is wanted.
    pub(crate) existing: Existing,
}

impl ChangePlan {
    /// Whether all is as it is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the changes as people read them: a line for each thing that is made (`+`) or changed
    /// (`~`), with what changes of it indented below.
    pub(crate) fn to_text(&self) -> String {
        show::changes(&self.changes)
    }

    /// Returns how many things are added, changed and removed, in this order.
    pub(crate) fn counts(&self) -> [usize; 3] {
        show::counts(&self.changes)
    }

    /// Returns the calls, each with what it is about.
    pub(crate) fn calls(&self) -> Vec<RequiredPermission> {
        self.changes.iter().map(|change| change.required_permission(&self.account)).collect()
    }

    /// Returns what must be allowed to the caller. Tags that are given with a call are a permission of
    /// their own.
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
            // One of each kind is enough to know.
            if required.iter().all(|it| it.action != action) {
                let resource = change.subject().arn(&self.account);
                required.push(RequiredPermission { action: action.to_owned(), resource });
            }
        }
        required
    }

    /// Makes the changes.
    ///
    /// # Errors
    /// That of the first that fails; those before it are among what `steps` takes back.
    pub(crate) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        self.changes.iter().try_for_each(|change| steps.change(change).map(drop))
    }
}
