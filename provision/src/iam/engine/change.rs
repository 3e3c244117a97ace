//! One change of an account: its words, and what takes it back.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::Account;
use crate::permissions::Deed;

/// Who has policies, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A role.
    Role(String),
}

impl Holder {
    /// What it is: `user`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Role(_) => "role",
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) | Self::Role(name) => name,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// One change of an account: one call, or what belongs together.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "their names are those of IAM's API")]
pub enum Change {
    CreatePolicy {
        arn: String,
        name: String,
        description: Option<String>,
        document: Value,
    },
    /// With its versions.
    DeletePolicy {
        arn: String,
    },
    /// A new version of it, which is the one in force. `known`: those there are; the oldest gives way
    /// where there are as many as can be.
    SetPolicy {
        arn: String,
        document: Value,
        before: Value,
        version: String,
        known: BTreeSet<String>,
    },
    /// Puts version `version` in force again, and deletes those that are not known.
    RestorePolicy {
        arn: String,
        version: String,
        known: BTreeSet<String>,
    },
    CreateUser {
        name: String,
        tags: Vec<(String, String)>,
    },
    DeleteUser {
        name: String,
    },
    CreateGroup {
        name: String,
    },
    DeleteGroup {
        name: String,
    },
    AddMember {
        group: String,
        user: String,
    },
    RemoveMember {
        group: String,
        user: String,
    },
    CreateRole {
        name: String,
        description: Option<String>,
        trust: Value,
        /// In seconds.
        max_session: Option<u32>,
        tags: Vec<(String, String)>,
    },
    DeleteRole {
        name: String,
    },
    SetTrust {
        role: String,
        document: Value,
        before: Value,
    },
    /// In seconds.
    SetMaxSession {
        role: String,
        seconds: u32,
        before: u32,
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
    },
    /// The same, of one that was there before, and says `before`.
    RemoveInline {
        of: Holder,
        name: String,
        before: Value,
    },
}

