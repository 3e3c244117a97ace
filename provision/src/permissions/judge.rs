//! Evaluates policies without knowing the request's context.
//!
//! Rule: IAM User Guide, "Policy evaluation logic", within one account. Conditions are assumed to
//! be met in an `Allow` statement and not met in a `Deny` statement.

use serde_json::Value;

use rolecall::matches_pattern;

use crate::policy::{one_or_many, statements};

/// A caller's policies.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// The documents that could be read.
    pub(super) documents: Vec<Value>,
    /// Whether there may be more.
    pub(super) is_partial: bool,
}

impl Policies {
    /// Returns whether `action` on `resource` is certainly denied.
    pub(super) fn surely_refuse(&self, action: &str, resource: &str) -> bool {
        let mut is_allowed = false;
        for statement in self.documents.iter().flat_map(statements) {
            if !concerns(statement, action, resource) {
                continue;
            }
            if statement["Effect"] == "Allow" {
                is_allowed = true;
            } else if statement.get("Condition").is_none() && !has_variable(&statement["Resource"])
            {
                return true;
            }
        }
        !is_allowed && !self.is_partial
    }
}

fn concerns(statement: &Value, action: &str, resource: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let is_among = |key: &str, text: &str, lower: bool| {
        one_or_many(&statement[key]).iter().filter_map(Value::as_str).any(|pattern| {
            let pattern = if lower { pattern.to_ascii_lowercase() } else { pattern.to_owned() };
            pattern.contains("${") || matches_pattern(&pattern, text)
        })
    };
    let action_fits = if statement.get("NotAction").is_some() {
        !is_among("NotAction", &action, true)
    } else {
        is_among("Action", &action, true)
    };
    let resource_fits = if statement.get("NotResource").is_some() {
        !is_among("NotResource", resource, false)
    } else {
        is_among("Resource", resource, false)
    };
    action_fits && resource_fits
}

fn has_variable(resource: &Value) -> bool {
    one_or_many(resource).iter().filter_map(Value::as_str).any(|text| text.contains("${"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = "arn:aws:iam::111111111111:user/acme";

    fn refuses(statements: Value, is_partial: bool) -> bool {
        let policies = Policies { documents: vec![json!({ "Statement": statements })], is_partial };
        policies.surely_refuse("iam:CreateUser", USER)
    }

    #[test]
    fn an_action_no_policy_allows_is_denied_unless_policies_are_unknown() {
        let other = json!({ "Effect": "Allow", "Action": ["s3:*", "iam:Get*"], "Resource": "*" });
        assert!(refuses(other.clone(), false));
        assert!(!refuses(other, true));
        for allowing in [
            json!({ "Effect": "Allow", "Action": "IAM:createuser", "Resource": [USER] }),
            json!([{ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" }]),
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": {} } }),
            json!({ "Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}" }),
        ] {
            assert!(!refuses(allowing.clone(), false), "{allowing}");
        }
    }

    #[test]
    fn a_denial_counts_even_if_policies_are_unknown() {
        let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "iam:Create*", "NotResource": "arn:aws:iam::*:user/b*" });
        assert!(refuses(json!([all, deny]), true));
        let not_sure = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": {} } });
        assert!(!refuses(json!([all, not_sure]), false));
    }
}
