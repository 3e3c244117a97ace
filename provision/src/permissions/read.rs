//! Reading the policies of the caller.

use std::error::Error as StdError;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rolecall::{aws::Failure, error::Result};

use super::judge::Policies;
use crate::{
    caller::{Caller, explain},
    policy_text::document_in,
};

/// The policies of the user or role with this ARN, and of the user's groups.
pub(super) fn policies_of(caller: &Caller, arn: &str) -> Result<Policies> {
    let mut reading = Reading { caller, found: Policies::default() };
    let name = arn.rsplit('/').next().unwrap_or_default();
    if arn.contains(":user/") {
        reading.user(name)?;
    } else if let Some((_, session)) = arn.split_once(":assumed-role/") {
        reading.role(session.split('/').next().unwrap_or_default())?;
    } else {
        reading.found.is_partial = true;
    }
    Ok(reading.found)
}

struct Reading<'r> {
    caller: &'r Caller,
    found: Policies,
}

type Answer<T, E> = std::result::Result<T, SdkError<E, HttpResponse>>;

impl Reading<'_> {
    fn user(&mut self, user: &str) -> Result<()> {
        let iam = self.caller.iam();
        let names = iam.list_user_policies().user_name(user).into_paginator().items().send();
        for name in self.known(names.collect::<Answer<Vec<_>, _>>())?.unwrap_or_default() {
            let policy = iam.get_user_policy().user_name(user).policy_name(name).send();
            let policy = self.known(policy)?;
            let text = policy.map(|policy| policy.policy_document);
            self.take(text.as_deref());
        }
        let attached = iam.list_attached_user_policies().user_name(user).into_paginator();
        let attached = attached.items().send().collect::<Answer<Vec<_>, _>>();
        for policy in self.known(attached)?.unwrap_or_default() {
            self.managed(policy.policy_arn())?;
        }
        let groups = iam.list_groups_for_user().user_name(user).into_paginator().items().send();
        for group in self.known(groups.collect::<Answer<Vec<_>, _>>())?.unwrap_or_default() {
            self.group(group.group_name())?;
        }
        Ok(())
    }

    fn group(&mut self, group: &str) -> Result<()> {
        let iam = self.caller.iam();
        let names = iam.list_group_policies().group_name(group).into_paginator().items().send();
        for name in self.known(names.collect::<Answer<Vec<_>, _>>())?.unwrap_or_default() {
            let policy = iam.get_group_policy().group_name(group).policy_name(name).send();
            let policy = self.known(policy)?;
            let text = policy.map(|policy| policy.policy_document);
            self.take(text.as_deref());
        }
        let attached = iam.list_attached_group_policies().group_name(group).into_paginator();
        let attached = attached.items().send().collect::<Answer<Vec<_>, _>>();
        for policy in self.known(attached)?.unwrap_or_default() {
            self.managed(policy.policy_arn())?;
        }
        Ok(())
    }

    fn role(&mut self, role: &str) -> Result<()> {
        let iam = self.caller.iam();
        let names = iam.list_role_policies().role_name(role).into_paginator().items().send();
        for name in self.known(names.collect::<Answer<Vec<_>, _>>())?.unwrap_or_default() {
            let policy = iam.get_role_policy().role_name(role).policy_name(name).send();
            let policy = self.known(policy)?;
            let text = policy.map(|policy| policy.policy_document);
            self.take(text.as_deref());
        }
        let attached = iam.list_attached_role_policies().role_name(role).into_paginator();
        let attached = attached.items().send().collect::<Answer<Vec<_>, _>>();
        for policy in self.known(attached)?.unwrap_or_default() {
            self.managed(policy.policy_arn())?;
        }
        Ok(())
    }

    fn managed(&mut self, arn: Option<&str>) -> Result<()> {
        let (iam, arn) = (self.caller.iam(), arn.unwrap_or_default());
        let policy = self.known(iam.get_policy().policy_arn(arn).send())?;
        let policy = policy.and_then(|answer| answer.policy);
        let Some(version) = policy.as_ref().and_then(|policy| policy.default_version_id()) else {
            return Ok(());
        };
        let document = iam.get_policy_version().policy_arn(arn).version_id(version).send();
        let document = self.known(document)?.and_then(|answer| answer.policy_version);
        self.take(document.as_ref().and_then(|version| version.document()));
        Ok(())
    }

    fn take(&mut self, document: Option<&str>) {
        match document.map(document_in) {
            Some(Ok(document)) => self.found.documents.push(document),
            _ => self.found.is_partial = true,
        }
    }

    /// The answer; `None` where there is none, and then not all is known.
    fn known<T, E>(&mut self, call: impl Future<Output = Answer<T, E>>) -> Result<Option<T>>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        match self.caller.call(call) {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure::Refused { .. } | Failure::Unable { .. }) => {
                self.found.is_partial = true;
                Ok(None)
            }
            Err(failure) => Err(explain(&failure, "read the caller's own policies")),
        }
    }
}
