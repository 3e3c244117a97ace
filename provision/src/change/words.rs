//! The description of a change: before it is made, afterwards, and when it is undone.

use rolecall::{Error, Failure, Kind};

use super::{BucketChange, Change, NewAccessKey, NewObject, policy_name};
use crate::failure::{explain, is_refused_with};

/// The phrasing of the messages, in which some commands differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phrasing {
    /// `Created user ana`.
    #[default]
    Plain,
    /// That of `s3 create`: `Created user: ana with permissions boundary: …`.
    Create,
    /// That of `s3 share`: `Created the user ana`.
    Share,
}

impl Change {
    /// Returns the verb, its past tense, and the object.
    fn words(&self) -> (&'static str, &'static str, String) {
        let policy = |arn: &str| format!("policy {}", policy_name(arn));
        match self {
            Self::CreatePolicy { .. }
            | Self::CreateUser { .. }
            | Self::CreateGroup { .. }
            | Self::CreateRole(_) => ("create", "Created", self.subject().to_string()),
            Self::SetPolicy { arn, .. } => ("change", "Changed", policy(arn)),
            Self::AddMember { group, user } => {
                ("add", "Added", format!("user {user} to group {group}"))
            }
            Self::RemoveMember { group, user } => {
                ("remove", "Removed", format!("user {user} from group {group}"))
            }
            Self::SetTrust { role, .. } => {
                ("change", "Changed", format!("the trust policy of role {role}"))
            }
            Self::SetMaxSession { role, .. } => {
                ("change", "Changed", format!("the maximum session duration of role {role}"))
            }
            Self::Attach { to, arn } => ("attach", "Attached", format!("{} to {to}", policy(arn))),
            Self::Detach { from, arn } => {
                ("detach", "Detached", format!("{} from {from}", policy(arn)))
            }
            Self::PutInline { of, name, before: None, .. } => {
                ("put", "Put", format!("inline policy {name} on {of}"))
            }
            Self::PutInline { of, name, .. } => {
                ("change", "Changed", format!("inline policy {name} of {of}"))
            }
            Self::DeleteInline { of, name, .. } => {
                ("delete", "Deleted", format!("inline policy {name} of {of}"))
            }
            Self::CreateAccessKey(new) => {
                ("create", "Created", format!("an access key for the user {}", new.user))
            }
            Self::SetPassword { user, .. } => {
                ("give", "Gave", format!("the user '{user}' a password"))
            }
            Self::Bucket { name, region, change } => change.words(name, region),
        }
    }

    /// Returns what will be done: `create user ana`.
    pub(crate) fn to_do(&self, phrasing: Phrasing) -> String {
        let (verb, _, object) = self.words();
        match (phrasing, self) {
            (Phrasing::Create, Self::PutInline { of, name, .. }) => {
                format!("attach the policy {name} to the {of}")
            }
            (Phrasing::Share, Self::CreateUser { .. }) => format!("{verb} the {object}"),
            _ => format!("{verb} {object}"),
        }
    }

    /// Returns what was done: `Created user ana`.
    pub(crate) fn done(&self, phrasing: Phrasing) -> String {
        use Phrasing::{Create, Share};
        let (_, past, object) = self.words();
        match (phrasing, self) {
            (Create, Self::CreateUser { name, boundary, .. }) => {
                format!("Created user: {name} {}", with_boundary(boundary.as_deref()))
            }
            (Create, Self::CreateRole(new)) => format!("Created role: {}", new.name),
            (Create, Self::Attach { to, arn }) => format!("Attached policy {arn} to {to}"),
            (Create, Self::PutInline { of, name, .. }) => format!("Attached policy {name} to {of}"),
            (Create, Self::Bucket { name, region, change: BucketChange::Create }) => {
                format!("Created bucket: {name} in region: {region}")
            }
            (Share, Self::CreateUser { name, .. }) => format!("Created the user {name}"),
            (Share, Self::PutInline { of, name, .. }) => {
                format!("Put the policy {name} on the {of}")
            }
            (_, Self::CreateAccessKey(new)) => format!("Created access key for user: {}", new.user),
            (_, Self::SetPassword { user, is_first: true, .. }) => {
                format!("Gave the user {user} a password for the console")
            }
            (_, Self::SetPassword { user, .. }) => format!("Gave the user {user} a new password"),
            (_, Self::Bucket { name, change: BucketChange::MakePublic, .. }) => {
                format!("Anyone can now read the objects in bucket: {name}")
            }
            (_, Self::Bucket { name, change: BucketChange::MakeWebsite, .. }) => {
                format!("Configured website: index.html, error.html in bucket: {name}")
            }
            (_, Self::Bucket { name, change: BucketChange::KeepVersions, .. }) => {
                format!("Enabled versioning on bucket: {name}")
            }
            _ => format!("{past} {object}"),
        }
    }

