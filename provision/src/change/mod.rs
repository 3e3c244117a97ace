//! One change of an account: its call, its inverse, and its description.
//!
//! Whatever a command creates or sets is a [`Change`], made through [`crate::undo::Steps`], which
//! can then undo it. [`calls`] and [`bucket`] contain the calls, [`words`] the descriptions.

mod bucket;
mod calls;
mod words;

use std::{collections::BTreeSet, fmt};

use aws_sdk_iam::types::AccessKey;
use chrono::{DateTime, TimeDelta, Utc};
use rolecall::{
    Arn, IamKind, NO_SUCH_BUCKET, NO_SUCH_ENTITY, NOT_MODIFIABLE_YET, Secret, WrittenNote,
    bucket_arn,
};
use serde_json::Value;

use crate::{account::Account, holder::Holder, permissions::RequiredPermission};

pub(crate) use bucket::{BucketChange, ExistingObject, NewObject};
pub(crate) use words::{Phrasing, with_boundary};

/// Keys with their values.
pub(crate) type Tags = Vec<(String, String)>;

/// One change of an account: one call, or a few that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Creates a customer-managed policy.
    CreatePolicy { arn: String, name: String, description: Option<String>, document: Value },
    /// Creates a new default version of one. If the policy has the most versions that IAM allows,
    /// the oldest one is deleted first.
    SetPolicy { arn: String, document: Value, before: ExistingPolicy },
    /// Creates a user. `boundary` is the ARN of the permissions boundary.
    CreateUser { name: String, boundary: Option<String>, tags: Tags },
    /// Creates a group.
    CreateGroup { name: String },
    /// Creates a role.
    CreateRole(NewRole),
    /// Replaces a role's trust policy.
    SetTrust { role: String, document: Value, before: Value },
    /// Sets a role's maximum session duration. Both durations are in seconds.
    SetMaxSession { role: String, seconds: u32, before: u32 },
    /// Adds a user to a group.
    AddMember { group: String, user: String },
    /// Removes a user from a group.
    RemoveMember { group: String, user: String },
    /// Attaches a managed policy.
    Attach { to: Holder, arn: String },
    /// Detaches one.
    Detach { from: Holder, arn: String },
    /// Creates or replaces an inline policy.
    PutInline { of: Holder, name: String, document: Value, before: Option<Value> },
    /// Deletes an inline policy.
    DeleteInline { of: Holder, name: String, before: Value },
    /// Creates an access key.
    CreateAccessKey(NewAccessKey),
    /// Sets a user's console password. `is_first`: the user has none yet.
    SetPassword { user: String, password: Secret, must_change: bool, is_first: bool },
    /// Creates a bucket or changes its settings. `region` is the bucket's.
    Bucket { name: String, region: String, change: BucketChange },
}

/// The parameters of CreateRole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewRole {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The trust policy.
    pub(crate) trust: Value,
    /// The maximum session duration, in seconds.
    pub(crate) max_session: Option<u32>,
    pub(crate) tags: Tags,
}

/// An access key that is being created.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewAccessKey {
    pub(crate) user: String,
    /// The IDs of the keys that the user had before.
    pub(crate) others: BTreeSet<String>,
    /// When the call begins, by AWS's clock.
    pub(crate) began: DateTime<Utc>,
    /// The note about the key; removed once it is certain that the key does not exist.
    pub(crate) note: Option<WrittenNote>,
    /// `None` until AWS has answered.
    pub(crate) id: Option<String>,
}

/// When a key may have been created, by AWS's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CreationTime {
    /// When the call began.
    pub(crate) began: DateTime<Utc>,
    /// Until when its answer was waited for.
    pub(crate) until: DateTime<Utc>,
}

impl CreationTime {
    /// Returns whether a key that IAM says was created at `date` may be the one. AWS's times are
    /// whole seconds, and so is what we know of its clock.
    pub(crate) fn includes(&self, date: DateTime<Utc>) -> bool {
        const TOLERANCE: TimeDelta = TimeDelta::seconds(2);
        (self.began - TOLERANCE..=self.until + TOLERANCE).contains(&date)
    }
}

/// An existing customer-managed policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExistingPolicy {
    /// The document of the default version.
    pub(crate) document: Value,
    /// The ID of the default version.
    pub(crate) version: String,
    /// The IDs of all versions.
    pub(crate) versions: BTreeSet<String>,
}

/// The thing that a change affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A user, group or role.
    Holder(Holder),
    /// A managed policy, by its ARN.
    Policy(String),
    /// A bucket.
    Bucket(String),
    /// An object in a bucket.
    Object { bucket: String, key: String },
}

/// AWS's answer.
pub(crate) enum Outcome {
    Done,
    AccessKey(AccessKey),
    /// The version ID of an uploaded object; `None` if the bucket has no versioning.
    Version(Option<String>),
}

impl Change {
    /// Returns whether it must be undone if a later step fails.
    pub(crate) fn has_undo(&self) -> bool {
        match self {
            Self::SetPassword { is_first, .. } => *is_first,
            Self::Bucket { change, .. } => change.has_undo(),
            _ => true,
        }
    }

