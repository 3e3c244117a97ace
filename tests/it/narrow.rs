//! Narrowed sessions: `--read-only` and `--policy`, and what a profile gives to coding agents.

mod agents;
mod clients;
mod flags;

use serde_json::Value;

use crate::support::sts::Call;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// The statements of the inline policy of a call.
fn statements(call: &Call) -> Vec<Value> {
    let policy: Value = serde_json::from_str(call.policy.as_deref().expect("a policy")).unwrap();
    policy["Statement"].as_array().expect("statements").clone()
}

/// Whether a call asks for a session that only reads: what that means is judged elsewhere.
#[track_caller]
fn assert_read_only(call: &Call) {
    assert_eq!(call.policy_arns, [READ_ONLY]);
    let denied = |action: &str| {
        statements(call).iter().any(|statement| {
            let actions = statement["Action"].to_string();
            statement["Effect"] == "Deny" && actions.contains(&format!("\"{action}\""))
        })
    };
    for action in ["sts:Assume*", "iam:C*", "secretsmanager:*GetSecretValue"] {
        assert!(denied(action), "{action}: {:?}", call.policy);
    }
}
