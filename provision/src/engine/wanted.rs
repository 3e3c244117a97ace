//! The wanted state of an account, as data; [`super::plan`] compares it with the account.

use serde_json::Value;

/// The wanted state. Anything else in the account is left alone.
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
    /// Roles. Those that a trust names come before the role that trusts them.
    pub(crate) roles: Vec<Role>,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Its name.
    pub(crate) name: String,
    /// The place in a file that names it: `team.toml:3:15`.
    pub(crate) origin: Option<String>,
    /// The region to create it in if it does not exist.
    pub(crate) region: String,
    /// The settings of a new bucket.
    pub(crate) if_new: &'static [BucketSetting],
    /// The settings of an existing bucket. If empty, only its existence is checked.
    pub(crate) if_existing: &'static [BucketSetting],
}

/// A setting of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BucketSetting {
    /// Public access is blocked.
    Closed,
    /// New objects are encrypted by default, in any way.
    Encrypted,
    /// Versioning is enabled.
    Versioned,
    /// Anyone may read its objects; only for new buckets.
    Public,
    /// It is a website; only for new buckets.
    Website,
}

/// A customer-managed policy.
#[derive(Clone, Debug)]
pub(crate) struct ManagedPolicy {
    /// Its name, which is unique in an account whatever its path.
    pub(crate) name: String,
    /// Set when it is created; IAM never changes it afterwards.
    pub(crate) description: Option<String>,
    /// Its document.
    pub(crate) document: PolicyDocument,
}

/// The permissions of a user, group or role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    /// The attached managed policies: exactly these. `None` leaves them unchanged.
    pub(crate) attached: Option<Vec<PolicyRef>>,
    /// Its inline policies with these names; others are left unchanged.
    pub(crate) inline: Vec<(String, PolicyDocument)>,
}

/// A policy document. It may refer to roles of the same account, whose ARNs are known only after
/// reading the account.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PolicyDocument {
    /// The document itself.
    Text(Value),
    /// Allows these roles, by name or by ARN, to be assumed, and nothing else. If empty, there
    /// should be no such policy.
    Assume(Vec<String>),
}

/// A reference to a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PolicyRef {
    /// A customer-managed policy of the same account.
    Name(String),
    /// Any policy.
    Arn(String),
    /// One of AWS's own, by name, in the account's partition. A path comes first: `job-function/X`.
    Aws(String),
}

/// An IAM user.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    /// Its name.
    pub(crate) name: String,
    /// The ARN of the permissions boundary for a new user.
    pub(crate) boundary: Option<String>,
    /// Its own permissions, without those of its groups.
    pub(crate) grants: Grants,
    /// Set when it is created.
    pub(crate) tags: Vec<(String, String)>,
}

/// An IAM group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// Its name.
    pub(crate) name: String,
    /// The permissions of its members.
    pub(crate) grants: Grants,
    /// Its members: exactly these. `None` leaves them unchanged.
    pub(crate) members: Option<Vec<String>>,
}

/// An IAM role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// Set when it is created.
    pub(crate) description: Option<String>,
    /// Who may assume it.
    pub(crate) trust: Trust,
    /// The permissions of its sessions.
    pub(crate) grants: Grants,
    /// The maximum session duration, in seconds (3600 to 43200). `None` leaves it unchanged; for a
    /// new role, it is 3600.
    pub(crate) max_session: Option<u32>,
    /// Set when it is created.
    pub(crate) tags: Vec<(String, String)>,
}

/// Who may assume a role. All conditions apply to everyone named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Users of the same account, by name.
    pub(crate) users: Vec<String>,
    /// Roles, by name (of the same account) or by ARN.
    pub(crate) roles: Vec<String>,
    /// Accounts, by their 12-digit IDs: everyone whose policies there allow it.
    pub(crate) accounts: Vec<String>,
    /// Requires MFA.
    pub(crate) mfa: bool,
    /// The external ID that must be given.
    pub(crate) external_id: Option<String>,
}
