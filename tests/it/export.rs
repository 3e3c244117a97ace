//! `login --export-to`: a session in the credentials file, and its end.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{clients::require_boto3, run::Output, stage::Stage};

fn stage() -> Stage {
    let stage = Stage::new();
    stage.sandbox.may_hold_secrets(stage.sandbox.credentials_path());
    stage
}

fn export(stage: &Stage, profile: &str, name: &str) -> Output {
    stage.sandbox.rolecall(&["login", profile, "--export-to", name]).run()
}

fn credentials(stage: &Stage) -> String {
    fs::read_to_string(stage.sandbox.credentials_path()).unwrap()
}

#[test]
fn a_session_is_a_profile_that_any_program_reads_until_logout() {
    let stage = stage();
    let before = credentials(&stage);
    fs::set_permissions(stage.sandbox.credentials_path(), PermissionsExt::from_mode(0o644))
        .unwrap();
    let output = export(&stage, "my-role", "plain-keys").ok();
    assert!(output.stdout.contains("profile 'plain-keys' in "), "{output:?}");
    assert!(output.stdout.contains("in plain text"), "{output:?}");
    let mode = fs::metadata(stage.sandbox.credentials_path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = credentials(&stage);
    let added = text.strip_prefix(&before).expect("the rest is as it was");
    assert!(added.starts_with("\n[plain-keys]\naws_access_key_id = ASIA"), "{added}");
    assert!(added.contains("\nrolecall_expiration = 20"), "{added}");
    assert!(added.ends_with("\nrolecall_exported_from = my-role\n"), "{added}");
    let who = stage.sandbox.rolecall(&["whoami", "plain-keys"]).run().ok();
    assert!(who.stdout.contains("assumed-role/MyS3Access"), "{who:?}");
    let document = stage.document("plain-keys");
    assert!(document["Expiration"].is_string(), "{document}");

    export(&stage, "my-role", "plain-keys").ok();
    assert_eq!(credentials(&stage).matches("[plain-keys]").count(), 1);
    let output = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert!(output.stdout.contains("plain-keys: removed the session of 'my-role'"), "{output:?}");
    assert_eq!(credentials(&stage), before);
}

#[test]
fn logout_takes_out_by_the_name_and_by_all() {
    let stage = stage();
    let before = credentials(&stage);
    for arguments in [&["logout", "copy"][..], &["logout", "--all"]] {
        export(&stage, "plain", "copy").ok();
        assert_ne!(credentials(&stage), before);
        stage.sandbox.rolecall(arguments).run().ok();
        assert_eq!(credentials(&stage), before, "{arguments:?}");
    }
    export(&stage, "plain", "copy").ok();
    stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert_ne!(credentials(&stage), before, "another's");
}

#[test]
fn keys_of_the_users_own_are_never_overwritten() {
    let stage = stage();
    let config = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let before = credentials(&stage);
    for (name, code, told) in [
        ("base", 5, "already has its own 'aws_access_key_id'"),
        ("my-role", 5, "already has its own 'credential_process'"),
        ("plain", 5, "already has its own 'role_arn'"),
        ("a b", 2, "can't be written"),
    ] {
        let output = export(&stage, "my-role", name).code(code);
        assert!(output.stderr.contains(told), "{output:?}");
    }
    let output = stage.sandbox.rolecall(&["login", "my-role", "plain", "--export-to", "x"]).run();
    assert!(output.code(2).stderr.contains("--export-to only works with one profile"));
    assert_eq!(stage.assumed(), 0, "nobody was asked for what can't be written");
    let output = export(&stage, "base", "copy").code(5);
    assert!(
        output.stderr.contains("has long-lived keys, which --export-to never writes"),
        "{output:?}"
    );
    assert_eq!(credentials(&stage), before);
    // A region for that name is no other source of credentials.
    stage.sandbox.config(format!("{config}\n[profile copy]\nregion = eu-west-1\n"));
    export(&stage, "plain", "copy").ok();
    // What the user puts beside it stays, and makes the section the user's.
    stage.sandbox.credentials(format!("{}output = json\n", credentials(&stage)));
    assert!(export(&stage, "plain", "copy").code(5).stderr.contains("'output'"));
    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(credentials(&stage), format!("{before}\n[copy]\noutput = json\n"));
}

#[test]
fn what_has_ended_is_told_and_goes_at_the_next_export() {
    let stage = stage();
    export(&stage, "plain", "old").ok();
    need!(stage.pass(90));
    let output = stage.helper("old").run().code(5);
    assert!(output.stderr.contains("the session in profile 'old' has expired"), "{output:?}");
    assert!(output.stderr.contains("--export-to old"), "{output:?}");
    export(&stage, "my-role", "new").ok();
    let text = credentials(&stage);
    assert!(text.contains("[new]") && !text.contains("[old]"), "{text}");
}

#[test]
fn boto3_reads_it() {
    let python = need!(require_boto3());
    let stage = stage();
    export(&stage, "my-role", "copy").ok();
    let script = "import boto3; print(boto3.Session(profile_name='copy').client('sts', \
                  region_name='eu-west-1').get_caller_identity()['Arn'])";
    let output = stage.sandbox.program(python, &["-c", script]).run().ok();
    assert!(output.stdout.contains("assumed-role/MyS3Access/natan"), "{output:?}");
}
