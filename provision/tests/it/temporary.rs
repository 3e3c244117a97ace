//! `rolecall s3 create --duration`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    moto::{Account, call},
    proxy::{Fault, Proxy, Rule},
    support::run::Output,
};

const ROLE: &str = "rolecall.AmazonS3FullAccess";

fn create(account: &Account, proxy: &Proxy, arguments: &[&str]) -> Output {
    let arguments: Vec<&str> = ["s3", "create"].iter().chain(arguments).copied().collect();
    account.rolecall(&arguments).env("AWS_ENDPOINT_URL", &proxy.url).may_print_secrets().run()
}

fn roles(account: &Account) -> usize {
    call(account.iam(&account.admin).list_roles().send()).unwrap().roles().len()
}

#[test]
fn a_session_is_limited_to_the_buckets_and_makes_no_user() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["one", "two"]);
    let proxy = Proxy::before(&account.endpoint);
    let output = create(&account, &proxy, &["one", "two", "--read-only", "--duration", "15m"]).ok();
    let session = account.created(&output);
    account.get(&session, "one", "a/in").unwrap();
    let ends: DateTime<Utc> = output.json()["Expiration"].as_str().unwrap().parse().unwrap();
    let left = ends - Utc::now();
    assert!(left > TimeDelta::minutes(13) && left < TimeDelta::minutes(16), "{left}");
    assert!(account.users().is_empty());
    assert_eq!(proxy.parameter("AssumeRole", "DurationSeconds").unwrap(), "900");
    let policy = proxy.parameter("AssumeRole", "Policy").unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let printed = account.rolecall(&["s3", "policy", "one", "two", "--read-only"]).run().ok();
    assert_eq!(policy, printed.json());
    let trust = proxy.parameter("CreateRole", "AssumeRolePolicyDocument").unwrap();
    let trust: Value = serde_json::from_str(&trust).unwrap();
    let trusted = ["root", "user/admin"].map(|who| format!("arn:aws:iam::123456789012:{who}"));
    assert_eq!(trust["Statement"][0]["Principal"]["AWS"], serde_json::json!(trusted));
    // The next one uses the same role.
    let output = create(&account, &proxy, &["one", "-d", "1h"]).ok();
    assert!(!output.stderr.contains("Created role"), "{output:?}");
    let _session = account.created(&output);
    assert_eq!(roles(&account), 1);
}

#[test]
fn a_role_that_sts_does_not_know_yet_is_waited_for() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["one"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("AttachRolePolicy", Fault::Refuse(404, "NoSuchEntity"));
    proxy.faults(Rule {
        call: "AssumeRole",
        skip: 0,
        times: 2,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let output = create(&account, &proxy, &["one", "-d", "15m"]).ok();
    assert!(output.stderr.contains("Waiting for the role to propagate to STS\n"), "{output:?}");
    let _session = account.created(&output);
    // Of a role that was there, a denial is the last word.
    proxy.fault("AssumeRole", Fault::Refuse(403, "AccessDenied"));
    let output = create(&account, &proxy, &["one", "-d", "15m"]).code(4);
    assert!(output.stderr.contains("hint: you need sts:AssumeRole on arn:"), "{output:?}");
    assert_eq!(roles(&account), 1);
}

#[test]
fn a_new_role_that_can_not_be_assumed_is_undone() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["one"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("AssumeRole", Fault::Refuse(400, "PackedPolicyTooLarge"));
    let output = create(&account, &proxy, &["one", "-d", "15m"]).code(4);
    assert!(output.stderr.contains(&format!("Undone: the role {ROLE}\n")), "{output:?}");
    assert_eq!(roles(&account), 0);
}

#[test]
fn a_dry_run_of_a_session_makes_no_call_that_writes() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["one"]);
    let proxy = Proxy::before(&account.endpoint);
    let output = create(&account, &proxy, &["one", "-d", "15m", "--dry-run"]).ok();
    for line in ["Would create role", "Would attach policy arn:", "Would assume role"] {
        assert!(output.stdout.contains(line), "{line}: {output:?}");
    }
    assert_eq!(proxy.names(), ["HEAD /one", "GetCallerIdentity", "GetRole"]);
}
