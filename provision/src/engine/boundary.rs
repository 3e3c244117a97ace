//! Compares the policies that a plan gives to users and roles with their permissions boundaries.
//!
//! Rule: IAM User Guide, "Permissions boundaries for IAM entities".

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
/// If a boundary leaves a whole statement of a policy without effect.
pub(super) fn check(caller: &Caller<'_>, plan: &ChangePlan) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for change in &plan.changes {
        let (holder, policy, document) = match change {
            Change::PutInline { of, name, document, .. } => (of, &**name, Some(document)),
            Change::Attach { to, arn } => (to, policy_name(arn), plan.document_of(arn)),
            _ => continue,
        };
        let Some(boundary) = Boundary::of(holder, plan) else { continue };
        let read = match (change, document) {
            (Change::Attach { arn, .. }, None) => document_in(caller, arn)?,
            _ => Ok(Value::Null),
        };
        let warning = match (document, read) {
            (Some(document), _) => boundary.check(caller, policy, document)?,
            (None, Ok(document)) => boundary.check(caller, policy, &document)?,
            (None, Err(cause)) => Some(boundary.not_known(policy, &cause)),
        };
        warnings.extend(warning);
    }
    Ok(warnings)
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
    fn check(&self, caller: &Caller<'_>, policy: &str, document: &Value) -> Result<Option<String>> {
        // AWS only ever adds to these.
        let known = known_document(self.arn).map(|known| compare(document, &known));
        if known == Some(Limited::default()) {
            return Ok(None);
        }
        match (document_in(caller, self.arn)?, known) {
            (Ok(limit), _) => self.judge(policy, &compare(document, &limit)),
            (Err(_), Some(limited)) => self.judge(policy, &limited),
            (Err(cause), None) => Ok(Some(self.not_known(policy, &cause))),
        }
    }

    fn judge(&self, policy: &str, limited: &Limited) -> Result<Option<String>> {
        let Self { arn, of, is_new } = self;
        let Limited { refused, partly, depends, is_futile } = limited;
        if *is_futile {
            let text = format!(
                "the permissions boundary {arn} of {of} does not allow {}, which the policy {policy} \
                 grants",
                refused.join(", ")
            );
            return Err(if *is_new {
                Error::new(Kind::Usage, text)
                    .hint("name another with --user-permissions-boundary, or none")
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
                "the policy {policy} is more than the permissions boundary {arn} of {of}, which {}",
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

/// Returns the document of a managed policy, or why AWS does not show it.
fn document_in(caller: &Caller<'_>, arn: &str) -> Result<std::result::Result<Value, String>> {
    match managed::document(caller, arn) {
        Ok(document) => Ok(Ok(document)),
        Err(failure @ (Failure::Refused { .. } | Failure::Broken { .. })) => {
            Ok(Err(explain(&failure, &format!("read the policy {arn}")).to_string()))
        }
        Err(failure) => Err(explain(&failure, &format!("read the policy {arn}"))),
    }
}
