//! Reads managed policies.

use rolecall::Failure;
use serde_json::Value;

use crate::{caller::Caller, policy::document_in};

/// Returns the document of the default version of the managed policy `arn`.
pub(crate) fn document(caller: &Caller<'_>, arn: &str) -> Result<Value, Failure> {
    let iam = caller.iam();
    let answer = caller.call(iam.get_policy().policy_arn(arn).send())?;
    let version = answer.policy.and_then(|policy| policy.default_version_id).unwrap_or_default();
    let call = iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = caller.call(call.send())?;
    let text = answer.policy_version.and_then(|version| version.document).unwrap_or_default();
    document_in(&text).map_err(|_| Failure::Broken { cause: "it is not JSON".to_owned() })
}
