//! Compares a policy with one that limits it: a permissions boundary, or the policy of the role that
//! a session has.
//!
//! Rule: IAM User Guide, "Permissions boundaries for IAM entities": what the boundary doesn't allow
//! can't be done, whatever the policies allow.

use rolecall::Arn;
use serde_json::{Value, json};

use super::{
    actions::is_of_objects,
    evaluate::{Statement, Statements, Verdict},
    pattern::Set,
};

/// What a limit takes away from a policy. Actions are as the policy has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limited {
    /// The actions that can't be used at all.
    pub(crate) refused: Vec<String>,
    /// The actions of which only a part can be used.
    pub(crate) partly: Vec<String>,
    /// The actions for which it depends on a condition.
    pub(crate) depends: Vec<String>,
    /// Whether a whole statement of the policy is without effect.
    pub(crate) is_futile: bool,
    /// Whether all of the policy is without effect.
    pub(crate) is_useless: bool,
}

/// Returns what `limit` takes away from `policy`.
pub(crate) fn compare(policy: &Value, limit: &Value) -> Limited {
    let (policy, limit) = (Statements::of([policy]), Statements::of([limit]));
    let mut limited = Limited::default();
    let mut useful = 0;
    for statement in policy.allowing() {
        let parts = statement.actions.parts();
        let verdicts: Vec<_> =
            parts.iter().map(|actions| judge(statement, actions, &limit)).collect();
        let is_futile = verdicts.iter().all(|verdict| *verdict == Verdict::Refused);
        limited.is_futile |= is_futile;
        useful += usize::from(!is_futile);
        for (actions, verdict) in parts.iter().zip(verdicts) {
            let list = match verdict {
                Verdict::Refused => &mut limited.refused,
                Verdict::Partly => &mut limited.partly,
                Verdict::Depends => &mut limited.depends,
                Verdict::Allowed => continue,
            };
            let text = actions.to_text();
            if !list.contains(&text) {
                list.push(text);
            }
        }
    }
    limited.is_useless = limited.is_futile && useful == 0;
    limited
}

/// Judges actions on all resources of a statement for which they make sense.
fn judge(statement: &Statement, actions: &Set, limit: &Statements) -> Verdict {
    let resources = statement.resources.parts();
    let is_of_objects = is_of_objects(&actions.to_text());
    let makes_sense = |resource: &&Set| {
        is_of_objects
            .is_none_or(|wanted| is_object(&resource.to_text()).is_none_or(|it| it == wanted))
    };
    let mut sensible: Vec<_> = resources.iter().filter(makes_sense).collect();
    if sensible.is_empty() {
        sensible = resources.iter().collect();
    }
    let verdicts: Vec<_> =
        sensible.into_iter().map(|resource| limit.judge(actions, resource)).collect();
    let all = |wanted: Verdict| verdicts.iter().all(|verdict| *verdict == wanted);
    if all(Verdict::Allowed) {
        Verdict::Allowed
    } else if all(Verdict::Refused) {
        Verdict::Refused
    } else if verdicts.iter().all(|it| matches!(it, Verdict::Allowed | Verdict::Depends)) {
        Verdict::Depends
    } else {
        Verdict::Partly
    }
}

/// Returns whether a resource in S3 is an object; `None` if it may be either.
fn is_object(resource: &str) -> Option<bool> {
    let bucket = resource.splitn(6, ':').last()?;
    match (bucket.contains('/'), bucket.contains(['*', '?'])) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    }
}

/// Returns the document of those of AWS's own policies that limit what we create; `None` for
/// others. AWS may have added to it in the meantime.
///
/// Rule: AWS Managed Policy Reference Guide, versions of 2023.
pub(crate) fn known_document(arn: &str) -> Option<Value> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.account == "aws")?;
    let actions = match arn.resource {
        "policy/AmazonS3FullAccess" => json!(["s3:*", "s3-object-lambda:*"]),
        "policy/AmazonS3ReadOnlyAccess" => json!([
            "s3:Get*",
            "s3:List*",
            "s3:Describe*",
            "s3-object-lambda:Get*",
            "s3-object-lambda:List*",
        ]),
        _ => return None,
    };
    Some(json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": actions, "Resource": "*" },
    ] }))
}

#[cfg(test)]
mod tests {
    use rolecall::{S3Access, S3Scope, aws_managed_policy};

    use super::*;

