//! ARNs of what is named: as they are in the account, or will be.

use std::collections::BTreeMap;

use super::{Account, Holder};
use crate::iam::wanted::PolicyRef;

/// The ARNs that are known. Who has a path has it in his ARN.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) account: Account,
    users: BTreeMap<String, String>,
    roles: BTreeMap<String, String>,
    policies: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn new(account: Account) -> Self {
        let (users, roles, policies) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { account, users, roles, policies }
    }

    pub(super) fn know(&mut self, holder: &Holder, arn: &str) {
        match holder {
            Holder::User(name) => self.users.insert(name.clone(), arn.to_owned()),
            Holder::Role(name) => self.roles.insert(name.clone(), arn.to_owned()),
            // Nobody names a group by its ARN.
            Holder::Group(_) => None,
        };
    }

    pub(super) fn know_policy(&mut self, name: &str, arn: &str) {
        self.policies.insert(name.to_owned(), arn.to_owned());
    }

    pub(super) fn user(&self, name: &str) -> String {
        let known = self.users.get(name).cloned();
        known.unwrap_or_else(|| self.account.arn(&format!("user/{name}")))
    }

    /// Of a role by name, or by its ARN.
    pub(super) fn role(&self, name: &str) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let known = self.roles.get(name).cloned();
        known.unwrap_or_else(|| self.account.arn(&format!("role/{name}")))
    }

    pub(super) fn policy(&self, policy: &PolicyRef) -> String {
        match policy {
            PolicyRef::Arn(arn) => arn.clone(),
            PolicyRef::Aws(name) => {
                format!("arn:{}:iam::aws:policy/{name}", self.account.partition)
            }
            PolicyRef::Name(name) => {
                let known = self.policies.get(name).cloned();
                known.unwrap_or_else(|| self.account.arn(&format!("policy/{name}")))
            }
        }
    }
}
