//! Checks the caller's permissions before anything is changed.
//!
//! If the caller may use IAM's policy simulator, it decides. Otherwise the caller's own policies
//! are read, as far as permitted. The result lists only permissions that are certainly missing;
//! others show up when the call is made. Only the simulator considers boundaries, session policies
//! and the organization's policies.

mod read;

use aws_sdk_iam::{
    config::{Builder, retry::RetryConfig},
    types::PolicyEvaluationDecisionType,
};
use rolecall::{Error, Failure, Identity, Kind, Principal, Result};

use crate::{
    account::Account,
    caller::Caller,
    failure::explain,
    policy::{Statements, Verdict},
};

/// An action that the caller must be allowed to do on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequiredPermission {
    /// `iam:CreateUser`.
    pub(crate) action: String,
    /// The resource's ARN.
    pub(crate) resource: String,
}

/// Returns an error that lists those of `required` that are certainly missing, if there are any.
pub(crate) fn require(
    caller: &Caller<'_>,
    identity: &Identity,
    required: &[RequiredPermission],
) -> Result<()> {
    let lacking = lacking(caller, identity, required)?;
    if lacking.is_empty() { Ok(()) } else { Err(refusal(&identity.arn, &lacking)) }
}

/// Returns the error that lists the missing permissions.
pub(crate) fn refusal(who: &str, lacking: &[String]) -> Error {
    Error::new(Kind::Denied, format!("{who} lacks permissions: {}", lacking.join(", ")))
        .hint("nothing was changed; ask for these permissions, or use another --profile")
}

/// Returns the actions in `required` that are certainly not allowed.
pub(crate) fn lacking(
    caller: &Caller<'_>,
    identity: &Identity,
    required: &[RequiredPermission],
) -> Result<Vec<String>> {
    if Principal::of(&identity.arn) == Principal::Root {
        return Ok(Vec::new());
    }
    match simulated(caller, &principal_of(identity), required) {
        Ok(lacking) => Ok(lacking),
        Err(failure @ Failure::Unreachable { .. }) => {
            Err(explain(&failure, "check the caller's permissions"))
        }
        Err(_) => {
            let policies = Statements::of(&read::policies_of(caller, &identity.arn)?);
            let is_refused = |it: &&RequiredPermission| {
                policies.judge_one(&it.action, &it.resource) == Verdict::Refused
            };
            let refused = required.iter().filter(is_refused);
            Ok(refused.map(|it| it.action.clone()).collect())
        }
    }
}

/// Returns the role's ARN for a role session, and any other ARN unchanged. The role's path is not
/// known: if it has one, the simulator doesn't find the role.
fn principal_of(identity: &Identity) -> String {
    match Principal::of(&identity.arn) {
        Principal::RoleSession { role, .. } => Account::of(identity).arn(&format!("role/{role}")),
        _ => identity.arn.clone(),
    }
}

fn simulated(
    caller: &Caller<'_>,
    principal: &str,
    required: &[RequiredPermission],
) -> std::result::Result<Vec<String>, Failure> {
    let mut lacking = Vec::new();
    for RequiredPermission { action, resource } in required {
        let call = caller.iam().simulate_principal_policy().policy_source_arn(principal);
        let call = call.action_names(action).resource_arns(resource).customize();
        // If the simulator fails, the policies are read instead: no retries.
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let answer = caller.call(call.config_override(once).send())?;
        let is_refused = answer.evaluation_results().iter().any(|result| {
            *result.eval_decision() != PolicyEvaluationDecisionType::Allowed
                && result.missing_context_values().is_empty()
        });
        if is_refused {
            lacking.push(action.clone());
        }
    }
    Ok(lacking)
}