    fn document(statements: Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn allow(actions: Value, resources: Value) -> Value {
        json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
    }

    fn limited(policy: Value, limit: Value) -> Limited {
        compare(&document(policy), &document(limit))
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_we_generate_is_within_the_boundary_of_its_mode() {
        for partition in ["aws", "aws-cn"] {
            for (access, boundary) in [
                (S3Access::ReadWrite, "AmazonS3FullAccess"),
                (S3Access::WriteOnly, "AmazonS3FullAccess"),
                (S3Access::Upload, "AmazonS3FullAccess"),
                (S3Access::ReadOnly, "AmazonS3ReadOnlyAccess"),
            ] {
                for prefix in ["", "team/", "a*?${x}"] {
                    let scope = S3Scope { partition, bucket: "b", prefix };
                    let policy = document(scope.s3_credentials_statements(access).into());
                    let limit = known_document(&aws_managed_policy(partition, boundary)).unwrap();
                    assert_eq!(compare(&policy, &limit), Limited::default(), "{access:?}");
                }
            }
        }
        assert_eq!(known_document("arn:aws:iam::aws:policy/AdministratorAccess"), None);
        assert_eq!(known_document("arn:aws:iam::111111111111:policy/AmazonS3FullAccess"), None);
    }

    #[test]
    fn a_statement_that_the_limit_refuses_is_futile() {
        let s3 = allow(json!("s3:*"), json!("*"));
        let policy = json!([
            allow(json!(["s3:GetObject"]), json!("arn:aws:s3:::b/*")),
            allow(json!(["textract:*", "ec2:Describe*"]), json!("*")),
        ]);
        let found = limited(policy, s3.clone());
        assert_eq!(found.refused, ["textract:*", "ec2:Describe*"]);
        assert!(found.is_futile && found.partly.is_empty() && found.depends.is_empty());
        assert!(!found.is_useless);
        let found = limited(allow(json!("textract:*"), json!("*")), s3.clone());
        assert!(found.is_futile && found.is_useless);
        let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
        assert_eq!(limited(deny, s3.clone()), Limited::default());
        // A part of a statement.
        let found = limited(allow(json!(["S3:GetObject", "textract:*"]), json!("*")), s3);
        assert_eq!((found.refused, found.is_futile), (texts(&["textract:*"]), false));
    }

    #[test]
    fn other_buckets_and_denials_count() {
        let one = json!(["arn:aws:s3:::one", "arn:aws:s3:::one/*"]);
        let limit = allow(json!("s3:*"), one.clone());
        let policy = |resources: Value| allow(json!(["s3:ListBucket", "s3:GetObject"]), resources);
        assert_eq!(limited(policy(one.clone()), limit.clone()), Limited::default());
        let two = json!(["arn:aws:s3:::two", "arn:aws:s3:::two/*"]);
        assert!(limited(policy(two), limit.clone()).is_futile);
        let found = limited(policy(json!(["arn:aws:s3:::*"])), limit.clone());
        assert_eq!((found.partly.len(), found.is_futile), (2, false));
        let deny = json!({ "Effect": "Deny", "Action": "s3:Get*", "Resource": "*" });
        let found = limited(policy(one.clone()), json!([limit, deny]));
        assert_eq!(found.refused, ["s3:GetObject"]);
        // Buckets and objects have statements of their own.
        let split = json!([
            allow(json!("s3:ListBucket"), json!("arn:aws:s3:::one")),
            allow(json!("s3:GetObject"), json!("arn:aws:s3:::one/*")),
        ]);
        assert_eq!(limited(policy(one), split), Limited::default());
    }

    #[test]
    fn a_condition_leaves_it_open() {
        let mut limit = allow(json!("*"), json!("*"));
        limit["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
        let found = limited(allow(json!("s3:GetObject"), json!("*")), limit);
        assert_eq!((found.depends, found.is_futile), (texts(&["s3:GetObject"]), false));
    }

    #[test]
    fn the_same_with_exceptions_instead_of_lists() {
        let all_but =
            |action: &str| json!({ "Effect": "Allow", "NotAction": action, "Resource": "*" });
        let s3 = || allow(json!("s3:*"), json!("*"));
        assert!(limited(all_but("s3:*"), s3()).is_futile);
        assert_eq!(limited(all_but("iam:*"), s3()).partly, ["everything but iam:*"]);
        assert_eq!(limited(all_but("iam:*"), all_but("iam:Create*")), Limited::default());
        assert_eq!(limited(s3(), all_but("iam:*")), Limited::default());
        assert!(limited(s3(), all_but("s3*")).is_futile);
    }
}
