//! Reads the caller's policies.

use rolecall::{Failure, Result};
use serde_json::{Value, json};

use crate::{caller::Caller, failure::explain, holder::Holder, managed, policy::document_in};

/// Returns the policies of the user or role with this ARN, including those of the user's groups. If
/// some can't be read, they include one that allows everything: what is denied is still certain.
pub(super) fn policies_of(caller: &Caller<'_>, arn: &str) -> Result<Vec<Value>> {
    let mut reading = Reading { caller, documents: Vec::new(), is_partial: false };
    match Holder::of_caller(arn) {
        Some(Holder::User(user)) => reading.user(&user)?,
        Some(role) => reading.holder(&role)?,
        None => reading.is_partial = true,
    }
    let Reading { mut documents, is_partial, .. } = reading;
    if is_partial {
        let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        documents.push(json!({ "Statement": all }));
    }
    Ok(documents)
}

struct Reading<'r> {
    caller: &'r Caller<'r>,
    documents: Vec<Value>,
    /// Whether there may be more.
    is_partial: bool,
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
            self.take(text.and_then(|text| document_in(&text).ok()));
        }
        for arn in self.known(holder.attached(self.caller))?.unwrap_or_default() {
            let document = self.known(managed::document(self.caller, &arn))?;
            self.take(document);
        }
        Ok(())
    }

    fn take(&mut self, document: Option<Value>) {
        match document {
            Some(document) => self.documents.push(document),
            None => self.is_partial = true,
        }
    }

    /// Returns the answer; `None` if AWS refused, which marks the policies as incomplete.
    fn known<T>(&mut self, answer: std::result::Result<T, Failure>) -> Result<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure::Refused { .. } | Failure::Unable { .. } | Failure::Broken { .. }) => {
                self.is_partial = true;
                Ok(None)
            }
            Err(failure) => Err(explain(&failure, "read the caller's own policies")),
        }
    }
}
