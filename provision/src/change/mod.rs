//! One change of an account: its call, what takes it back, and its words.
//!
//! Whatever a command makes or sets, it makes by a [`Change`], through [`crate::undo::Steps`], which
//! knows then how to take it back. [`iam`] and [`bucket`] have the calls, [`words`] the texts.

mod bucket;
mod iam;
mod words;

use std::collections::BTreeSet;

use aws_sdk_iam::types::AccessKey;
use rolecall::{aws::Failure, rules::bucket_arn, secret::Secret, session::WrittenNote};
use serde_json::Value;

use crate::{account::Account, caller::Caller, holder::Holder, permissions::RequiredPermission};

pub(crate) use bucket::{BucketChange, ExistingObject, NewObject};
pub(crate) use words::{Phrasing, policy_name, with_boundary};

/// Keys with their values.
pub(crate) type Tags = Vec<(String, String)>;

/// One change of an account: one call, or a few that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// A customer-managed policy.
    CreatePolicy {
        arn: String,
        name: String,
        description: Option<String>,
        document: Value,
    },
    /// A new default version of it. The oldest version is deleted if there are as many as can be.
    SetPolicy {
        arn: String,
        document: Value,
        before: ExistingPolicy,
    },
    /// `boundary` is the ARN of the permissions boundary.
    CreateUser {
        name: String,
        boundary: Option<String>,
        tags: Tags,
    },
    CreateGroup {
        name: String,
    },
    CreateRole(NewRole),
    SetTrust {
        role: String,
        document: Value,
        before: Value,
    },
    /// Both in seconds.
    SetMaxSession {
        role: String,
        seconds: u32,
        before: u32,
    },
    AddMember {
        group: String,
        user: String,
    },
    RemoveMember {
        group: String,
        user: String,
    },
    Attach {
        to: Holder,
        arn: String,
    },
    Detach {
        from: Holder,
        arn: String,
    },
    PutInline {
        of: Holder,
        name: String,
        document: Value,
        before: Option<Value>,
    },
    DeleteInline {
        of: Holder,
        name: String,
        before: Value,
    },
    CreateAccessKey(NewAccessKey),
    /// A user's password for the console. `is_first`: the user has none yet.
    SetPassword {
        user: String,
        password: Secret,
        must_change: bool,
        is_first: bool,
    },
    /// A bucket, or something about it. `region` is the bucket's.
    Bucket {
        name: String,
        region: String,
        change: BucketChange,
    },
}

/// What CreateRole is given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewRole {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The trust policy.
    pub(crate) trust: Value,
    /// The longest session, in seconds.
    pub(crate) max_session: Option<u32>,
    pub(crate) tags: Tags,
}

/// What is known of an access key that is being made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewAccessKey {
    pub(crate) user: String,
    /// The ids of the keys that the user had before.
    pub(crate) others: BTreeSet<String>,
    /// The note that the key is being made; removed once it is certain that there is none.
    pub(crate) note: Option<WrittenNote>,
    /// `None` until AWS has answered.
    pub(crate) id: Option<String>,
}

/// A customer-managed policy that is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExistingPolicy {
    /// The document of the default version.
    pub(crate) document: Value,
    /// The id of the default version.
    pub(crate) version: String,
    /// The ids of all versions.
    pub(crate) versions: BTreeSet<String>,
}

/// What AWS answered.
pub(crate) enum Outcome {
    Done,
    AccessKey(AccessKey),
    /// The version of an object that was put; `None` if the bucket keeps no versions.
    Version(Option<String>),
}

impl Change {
    /// Makes the call.
    pub(crate) fn call(&self, caller: &Caller<'_>) -> Result<Outcome, Failure> {
        match self {
            Self::Bucket { name, region, change } => change.call(caller, name, region),
            _ => iam::call(self, caller),
        }
    }

    /// Takes the change back, whether or not it was made.
    pub(crate) fn undo(&self, caller: &Caller<'_>) -> Result<(), Failure> {
        match self {
            Self::Bucket { name, region, change } => change.undo(caller, name, region),
            _ => iam::undo(self, caller),
        }
    }

    /// Whether it can and must be taken back when a later step fails.
    pub(crate) fn has_undo(&self) -> bool {
        match self {
            Self::SetPassword { is_first, .. } => *is_first,
            Self::Bucket { change, .. } => change.has_undo(),
            _ => true,
        }
    }