impl Change {
    /// What takes it back; `None`: nothing can.
    pub(crate) fn inverse(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::CreatePolicy { arn, .. } => Self::DeletePolicy { arn },
            Self::SetPolicy { arn, version, known, .. } => {
                Self::RestorePolicy { arn, version, known }
            }
            Self::CreateUser { name, .. } => Self::DeleteUser { name },
            Self::CreateGroup { name } => Self::DeleteGroup { name },
            Self::CreateRole { name, .. } => Self::DeleteRole { name },
            Self::AddMember { group, user } => Self::RemoveMember { group, user },
            Self::RemoveMember { group, user } => Self::AddMember { group, user },
            Self::SetTrust { role, document, before } => {
                Self::SetTrust { role, document: before, before: document }
            }
            Self::SetMaxSession { role, seconds, before } => {
                Self::SetMaxSession { role, seconds: before, before: seconds }
            }
            Self::Attach { to, arn } => Self::Detach { from: to, arn },
            Self::Detach { from, arn } => Self::Attach { to: from, arn },
            Self::PutInline { of, name, before: None, .. } => Self::DeleteInline { of, name },
            Self::RemoveInline { of, name, before } => {
                Self::PutInline { of, name, document: before, before: None }
            }
            Self::PutInline { of, name, document, before: Some(before) } => {
                Self::PutInline { of, name, document: before, before: Some(document) }
            }
            Self::DeletePolicy { .. }
            | Self::RestorePolicy { .. }
            | Self::DeleteUser { .. }
            | Self::DeleteGroup { .. }
            | Self::DeleteRole { .. }
            | Self::DeleteInline { .. } => return None,
        })
    }

    /// Whether it makes something that others then name.
    pub(super) fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreatePolicy { .. }
                | Self::CreateUser { .. }
                | Self::CreateGroup { .. }
                | Self::CreateRole { .. }
        )
    }

    /// With which codes IAM refuses it as long as it does not know what was made just now.
    ///
    /// Rule: IAM User Guide, "Changes that I make are not always immediately visible"; a trust whose
    /// principal is not known yet is taken for malformed.
    pub(super) fn unready(&self) -> &'static [&'static str] {
        match self {
            Self::CreateRole { .. } | Self::SetTrust { .. } => {
                &["NoSuchEntity", "MalformedPolicyDocument"]
            }
            _ => &["NoSuchEntity"],
        }
    }

    /// What it is about, and what is done with it: verb, its past, and the object.
    fn words(&self) -> (&'static str, &'static str, String) {
        let policy = |arn: &str| format!("policy {}", policy_name(arn));
        match self {
            Self::CreatePolicy { name, .. } => ("create", "Created", format!("policy {name}")),
            Self::DeletePolicy { arn } => ("delete", "Deleted", policy(arn)),
            Self::SetPolicy { arn, .. } => ("change", "Changed", policy(arn)),
            Self::RestorePolicy { arn, .. } => ("restore", "Restored", policy(arn)),
            Self::CreateUser { name, .. } => ("create", "Created", format!("user {name}")),
            Self::DeleteUser { name } => ("delete", "Deleted", format!("user {name}")),
            Self::CreateGroup { name } => ("create", "Created", format!("group {name}")),
            Self::DeleteGroup { name } => ("delete", "Deleted", format!("group {name}")),
            Self::CreateRole { name, .. } => ("create", "Created", format!("role {name}")),
            Self::DeleteRole { name } => ("delete", "Deleted", format!("role {name}")),
            Self::AddMember { group, user } => {
                ("put", "Put", format!("user {user} into group {group}"))
            }
            Self::RemoveMember { group, user } => {
                ("take", "Took", format!("user {user} out of group {group}"))
            }
            Self::SetTrust { role, .. } => {
                ("change", "Changed", format!("the trust of role {role}"))
            }
            Self::SetMaxSession { role, .. } => {
                ("change", "Changed", format!("the longest session of role {role}"))
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
            Self::DeleteInline { of, name } | Self::RemoveInline { of, name, .. } => {
                ("delete", "Deleted", format!("inline policy {name} of {of}"))
            }
        }
    }

    /// What is to be done: `create user ana`.
    pub fn to_do(&self) -> String {
        let (verb, _, object) = self.words();
        format!("{verb} {object}")
    }

    /// That it is done: `Created user ana`.
    pub fn done(&self) -> String {
        let (_, past, object) = self.words();
        format!("{past} {object}")
    }

    /// The action that must be allowed, and on what.
    pub(super) fn deed(&self, account: &Account) -> Deed {
        let user = |name: &str| account.arn(&format!("user/{name}"));
        let group = |name: &str| account.arn(&format!("group/{name}"));
        let role = |name: &str| account.arn(&format!("role/{name}"));
        let of = |holder: &Holder| match holder {
            Holder::User(name) => user(name),
            Holder::Group(name) => group(name),
            Holder::Role(name) => role(name),
        };
        let by_kind = |holder: &Holder, actions: [&'static str; 3]| match holder {
            Holder::User(_) => actions[0],
            Holder::Group(_) => actions[1],
            Holder::Role(_) => actions[2],
        };
        match self {
            Self::CreatePolicy { arn, .. } => ("iam:CreatePolicy", arn.clone()),
            Self::DeletePolicy { arn } => ("iam:DeletePolicy", arn.clone()),
            Self::SetPolicy { arn, .. } => ("iam:CreatePolicyVersion", arn.clone()),
            Self::RestorePolicy { arn, .. } => ("iam:SetDefaultPolicyVersion", arn.clone()),
            Self::CreateUser { name, .. } => ("iam:CreateUser", user(name)),
            Self::DeleteUser { name } => ("iam:DeleteUser", user(name)),
            Self::CreateGroup { name } => ("iam:CreateGroup", group(name)),
            Self::DeleteGroup { name } => ("iam:DeleteGroup", group(name)),
            Self::CreateRole { name, .. } => ("iam:CreateRole", role(name)),
            Self::DeleteRole { name } => ("iam:DeleteRole", role(name)),
            Self::AddMember { group: name, .. } => ("iam:AddUserToGroup", group(name)),
            Self::RemoveMember { group: name, .. } => ("iam:RemoveUserFromGroup", group(name)),
            Self::SetTrust { role: name, .. } => ("iam:UpdateAssumeRolePolicy", role(name)),
            Self::SetMaxSession { role: name, .. } => ("iam:UpdateRole", role(name)),
            Self::Attach { to, .. } => {
                let actions =
                    ["iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AttachRolePolicy"];
                (by_kind(to, actions), of(to))
            }
            Self::Detach { from, .. } => {
                let actions =
                    ["iam:DetachUserPolicy", "iam:DetachGroupPolicy", "iam:DetachRolePolicy"];
                (by_kind(from, actions), of(from))
            }
            Self::PutInline { of: holder, .. } => {
                let actions = ["iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:PutRolePolicy"];
                (by_kind(holder, actions), of(holder))
            }
            Self::DeleteInline { of: holder, .. } | Self::RemoveInline { of: holder, .. } => {
                let actions =
                    ["iam:DeleteUserPolicy", "iam:DeleteGroupPolicy", "iam:DeleteRolePolicy"];
                (by_kind(holder, actions), of(holder))
            }
        }
    }
}

/// As it is told of when it is taken back, or left: `user ana`, `policy p on role r`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.done_noun())
    }
}

impl Change {
    fn done_noun(&self) -> String {
        let (verb, _, object) = self.words();
        match self {
            _ if self.creates() => format!("the {object}"),
            Self::PutInline { before: None, .. } => format!("the {object}"),
            Self::Attach { to, arn } => format!("the policy {} of the {to}", policy_name(arn)),
            Self::AddMember { group, user } => format!("the member {user} of the group {group}"),
            _ => format!("the change: {verb} {object}"),
        }
    }
}

/// The name of a policy, as people know it.
pub(super) fn policy_name(arn: &str) -> &str {
    arn.split_once(":policy/").map_or(arn, |(_, path)| path.rsplit('/').next().unwrap_or(path))
}
