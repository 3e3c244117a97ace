//! Compares the policies that a plan gives to users and roles with their permissions boundaries.
//!
//! Rule: IAM User Guide, "Permissions boundaries for IAM entities".

use std::{cell::RefCell, collections::BTreeMap};

use rolecall::{Error, Failure, Kind, Result};
use serde_json::Value;

use super::ChangePlan;
use crate::{
    caller::Caller,
    change::{Change, policy_name},
    failure::explain,
    holder::Holder,
    managed,
    policy::{Limited, compare, known_document},
};

/// Returns warnings about policies in `plan` that a boundary limits, or may limit.
///
/// # Errors
/// If a boundary leaves a policy without effect, or for a new user, whose boundary is part of the
/// request, a whole statement of it.
pub(super) fn check(caller: &Caller<'_>, plan: &ChangePlan) -> Result<Vec<String>> {
    let managed = ManagedDocuments { caller, read: RefCell::default() };
    let mut warnings = Vec::new();
    for change in &plan.changes {
        let (holder, policy) = match change {
            Change::PutInline { of, name, .. } => (of, &**name),
            Change::Attach { to, arn } => (to, policy_name(arn)),
            _ => continue,
        };
        let Some(boundary) = Boundary::of(holder, plan) else { continue };
        let document = match change {
            Change::PutInline { document, .. } => Ok(document.clone()),
            Change::Attach { arn, .. } => match plan.document_of(arn) {
                Some(document) => Ok(document.clone()),
                None => managed.of(arn)?,
            },
            _ => continue,
        };
        warnings.extend(match document {
            Ok(document) => boundary.check(&managed, policy, &document)?,
            Err(cause) => Some(boundary.not_known(policy, &cause)),
        });
    }
    Ok(warnings)
}

/// The documents of managed policies; each is read once.
struct ManagedDocuments<'c> {
    caller: &'c Caller<'c>,
    read: RefCell<BTreeMap<String, Document>>,
}

/// A document, or why AWS does not show it.
type Document = std::result::Result<Value, String>;

impl ManagedDocuments<'_> {
    fn of(&self, arn: &str) -> Result<Document> {
        if let Some(document) = self.read.borrow().get(arn) {
            return Ok(document.clone());
        }
        let cannot = |failure: &Failure| explain(failure, &format!("read the policy {arn}"));
        let document = match managed::document(self.caller, arn) {
            Ok(document) => Ok(document),
            Err(failure @ (Failure::Refused { .. } | Failure::Broken { .. })) => {
                Err(cannot(&failure).to_string())
            }
            Err(failure) => return Err(cannot(&failure)),
        };
        self.read.borrow_mut().insert(arn.to_owned(), document.clone());
        Ok(document)
    }
}

impl ChangePlan {
    /// Returns the document that a managed policy gets by this plan.
    fn document_of(&self, arn: &str) -> Option<&Value> {
        self.changes.iter().find_map(|change| match change {
            Change::CreatePolicy { arn: of, document, .. }
            | Change::SetPolicy { arn: of, document, .. }
                if of == arn =>
            {
                Some(document)
            }
            _ => None,
        })
    }
}

/// A permissions boundary.
struct Boundary<'p> {
    arn: &'p str,
    of: &'p Holder,
    /// Whether the user that it is for will be created by this plan.
    is_new: bool,
}

impl<'p> Boundary<'p> {
    /// Returns the boundary of a user or role in the plan.
    fn of(holder: &'p Holder, plan: &'p ChangePlan) -> Option<Self> {
        let is_new = !plan.existing.has(holder);
        let arn = match holder {
            Holder::User(name) if is_new => plan.changes.iter().find_map(|change| match change {
                Change::CreateUser { name: of, boundary, .. } if of == name => boundary.as_deref(),
                _ => None,
            }),
            Holder::User(name) => plan.existing.users[name].boundary.as_deref(),
            Holder::Role(name) => plan.existing.roles.get(name)?.boundary.as_deref(),
            Holder::Group(_) => None,
        };
        arn.map(|arn| Self { arn, of: holder, is_new })
    }

    /// Compares a policy with the boundary. Returns a warning if a part of it has no effect, or if
    /// that is not known.
    fn check(
        &self,
        managed: &ManagedDocuments<'_>,
        policy: &str,
        document: &Value,
    ) -> Result<Option<String>> {
        // AWS only ever adds to these.
        let known = known_document(self.arn).map(|known| compare(document, &known));
        if known == Some(Limited::default()) {
            return Ok(None);
        }
        match (managed.of(self.arn)?, known) {
            (Ok(limit), _) => self.judge(policy, &compare(document, &limit)),
            (Err(_), Some(limited)) => self.judge(policy, &limited),
            (Err(cause), None) => Ok(Some(self.not_known(policy, &cause))),
        }
    }

    fn judge(&self, policy: &str, limited: &Limited) -> Result<Option<String>> {
        let Self { arn, of, is_new } = self;
        let Limited { refused, partly, depends, is_futile, is_useless } = limited;
        if *is_useless || (*is_futile && *is_new) {
            let text = format!(
                "the permissions boundary {arn} of {of} does not allow {}, which the policy {policy} \
                 grants",
                refused.join(", ")
            );
            return Err(if *is_new {
                Error::new(Kind::Usage, text)
                    .hint("use another one with --user-permissions-boundary, or none")
            } else {
                let (kind, name) = (of.kind(), of.name());
                Error::new(Kind::Other, text).hint(format!(
                    "'aws iam delete-{kind}-permissions-boundary --{kind}-name {name}' removes it"
                ))
            });
        }
        let mut parts = Vec::new();
        if !refused.is_empty() {
            parts.push(format!("does not allow {}", refused.join(", ")));
        }
        if !partly.is_empty() {
            parts.push(format!("allows only a part of {}", partly.join(", ")));
        }
        if !depends.is_empty() {
            parts.push(format!("allows {} under conditions", depends.join(", ")));
        }
        let text = || {
            format!(
                "the policy {policy} grants more than the permissions boundary {arn} of {of}, which {}",
                parts.join(", and ")
            )
        };
        Ok((!parts.is_empty()).then(text))
    }

    fn not_known(&self, policy: &str, cause: &str) -> String {
        let Self { arn, of, .. } = self;
        format!(
            "can't tell whether the permissions boundary {arn} of {of} allows what the policy \
             {policy} does: {cause}"
        )
    }
}
