//! From what is wanted to what is there: looked at, compared, changed, and taken back.
//!
//! [`plan`] reads the account and compares; a [`Plan`] is a list of [`Change`]s in an order in which
//! they can be made. Each knows its call, its words and what takes it back, so that a command that
//! fails half-way is undone, and one that was killed goes on where it stopped: what is there already
//! is no change any more.

mod call;
mod change;
mod compare;
mod look;
mod names;
mod show;
mod trust;

pub use change::{Change, Holder};
pub use compare::plan;
pub use trust::assume_document;

use rolecall::{aws::Identity, error::Result, plan::partition_of};

use crate::{
    caller::explain,
    permissions::Deed,
    undo::{Steps, is_refused_with},
};

/// What IAM says where something was not there when it was looked for, and now is.
const MADE_MEANWHILE: [&str; 1] = ["EntityAlreadyExists"];

/// The account that is looked at.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The partition it is in: `aws`.
    pub partition: String,
}

impl Account {
    /// The account of whoever calls.
    pub fn of(identity: &Identity) -> Self {
        Self { id: identity.account.clone(), partition: partition_of(&identity.arn).to_owned() }
    }

    /// The ARN of something that has no path: `user/ana`.
    pub fn arn(&self, what: &str) -> String {
        format!("arn:{}:iam::{}:{what}", self.partition, self.id)
    }
}

/// The document of a trust, where nobody whom it names has a path.
pub fn trust_document(wanted: &super::wanted::Trust, account: &Account) -> serde_json::Value {
    trust::trust(wanted, account, &names::Names::new(account.clone()))
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub struct Plan {
    account: Account,
    changes: Vec<Change>,
    /// Users that are made, by name.
    new_users: Vec<String>,
}

impl Plan {
    /// Whether all is as it is wanted.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, in the order in which they are made.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The users that are made.
    pub fn new_users(&self) -> &[String] {
        &self.new_users
    }

    /// The changes as people read them: a line for each thing that is made (`+`) or changed (`~`),
    /// with what changes of it indented below.
    pub fn tell(&self) -> String {
        show::changes(&self.changes)
    }

    /// What is made anew, changed and taken away, in this order.
    pub fn counts(&self) -> [usize; 3] {
        show::counts(&self.changes)
    }

    /// What must be allowed to the caller.
    pub fn deeds(&self) -> Vec<Deed> {
        self.changes.iter().map(|change| change.deed(&self.account)).collect()
    }

    /// Makes the changes.
    ///
    /// # Errors
    /// That of the first that fails; those before it are among what `steps` takes back.
    pub fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        // What was made a moment ago may not be known everywhere yet.
        let mut is_new = false;
        for change in &self.changes {
            let codes = if is_new { change.unready() } else { &[] };
            steps.change(change, codes).map_err(|failure| {
                let error = explain(&failure, &change.to_do());
                if is_refused_with(&failure, &MADE_MEANWHILE) {
                    error.hint("somebody else made it meanwhile: the same command looks again")
                } else {
                    error
                }
            })?;
            steps.say(&change.done());
            is_new |= change.creates();
        }
        Ok(())
    }
}
