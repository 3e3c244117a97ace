//! `rolecall s3 share` that does not come to its end.

use std::fs;

use rustix::process::Signal;

use crate::{
    moto::{Account, call, refusal},
    proxy::{Fault, Proxy},
    share::{PASSWORD, account, assert_nothing_is_left, share, text},
    support::run::Running,
};

/// May do all but give a password, and may not look at its own policies.
const NO_PASSWORDS: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Resource": "*", "Action": ["s3:*", "iam:GetUser", "iam:CreateUser",
        "iam:DeleteUser", "iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:TagUser",
        "iam:GetLoginProfile"]}]}"#;

#[test]
fn what_fails_half_way_is_undone() {
    let account = need!(account());
    let helper = account.new_user("helper", NO_PASSWORDS);
    account.act_as(&helper);
    let output = share(&account, &[]).run().code(4);
    assert!(
        output.stderr.contains("can't give the user 'acme' a password: AccessDenied"),
        "{output:?}"
    );
    assert!(output.stderr.contains("Undone: the user acme"), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_nothing_is_left(&account);
}

#[test]
fn what_is_kept_half_way_is_finished_by_the_same_command() {
    let account = need!(account());
    let helper = account.new_user("helper", NO_PASSWORDS);
    let admin = account.admin.clone();
    account.act_as(&helper);
    let output = share(&account, &["--keep"]).run().code(4);
    assert!(output.stderr.contains("created and kept: the bucket files"), "{output:?}");
    account.act_as(&admin);
    let output = share(&account, &[]).run().ok();
    assert!(!output.stderr.contains("Created"), "{output:?}");
    assert!(output.stderr.contains("Gave the user acme a password"), "{output:?}");
    assert!(account.sandbox.home().join("acme.txt").exists());
}

#[test]
fn a_bucket_that_was_there_is_as_before_after_a_failure() {
    let account = need!(account());
    let s3 = account.s3(&account.admin);
    call(s3.create_bucket().bucket("files").send()).unwrap();
    let helper = account.new_user("helper", NO_PASSWORDS);
    account.act_as(&helper);
    let output = share(&account, &[]).run().code(4);
    assert!(output.stderr.contains("Undone: the public access block of"), "{output:?}");
    let block = refusal(s3.get_public_access_block().bucket("files").send());
    assert_eq!(block, "NoSuchPublicAccessBlockConfiguration");
    call(s3.get_bucket_location().bucket("files").send()).unwrap();
}

/// A run in the midst of `step`: it is done, but no answer has come yet.
fn stopped_at<'a>(account: &'a Account, proxy: &Proxy, step: &'static str) -> Running<'a> {
    proxy.fault(step, Fault::Hold);
    let running = share(account, &["--endpoint-url", &proxy.url]).spawn();
    proxy.until(&format!("{step} held"));
    running
}

#[test]
fn an_interrupt_half_way_undoes_what_was_made() {
    for (signal, answers) in [(Signal::INT, true), (Signal::TERM, false)] {
        let account = need!(account());
        let proxy = Proxy::before(&account.endpoint);
        let running = stopped_at(&account, &proxy, "CreateLoginProfile");
        running.signal(signal);
        if answers {
            proxy.release();
        }
        let output = running.wait().code(130);
        for made in ["the password of the user acme", "the user acme", "the bucket files"] {
            assert!(output.stderr.contains(&format!("Undone: {made}\n")), "{output:?}");
        }
        assert_nothing_is_left(&account);
    }
}

#[test]
fn after_a_kill_at_any_step_the_same_command_finishes() {
    const STEPS: [&str; 5] =
        ["PUT /files", "CreateUser", "PutUserPolicy", "CreateLoginProfile", "TagUser"];
    for step in STEPS {
        let account = need!(account());
        let proxy = Proxy::before(&account.endpoint);
        let running = stopped_at(&account, &proxy, step);
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        let output = share(&account, &[]).run().ok();
        let file = fs::read_to_string(account.sandbox.home().join("acme.txt")).unwrap();
        if step == "TagUser" {
            // All was done, and its file is the one that was written then.
            assert!(output.stderr.contains("already had a password"), "{output:?}");
        } else {
            assert_eq!(file, text(&output), "{step}");
        }
        assert!(file.ends_with(&format!("Password:   {PASSWORD}\n")), "{step}");
    }
}
