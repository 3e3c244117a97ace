//! The AWS account to change.

use rolecall::{Identity, aws_managed_policy, partition_of};

/// An AWS account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Its ID: 12 digits.
    pub(crate) id: String,
    /// The partition it is in: `aws`.
    pub(crate) partition: String,
}

impl Account {
    /// Returns the caller's account.
    pub(crate) fn of(identity: &Identity) -> Self {
        Self { id: identity.account.clone(), partition: partition_of(&identity.arn).to_owned() }
    }

    /// Returns the ARN of an IAM resource without a path: `user/ana`.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition, self.id)
    }

    /// Returns the ARN that stands for all of the account `id`, which is in the same partition.
    pub(crate) fn root_of(&self, id: &str) -> String {
        format!("arn:{}:iam::{id}:root", self.partition)
    }

    /// Returns the ARN of one of AWS's own managed policies: `ReadOnlyAccess`.
    pub(crate) fn aws_policy(&self, name: &str) -> String {
        aws_managed_policy(&self.partition, name)
    }
}
