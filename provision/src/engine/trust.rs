//! Creates trust policies and other documents from the wanted state, and compares documents.

use serde_json::{Map, Value, json};

use super::{
    Existing,
    wanted::{PolicyDocument, Trust},
};
use crate::{account::Account, policy::one_or_many};

const VERSION: &str = "2012-10-17";

/// Returns the policy that allows these roles to be assumed, and nothing else.
pub(crate) fn assume_document(role_arns: &[String]) -> Value {
    json!({ "Version": VERSION, "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": role_arns,
    }] })
}

/// Returns a document with the ARNs as they are in this account.
pub(super) fn document(document: &PolicyDocument, account: &Account, existing: &Existing) -> Value {
    match document {
        PolicyDocument::Text(text) => text.clone(),
        PolicyDocument::Assume(roles) => {
            let arns: Vec<_> = roles.iter().map(|role| existing.role_arn(role, account)).collect();
            assume_document(&arns)
        }
    }
}

/// Returns the trust policy of a role that `user` may assume, and anyone else in the account whose
/// policies allow it.
///
/// Rule: as for [`trust`].
pub(crate) fn trust_of_account(account: &Account, user: Option<&str>) -> Value {
    let all = account.root_of(&account.id);
    let principals: Vec<_> = [all.as_str()].into_iter().chain(user).collect();
    trust_by(json!(principals), Map::new())
}

/// Returns a trust policy with the ARNs as they are in this account.
///
/// Rules: IAM User Guide, "AWS JSON policy elements: Principal" (an account's root stands for all
/// principals whose policies there allow it; a user or role named here needs no policy of its own
/// in the same account), and "How to use an external ID". `Bool` does not match if the key is
/// missing, as it is for long-lived keys.
pub(super) fn trust(trust: &Trust, account: &Account, existing: &Existing) -> Value {
    let users = trust.users.iter().map(|user| existing.user_arn(user, account));
    let roles = trust.roles.iter().map(|role| existing.role_arn(role, account));
    let accounts = trust.accounts.iter().map(|id| account.root_of(id));
    let mut principals: Vec<String> = users.chain(roles).chain(accounts).collect();
    let principals = match &mut *principals {
        [one] => Value::String(std::mem::take(one)),
        _ => json!(principals),
    };
    let mut conditions = Map::new();
    if let Some(id) = &trust.external_id {
        conditions.insert("StringEquals".to_owned(), json!({ "sts:ExternalId": id }));
    }
    if trust.mfa {
        conditions.insert("Bool".to_owned(), json!({ "aws:MultiFactorAuthPresent": "true" }));
    }
    trust_by(principals, conditions)
}

fn trust_by(principals: Value, conditions: Map<String, Value>) -> Value {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": { "AWS": principals },
        "Action": "sts:AssumeRole",
    });
    if !conditions.is_empty() {
        statement["Condition"] = Value::Object(conditions);
    }
    json!({ "Version": VERSION, "Statement": [statement] })
}

/// Returns whether two documents mean the same: IAM may return a list in another order, or with one
/// item instead of a list.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    normal(one) == normal(other)
}

/// Returns the document in a form that is the same for all documents that mean the same.
fn normal(document: &Value) -> Value {
    let Value::Object(document) = document else { return document.clone() };
    let mut normal = document.clone();
    let statements = one_or_many(document.get("Statement").unwrap_or(&Value::Null));
    let statements = statements.iter().map(normal_part).collect();
    normal.insert("Statement".to_owned(), Value::Array(statements));
    sorted(normal)
}

/// Normalizes a string, a list of strings, or an object of these.
fn normal_part(part: &Value) -> Value {
    match part {
        Value::Object(parts) => {
            let mut normal = Map::new();
            for (key, value) in parts {
                let mut value = normal_part(value);
                // Rule: IAM User Guide, "IAM JSON policy elements: Action": case does not matter.
                if let ("Action" | "NotAction", Value::Array(actions)) = (&**key, &mut value) {
                    for action in &mut *actions {
                        *action = json!(action.as_str().unwrap_or_default().to_ascii_lowercase());
                    }
                    actions.sort_by_key(Value::to_string);
                }
                normal.insert(key.clone(), value);
            }
            sorted(normal)
        }
        other => {
            let mut texts: Vec<_> = one_or_many(other).iter().map(text).collect();
            texts.sort_by_key(Value::to_string);
            texts.dedup();
            Value::Array(texts)
        }
    }
}

/// Returns a boolean or number as a string, because IAM treats them the same.
fn text(value: &Value) -> Value {
    match value {
        Value::String(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

fn sorted(map: Map<String, Value>) -> Value {
    let mut pairs: Vec<_> = map.into_iter().collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(pairs.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account { id: "111111111111".to_owned(), partition: "aws-cn".to_owned() }
    }

    #[test]
    fn a_trust_names_all_and_has_all_conditions() {
        let wanted = Trust {
            users: vec!["ana".to_owned()],
            roles: vec!["arn:aws-cn:iam::222222222222:role/r".to_owned()],
            accounts: vec!["333333333333".to_owned()],
            mfa: true,
            external_id: Some("e-1".to_owned()),
        };
        let made = trust(&wanted, &account(), &Existing::default());
        assert_eq!(
            made["Statement"],
            json!([{
                "Effect": "Allow",
                "Principal": { "AWS": [
                    "arn:aws-cn:iam::111111111111:user/ana",
                    "arn:aws-cn:iam::222222222222:role/r",
                    "arn:aws-cn:iam::333333333333:root",
                ] },
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": { "sts:ExternalId": "e-1" },
                    "Bool": { "aws:MultiFactorAuthPresent": "true" },
                },
            }])
        );
    }

    #[test]
    fn the_form_of_a_document_is_no_difference() {
        let one = json!({ "Version": VERSION, "Statement": { "Effect": "Allow", "Action": "S3:GetObject",
            "Resource": ["b", "a"], "Condition": { "Bool": { "aws:SecureTransport": true } } } });
        let other = json!({ "Statement": [{ "Action": ["s3:getobject"], "Effect": "Allow",
            "Condition": { "Bool": { "aws:SecureTransport": ["true"] } }, "Resource": ["a", "b"] }],
            "Version": VERSION });
        assert!(is_same(&one, &other));
    }

    #[test]
    fn what_a_document_says_is() {
        let one = json!({ "Version": VERSION, "Statement": [{ "Effect": "Allow", "Action": "s3:*",
            "Resource": "arn:aws:s3:::b" }] });
        for (key, value) in [
            ("Effect", json!("Deny")),
            ("Action", json!(["s3:*", "ec2:*"])),
            ("Resource", json!("arn:aws:s3:::B")),
            ("Condition", json!({})),
        ] {
            let mut other = one.clone();
            other["Statement"][0][key] = value;
            assert!(!is_same(&one, &other), "{key}");
        }
    }
}
