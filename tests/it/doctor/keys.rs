//! Long-lived keys, and where they are.

use std::{
    fs::File,
    time::{Duration, SystemTime},
};

use super::{ids, report, sandbox, troubles};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#[test]
fn long_lived_keys_in_a_file_are_a_warning_and_old_ones_two() {
    let sandbox = sandbox();
    sandbox.secret("the key", SECRET);
    sandbox.credentials(format!(
        "[x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n"
    ));
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["plain-keys"], "{found:#}");
    assert_eq!(troubles(&found)[0]["line"], 2);
    assert!(troubles(&found)[0]["remedy"].as_str().unwrap().contains("rolecall keys import x"));
    assert_eq!(ids(&report(&sandbox, &["my-role"])), [""; 0]);
    let file = File::options().write(true).open(sandbox.credentials_path()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(24 * 91)).unwrap();
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["plain-keys", "old-keys"], "{found:#}");
    assert!(troubles(&found)[1]["remedy"].as_str().unwrap().contains("rolecall keys rotate x"));
}

#[test]
fn a_sessions_keys_are_neither_plain_nor_old() {
    let sandbox = sandbox();
    sandbox.credentials(
        "[x]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
         aws_session_token = t\n",
    );
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
}

#[test]
fn a_token_in_the_other_file_than_its_key_is_a_warning() {
    let sandbox = sandbox();
    sandbox.config("[profile x]\naws_session_token = t\n");
    let keys = "[x]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
    sandbox.credentials(keys);
    let found = report(&sandbox, &["x"]);
    assert_eq!(ids(&found), ["stray-token"], "{found:#}");
    assert_eq!(troubles(&found)[0]["line"], 2);
    sandbox.credentials(format!("{keys}aws_session_token = t\n"));
    assert_eq!(ids(&report(&sandbox, &["x"])), [""; 0]);
}

#[test]
fn a_key_in_the_store_is_old_after_ninety_days() {
    let sandbox = sandbox();
    sandbox.config("[profile x]\nrolecall_access_key_id = AKIASTOREDSTOREDSTOR\n");
    let record = |since: &str| {
        sandbox.file(
            "home/.local/state/rolecall/keys/AKIASTOREDSTOREDSTOR.json",
            format!(
                r#"{{"version":1,"access_key_id":"AKIASTOREDSTOREDSTOR","store":"secret-service","since":"{since}"}}"#
            ),
        );
        sandbox.file("home/.local/state/rolecall/sessions/.keep", "");
    };
    record("2020-01-02T03:04:05Z");
    assert_eq!(ids(&report(&sandbox, &[])), ["old-keys"]);
    record("2999-01-02T03:04:05Z");
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
}
