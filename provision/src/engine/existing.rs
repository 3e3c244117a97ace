//! The wanted things that already exist, and the ARNs of everything named.

use std::collections::BTreeMap;

use super::{
    reader::{ExistingRole, ExistingUser},
    wanted::PolicyRef,
};
use crate::{account::Account, holder::Holder};

/// What already exists, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Existing {
    pub(crate) users: BTreeMap<String, ExistingUser>,
    /// Groups, with their members.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    pub(crate) roles: BTreeMap<String, ExistingRole>,
    /// Buckets, with their regions.
    pub(crate) buckets: BTreeMap<String, String>,
    /// The ARNs of the account's own managed policies.
    pub(crate) policies: BTreeMap<String, String>,
}

impl Existing {
    pub(crate) fn has(&self, holder: &Holder) -> bool {
        match holder {
            Holder::User(name) => self.users.contains_key(name),
            Holder::Group(name) => self.groups.contains_key(name),
            Holder::Role(name) => self.roles.contains_key(name),
        }
    }

    /// Returns a user's ARN: with its path if the user exists, otherwise the one it will get.
    pub(super) fn user_arn(&self, name: &str, account: &Account) -> String {
        let known = self.users.get(name).map(|user| user.arn.clone());
        known.unwrap_or_else(|| account.arn(&format!("user/{name}")))
    }

    /// Returns the same for a role, which may be named by its ARN.
    pub(crate) fn role_arn(&self, name: &str, account: &Account) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let known = self.roles.get(name).map(|role| role.arn.clone());
        known.unwrap_or_else(|| account.arn(&format!("role/{name}")))
    }

    /// Returns the same for a managed policy.
    pub(super) fn policy_arn(&self, policy: &PolicyRef, account: &Account) -> String {
        match policy {
            PolicyRef::Arn(arn) => arn.clone(),
            PolicyRef::Aws(name) => account.aws_policy(name),
            PolicyRef::Name(name) => {
                let known = self.policies.get(name).cloned();
                known.unwrap_or_else(|| account.arn(&format!("policy/{name}")))
            }
        }
    }
}
