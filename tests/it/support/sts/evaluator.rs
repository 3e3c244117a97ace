//! Judges IAM policy documents as AWS does, for what moto does not judge: trusts and conditions.
//!
//! Rules: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators".
//! What it does not know (an operator, `NotPrincipal`, a variable's default) is a panic, never a
//! guess.

mod condition;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use condition::Condition;

/// What is known of a request, by its condition keys in small letters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// A key has one value, or several where it stands here several times.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        let mut values = BTreeMap::<String, Vec<String>>::new();
        for (key, value) in pairs {
            values.entry(key.to_lowercase()).or_default().push((*value).to_owned());
        }
        Self(values)
    }

    /// A session that was made with an MFA code so many seconds ago.
    pub(crate) fn with_mfa(seconds: u32) -> Self {
        Self::of(&[
            ("aws:MultiFactorAuthPresent", "true"),
            ("aws:MultiFactorAuthAge", &seconds.to_string()),
        ])
    }

    /// The same with one key more.
    #[must_use]
    pub(crate) fn and(mut self, key: &str, value: &str) -> Self {
        self.0.entry(key.to_lowercase()).or_default().push(value.to_owned());
        self
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// With what AWS itself says of the one who calls.
    fn of_caller(&self, principal: &str) -> Self {
        let mut whole = self.clone();
        let mut set = |key: &str, value: &str| {
            whole.0.entry(key.to_lowercase()).or_insert_with(|| vec![value.to_owned()]);
        };
        set("aws:PrincipalArn", principal);
        set("aws:PrincipalAccount", account(principal));
        if principal.contains(":user/") {
            set("aws:username", principal.rsplit('/').next().unwrap_or_default());
        }
        whole
    }
}

/// Somebody with policies, who calls in a context.
#[derive(Clone, Copy)]
pub(crate) struct Principal<'p> {
    /// The policies.
    pub(crate) documents: &'p [Value],
    pub(crate) arn: &'p str,
    pub(crate) context: &'p Context,
}

impl Principal<'_> {
    /// Whether they may do `action` on `resource` by their policies.
    pub(crate) fn may(&self, action: &str, resource: &str) -> bool {
        let context = self.context.of_caller(self.arn);
        let met: Vec<_> = self
            .documents
            .iter()
            .flat_map(statements)
            .filter(|statement| statement.concerns_action(action))
            .filter(|statement| statement.concerns_resource(resource, &context))
            .filter(|statement| statement.condition_holds(&context))
            .collect();
        met.iter().any(Statement::allows) && met.iter().all(Statement::allows)
    }

    /// Whether they may assume `role`, which has the trust policy `trust`.
    ///
    /// Rule: IAM User Guide, "Cross account resource access in IAM": in the same account the trust is
    /// enough for whoever it names, and who is let in with all the account needs a policy of his own;
    /// from another account, everybody does.
    pub(crate) fn may_assume(&self, role: &str, trust: &Value) -> bool {
        const ACTION: &str = "sts:AssumeRole";
        let principal = self.arn;
        assert!(!principal.ends_with(":root"), "no role can be assumed by an account's root user");
        let whole = self.context.of_caller(principal);
        let mut named = false;
        let mut admitted = false;
        for statement in statements(trust) {
            assert!(!statement.has_resource(), "a trust with a Resource: {trust}");
            let Some(how) = statement.admits(principal) else { continue };
            if !statement.concerns_action(ACTION) || !statement.condition_holds(&whole) {
                continue;
            }
            if !statement.allows() {
                return false;
            }
            admitted = true;
            named |= how == Admitted::ByName;
        }
        let is_same_account = account(role) == account(principal);
        if admitted && named && is_same_account {
            return !self.is_denied(ACTION, role);
        }
        admitted && self.may(ACTION, role)
    }

    /// Whether their policies forbid it, whatever else allows it.
    fn is_denied(&self, action: &str, resource: &str) -> bool {
        let all = serde_json::json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*" } });
        let documents: Vec<_> = self.documents.iter().cloned().chain([all]).collect();
        !Principal { documents: &documents, ..*self }.may(action, resource)
    }
}

