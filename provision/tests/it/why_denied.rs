//! `rolecall doctor --online` for a role that is denied, in an account whose policies can be read.

use serde_json::Value;

use crate::moto::{Account, call, compact};

const ROLE: &str = "arn:aws:iam::123456789012:role/team/r";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::333333333333:root"}},
    {"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::123456789012:root"},
     "Condition":{"StringEquals":{"sts:ExternalId":"the-id"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#;
const MAY_READ: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}"#;
const MAY_NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#;

/// An account with the role, and a profile of it whose source has `policy`.
fn account(policy: &str) -> Option<Account> {
    let account = Account::new()?;
    let create = account.iam(&account.admin).create_role().role_name("r").path("/team/");
    call(create.assume_role_policy_document(compact(TRUST)).send()).unwrap();
    account.act_as(&account.new_user("u", policy));
    account
        .sandbox
        .env_remove("AWS_PROFILE")
        .config(format!("[profile role]\nrole_arn = {ROLE}\nsource_profile = other\n"));
    Some(account)
}

fn report(account: &Account) -> Value {
    let words = ["doctor", "role", "--online", "--output", "json"];
    account.rolecall(&words).env("PATH", "/nonexistent").run().code(4).json()
}

fn texts<'r>(report: &'r Value, id: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|it| it["id"] == id);
    findings.map(|finding| finding["text"].as_str().unwrap()).collect()
}

#[test]
fn the_trust_policy_is_judged_statement_by_statement() {
    let account = need!(account(MAY_READ));
    let report = report(&account);
    let trust = texts(&report, "denied-trust");
    assert!(trust[0].contains("statement 1") && trust[0].contains("333333333333"), "{report:#}");
    let external_id = texts(&report, "denied-external-id");
    assert!(external_id[0].contains("statement 2"), "{report:#}");
    assert!(!report.to_string().contains("the-id"), "that is not shown: {report:#}");
    assert!(texts(&report, "denied-mfa")[0].contains("requires MFA"), "{report:#}");
    assert!(texts(&report, "denied-permission")[0].contains("sts:AssumeRole"), "{report:#}");
    assert!(report["questions"].as_array().unwrap().len() > 4, "{report:#}");
}

#[test]
fn the_permission_that_is_missing_is_named() {
    let account = need!(account(MAY_NOTHING));
    let report = report(&account);
    assert!(
        texts(&report, "unread-trust")[0].contains(&format!("iam:GetRole on {ROLE}")),
        "{report:#}"
    );
    assert_eq!(texts(&report, "denied-external-id"), [""; 0], "no guess: {report:#}");
}
