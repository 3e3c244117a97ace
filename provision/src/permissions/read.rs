//! Reads the caller's policies.

use rolecall::{Failure, Result};

use super::judge::Policies;
use crate::{caller::Caller, failure::explain, holder::Holder, policy::document_in};

/// Returns the policies of the user or role with this ARN, including those of the user's groups.
pub(super) fn policies_of(caller: &Caller<'_>, arn: &str) -> Result<Policies> {
    let mut reading = Reading { caller, found: Policies::default() };
    match Holder::of_caller(arn) {
        Some(Holder::User(user)) => reading.user(&user)?,
        Some(role) => reading.holder(&role)?,
        None => reading.found.is_partial = true,
    }
    Ok(reading.found)
}

struct Reading<'r> {
    caller: &'r Caller<'r>,
    found: Policies,
}

impl Reading<'_> {
    fn user(&mut self, user: &str) -> Result<()> {
        self.holder(&Holder::User(user.to_owned()))?;
        let groups = self.caller.iam().list_groups_for_user().user_name(user).into_paginator();
        let groups = self.caller.list(groups.items().send());
        for group in self.known(groups)?.unwrap_or_default() {
            self.holder(&Holder::Group(group.group_name))?;
        }
        Ok(())
    }

    fn holder(&mut self, holder: &Holder) -> Result<()> {
        for name in self.known(holder.inline_names(self.caller))?.unwrap_or_default() {
            let text = self.known(holder.inline(self.caller, &name))?;
            self.take(text.as_deref());
        }
        for arn in self.known(holder.attached(self.caller))?.unwrap_or_default() {
            self.managed(&arn)?;
        }
        Ok(())
    }

    fn managed(&mut self, arn: &str) -> Result<()> {
        let iam = self.caller.iam();
        let policy = self.known(self.caller.call(iam.get_policy().policy_arn(arn).send()))?;
        let policy = policy.and_then(|answer| answer.policy);
        let Some(version) = policy.as_ref().and_then(|policy| policy.default_version_id()) else {
            return Ok(());
        };
        let document = iam.get_policy_version().policy_arn(arn).version_id(version).send();
        let document =
            self.known(self.caller.call(document))?.and_then(|answer| answer.policy_version);
        self.take(document.as_ref().and_then(|version| version.document()));
        Ok(())
    }

    fn take(&mut self, document: Option<&str>) {
        match document.map(document_in) {
            Some(Ok(document)) => self.found.documents.push(document),
            _ => self.found.is_partial = true,
        }
    }

    /// Returns the answer; `None` if AWS refused, which marks the policies as incomplete.
    fn known<T>(&mut self, answer: std::result::Result<T, Failure>) -> Result<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure::Refused { .. } | Failure::Unable { .. }) => {
                self.found.is_partial = true;
                Ok(None)
            }
            Err(failure) => Err(explain(&failure, "read the caller's own policies")),
        }
    }
}
