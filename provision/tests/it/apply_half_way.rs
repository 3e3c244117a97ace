//! `rolecall iam apply` that does not come to its end.

use aws_sdk_s3::primitives::ByteStream;
use rustix::process::Signal;

use crate::{
    apply::{TEAM, arn, assert_nothing_to_do, assert_only_reads, changed},
    evaluator::Context,
    moto::{Account, call},
    proxy::{Fault, Proxy, Rule},
    support::keyring::SessionBus,
};

/// All calls that change something, in their order.
const STEPS: [&str; 15] = [
    "PUT /acme-iam",
    "PUT /acme-iam/?publicAccessBlock",
    "PUT /acme-iam/?encryption",
    "PUT /acme-iam/?versioning",
    "CreatePolicy",
    "CreateUser",
    "CreateGroup",
    "AddUserToGroup",
    "CreateRole",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "AttachGroupPolicy",
    "PutGroupPolicy",
    "CreateAccessKey",
    "PUT /acme-iam/iam/team.toml",
];

/// The file is applied as it should, and then there is nothing more to do.
#[track_caller]
pub(crate) fn finish(account: &Account, step: &str) {
    let output = account.apply(TEAM, &["--save-keys"]).run().ok();
    assert!(!output.stderr.contains("Undone"), "{step}: {output:?}");
    assert!(account.lets_in("team-role", "ben", &Context::with_mfa(1)), "{step}");
    for user in ["ana", "ben", "cem"] {
        let keys = account.rolecall(&["credential-process", user]).run().ok().json();
        assert_eq!(account.key_ids(user), [keys["AccessKeyId"].as_str().unwrap()], "{step}");
    }
    assert_eq!(account.versions()[0], TEAM, "{step}");
    let proxy = Proxy::before(&account.endpoint);
    let again = account.apply(TEAM, &["--save-keys"]).env("AWS_ENDPOINT_URL", &proxy.url);
    assert!(again.run().ok().stdout.starts_with("Nothing to do"), "{step}");
    assert_only_reads(&proxy);
}

fn killed_at(steps: &[&'static str]) {
    for step in steps {
        let account = need!(Account::new());
        let _bus = need!(SessionBus::start(&account.sandbox));
        account.sandbox.store("secret-service");
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Hold);
        let running = account.apply(TEAM, &["--save-keys"]).env("AWS_ENDPOINT_URL", &proxy.url);
        let running = running.spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        finish(&account, step);
    }
}

#[test]
fn killed_over_the_bucket_the_same_command_finishes() {
    killed_at(&STEPS[..5]);
}

#[test]
fn killed_over_users_and_groups_the_same_command_finishes() {
    killed_at(&STEPS[5..10]);
}

#[test]
fn killed_over_what_comes_last_the_same_command_finishes() {
    killed_at(&STEPS[10..]);
}

#[test]
fn whatever_fails_all_before_it_is_undone() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service").config("[default]\nregion = us-east-1\n");
    for step in STEPS {
        let proxy = Proxy::before(&account.endpoint);
        // Where there are several such calls, the first goes well.
        let skip = usize::from(step.starts_with("Create") && step != "CreateGroup");
        proxy.faults(Rule {
            call: step,
            skip,
            times: 9,
            fault: Fault::Refuse(403, "AccessDenied"),
        });
        let run = account.apply(TEAM, &["--save-keys"]).env("AWS_ENDPOINT_URL", &proxy.url);
        let output = run.run().code(4);
        assert!(output.stderr.contains("AccessDenied"), "{step}: {output:?}");
        assert!(!output.stderr.contains("left"), "{step}: {output:?}");
        account.assert_untouched();
        let config = std::fs::read_to_string(account.sandbox.config_path()).unwrap();
        assert_eq!(config, "[default]\nregion = us-east-1\n", "{step}");
        let keys = account.rolecall(&["keys", "list", "--output", "json"]).run().ok().json();
        let stored = keys.as_array().unwrap().iter().filter(|key| key["where"] != "file").count();
        assert_eq!(stored, 0, "{step}: {keys}");
    }
    finish(&account, "the end");
}

/// The calls that change what is there, in their order.
const CHANGES: [&str; 8] = [
    "CreatePolicyVersion",
    "AddUserToGroup",
    "RemoveUserFromGroup",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "DetachRolePolicy",
    "DeleteGroupPolicy",
    "PUT /acme-iam/iam/team.toml",
];

