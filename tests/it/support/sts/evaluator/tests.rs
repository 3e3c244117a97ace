//! The evaluator's own tests.

use std::panic::catch_unwind;

use serde_json::{Value, json};

use super::{Context, Principal};

const ANA: &str = "arn:aws:iam::111111111111:user/ana";
const ROLE: &str = "arn:aws:iam::111111111111:role/team";
const ELSEWHERE: &str = "arn:aws:iam::222222222222:user/ana";
const FILE: &str = "arn:aws:s3:::b/team/a";

fn policy(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(action: Value, resource: Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn trust(principal: Value, condition: Option<Value>) -> Value {
    let mut statement =
        json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    policy(json!([statement]))
}

fn gets(documents: &[Value]) -> bool {
    Principal { documents, arn: ANA, context: &Context::default() }.may("s3:GetObject", FILE)
}

#[test]
fn what_is_allowed_and_not_denied_may_be_done() {
    for (statements, expected) in [
        (json!([allow(json!("s3:GetObject"), json!(FILE))]), true),
        (allow(json!(["iam:*", "S3:getobject"]), json!("arn:aws:s3:::b/*")), true),
        (allow(json!("s3:Get?bject"), json!("arn:aws:s3:::?/team/?")), true),
        (allow(json!("s3:Get"), json!("*")), false),
        (allow(json!("*"), json!("arn:aws:s3:::B/team/a")), false),
        (json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }), true),
        (json!({ "Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*" }), false),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c*" }), true),
        (json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b*" }), false),
        (
            json!([allow(json!("*"), json!("*")),
                { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/team/*" }]),
            false,
        ),
    ] {
        assert_eq!(gets(&[policy(statements.clone())]), expected, "{statements}");
    }
    assert!(!gets(&[]));
    let deny = policy(json!([{ "Effect": "Deny", "Action": "*", "Resource": "*" }]));
    assert!(!gets(&[policy(allow(json!("*"), json!("*"))), deny]));
}

#[test]
fn variables_stand_for_what_the_request_has() {
    let own = |resource: &str| vec![policy(json!([allow(json!("*"), json!(resource))]))];
    let on = |resource: &str, arn: &str| {
        Principal { documents: &own(resource), arn: ANA, context: &Context::default() }
            .may("a:B", arn)
    };
    assert!(on("arn:aws:iam::*:user/${aws:username}", ANA));
    assert!(!on("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111111111111:user/ben"));
    assert!(!on("${aws:SourceIdentity}*", "x"));
    assert!(on("a${*}b", "a*b") && !on("a${*}b", "axb"));
    let old = json!({ "Statement": allow(json!("*"), json!("${aws:username}")) });
    assert!(
        !Principal { documents: &[old], arn: ANA, context: &Context::default() }.may("a:B", "ana")
    );
}

#[test]
fn conditions_are_judged_by_what_the_request_has() {
    let mfa = Context::with_mfa(600);
    let external = Context::of(&[("sts:ExternalId", "ext-42")]);
    let none = Context::default();
    let tags = Context::of(&[("aws:TagKeys", "a"), ("aws:TagKeys", "b")]);
    for (condition, context, expected) in [
        (json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }), &mfa, true),
        (json!({ "Bool": { "aws:multifactorauthpresent": true } }), &mfa, true),
        (json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }), &none, false),
        (json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "true" } }), &none, true),
        (json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }), &mfa, false),
        (json!({ "Null": { "aws:MultiFactorAuthAge": "true" } }), &none, true),
        (json!({ "Null": { "aws:MultiFactorAuthAge": "false" } }), &none, false),
        (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" } }), &mfa, true),
        (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": 600 } }), &mfa, false),
        (json!({ "NumericLessThanEquals": { "aws:MultiFactorAuthAge": "600" } }), &mfa, true),
        (json!({ "StringEquals": { "sts:ExternalId": ["a", "ext-42"] } }), &external, true),
        (json!({ "StringEquals": { "sts:ExternalId": "ext-*" } }), &external, false),
        (json!({ "StringEquals": { "sts:ExternalId": "ext-42" } }), &none, false),
        (json!({ "StringNotEquals": { "sts:ExternalId": "ext-42" } }), &none, true),
        (json!({ "StringNotEquals": { "sts:ExternalId": ["a", "ext-42"] } }), &external, false),
        (json!({ "StringLike": { "sts:ExternalId": "ext-*" } }), &external, true),
        (json!({ "StringEquals": { "aws:username": "${aws:username}" } }), &none, true),
        (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/a*" } }), &none, true),
        (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }), &tags, true),
        (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }), &tags, false),
        (json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }), &tags, true),
        (
            json!({ "StringEquals": { "sts:ExternalId": "ext-42" },
                "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
            &external,
            false,
        ),
    ] {
        let mut statement = allow(json!("*"), json!("*"));
        statement["Condition"] = condition.clone();
        let allowed =
            Principal { documents: &[policy(statement)], arn: ANA, context }.may("a:B", "x");
        assert_eq!(allowed, expected, "{condition} {context:?}");
    }
}

#[test]
fn what_is_not_known_is_no_guess() {
    for (condition, why) in [
        (json!({ "StringMatches": { "aws:username": "a" } }), "unknown operator: StringMatches"),
        (json!({ "Bool": { "aws:username": "true" } }), "neither true nor false: ana"),
        (
            json!({ "DateLessThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
            "unknown operator: DateLessThan",
        ),
    ] {
        let mut statement = allow(json!("*"), json!("*"));
        statement["Condition"] = condition;
        let document = policy(statement);
        let judged = catch_unwind(|| {
            Principal { documents: &[document], arn: ANA, context: &Context::default() }
                .may("a:B", "x")
        });
        let told = judged.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(*told, why);
    }
}

#[test]
fn a_trust_lets_in_whom_it_names_and_the_account_with_a_policy_of_its_own() {
    let assume = || policy(json!([allow(json!("sts:AssumeRole"), json!(ROLE))]));
    let deny = || policy(json!([{ "Effect": "Deny", "Action": "sts:*", "Resource": "*" }]));
    let root = "arn:aws:iam::111111111111:root";
    let session = "arn:aws:sts::111111111111:assumed-role/app/i-1";
    let app = "arn:aws:iam::111111111111:role/path/app";
    let none = Context::default();
    for (principal, documents, who, expected) in [
        (json!({ "AWS": ANA }), vec![], ANA, true),
        (json!({ "AWS": ANA }), vec![deny()], ANA, false),
        (json!({ "AWS": ANA }), vec![assume()], "arn:aws:iam::111111111111:user/ben", false),
        (json!({ "AWS": [ANA, root] }), vec![], ANA, true),
        (json!({ "AWS": root }), vec![], ANA, false),
        (json!({ "AWS": root }), vec![assume()], ANA, true),
        (json!({ "AWS": "111111111111" }), vec![assume()], ANA, true),
        (json!({ "AWS": "*" }), vec![], ANA, true),
        (json!("*"), vec![], ANA, true),
        (json!({ "AWS": ELSEWHERE }), vec![], ELSEWHERE, false),
        (json!({ "AWS": ELSEWHERE }), vec![assume()], ELSEWHERE, true),
        (json!({ "AWS": "222222222222" }), vec![assume()], ELSEWHERE, true),
        (json!({ "AWS": "222222222222" }), vec![], ELSEWHERE, false),
        (json!({ "AWS": root }), vec![assume()], ELSEWHERE, false),
        (json!({ "AWS": app }), vec![], session, true),
        (json!({ "AWS": app }), vec![], "arn:aws:sts::111111111111:assumed-role/other/i-1", false),
        (json!({ "Service": "ec2.amazonaws.com" }), vec![assume()], ANA, false),
    ] {
        let trust = trust(principal, None);
        assert_eq!(
            Principal { documents: &documents, arn: who, context: &none }.may_assume(ROLE, &trust),
            expected,
            "{trust} {who}"
        );
    }
}

#[test]
fn a_trusts_conditions_hold_for_all_whom_it_names() {
    let condition = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" },
        "StringEquals": { "sts:ExternalId": "ext-42" } });
    let trust = trust(json!({ "AWS": ANA }), Some(condition));
    let may = |context: &Context| {
        Principal { documents: &[], arn: ANA, context }.may_assume(ROLE, &trust)
    };
    assert!(may(&Context::with_mfa(1).and("sts:ExternalId", "ext-42")));
    assert!(!may(&Context::with_mfa(1).and("sts:ExternalId", "ext-43")));
    assert!(!may(&Context::with_mfa(1)));
    assert!(!may(&Context::of(&[("sts:ExternalId", "ext-42")])));
    let deny_without = policy(json!([
        { "Effect": "Allow", "Principal": { "AWS": ANA }, "Action": "sts:AssumeRole" },
        { "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } } }]));
    assert!(
        Principal { documents: &[], arn: ANA, context: &Context::with_mfa(1) }
            .may_assume(ROLE, &deny_without)
    );
    let without = Context::of(&[("aws:MultiFactorAuthPresent", "false")]);
    assert!(
        !Principal { documents: &[], arn: ANA, context: &without }.may_assume(ROLE, &deny_without)
    );
    // A missing key is what a long-lived key has: `IfExists` then takes it for met.
    assert!(
        !Principal { documents: &[], arn: ANA, context: &Context::default() }
            .may_assume(ROLE, &deny_without)
    );
}
