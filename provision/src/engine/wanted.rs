//! What is to be in an account, as data: what [`super::plan`] compares with what is there.

use serde_json::Value;

/// All that is to be there. What an account has besides is left alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Buckets.
    pub(crate) buckets: Vec<Bucket>,
    /// Customer-managed policies.
    pub(crate) policies: Vec<ManagedPolicy>,
    /// Users.
    pub(crate) users: Vec<User>,
    /// Groups.
    pub(crate) groups: Vec<Group>,
    /// Roles: those that a trust names stand before the one that trusts them.
    pub(crate) roles: Vec<Role>,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Its name.
    pub(crate) name: String,
    /// The region in which it is made where it is missing.
    pub(crate) region: String,
    /// What a new one is given.
    pub(crate) if_new: &'static [BucketSetting],
    /// What one that is there is given. Of none: it is only looked for.
    pub(crate) if_existing: &'static [BucketSetting],
}

/// Something that a bucket can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BucketSetting {
    /// It is closed to the public.
    Closed,
    /// What comes into it is encrypted, in whatever way.
    Encrypted,
    /// It keeps former versions.
    Versioned,
    /// Everybody may read its objects; for new ones alone.
    Public,
    /// It is a website; for new ones alone.
    Website,
}

/// A customer-managed policy.
#[derive(Clone, Debug)]
pub(crate) struct ManagedPolicy {
    /// Its name, which is unique in an account whatever its path.
    pub(crate) name: String,
    /// Told when it is made; IAM changes it never after.
    pub(crate) description: Option<String>,
    /// What it says.
    pub(crate) document: PolicyDocument,
}

/// What a user, a group or a role may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    /// The managed policies attached to it: these and no others. `None`: they are left as they are.
    pub(crate) attached: Option<Vec<PolicyRef>>,
    /// Its inline policies of these names; others are left as they are.
    pub(crate) inline: Vec<(String, PolicyDocument)>,
}

/// A policy document that may speak of roles of the same account, whose ARNs are not known before it
/// is looked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PolicyDocument {
    /// As it is.
    Text(Value),
    /// That these roles may be assumed, by name or by ARN, and nothing else. Of none: there is to be no
    /// such policy.
    Assume(Vec<String>),
}

/// A managed policy, as it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PolicyRef {
    /// A customer-managed policy of the same account.
    Name(String),
    /// Any policy.
    Arn(String),
    /// One of AWS's own, by name; its partition is the account's. `job-function/X` and the like have
    /// their path in front.
    Aws(String),
}

/// An IAM user.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    /// Its name.
    pub(crate) name: String,
    /// The ARN of the permissions boundary that it gets when it is made.
    pub(crate) boundary: Option<String>,
    /// What it may do by itself.
    pub(crate) grants: Grants,
    /// Given when it is made.
    pub(crate) tags: Vec<(String, String)>,
}

/// An IAM group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// Its name.
    pub(crate) name: String,
    /// What its members may do.
    pub(crate) grants: Grants,
    /// The users in it: these and no others. `None`: they are left as they are.
    pub(crate) members: Option<Vec<String>>,
}

/// An IAM role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// Told when it is made.
    pub(crate) description: Option<String>,
    /// Who may assume it.
    pub(crate) trust: Trust,
    /// What its sessions may do.
    pub(crate) grants: Grants,
    /// The longest session, in seconds (3600 to 43200). `None`: it is left as it is, 3600 for a new one.
    pub(crate) max_session: Option<u32>,
    /// Given when it is made.
    pub(crate) tags: Vec<(String, String)>,
}

/// Who may assume a role, and how. All conditions hold for all who are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Users of the same account, by name.
    pub(crate) users: Vec<String>,
    /// Roles, by name (of the same account) or by ARN.
    pub(crate) roles: Vec<String>,
    /// Accounts, by their id of 12 digits: whoever may by the policies there.
    pub(crate) accounts: Vec<String>,
    /// Only with a session that was made with an MFA code.
    pub(crate) mfa: bool,
    /// Only with this external id.
    pub(crate) external_id: Option<String>,
}
