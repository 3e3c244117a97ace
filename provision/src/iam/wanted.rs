//! What is to be in an account, as data: what `rolecall iam` compares with what is there.

use serde_json::Value;

/// All that is to be there. What an account has besides is left alone.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Customer-managed policies.
    pub policies: Vec<Policy>,
    /// Users.
    pub users: Vec<User>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Roles: those that a trust names stand before the one that trusts them.
    pub roles: Vec<Role>,
}

/// A customer-managed policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name, which is unique in an account whatever its path.
    pub name: String,
    /// Told when it is made; IAM changes it never after.
    pub description: Option<String>,
    /// What it says.
    pub document: Document,
}

/// What a user, a group or a role may do.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// The managed policies attached to it: these and no others. `None`: they are left as they are.
    pub attached: Option<Vec<PolicyRef>>,
    /// Its inline policies of these names; others are left as they are.
    pub inline: Vec<(String, Document)>,
}

/// A policy document that may speak of roles of the same account, whose ARNs are not known before it
/// is looked.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// As it is.
    Text(Value),
    /// That these roles may be assumed, by name or by ARN, and nothing else. Of none: there is to be no
    /// such policy.
    Assume(Vec<String>),
}

/// A managed policy, as it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyRef {
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
pub struct User {
    /// Its name.
    pub name: String,
    /// What it may do by itself.
    pub grants: Grants,
    /// Given when it is made.
    pub tags: Vec<(String, String)>,
}

/// An IAM group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What its members may do.
    pub grants: Grants,
    /// The users in it: these and no others. `None`: they are left as they are.
    pub members: Option<Vec<String>>,
}

/// An IAM role.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Told when it is made.
    pub description: Option<String>,
    /// Who may assume it.
    pub trust: Trust,
    /// What its sessions may do.
    pub grants: Grants,
    /// The longest session, in seconds (3600 to 43200). `None`: it is left as it is, 3600 for a new one.
    pub max_session: Option<u32>,
    /// Given when it is made.
    pub tags: Vec<(String, String)>,
}

/// Who may assume a role, and how. All conditions hold for all who are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Users of the same account, by name.
    pub users: Vec<String>,
    /// Roles, by name (of the same account) or by ARN.
    pub roles: Vec<String>,
    /// Accounts, by their id of 12 digits: whoever may by the policies there.
    pub accounts: Vec<String>,
    /// Only with a session that was made with an MFA code.
    pub mfa: bool,
    /// Only with this external id.
    pub external_id: Option<String>,
}