    /// Saves what [`Self::undo`] needs from AWS's answer.
    pub(crate) fn learn(&mut self, outcome: &Outcome) {
        match (self, outcome) {
            (Self::CreateAccessKey(new), Outcome::AccessKey(key)) => {
                if let Some(note) = &new.note {
                    note.names(&key.access_key_id);
                }
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

    /// Must be called once it is certain that what it would create does not exist, or was deleted.
    pub(crate) fn is_gone(&self) {
        if let Self::CreateAccessKey(NewAccessKey { note: Some(note), .. }) = self {
            note.remove();
        }
    }

    /// Returns whether it creates something in IAM that other changes can refer to.
    pub(crate) fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreatePolicy { .. }
                | Self::CreateUser { .. }
                | Self::CreateGroup { .. }
                | Self::CreateRole(_)
        )
    }

    /// Returns the error codes to retry, because what was created a moment ago may not be visible
    /// everywhere yet. `after_creation` is true if this command has created something in IAM
    /// before.
    ///
    /// Rule: IAM User Guide, "Changes that I make are not always immediately visible"; IAM calls a
    /// trust policy malformed while its principal is not visible.
    pub(crate) fn codes_to_retry(&self, after_creation: bool) -> &'static [&'static str] {
        match self {
            Self::Bucket { change: BucketChange::Create, .. } => &[],
            Self::Bucket { .. } => &[NO_SUCH_BUCKET, "OperationAborted"],
            Self::SetPassword { .. } => &[NO_SUCH_ENTITY, NOT_MODIFIABLE_YET],
            _ if !after_creation => &[NOT_MODIFIABLE_YET],
            Self::CreateRole(_) | Self::SetTrust { .. } => {
                &[NO_SUCH_ENTITY, "MalformedPolicyDocument"]
            }
            _ => &[NO_SUCH_ENTITY, NOT_MODIFIABLE_YET],
        }
    }

    /// Returns the thing that it affects.
    pub(crate) fn subject(&self) -> Subject {
        let user = |name: &str| Subject::Holder(Holder::User(name.to_owned()));
        let role = |name: &str| Subject::Holder(Holder::Role(name.to_owned()));
        match self {
            Self::CreatePolicy { arn, .. } | Self::SetPolicy { arn, .. } => {
                Subject::Policy(arn.clone())
            }
            Self::CreateUser { name, .. } | Self::SetPassword { user: name, .. } => user(name),
            Self::CreateAccessKey(new) => user(&new.user),
            Self::CreateGroup { name: group }
            | Self::AddMember { group, .. }
            | Self::RemoveMember { group, .. } => Subject::Holder(Holder::Group(group.clone())),
            Self::CreateRole(new) => role(&new.name),
            Self::SetTrust { role: name, .. } | Self::SetMaxSession { role: name, .. } => {
                role(name)
            }
            Self::Attach { to: holder, .. }
            | Self::Detach { from: holder, .. }
            | Self::PutInline { of: holder, .. }
            | Self::DeleteInline { of: holder, .. } => Subject::Holder(holder.clone()),
            Self::Bucket { name, change: BucketChange::PutObject(new), .. } => {
                Subject::Object { bucket: name.clone(), key: new.key.clone() }
            }
            Self::Bucket { name, .. } => Subject::Bucket(name.clone()),
        }
    }

    /// Returns the permission that the caller needs for it.
    pub(crate) fn required_permission(&self, account: &Account) -> RequiredPermission {
        let action = match self {
            Self::CreatePolicy { .. } => "iam:CreatePolicy",
            Self::SetPolicy { .. } => "iam:CreatePolicyVersion",
            Self::CreateUser { .. } => "iam:CreateUser",
            Self::CreateGroup { .. } => "iam:CreateGroup",
            Self::CreateRole(_) => "iam:CreateRole",
            Self::SetTrust { .. } => "iam:UpdateAssumeRolePolicy",
            Self::SetMaxSession { .. } => "iam:UpdateRole",
            Self::AddMember { .. } => "iam:AddUserToGroup",
            Self::RemoveMember { .. } => "iam:RemoveUserFromGroup",
            Self::Attach { to, .. } => &to.action("Attach", "Policy"),
            Self::Detach { from, .. } => &from.action("Detach", "Policy"),
            Self::PutInline { of, .. } => &of.action("Put", "Policy"),
            Self::DeleteInline { of, .. } => &of.action("Delete", "Policy"),
            Self::CreateAccessKey(_) => "iam:CreateAccessKey",
            Self::SetPassword { is_first: true, .. } => "iam:CreateLoginProfile",
            Self::SetPassword { .. } => "iam:UpdateLoginProfile",
            Self::Bucket { change, .. } => change.action(),
        };
        RequiredPermission { action: action.to_owned(), resource: self.subject().arn(account) }
    }
}

impl Subject {
    /// Returns its ARN; for a user, group or role, the one without a path.
    pub(crate) fn arn(&self, account: &Account) -> String {
        let partition = &account.partition;
        match self {
            Self::Holder(holder) => holder.arn(account),
            Self::Policy(arn) => arn.clone(),
            Self::Bucket(name) => bucket_arn(partition, name),
            Self::Object { bucket, key } => format!("{}/{key}", bucket_arn(partition, bucket)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(holder) => holder.fmt(f),
            Self::Policy(arn) => write!(f, "policy {}", policy_name(arn)),
            Self::Bucket(name) => write!(f, "bucket {name}"),
            Self::Object { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

/// Returns the name of a policy, without its path.
pub(crate) fn policy_name(arn: &str) -> &str {
    Arn::parse(arn).and_then(|parsed| parsed.name_of(IamKind::Policy)).unwrap_or(arn)
}