    /// Returns what it creates, for messages about undoing it: `the user ana`.
    pub(crate) fn noun(&self, phrasing: Phrasing) -> String {
        let (verb, _, object) = self.words();
        match self {
            _ if self.creates() => format!("the {object}"),
            Self::PutInline { of, name, before, .. } if phrasing != Phrasing::Plain => {
                let changed = if before.is_some() { "changed " } else { "" };
                format!("the {changed}policy {name} of the {of}")
            }
            Self::PutInline { before: None, .. } => format!("the {object}"),
            Self::Attach { to, arn } => format!("the policy {} of the {to}", policy_name(arn)),
            Self::AddMember { group, user } => format!("the member {user} of the group {group}"),
            Self::CreateAccessKey(NewAccessKey { user, id: Some(id), .. }) => {
                format!("the access key {id} of the user {user}")
            }
            Self::CreateAccessKey(NewAccessKey { user, .. }) => {
                format!("an access key of the user {user}, if one was created")
            }
            Self::SetPassword { user, .. } => format!("the password of the user {user}"),
            Self::Bucket { name, change, .. } => match change {
                BucketChange::Create => format!("the bucket {name}"),
                BucketChange::Close { .. } => {
                    format!("the public access block of the bucket {name}")
                }
                BucketChange::Encrypt => format!("the encryption of the bucket {name}"),
                BucketChange::KeepVersions => format!("the versioning of the bucket {name}"),
                BucketChange::PutObject(NewObject { key, .. }) => {
                    format!("the version of s3://{name}/{key}")
                }
                BucketChange::MakePublic | BucketChange::MakeWebsite => object,
            },
            _ => format!("the change: {verb} {object}"),
        }
    }

    /// Returns what a retry waits for: `IAM to propagate the user`.
    pub(crate) fn waits_for(&self) -> String {
        match self {
            Self::Bucket { .. } => "S3 to propagate the bucket".to_owned(),
            Self::PutInline { of: holder, .. } | Self::Attach { to: holder, .. } => {
                format!("IAM to propagate the {}", holder.kind())
            }
            Self::CreateAccessKey(_) | Self::SetPassword { .. } => {
                "IAM to propagate the user".to_owned()
            }
            _ => "IAM to propagate the change".to_owned(),
        }
    }

    /// Returns the error for a failed call.
    pub(crate) fn error(&self, failure: &Failure, phrasing: Phrasing) -> Error {
        let has_code = |code: &str| is_refused_with(failure, &[code]);
        if let Self::Bucket { name, change, .. } = self {
            if has_code("BucketAlreadyExists") {
                let text = format!("bucket '{name}' belongs to another account");
                return Error::new(Kind::Denied, text).hint("choose another name");
            }
            if let BucketChange::PutObject(new) = change
                && (has_code("PreconditionFailed") || has_code("ConditionalRequestConflict"))
            {
                let key = &new.key;
                let text = format!("s3://{name}/{key} was changed by someone else in the meantime");
                return Error::new(Kind::Other, text).hint("check its content, then try again");
            }
        }
        let error = explain(failure, &self.to_do(phrasing));
        if has_code("EntityAlreadyExists") {
            error.hint("someone else created it in the meantime: run the same command again")
        } else if has_code("PasswordPolicyViolation") {
            error.hint("use another one with --password -, or --password generate")
        } else {
            error
        }
    }
}

impl BucketChange {
    fn words(&self, name: &str, region: &str) -> (&'static str, &'static str, String) {
        let bucket = format!("the bucket {name}");
        match self {
            Self::Create => ("create", "Created", format!("{bucket} in {region}")),
            Self::Close { .. } => ("close", "Closed", format!("{bucket} to the public")),
            Self::MakePublic => ("make", "Made", format!("{bucket} public")),
            Self::MakeWebsite => ("make", "Made", format!("{bucket} a website")),
            Self::Encrypt => ("encrypt", "Encrypted", bucket),
            Self::KeepVersions => ("enable", "Enabled", format!("versioning on {bucket}")),
            Self::PutObject(new) => ("put", "Put", format!("the file at s3://{name}/{}", new.key)),
        }
    }
}

/// Describes a new user's permissions boundary.
pub(crate) fn with_boundary(boundary: Option<&str>) -> String {
    match boundary {
        Some(boundary) => format!("with permissions boundary: {boundary}"),
        None => "without permissions boundary".to_owned(),
    }
}
