//! What the session policies of a session allow, where the world judges them.

use serde_json::{Value, json};

use super::auth::Caller;
use super::evaluator::{Context, Principal};

/// The documents of session policies; `None` without any, for then the role alone decides.
pub(super) fn documents(policy: Option<&str>, arns: &[String]) -> Option<Vec<Value>> {
    let inline = policy.and_then(|text| serde_json::from_str(text).ok());
    let all: Vec<Value> = inline.into_iter().chain(arns.iter().map(|arn| managed(arn))).collect();
    (!all.is_empty()).then_some(all)
}

/// Whether the session policies of `caller` allow this. Its role allows everything.
pub(super) fn allow(caller: &Caller, action: &str, resource: &str) -> bool {
    caller.session_policies.as_ref().is_none_or(|documents| {
        let context = &Context::default();
        Principal { documents, arn: &caller.arn, context }.may(action, resource)
    })
}

/// As much of a managed policy as the stand-in's services need. One that it doesn't know allows nothing.
fn managed(arn: &str) -> Value {
    let actions = match arn.split_once(":iam::aws:policy/") {
        Some((_, "AdministratorAccess")) => json!("*"),
        // It allows this one, too.
        Some((_, "ReadOnlyAccess")) => json!(["s3:Get*", "s3:List*", "sts:GetSessionToken"]),
        _ => json!("nothing:Nothing"),
    };
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement })
}
