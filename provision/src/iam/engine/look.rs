//! Reading the account: as much of it as is wanted otherwise, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as StdError,
};

use aws_sdk_iam::{
    error::{ProvideErrorMetadata, SdkError},
    types::PolicyScopeType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rolecall::error::{Error, Kind, Result};
use serde_json::Value;

use super::Holder;
use crate::{
    caller::{Caller, explain},
    policy_text::document_in,
    undo::is_refused_with,
};

const UNKNOWN: [&str; 1] = ["NoSuchEntity"];

type Answer<T, E> = std::result::Result<T, SdkError<E, HttpResponse>>;

/// A customer-managed policy that is there.
#[derive(Debug)]
pub(super) struct Policy {
    /// Of the version in force.
    pub(super) document: Value,
    /// Which that is.
    pub(super) version: String,
    pub(super) versions: BTreeSet<String>,
}

/// A role that is there.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) trust: Value,
    /// In seconds.
    pub(super) max_session: u32,
}

/// The account, to be asked.
pub(super) struct Look<'c> {
    pub(super) caller: &'c Caller,
}

impl Look<'_> {
    /// The ARN of a user; `None`: there is none.
    pub(super) fn user(&self, name: &str) -> Result<Option<String>> {
        let what = format!("user {name}");
        let answer = self.there(&what, self.caller.iam().get_user().user_name(name).send())?;
        Ok(answer.and_then(|answer| answer.user).map(|user| user.arn))
    }

    /// The users of a group; `None`: there is no such group.
    pub(super) fn group(&self, name: &str) -> Result<Option<BTreeSet<String>>> {
        let pages = self.caller.iam().get_group().group_name(name).into_paginator();
        let users = pages.items().send().collect::<Answer<Vec<_>, _>>();
        let users = self.there(&format!("group {name}"), users)?;
        Ok(users.map(|users| users.into_iter().map(|user| user.user_name).collect()))
    }

    /// A role; `None`: there is none.
    pub(super) fn role(&self, name: &str) -> Result<Option<Role>> {
        let what = format!("role {name}");
        let answer = self.there(&what, self.caller.iam().get_role().role_name(name).send())?;
        let Some(role) = answer.and_then(|answer| answer.role) else { return Ok(None) };
        let trust = role.assume_role_policy_document.as_deref().unwrap_or_default();
        Ok(Some(Role {
            trust: json(trust),
            // Rule: IAM API reference, CreateRole, `MaxSessionDuration`.
            max_session: role.max_session_duration.map_or(3_600, i32::cast_unsigned),
            arn: role.arn,
        }))
    }

    /// The ARNs of all customer-managed policies, by name.
    pub(super) fn policies(&self) -> Result<BTreeMap<String, String>> {
        let pages = self.caller.iam().list_policies().scope(PolicyScopeType::Local);
        let policies = pages.into_paginator().items().send().collect::<Answer<Vec<_>, _>>();
        let policies = self.caller.call(policies);
        let policies = policies.map_err(|failure| explain(&failure, "look at the policies"))?;
        let pair = |policy: aws_sdk_iam::types::Policy| Some((policy.policy_name?, policy.arn?));
        Ok(policies.into_iter().filter_map(pair).collect())
    }

    /// A customer-managed policy.
    pub(super) fn policy(&self, arn: &str) -> Result<Option<Policy>> {
        let what = format!("policy {arn}");
        let iam = self.caller.iam();
        let versions = iam.list_policy_versions().policy_arn(arn).send();
        let Some(versions) = self.there(&what, versions)? else { return Ok(None) };
        let in_force = versions.versions().iter().find(|version| version.is_default_version());
        let version = in_force.and_then(|version| version.version_id());
        let version = version.unwrap_or_default().to_owned();
        let answer = iam.get_policy_version().policy_arn(arn).version_id(&version).send();
        let answer = self.there(&what, answer)?.and_then(|answer| answer.policy_version);
        let document = answer.as_ref().and_then(|version| version.document()).unwrap_or_default();
        let ids = versions.versions().iter().filter_map(|version| version.version_id());
        let versions = ids.map(str::to_owned).collect();
        Ok(Some(Policy { document: json(document), version, versions }))
    }

    /// An error where there is no such managed policy.
    pub(super) fn require_policy(&self, arn: &str) -> Result<()> {
        let answer = self.caller.iam().get_policy().policy_arn(arn).send();
        if self.there(&format!("policy {arn}"), answer)?.is_some() {
            return Ok(());
        }
        Err(Error::new(Kind::Other, format!("there is no managed policy {arn}"))
            .hint("'aws iam list-policies' lists those there are; names have upper and lower case"))
    }

    /// The ARNs of the managed policies of somebody who is there.
    pub(super) fn attached(&self, holder: &Holder) -> Result<BTreeSet<String>> {
        let (iam, what) = (self.caller.iam(), format!("policies of {holder}"));
        let policies = match holder {
            Holder::User(name) => {
                let pages = iam.list_attached_user_policies().user_name(name).into_paginator();
                self.there(&what, pages.items().send().collect::<Answer<Vec<_>, _>>())?
            }
            Holder::Group(name) => {
                let pages = iam.list_attached_group_policies().group_name(name).into_paginator();
                self.there(&what, pages.items().send().collect::<Answer<Vec<_>, _>>())?
            }
            Holder::Role(name) => {
                let pages = iam.list_attached_role_policies().role_name(name).into_paginator();
                self.there(&what, pages.items().send().collect::<Answer<Vec<_>, _>>())?
            }
        };
        let policies = policies.unwrap_or_default().into_iter();
        Ok(policies.filter_map(|policy| policy.policy_arn).collect())
    }

    /// The inline policy `name` of somebody who is there; `None`: there is none.
    pub(super) fn inline(&self, holder: &Holder, policy: &str) -> Result<Option<Value>> {
        let (iam, what) = (self.caller.iam(), format!("policy {policy} of {holder}"));
        let text = match holder {
            Holder::User(name) => {
                let call = iam.get_user_policy().user_name(name).policy_name(policy);
                self.there(&what, call.send())?.map(|answer| answer.policy_document)
            }
            Holder::Group(name) => {
                let call = iam.get_group_policy().group_name(name).policy_name(policy);
                self.there(&what, call.send())?.map(|answer| answer.policy_document)
            }
            Holder::Role(name) => {
                let call = iam.get_role_policy().role_name(name).policy_name(policy);
                self.there(&what, call.send())?.map(|answer| answer.policy_document)
            }
        };
        Ok(text.as_deref().map(json))
    }

    /// The answer; `None` where there is no such thing.
    fn there<T, E>(&self, what: &str, call: impl Future<Output = Answer<T, E>>) -> Result<Option<T>>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        match self.caller.call(call) {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if is_refused_with(&failure, &UNKNOWN) => Ok(None),
            Err(failure) => Err(explain(&failure, &format!("look at {what}"))),
        }
    }
}

/// A document as IAM gives it. One that is no JSON is not what is wanted, whatever it is.
fn json(document: &str) -> Value {
    document_in(document).unwrap_or_else(Value::String)
}