#[test]
fn a_change_that_is_killed_is_finished_and_one_that_fails_is_taken_back() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let text = changed();
    for step in CHANGES {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Refuse(403, "AccessDenied"));
        let output = account.apply(&text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
        assert!(!output.stderr.contains("is left"), "{step}: {output:?}");
        assert_nothing_to_do(&account, TEAM);
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Hold);
        let running = account.apply(&text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        account.apply(&text, &[]).run().ok();
        assert_nothing_to_do(&account, &text);
        account.apply(TEAM, &[]).run().ok();
    }
    // The oldest of a policy's five versions has given way all along.
    let iam = account.iam(&account.admin);
    let versions = call(iam.list_policy_versions().policy_arn(arn("policy/look")).send());
    assert_eq!(versions.unwrap().versions().len(), 5);
}

#[test]
fn a_change_that_fails_half_way_is_taken_back() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let text = TEAM
        .replace(r#"members = ["ana", "ben"]"#, r#"members = ["cem"]"#)
        .replace(r#"may_assume = ["team-role"]"#, "may_assume = []")
        .replace("\"iam:*\"", "\"ec2:*\"")
        .replace("mfa = true", "external_id = \"e-1\"");
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "PUT /acme-iam/iam/team.toml",
        skip: 0,
        times: 9,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let output = account.apply(&text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(output.stderr.contains("Undone: "), "{output:?}");
    assert_eq!(account.versions(), [TEAM]);
    let again = account.apply(TEAM, &[]).run().ok();
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
    // With the copy put, and no profile written: the version is taken away again.
    let iam = account.iam(&account.admin);
    let versions = call(iam.list_policy_versions().policy_arn(arn("policy/look")).send());
    assert_eq!(versions.unwrap().versions().len(), 1);
}

#[test]
fn an_interrupt_over_the_master_copy_takes_its_version_away() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let text = TEAM.replace("desk", "chair") + "[groups.more]\n";
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("PUT /acme-iam/iam/team.toml", Fault::Hold);
    let running = account.apply(&text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("PUT /acme-iam/iam/team.toml held");
    assert_eq!(account.versions().len(), 2);
    running.signal(Signal::INT);
    let output = running.wait().code(130);
    for undone in ["the version of s3://acme-iam/iam/team.toml", "the group more"] {
        assert!(output.stderr.contains(&format!("Undone: {undone}\n")), "{output:?}");
    }
    assert_eq!(account.versions(), [TEAM]);
}

#[test]
fn a_master_copy_that_somebody_else_changes_meanwhile_is_not_lost() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    for (before, theirs) in [(Some("old"), "theirs"), (None, "theirs")] {
        let s3 = account.s3(&account.admin);
        let put = |text: &'static str| {
            let body = ByteStream::from_static(text.as_bytes());
            call(s3.put_object().bucket("acme-iam").key("iam/team.toml").body(body).send()).unwrap()
        };
        if let Some(before) = before {
            drop(put(before));
        } else {
            let delete = s3.delete_object().bucket("acme-iam").key("iam/team.toml");
            call(delete.send()).unwrap();
        }
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault("CreateGroup", Fault::Hold);
        let text = format!("{TEAM}[groups.more]\n");
        let running = account.apply(&text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
        proxy.until("CreateGroup held");
        put(theirs);
        proxy.release();
        let output = running.wait().code(1);
        let told = "s3://acme-iam/iam/team.toml was changed by someone else in the meantime";
        assert!(output.stderr.contains(told), "{output:?}");
        assert!(output.stderr.contains("Undone: the group more\n"), "{output:?}");
        assert_eq!(account.versions()[0], theirs);
    }
}

#[test]
fn what_is_kept_half_way_is_named_and_finished() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateRole", Fault::Refuse(403, "AccessDenied"));
    let run = account.apply(TEAM, &["--save-keys", "--keep"]).env("AWS_ENDPOINT_URL", &proxy.url);
    let output = run.run().code(4);
    assert!(output.stderr.contains("created and kept: the bucket acme-iam"), "{output:?}");
    assert_eq!(account.users(), ["ana", "ben", "cem"]);
    finish(&account, "kept");
}
