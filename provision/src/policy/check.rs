//! Checks whether IAM would accept a policy, and whether its actions exist.
//!
//! Rules: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM and AWS STS quotas".

use rolecall::{Error, IamKind, Kind, Result};
use serde_json::{Map, Value};

use super::actions::{Name, judge};

const IN_STATEMENT: [&str; 7] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Checks the form of an identity-based policy and the names of its actions. Returns warnings about
/// unusual text that IAM accepts.
///
/// # Errors
/// The first thing that is wrong, with a hint about what is correct.
pub(crate) fn check(policy: &Value) -> Result<Vec<String>> {
    let Value::Object(members) = policy else { return Err(wrong("is not a JSON object")) };
    if let Some(name) =
        members.keys().find(|key| !["Version", "Id", "Statement"].contains(&&***key))
    {
        return Err(wrong(&format!("has '{name}', which is not a policy element"))
            .hint("a policy has 'Version' and 'Statement'"));
    }
    match members.get("Version").map(Value::as_str) {
        None | Some(Some("2012-10-17" | "2008-10-17")) => {}
        Some(_) => {
            return Err(wrong("has a 'Version' that IAM does not know").hint("use 2012-10-17"));
        }
    }
    let statements = match members.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(wrong("has no 'Statement'")),
    };
    let (mut sids, mut warnings) = (Vec::new(), Vec::new());
    for statement in statements {
        let Value::Object(statement) = statement else {
            return Err(wrong("has a statement that is not a JSON object"));
        };
        check_statement(statement, &mut warnings)?;
        if let Some(sid) = statement.get("Sid") {
            if sids.contains(&sid) {
                return Err(wrong(&format!("has the 'Sid' {sid} twice")));
            }
            sids.push(sid);
        }
    }
    Ok(warnings)
}

fn check_statement(statement: &Map<String, Value>, warnings: &mut Vec<String>) -> Result<()> {
    if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
        return Err(wrong("names a 'Principal'")
            .hint("remove it: the principal is the user; only a bucket policy names one"));
    }
    if let Some(name) = statement.keys().find(|key| !IN_STATEMENT.contains(&&***key)) {
        return Err(wrong(&format!("has '{name}' in a statement, which IAM does not know"))
            .hint(format!("a statement has {}", IN_STATEMENT.join(", "))));
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(wrong("has a statement without an 'Effect'").hint("use Allow or Deny"));
    }
    one_of(statement, ["Resource", "NotResource"])?;
    for action in one_of(statement, ["Action", "NotAction"])? {
        warnings.extend(check_action(action)?);
    }
    let sid = statement.get("Sid").map_or(Some(""), Value::as_str);
    if !sid.is_some_and(|sid| sid.chars().all(|c| c.is_ascii_alphanumeric())) {
        return Err(
            wrong("has a 'Sid' that IAM does not accept").hint("use only letters and digits")
        );
    }
    Ok(())
}

/// Returns the strings in whichever of the two elements the statement has.
fn one_of<'s>(statement: &'s Map<String, Value>, names: [&str; 2]) -> Result<Vec<&'s str>> {
    let [a, b] = names;
    let ((Some(value), None) | (None, Some(value))) = (statement.get(a), statement.get(b)) else {
        return Err(wrong(&format!("has a statement without exactly one of '{a}' and '{b}'")));
    };
    let texts: Option<Vec<_>> = match value {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(texts) if !texts.is_empty() => texts.iter().map(Value::as_str).collect(),
        _ => None,
    };
    texts.ok_or_else(|| {
        wrong(&format!("has an '{a}' that is neither a string nor a list of strings"))
    })
}

fn check_action(action: &str) -> Result<Option<String>> {
    if action == "*" {
        return Ok(None);
    }
    let Some((service, name)) = action.split_once(':') else {
        return Err(wrong(&format!("has the action '{action}' without its service"))
            .hint(format!("write s3:{action}")));
    };
    if !service.eq_ignore_ascii_case("s3") {
        return Ok(None);
    }
    match judge(name) {
        Name::Action => Ok(None),
        Name::Means(right) => {
            Err(wrong(&format!("has the action '{action}', which IAM does not know"))
                .hint(format!("the action is s3:{right}")))
        }
        Name::Unknown => Ok(Some(format!("{action} is not a known S3 action"))),
    }
}

/// Returns a policy's length as IAM counts it: without whitespace.
pub(crate) fn length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Checks the lengths of a user's inline policies.
///
/// # Errors
/// If together they are too long for IAM.
pub(crate) fn check_user_policies(lengths: impl IntoIterator<Item = usize>) -> Result<()> {
    let all: usize = lengths.into_iter().sum();
    let longest = IamKind::User.longest_inline_policies();
    if all <= longest {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!(
            "the user's policies would have {all} characters together, and IAM allows {longest}"
        ),
    )
    .hint("create a separate user for some of the buckets, or use a shorter --policy"))
}

/// Checks the length of a role's only inline policy.
///
/// # Errors
/// If it is too long for IAM.
pub(crate) fn check_role_policy(policy: &Value) -> Result<()> {
    let length = length(&policy.to_string());
    let longest = IamKind::Role.longest_inline_policies();
    if length <= longest {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("the policy has {length} characters, and IAM allows {longest} for a role"),
    )
    .hint("use a shorter --policy"))
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Usage, format!("the policy {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(change: impl FnOnce(&mut Value)) -> Result<Vec<String>> {
        let mut policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*" }] });
        change(&mut policy);
        check(&policy)
    }

    #[test]
    fn forms_that_iam_accepts_are_accepted() {
        assert_eq!(with(|_| ()), Ok(Vec::new()));
        assert_eq!(with(|p| p["Statement"] = p["Statement"][0].take()), Ok(Vec::new()));
        assert_eq!(with(|p| p["Statement"][0]["Action"] = json!("textract:*")), Ok(Vec::new()));
    }

    #[test]
    fn the_error_for_a_call_names_its_action() {
        let error = with(|p| p["Statement"][0]["Action"] = json!("s3:ListObjectsV2")).unwrap_err();
        assert!(error.to_string().contains("'s3:ListObjectsV2'"), "{error}");
        assert_eq!(error.hints(), ["the action is s3:ListBucket"]);
    }

    #[test]
    fn an_unknown_action_is_only_a_warning() {
        let warnings = with(|p| p["Statement"][0]["Action"] = json!("s3:Frobnicate")).unwrap();
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn policies_that_iam_would_reject_are_rejected() {
        let faults: [fn(&mut Value); 9] = [
            |p| *p = json!([]),
            |p| p["Version"] = json!("2021-01-01"),
            |p| p["Statement"] = json!([]),
            |p| p["statement"] = json!([]),
            |p| p["Statement"][0]["Effect"] = json!("allow"),
            |p| p["Statement"][0]["Principal"] = json!("*"),
            |p| p["Statement"][0]["NotAction"] = json!("s3:GetObject"),
            |p| p["Statement"][0]["Resource"] = json!(7),
            |p| p["Statement"][0]["Action"] = json!("GetObject"),
        ];
        for (i, fault) in faults.into_iter().enumerate() {
            assert!(with(fault).is_err(), "{i}");
        }
    }

    #[test]
    fn whitespace_does_not_count() {
        assert_eq!(length("{ \"a\":\n\t1 }"), 7);
        assert!(check_user_policies([2_000, 48]).is_ok());
        assert!(check_user_policies([2_000, 49]).is_err());
    }
}
