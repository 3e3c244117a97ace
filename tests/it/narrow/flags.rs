//! The flags that narrow a session.

use std::fs;

use serde_json::Value;

use super::{READ_ONLY, assert_read_only, statements};
use crate::{
    exec::{environment, value},
    support::stage::Stage,
};

const DENIES: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
const WRITES: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

#[test]
fn a_read_only_session_is_another_than_the_full_one_and_never_found_for_it() {
    let stage = need!(Stage::with_keyutils());
    let full = stage.document("my-role")["AccessKeyId"].as_str().unwrap().to_owned();
    let read = |arguments: &[&str]| {
        let output = environment(&stage, &[&["my-role", "--read-only"], arguments].concat(), &[]);
        value(&output, "AWS_ACCESS_KEY_ID").unwrap().to_owned()
    };
    let narrowed = read(&[]);
    assert_ne!(narrowed, full);
    assert_read_only(&stage.sts.calls()[1]);
    assert_eq!(read(&["--at-least", "20m"]), narrowed);
    assert_ne!(read(&["--allow-secrets"]), narrowed);
    assert_eq!(stage.document("my-role")["AccessKeyId"], full);
    assert_eq!(stage.assumed(), 3);
    // A sign-out ends them all.
    stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert_ne!(read(&[]), narrowed);
}

#[test]
fn every_command_that_gives_credentials_to_programs_narrows_them() {
    let stage = Stage::new();
    stage.sandbox.may_hold_secrets(stage.sandbox.credentials_path());
    for arguments in [
        &["exec", "plain", "--read-only", "--", "true"][..],
        &["exec", "plain", "--serve", "--read-only", "--", "true"],
        &["serve", "plain", "--read-only", "--", "true"],
        &["env", "plain", "--read-only", "--shell", "bash"],
        &["login", "plain", "--read-only", "--export-to", "narrow"],
        &["login", "plain", "--read-only"],
    ] {
        let before = stage.assumed();
        stage.sandbox.rolecall(arguments).may_print_secrets().run().ok();
        assert_eq!(stage.assumed(), before + 1, "{arguments:?}");
        assert_read_only(stage.sts.calls().last().unwrap());
    }
    let written = fs::read_to_string(stage.sandbox.credentials_path()).unwrap();
    assert!(written.contains("[narrow]\naws_access_key_id = ASIA"), "{written}");
}

