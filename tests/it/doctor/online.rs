//! `doctor --online`: STS, the clock, the profile's identity, and the real AWS CLI and boto3.

use chrono::Duration;
use serde_json::Value;

use super::{ids, report};
use crate::support::{
    clients::{require_aws_cli, require_boto3},
    stage::{PLAIN, Stage},
};

fn texts<'r>(report: &'r Value, id: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|it| it["id"] == id);
    findings.map(|finding| finding["text"].as_str().unwrap()).collect()
}

/// A stage without the AWS CLI and boto3.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.sandbox.env("PATH", "/nonexistent");
    stage
}

#[test]
fn the_endpoint_the_clock_and_the_identity_are_checked() {
    let stage = stage();
    let found = report(&stage.sandbox, &["my-role", "--online"]);
    assert_eq!(found["problems"], 0, "{found:#}");
    assert!(texts(&found, "endpoint")[0].ends_with("answers"), "{found:#}");
    assert!(texts(&found, "clock")[0].contains("agrees"), "{found:#}");
    assert!(texts(&found, "identity")[0].contains(":assumed-role/MyS3Access/natan"), "{found:#}");
    let all = report(&stage.sandbox, &["--online"]);
    // All of them call the same one.
    assert_eq!((texts(&all, "endpoint").len(), texts(&all, "identity").len()), (1, 0), "{all:#}");
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    for (minutes, severity, code) in [(-3, "warning", 0), (62, "problem", 4)] {
        let stage = stage();
        stage.sts.set_clock_offset(Duration::minutes(minutes));
        let found = report(&stage.sandbox, &["plain", "--online"]);
        let findings = found["findings"].as_array().unwrap();
        let clock = findings.iter().find(|it| it["id"] == "clock").unwrap();
        assert_eq!(clock["severity"], severity, "{found:#}");
        let side = if minutes < 0 { "ahead of" } else { "behind" };
        assert!(clock["text"].as_str().unwrap().contains(side), "{clock:#}");
        assert_eq!(found["exit_code"], code, "{found:#}");
    }
}

#[test]
fn a_network_that_is_down_is_exit_7_and_names_the_layer() {
    let mut stage = stage();
    stage.sts.stop();
    let found = report(&stage.sandbox, &["plain", "--online"]);
    assert!(ids(&found).contains(&"unreachable"), "{found:#}");
    assert!(texts(&found, "unreachable")[0].contains("Connection refused"), "{found:#}");
    assert_eq!(found["exit_code"], 7);
}

#[test]
fn a_denied_role_is_exit_4() {
    let stage = stage();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    let found = report(&stage.sandbox, &["plain", "--online"]);
    assert!(texts(&found, "denied")[0].contains(PLAIN), "{found:#}");
    assert_eq!(found["exit_code"], 4);
    // The role is in another account, where only its owner can look.
    assert!(texts(&found, "denied-source")[0].contains("user/natan"), "{found:#}");
    assert!(texts(&found, "unread-trust")[0].contains("iam:GetRole"), "{found:#}");
    let questions = found["questions"].to_string();
    for value in [PLAIN, "arn:aws:iam::111111111111:user/natan", "no external ID", "without MFA"] {
        assert!(questions.contains(value), "{value}: {questions}");
    }
    let text = stage.sandbox.rolecall(&["doctor", "plain", "--online"]).run().code(4).stdout;
    assert!(text.contains("\nQuestions for the role's owner:\n- Does the trust policy"), "{text}");
}

#[test]
fn a_shared_report_has_no_ids() {
    let stage = stage();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    for output in ["table", "json"] {
        let words = ["doctor", "my-role", "--online", "--share", "--output", output];
        let text = stage.sandbox.rolecall(&words).run().code(4).stdout;
        let home = stage.sandbox.home().display().to_string();
        for secret in
            ["111111111111", "222222222222", "natan", "MyS3Access", "ext-42", &stage.key_id, &home]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(text.contains("arn:aws:iam::ACCOUNT-1:role/NAME-1"), "{text}");
        assert!(text.contains("~/.aws/config"), "{text}");
    }
}

#[test]
fn nothing_is_asked_offline() {
    let stage = stage();
    report(&stage.sandbox, &["plain"]);
    report(&stage.sandbox, &[]);
    assert_eq!(stage.sts.calls().len(), 0);
}

/// A stage in whose PATH a real caller is.
fn stage_with(program: &std::path::Path) -> Stage {
    let stage = Stage::new();
    let folder = program.parent().unwrap().display();
    stage.sandbox.env("PATH", format!("{folder}:/usr/bin:/bin"));
    stage
}

#[test]
fn the_aws_cli_is_run_as_people_run_it() {
    for version in [1, 2] {
        let program = need!(require_aws_cli(version), continue);
        let stage = stage_with(&program);
        let found = report(&stage.sandbox, &["my-role", "--online"]);
        let text = texts(&found, "caller")[0].to_owned();
        assert!(text.starts_with(&format!("the AWS CLI {version}.")), "{found:#}");
        assert!(text.ends_with("(custom-process)"), "{found:#}");
        assert!(text.contains(":assumed-role/MyS3Access/"), "{found:#}");
        // Keys of the same name in the credentials file take precedence.
        let keys = format!(
            "[my-role]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            stage.key_id, stage.secret
        );
        stage.sandbox.credentials(format!("{keys}{}", keys.replace("[my-role]", "[base]")));
        let found = report(&stage.sandbox, &["my-role", "--online"]);
        assert!(ids(&found).contains(&"hiding-keys"), "{found:#}");
        let text = texts(&found, "caller-differs")[0];
        assert!(
            text.contains("(shared-credentials-file)") && text.contains(":user/natan"),
            "{text}"
        );
        assert_eq!(found["exit_code"], 5);
    }
}

#[test]
fn boto3_is_run_and_its_error_shown_next_to_ours() {
    let program = need!(require_boto3());
    let stage = stage_with(&program);
    let found = report(&stage.sandbox, &["my-role", "--online"]);
    let boto3 = |found: &Value, id: &str| {
        let texts = texts(found, id);
        texts.into_iter().find(|text| text.starts_with("boto3 ")).map(str::to_owned)
    };
    let text = boto3(&found, "caller").unwrap_or_else(|| panic!("{found:#}"));
    assert!(text.ends_with("(custom-process)"), "{text}");
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    let found = report(&stage.sandbox, &["my-role", "--online"]);
    let text = boto3(&found, "caller-fails").unwrap_or_else(|| panic!("{found:#}"));
    assert!(text.contains("AWS refused to let 'base' assume"), "{text}");
    assert!(texts(&found, "denied")[0].contains("AWS refused to let 'base' assume"), "{found:#}");
}