/// How a trust lets somebody in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Admitted {
    ByName,
    WithTheAccount,
}

struct Statement<'d> {
    json: &'d Value,
    has_variables: bool,
}

fn statements(document: &Value) -> Vec<Statement<'_>> {
    // Rule: IAM User Guide, "IAM JSON policy elements: Version".
    let has_variables = document["Version"] == "2012-10-17";
    let all = one_or_many(&document["Statement"]);
    assert!(!all.is_empty(), "no policy: {document}");
    all.iter().map(|json| Statement { json, has_variables }).collect()
}

impl Statement<'_> {
    fn allows(&self) -> bool {
        match self.json["Effect"].as_str() {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => panic!("no Effect: {}", self.json),
        }
    }

    fn concerns_action(&self, action: &str) -> bool {
        let action = action.to_lowercase();
        self.is_among(["Action", "NotAction"], |pattern| {
            pattern::of(&pattern.to_lowercase()).fits(&action)
        })
    }

    fn has_resource(&self) -> bool {
        self.json.get("Resource").or(self.json.get("NotResource")).is_some()
    }

    fn concerns_resource(&self, resource: &str, context: &Context) -> bool {
        self.is_among(["Resource", "NotResource"], |pattern| {
            let pattern = if self.has_variables {
                pattern::with_variables(pattern, context)
            } else {
                Some(pattern::of(pattern))
            };
            pattern.is_some_and(|pattern| pattern.fits(resource))
        })
    }

    /// Whether one of the texts of the first element fits, or none of the second's.
    fn is_among(&self, [with, without]: [&str; 2], fits: impl Fn(&str) -> bool) -> bool {
        let any = |value: &Value| texts(value).iter().any(|text| fits(text));
        match (self.json.get(with), self.json.get(without)) {
            (Some(value), None) => any(value),
            (None, Some(value)) => !any(value),
            _ => panic!("neither {with} nor {without}, or both: {}", self.json),
        }
    }

    /// Whether the one with this ARN is among the principals.
    fn admits(&self, principal: &str) -> Option<Admitted> {
        assert!(self.json.get("NotPrincipal").is_none(), "NotPrincipal: {}", self.json);
        let names = match &self.json["Principal"] {
            Value::String(all) if all == "*" => return Some(Admitted::ByName),
            Value::Object(kinds) => kinds.get("AWS").map(texts).unwrap_or_default(),
            _ => panic!("no Principal: {}", self.json),
        };
        let account = account(principal);
        let is_named = |name: &str| name == "*" || name == principal || is_session(principal, name);
        let has_account =
            |name: &str| name == account || name.ends_with(&format!(":iam::{account}:root"));
        if names.iter().any(|name| is_named(name)) {
            Some(Admitted::ByName)
        } else if names.iter().any(|name| has_account(name)) {
            Some(Admitted::WithTheAccount)
        } else {
            None
        }
    }

    fn condition_holds(&self, context: &Context) -> bool {
        let Some(conditions) = self.json.get("Condition") else { return true };
        let operators = conditions.as_object().unwrap_or_else(|| panic!("{conditions}"));
        operators.iter().all(|(operator, keys)| {
            let keys = keys.as_object().unwrap_or_else(|| panic!("{conditions}"));
            keys.iter().all(|(key, wanted)| {
                let (wanted, has_variables) = (&texts(wanted), self.has_variables);
                Condition { operator, key, wanted, has_variables }.holds(context)
            })
        })
    }
}

/// Whether the first ARN is that of a session of the role with the second; a session's ARN has no
/// path.
fn is_session(session: &str, role: &str) -> bool {
    let Some((_, name)) = session.split_once(":assumed-role/") else { return false };
    let (name, _) = name.split_once('/').unwrap_or((name, ""));
    role.contains(":role/")
        && role.rsplit('/').next() == Some(name)
        && account(session) == account(role)
}

/// The account in an ARN.
fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_else(|| panic!("no ARN: {arn}"))
}

fn one_or_many(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// Texts; in a condition a truth or a number may stand without quotes.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("no text: {other}"),
    };
    one_or_many(value).iter().map(text).collect()
}
