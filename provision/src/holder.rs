//! Users, groups and roles, which have policies: reading these, and changing them.

use std::fmt;

use rolecall::{Failure, Principal};
use serde_json::Value;

use crate::{account::Account, caller::Caller, policy::compact};

/// A user, group or role, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    User(String),
    Group(String),
    Role(String),
}

/// Evaluates `$then` with the one of the three operations that fits the holder, its name set.
macro_rules! for_holder {
    ($holder:expr, $caller:expr, [$user:ident, $group:ident, $role:ident], |$call:ident| $then:expr) => {
        match $holder {
            Holder::User(name) => {
                let $call = $caller.iam().$user().user_name(name);
                $then
            }
            Holder::Group(name) => {
                let $call = $caller.iam().$group().group_name(name);
                $then
            }
            Holder::Role(name) => {
                let $call = $caller.iam().$role().role_name(name);
                $then
            }
        }
    };
}

impl Holder {
    /// Returns the user, or the role of the session, that calls AWS with this ARN; `None` for others,
    /// for example the root user.
    pub(crate) fn of_caller(arn: &str) -> Option<Self> {
        match Principal::of(arn) {
            Principal::User(name) => Some(Self::User(name.to_owned())),
            Principal::RoleSession { role, .. } => Some(Self::Role(role.to_owned())),
            Principal::Root | Principal::Other => None,
        }
    }

    /// Returns what it is: `user`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Role(_) => "role",
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) | Self::Role(name) => name,
        }
    }

    /// Returns its ARN, if it has no path.
    pub(crate) fn arn(&self, account: &Account) -> String {
        account.arn(&format!("{}/{}", self.kind(), self.name()))
    }

    /// Returns the name of an action on it: `iam:` and `Attach`, `Policy` make `iam:AttachUserPolicy`.
    pub(crate) fn action(&self, before: &str, after: &str) -> String {
        let (first, rest) = self.kind().split_at(1);
        format!("iam:{before}{}{rest}{after}", first.to_ascii_uppercase())
    }

    /// Returns the ARNs of the managed policies attached to it.
    pub(crate) fn attached(&self, caller: &Caller<'_>) -> Result<Vec<String>, Failure> {
        let policies = for_holder!(
            self,
            caller,
            [
                list_attached_user_policies,
                list_attached_group_policies,
                list_attached_role_policies
            ],
            |call| caller.list(call.into_paginator().items().send())
        );
        Ok(policies?.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    /// Returns the names of its inline policies.
    pub(crate) fn inline_names(&self, caller: &Caller<'_>) -> Result<Vec<String>, Failure> {
        for_holder!(
            self,
            caller,
            [list_user_policies, list_group_policies, list_role_policies],
            |call| caller.list(call.into_paginator().items().send())
        )
    }

    /// Returns the document of its inline policy `policy`, as IAM encodes it.
    pub(crate) fn inline(&self, caller: &Caller<'_>, policy: &str) -> Result<String, Failure> {
        for_holder!(self, caller, [get_user_policy, get_group_policy, get_role_policy], |call| {
            caller.call(call.policy_name(policy).send()).map(|it| it.policy_document)
        })
    }

    pub(crate) fn put_inline(
        &self,
        caller: &Caller<'_>,
        policy: &str,
        document: &Value,
    ) -> Result<(), Failure> {
        let text = compact(document);
        for_holder!(self, caller, [put_user_policy, put_group_policy, put_role_policy], |call| {
            caller.run(call.policy_name(policy).policy_document(text).send())
        })
    }

    pub(crate) fn delete_inline(&self, caller: &Caller<'_>, policy: &str) -> Result<(), Failure> {
        for_holder!(
            self,
            caller,
            [delete_user_policy, delete_group_policy, delete_role_policy],
            |call| caller.run(call.policy_name(policy).send())
        )
    }

    pub(crate) fn attach(&self, caller: &Caller<'_>, arn: &str) -> Result<(), Failure> {
        for_holder!(
            self,
            caller,
            [attach_user_policy, attach_group_policy, attach_role_policy],
            |call| caller.run(call.policy_arn(arn).send())
        )
    }

    pub(crate) fn detach(&self, caller: &Caller<'_>, arn: &str) -> Result<(), Failure> {
        for_holder!(
            self,
            caller,
            [detach_user_policy, detach_group_policy, detach_role_policy],
            |call| caller.run(call.policy_arn(arn).send())
        )
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}
