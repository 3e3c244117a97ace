//! The verbs that edit the two files.

use std::cell::RefCell;

use super::{assert_cleared, files};
use crate::{
    sso::listing::{assign, signed_in},
    support::{
        kills::Victim,
        stage::{PLAIN, Stage},
    },
};

/// How often each is killed by day.
const BY_DAY: u32 = 12;

/// Kills `rolecall ARGUMENTS`. After each kill, both files are what they were or what the command
/// makes of them; the same command then succeeds or, if all was done already, may say so with one of
/// the codes `already`; and nothing is left beside the files.
#[track_caller]
fn kill(stage: &Stage, arguments: &[&str], already: &[i32]) {
    let sandbox = &stage.sandbox;
    let before = files(sandbox);
    let after = RefCell::new(None::<[String; 2]>);
    let victim = Victim {
        name: &arguments[..2].join(" "),
        by_day: BY_DAY,
        prepare: &|| {
            sandbox.config(&before[0]);
            sandbox.credentials(&before[1]);
        },
        command: &|| sandbox.rolecall(arguments),
        check: &|round| {
            let left = files(sandbox);
            let after = after.borrow_mut().get_or_insert_with(|| left.clone()).clone();
            assert_ne!(after, before, "{round}: it changes nothing");
            for ((left, before), after) in left.iter().zip(&before).zip(&after) {
                assert!(left == before || left == after, "{round} left neither:\n{left}");
            }
            let code = sandbox.rolecall(arguments).run().status.code();
            let is_done = left == after && code.is_some_and(|code| already.contains(&code));
            assert!(code == Some(0) || is_done, "{round}: the same command ends with {code:?}");
            assert_eq!(files(sandbox), after, "{round}: the same command does not finish it");
            assert_cleared(sandbox, round);
        },
    };
    victim.kill();
}

#[test]
fn profile_add() {
    let role = ["--role-arn", PLAIN, "--source-profile", "base", "--region", "eu-west-1"];
    kill(&Stage::new(), &[&["profile", "add", "new"], &role[..]].concat(), &[5]);
}

#[test]
fn profile_set_and_unset() {
    let set = ["profile", "set", "plain", "region=us-east-1", "s3.max_queue_size=100"];
    kill(&Stage::new(), &set, &[]);
    let stage = Stage::new();
    kill(&stage, &["profile", "unset", "my-role", "region"], &[5]);
    kill(&stage, &["profile", "set", "base", "region=x", "--credentials-file"], &[]);
}

#[test]
fn profile_adopt_and_release() {
    let stage = Stage::new();
    kill(&stage, &["profile", "adopt", "--all"], &[]);
    kill(&stage, &["profile", "release", "--all"], &[]);
}

#[test]
fn profile_remove() {
    kill(&Stage::new(), &["profile", "remove", "plain", "second"], &[5]);
}

#[test]
fn profile_rename() {
    kill(&Stage::new(), &["profile", "rename", "my-role", "our-role"], &[5]);
}

#[test]
fn doctor_fix() {
    let stage = Stage::new();
    let config = files(&stage.sandbox)[0].replace("[profile plain]", "[plain]");
    stage.sandbox.config(config);
    kill(&stage, &["doctor", "--fix", "--yes"], &[1, 3, 4, 5]);
}

#[test]
fn sso_populate_and_prune() {
    let accounts = [("222222222222", "Prod"), ("333333333333", "Dev")];
    let stage = signed_in(&accounts, &["Admin", "Viewer"]);
    kill(&stage, &["sso", "populate", "corp"], &[]);
    assign(&stage, &accounts[..1], &["Admin", "Auditor"]);
    kill(&stage, &["sso", "populate", "corp", "--prune"], &[]);
}

#[test]
fn sso_configure() {
    let stage = signed_in(&[("222222222222", "Prod")], &["Admin"]);
    let new = ["--sso-session", "corp", "--account", "222222222222", "--role", "Admin"];
    let arguments = [&["sso", "configure", "--profile", "new"], &new[..]].concat();
    kill(&stage, &arguments, &[5]);
}