#[test]
fn a_policy_is_a_name_an_arn_or_a_file_and_several_are_all_sent() {
    let stage = Stage::new();
    let file = stage.sandbox.file("home/p.json", WRITES);
    // A file of a policy's name must not take its place.
    stage.sandbox.file("work/ReadOnlyAccess", WRITES);
    let run = |policies: &[&str]| {
        let flags = policies.iter().flat_map(|policy| ["--policy", policy]);
        let arguments: Vec<&str> =
            ["exec", "plain"].into_iter().chain(flags).chain(["--", "true"]).collect();
        stage.sandbox.rolecall(&arguments).folder(stage.sandbox.path("work")).run().ok();
        stage.sts.calls().pop().unwrap()
    };
    let call = run(&["ReadOnlyAccess"]);
    assert_eq!((call.policy, call.policy_arns), (None, vec![READ_ONLY.to_owned()]));
    let own = "arn:aws:iam::222222222222:policy/mine";
    let call = run(&["job-function/ViewOnlyAccess", own, file.to_str().unwrap()]);
    assert_eq!(call.policy.as_deref(), Some(WRITES));
    assert_eq!(call.policy_arns, ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", own]);
    let call = run(&["s3-read:my-app-data"]);
    assert!(call.policy.unwrap().contains("arn:aws:s3:::my-app-data"));
}

#[test]
fn what_could_widen_a_session_is_refused_before_aws_is_asked() {
    let stage = Stage::new();
    let denies = stage.sandbox.file("home/deny.json", DENIES);
    let writes = stage.sandbox.file("home/write.json", WRITES);
    let (denies, writes) = (denies.to_str().unwrap(), writes.to_str().unwrap());
    let refused = |code: i32, flags: &[&str], told: &str| {
        let arguments = [&["exec", "plain"], flags, &["--", "true"]].concat();
        let output = stage.sandbox.rolecall(&arguments).run().code(code);
        assert!(output.stderr.contains(told), "{told}: {output:?}");
        assert_eq!(stage.sts.calls().len(), 0);
    };
    refused(
        2,
        &["--read-only", "--policy", writes],
        "--read-only can't be combined with a policy that allows anything",
    );
    refused(2, &["--read-only", "--policy", "PowerUserAccess"], "can't be combined with");
    refused(2, &["--policy", denies], "only deny");
    refused(2, &["--policy", "readonly"], "can't be read from readonly");
    refused(2, &["--policy", "arn:aws:iam::222222222222:role/x"], "not the ARN of a policy");
    refused(2, &["--allow-secrets"], "--read-only");
    refused(2, &["--keep-profiles"], "only works with --read-only or --policy");
    let writing = ["--read-only", "--session-policy", WRITES];
    refused(5, &writing, "it already has a session policy ('--session-policy')");
    let setting = format!("[profile plain]\nrolecall_session_policy = {WRITES}\n");
    stage.edit_config("[profile plain]\n", &setting);
    for flags in [&["--read-only"][..], &["--policy", "ReadOnlyAccess"]] {
        refused(5, flags, "it already has a session policy ('rolecall_session_policy')");
        refused(5, flags, "config:14)");
    }
}

#[test]
fn what_is_certain_to_be_narrower_is_joined() {
    let stage = Stage::new();
    let denies = stage.sandbox.file("home/deny.json", DENIES);
    let denies = denies.to_str().unwrap();
    let run = |flags: &[&str]| {
        let arguments = [&["exec", "plain"], flags, &["--", "true"]].concat();
        stage.sandbox.rolecall(&arguments).run().ok();
        stage.sts.calls().pop().unwrap()
    };
    let call = run(&["--read-only", "--policy", denies]);
    assert_read_only(&call);
    assert!(statements(&call).iter().any(|statement| statement["Action"] == "s3:*"));
    stage.edit_config(
        "[profile plain]\n",
        "[profile plain]\nrolecall_session_policy = s3-read:my-app-data\n",
    );
    let call = run(&["--read-only"]);
    assert!(call.policy_arns.is_empty(), "the managed policy would widen the session");
    let allowed: Vec<Value> =
        statements(&call).into_iter().filter(|statement| statement["Effect"] == "Allow").collect();
    assert!(allowed.iter().all(|statement| statement["Action"].to_string().contains("s3:")));
}

#[test]
fn what_is_not_the_session_of_a_role_is_refused_and_the_roles_that_would_do_are_named() {
    let stage = Stage::new();
    let run = |profile: &str| {
        let arguments = ["exec", profile, "--read-only", "--", "true"];
        let run = stage.sandbox.rolecall(&arguments).env_remove("AWS_EC2_METADATA_DISABLED");
        let output = run.run().code(5);
        assert_eq!(stage.sts.calls().len(), 0);
        output.stderr
    };
    let told = run("base");
    assert!(told.contains("'base' can't be narrowed, because they are a user's access keys"));
    assert!(
        told.contains(
            "these profiles assume a role with its credentials: 'my-role', 'plain', 'second'"
        ),
        "{told}"
    );
    let text = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(format!(
        "{text}\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n\
         [profile portal]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = Admin\n\
         [profile other]\ncredential_process = /bin/false\n\
         [profile metadata]\nrolecall_credential_source = Ec2InstanceMetadata\n"
    ));
    for (profile, why) in [
        ("portal", "IAM Identity Center issues them"),
        ("other", "another program provides them"),
        ("metadata", "the instance's metadata service provides them"),
    ] {
        let told = run(profile);
        assert!(told.contains(why), "{told}");
        assert!(told.contains(&format!("--source-profile {profile}")), "{told}");
    }
}

#[test]
fn the_program_of_a_narrowed_session_gets_no_other_credentials() {
    let stage = Stage::new();
    let tries = stage.sandbox.script(
        "bin/tries",
        "#!/bin/sh\ntest \"$AWS_CONFIG_FILE$AWS_SHARED_CREDENTIALS_FILE\" = /dev/null/dev/null && \
         test -z \"$AWS_PROFILE\" && \"$@\"\necho ended with $?\n",
    );
    let tries = tries.to_str().unwrap();
    let program = env!("CARGO_BIN_EXE_rolecall");
    let assert_refused = |arguments: &[&str]| {
        let output = stage.sandbox.rolecall(arguments).run().code(0);
        assert_eq!(output.stdout, "ended with 4\n", "{arguments:?} {output:?}");
        let told = "rolecall: this program has the narrowed session of 'plain', and rolecall gives";
        assert!(output.stderr.starts_with(told), "{output:?}");
    };
    for asked in [
        &["credential-process", "plain"][..],
        &["exec", "plain", "--read-only", "--", "true"],
        &["exec", "second", "--serve", "--", "true"],
        &["serve", "plain"],
        &["env", "base", "--shell", "bash"],
        &["login", "plain"],
        &["whoami", "plain"],
        &["console", "plain", "--print"],
    ] {
        let inner = [&["--read-only", "--", tries, program], asked].concat();
        assert_refused(&[&["exec", "plain"], &*inner].concat());
    }
    let asked = ["--policy", "ReadOnlyAccess", "--", tries, program, "credential-process", "plain"];
    for way in [&["exec", "plain"][..], &["exec", "plain", "--serve"], &["serve", "plain"]] {
        assert_refused(&[way, &asked].concat());
    }
    // A program that finds the files gets nothing from rolecall either.
    let config = stage.sandbox.config_path().display().to_string();
    let finds =
        format!("AWS_CONFIG_FILE={config} {program} credential-process plain; echo ended with $?");
    assert_refused(&["exec", "plain", "--read-only", "--", "sh", "-c", &finds]);
    // Unless it is to have them.
    let asks = format!("{program} credential-process plain");
    let arguments = ["exec", "plain", "--read-only", "--keep-profiles", "--", "sh", "-c", &asks];
    let output = stage.sandbox.rolecall(&arguments).may_print_secrets().run().ok();
    assert!(output.json()["AccessKeyId"].is_string());
    assert_eq!(stage.sts.calls().last().unwrap().policy_arns.len(), 0, "the full session");
}
