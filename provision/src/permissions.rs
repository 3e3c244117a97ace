//! What the caller may do, found out without doing it.
//!
//! IAM's simulation is asked first. Where that is not allowed, the caller's own policies are read,
//! where those can be. So the answer is what is surely lacking; what can't be known shows when it is
//! done. Boundaries, session policies and the organization's policies are the simulation's alone.

mod judge;
mod read;

use aws_sdk_iam::{
    config::{Builder, retry::RetryConfig},
    types::PolicyEvaluationDecisionType,
};
use rolecall::{
    aws::{Failure, Identity},
    error::{Error, Kind, Result},
    rules::Arn,
};

use crate::{caller::Caller, failure::explain};

/// An action on something, which the caller must be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequiredPermission {
    /// `iam:CreateUser`.
    pub(crate) action: String,
    /// The ARN of what it is done with.
    pub(crate) resource: String,
}

/// Fails if some of `required` are surely not allowed, and names them all.
pub(crate) fn require(
    caller: &Caller<'_>,
    identity: &Identity,
    required: &[RequiredPermission],
) -> Result<()> {
    let lacking = lacking(caller, identity, required)?;
    if lacking.is_empty() { Ok(()) } else { Err(refusal(&identity.arn, &lacking)) }
}

/// The error that names what is lacking.
pub(crate) fn refusal(who: &str, lacking: &[String]) -> Error {
    Error::new(Kind::Denied, format!("{who} lacks permissions: {}", lacking.join(", ")))
        .hint("nothing was made; have them added, or use another --profile")
}

/// The actions of `required` that are surely not allowed.
pub(crate) fn lacking(
    caller: &Caller<'_>,
    identity: &Identity,
    required: &[RequiredPermission],
) -> Result<Vec<String>> {
    if identity.arn.ends_with(":root") {
        return Ok(Vec::new());
    }
    match simulated(caller, &principal_of(&identity.arn), required) {
        Ok(lacking) => Ok(lacking),
        Err(failure @ Failure::Unreachable { .. }) => {
            Err(explain(&failure, "look at the caller's permissions"))
        }
        Err(_) => {
            let known = read::policies_of(caller, &identity.arn)?;
            let refused =
                required.iter().filter(|it| known.surely_refuse(&it.action, &it.resource));
            Ok(refused.map(|it| it.action.clone()).collect())
        }
    }
}

/// The role of an assumed role's session; anybody else as it is. A role's path is not known: then
/// there is no such role, and no simulation.
fn principal_of(arn: &str) -> String {
    let role = Arn::parse(arn).filter(|parsed| parsed.service == "sts").and_then(|parsed| {
        let session = parsed.resource.strip_prefix("assumed-role/")?;
        let (name, _) = session.split_once('/')?;
        Some(format!("arn:{}:iam::{}:role/{name}", parsed.partition, parsed.account))
    });
    role.unwrap_or_else(|| arn.to_owned())
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
        // Who does not simulate now is not waited for.
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