    /// Completes what [`Self::undo`] must know by AWS's answer.
    pub(crate) fn learn(&mut self, outcome: &Outcome) {
        match (self, outcome) {
            (Self::CreateAccessKey(new), Outcome::AccessKey(key)) => {
                new.id = Some(key.access_key_id.clone());
            }
            (
                Self::Bucket { change: BucketChange::PutObject(new), .. },
                Outcome::Version(Some(id)),
            ) => {
                new.version = Some(id.clone());
            }
            _ => {}
        }
    }

    /// To be called when it is certain that what it would make is not there, or not any more.
    pub(crate) fn is_gone(&self) {
        if let Self::CreateAccessKey(NewAccessKey { note: Some(note), .. }) = self {
            note.remove();
        }
    }

    /// Whether it makes something in IAM that other changes can name.
    pub(crate) fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreatePolicy { .. }
                | Self::CreateUser { .. }
                | Self::CreateGroup { .. }
                | Self::CreateRole(_)
        )
    }

    /// Returns the error codes to retry: what was made a moment ago may not be known everywhere yet.
    /// `after_creation`: this command has made something in IAM before.
    ///
    /// Rule: IAM User Guide, "Changes that I make are not always immediately visible"; a trust policy
    /// whose principal is not known yet is called malformed.
    pub(crate) fn codes_to_retry(&self, after_creation: bool) -> &'static [&'static str] {
        match self {
            Self::Bucket { change: BucketChange::Create, .. } => &[],
            Self::Bucket { .. } => &["NoSuchBucket", "OperationAborted"],
            Self::SetPassword { .. } => &["NoSuchEntity", "EntityTemporarilyUnmodifiable"],
            _ if !after_creation => &["EntityTemporarilyUnmodifiable"],
            Self::CreateRole(_) | Self::SetTrust { .. } => {
                &["NoSuchEntity", "MalformedPolicyDocument"]
            }
            _ => &["NoSuchEntity", "EntityTemporarilyUnmodifiable"],
        }
    }

    /// Returns the permission that the caller needs for it.
    pub(crate) fn required_permission(&self, account: &Account) -> RequiredPermission {
        let user = |name: &str| Holder::User(name.to_owned()).arn(account);
        let group = |name: &str| Holder::Group(name.to_owned()).arn(account);
        let role = |name: &str| Holder::Role(name.to_owned()).arn(account);
        let (action, resource) = match self {
            Self::CreatePolicy { arn, .. } => ("iam:CreatePolicy", arn.clone()),
            Self::SetPolicy { arn, .. } => ("iam:CreatePolicyVersion", arn.clone()),
            Self::CreateUser { name, .. } => ("iam:CreateUser", user(name)),
            Self::CreateGroup { name } => ("iam:CreateGroup", group(name)),
            Self::CreateRole(new) => ("iam:CreateRole", role(&new.name)),
            Self::AddMember { group: name, .. } => ("iam:AddUserToGroup", group(name)),
            Self::RemoveMember { group: name, .. } => ("iam:RemoveUserFromGroup", group(name)),
            Self::SetTrust { role: name, .. } => ("iam:UpdateAssumeRolePolicy", role(name)),
            Self::SetMaxSession { role: name, .. } => ("iam:UpdateRole", role(name)),
            Self::Attach { to: holder, .. } => {
                let actions =
                    ["iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AttachRolePolicy"];
                (holder.action(actions), holder.arn(account))
            }
            Self::Detach { from: holder, .. } => {
                let actions =
                    ["iam:DetachUserPolicy", "iam:DetachGroupPolicy", "iam:DetachRolePolicy"];
                (holder.action(actions), holder.arn(account))
            }
            Self::PutInline { of: holder, .. } => {
                let actions = ["iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:PutRolePolicy"];
                (holder.action(actions), holder.arn(account))
            }
            Self::DeleteInline { of: holder, .. } => {
                let actions =
                    ["iam:DeleteUserPolicy", "iam:DeleteGroupPolicy", "iam:DeleteRolePolicy"];
                (holder.action(actions), holder.arn(account))
            }
            Self::CreateAccessKey(new) => ("iam:CreateAccessKey", user(&new.user)),
            Self::SetPassword { user: name, is_first: true, .. } => {
                ("iam:CreateLoginProfile", user(name))
            }
            Self::SetPassword { user: name, .. } => ("iam:UpdateLoginProfile", user(name)),
            Self::Bucket { name, change, .. } => {
                let bucket = bucket_arn(&account.partition, name);
                match change {
                    BucketChange::PutObject(new) => {
                        (change.action(), format!("{bucket}/{}", new.key))
                    }
                    _ => (change.action(), bucket),
                }
            }
        };
        RequiredPermission { action, resource }
    }
}
