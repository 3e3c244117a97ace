//! MFA devices of another account than the keys.

use super::{ROLE, ids, report, troubles};
use crate::{mfa, support::sandbox::Sandbox};

/// A key whose ID encodes the account 029608264753.
const KEY: &str = "AKIAQNZGKIQY56JQ7WML";

fn config(account: &str) -> String {
    format!(
        "[profile r]\nrole_arn = {ROLE}\nsource_profile = base\n\
         mfa_serial = arn:aws:iam::{account}:mfa/natan\n"
    )
}

fn keys(id: &str, more: &str) -> String {
    format!("[base]\naws_access_key_id = {id}\naws_secret_access_key = s\n{more}")
}

/// The findings about MFA devices.
fn found(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    let report = report(sandbox, &["r"]);
    troubles(&report).into_iter().filter(|it| it["id"] == "mfa-account").cloned().collect()
}

#[test]
fn the_id_of_a_key_tells_its_account() {
    let sandbox = Sandbox::new();
    sandbox.credentials(keys(KEY, "")).config(config("029608264753"));
    assert_eq!(found(&sandbox), [serde_json::Value::Null; 0]);
    sandbox.config(config("222222222222"));
    let warned = found(&sandbox);
    assert_eq!(warned.len(), 1);
    assert_eq!((&warned[0]["severity"], &warned[0]["line"]), (&"warning".into(), &4.into()));
    assert!(warned[0]["text"].as_str().unwrap().ends_with("by their ID, of 029608264753"));
    // A key in the keychain has an ID, too.
    sandbox.credentials("");
    sandbox.config(format!(
        "[profile base]\nrolecall_access_key_id = {KEY}\n{}",
        config("222222222222")
    ));
    assert_eq!(found(&sandbox).len(), 1);
}

#[test]
fn what_the_profile_says_is_more_than_a_guess() {
    let sandbox = Sandbox::new();
    sandbox.credentials(keys(KEY, "aws_account_id = 222222222222\n"));
    sandbox.config(config("222222222222"));
    assert_eq!(found(&sandbox), [serde_json::Value::Null; 0]);
    sandbox.config(config("029608264753"));
    assert_eq!(found(&sandbox)[0]["severity"], "problem");
}

#[test]
fn an_account_that_is_not_known_is_not_guessed() {
    let sandbox = Sandbox::new();
    sandbox.config(config("222222222222"));
    // IDs of an older form, and one that nobody issues.
    for id in ["AKIAIOSFODNN7EXAMPLE", "AKIA7777777777777777", "AKIAEXAMPLE"] {
        sandbox.credentials(keys(id, ""));
        assert_eq!(found(&sandbox), [serde_json::Value::Null; 0], "{id}");
    }
    // A device without an account.
    sandbox.credentials(keys(KEY, "")).config(
        config("222222222222").replace("arn:aws:iam::222222222222:mfa/natan", "GAHT12345678"),
    );
    assert_eq!(found(&sandbox), [serde_json::Value::Null; 0]);
}

#[test]
fn a_device_that_has_worked_is_right_and_tells_the_account() {
    let stage = mfa::stage();
    stage.document("first");
    assert!(!ids(&report(&stage.sandbox, &["first"])).contains(&"mfa-account"));
    // The same key with the device of another account.
    stage.edit_config(mfa::SERIAL, "arn:aws:iam::333333333333:mfa/natan");
    let report = report(&stage.sandbox, &["first"]);
    let found = troubles(&report).into_iter().find(|it| it["id"] == "mfa-account");
    let found = found.unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(found["severity"], "problem", "{report:#}");
}
