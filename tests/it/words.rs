//! AWS's refusals and failures, as the user is told of them.

use crate::{
    mfa,
    support::{
        run::Output,
        stage::{PLAIN, SECOND, Stage},
        sts::{Fault, Outcome},
    },
};

/// Fails with `code`: nothing on stdout, three lines on stderr at most, a hint among them.
#[track_caller]
pub(crate) fn fails(output: Output, code: i32) -> String {
    let output = output.code(code);
    assert_eq!(output.stdout, "", "{output:?}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!((2..=3).contains(&lines.len()), "{output:?}");
    assert!(lines[0].starts_with("rolecall: "), "{output:?}");
    assert!(lines[1..].iter().all(|line| line.starts_with("hint: ")), "{output:?}");
    output.stderr
}

#[test]
fn a_missing_external_id_is_suspected_where_there_is_none() {
    let stage = Stage::new();
    stage.edit_config("rolecall_external_id = ext-42\n", "");
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains("may require an external ID, and this profile has none"), "{told}");
}

#[test]
fn a_wrong_external_id_is_pointed_at_with_file_and_line() {
    let stage = Stage::new();
    stage.edit_config("ext-42", "ext-43");
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains(".aws/config:6)"), "{told}");
    assert!(told.contains("check the external ID against the role's trust policy"), "{told}");
}

#[test]
fn a_denial_suggests_mfa_without_a_device_and_another_device_with_one() {
    let (without, with) =
        ("or it requires MFA (rolecall_mfa_serial)", "or it requires another MFA");
    let stage = Stage::new();
    stage.sts.with_world(|world| world.roles[0].require_mfa = true);
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains(without), "{told}");
    assert!(!told.contains(with), "{told}");
    let stage = mfa::stage();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    let told = fails(stage.helper("first").run(), 4);
    assert!(told.contains(with), "{told}");
    assert!(!told.contains(without), "{told}");
}

#[test]
fn a_duration_over_the_roles_maximum_is_named() {
    let stage = Stage::new();
    stage.edit_config("rolecall_external_id", "duration_seconds = 10800\nrolecall_external_id");
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains("10800 s is longer than the role"), "{told}");
    assert!(told.contains("hint: set the duration to 3600 s"), "{told}");
    assert!(told.contains(".aws/config:6)"), "the duration's own line: {told}");
    let by_flag = ["credential-process", "my-role", "--duration", "3h"];
    stage.edit_config("duration_seconds = 10800\n", "");
    let told = fails(stage.sandbox.rolecall(&by_flag).run(), 4);
    assert!(!told.contains(".aws/config"), "it stands in no file: {told}");
}

#[test]
fn a_duration_that_no_role_has_is_refused_before_the_call() {
    let stage = Stage::new();
    for wrong in ["60", "43201", "an hour", "-1", "3600.5"] {
        stage.edit_config(
            "[profile plain]\n",
            &format!("[profile plain]\nduration_seconds = {wrong}\n"),
        );
        let output = stage.helper("plain").run().code(5);
        assert!(output.stderr.contains("not a number of seconds"), "{output:?}");
        stage.edit_config(&format!("duration_seconds = {wrong}\n"), "");
    }
    assert_eq!(stage.assumed(), 0);
}

/// Makes a session of `my-role` the keys of profile `base`.
fn session_as_base(stage: &Stage) {
    let session = stage.document("my-role");
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    stage.sandbox.credentials(format!(
        "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        text("AccessKeyId"),
        text("SecretAccessKey"),
        text("SessionToken")
    ));
    let (from, to) = (PLAIN, SECOND);
    stage.edit_config(&format!("role_arn = {from}"), &format!("role_arn = {to}"));
}

#[test]
fn a_role_assumed_with_temporary_keys_is_asked_for_one_hour_at_most() {
    let stage = Stage::new();
    session_as_base(&stage);
    stage
        .edit_config("source_profile = base\n", "source_profile = base\nduration_seconds = 7200\n");
    stage.helper("plain").run().ok();
    assert_eq!(stage.sts.calls()[1].duration, Some(3600));
}

#[test]
fn expired_source_credentials_are_named() {
    let stage = Stage::new();
    session_as_base(&stage);
    need!(stage.pass(90));
    let told = fails(stage.helper("plain").run(), 4);
    assert!(told.contains("the credentials of 'base' have expired"), "{told}");
    assert_eq!(stage.sts.calls()[1].outcome, Outcome::Error("ExpiredToken".into()));
}

#[test]
fn a_deleted_access_key_is_named_by_its_profile() {
    let stage = Stage::new();
    stage.sts.with_world(|world| world.users.clear());
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains("does not know the access key of 'base'"), "{told}");
}

#[test]
fn a_key_that_aws_does_not_know_may_be_so_for_several_reasons() {
    let stage = Stage::new();
    stage.sts.with_world(|world| world.users.clear());
    let told = |profile: &str, region: &str| {
        let run = stage.helper(profile).env("AWS_REGION", region);
        fails(run.run(), 4)
    };
    let deleted = "the access key of 'base' was deleted, deactivated or mistyped";
    for region in ["ap-south-2", "ap-southeast-5"] {
        let told = told("plain", region);
        assert!(
            told.contains(&format!("hint: the region {region} may not be enabled for the account")),
            "{told}"
        );
        assert!(told.contains(&format!("hint: or check whether {deleted}")), "{told}");
    }
    let usual = told("plain", "eu-west-1");
    assert!(usual.contains(&format!("hint: check whether {deleted}")), "{usual}");
    assert!(!usual.contains("enabled") && !usual.contains("China"), "{usual}");
    let other = told("plain", "cn-north-1");
    assert!(other.contains("hint: set a region of aws, where the role is"), "{other}");
    assert!(other.contains(&format!("or check whether {deleted}")), "{other}");
    let unset = fails(stage.helper("plain").env_remove("AWS_REGION").run(), 4);
    assert!(unset.contains("keys of AWS China or GovCloud need one of its regions"), "{unset}");
    // A session's access key, with its token and without.
    for (token, cause) in [
        ("aws_session_token = not-a-session\n", "its session may have expired or been revoked"),
        ("", "add the aws_session_token of 'base' in the same file"),
    ] {
        stage.sandbox.credentials(format!(
            "[base]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n{token}"
        ));
        let told = told("plain", "ap-south-2");
        assert!(told.contains(cause), "{told}");
        assert!(
            told.contains("the region ap-south-2 may not be enabled for the account"),
            "{told}"
        );
        let whoami = stage.sandbox.rolecall(&["whoami", "base", "--region", "ap-south-2"]);
        let whoami = fails(whoami.run(), 4);
        assert!(whoami.contains(cause), "{whoami}");
    }
}

#[test]
fn a_mistyped_secret_is_told_without_it() {
    let stage = Stage::new();
    let wrong = stage.secret.to_uppercase();
    stage.sandbox.secret("the mistyped secret", &wrong);
    stage.sandbox.credentials(format!(
        "[base]\naws_access_key_id = {}\naws_secret_access_key = {wrong}\n",
        stage.key_id
    ));
    let told = fails(stage.helper("my-role").run(), 4);
    assert!(told.contains("secret access key of 'base' for typos"), "{told}");
}

#[test]
fn a_session_that_has_ended_when_it_arrives_is_not_handed_out() {
    let stage = Stage::new();
    stage.sts.set_session_seconds(Some(-60));
    let session = stage.sandbox.rolecall(&["credential-process", "my-role"]).run();
    let told = fails(session, 1);
    assert!(told.contains("has already expired"), "{told}");
}

#[test]
fn a_clock_so_far_ahead_that_callers_would_see_an_ended_session_is_blamed() {
    let stage = Stage::new();
    stage.sts.set_clock_offset(chrono::Duration::minutes(-62));
    let told = fails(stage.helper("my-role").run(), 1);
    assert!(told.contains("clock is 1 h 2 min ahead of AWS's"), "{told}");
}

#[test]
fn a_clock_that_is_behind_is_logged_and_does_not_stretch_the_session() {
    for minutes in [3, 62] {
        let stage = Stage::new();
        stage.sts.set_clock_offset(chrono::Duration::minutes(minutes));
        let document = stage.document("my-role");
        let end = document["Expiration"].as_str().unwrap();
        let end = chrono::DateTime::parse_from_rfc3339(end).unwrap().to_utc();
        // By this machine's own clock, which callers go by: an hour from now.
        let own_now = stage.sts.now() - chrono::Duration::minutes(minutes);
        assert!((3590..=3601).contains(&(end - own_now).num_seconds()), "{end}");
        let log = std::fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap();
        let length = if minutes == 3 { "3 min" } else { "1 h 2 min" };
        assert!(log.contains(&format!("clock is {length} behind AWS's")), "{log}");
    }
}

#[test]
fn a_network_that_is_down_is_exit_7() {
    let mut stage = Stage::new();
    stage.sts.stop();
    let told = fails(stage.helper("my-role").run(), 7);
    assert!(told.contains("could not be reached: Connection refused"), "{told}");
}

#[test]
fn errors_of_aws_itself_are_tried_again() {
    let stage = Stage::new();
    for fault in [Fault::Status(500), Fault::Throttled, Fault::Reset] {
        let before = stage.assumed();
        stage.sts.fault(fault.clone());
        stage.document("my-role");
        assert_eq!(stage.assumed(), before + 2, "{fault:?}");
    }
    for _ in 0..3 {
        stage.sts.fault(Fault::Status(503));
    }
    let told = fails(stage.helper("my-role").run(), 7);
    assert!(told.contains("can't answer now"), "{told}");
}

#[test]
fn a_captive_portal_is_not_taken_for_aws() {
    let stage = Stage::new();
    stage.sts.fault(Fault::NotXml);
    let told = fails(stage.helper("my-role").run(), 1);
    assert!(told.contains("could not be used"), "{told}");
    stage.sts.fault(Fault::MissingElement("SessionToken".into()));
    let told = fails(stage.helper("my-role").run(), 1);
    assert!(told.contains("an incomplete session"), "{told}");
}

#[test]
fn hostile_names_are_escaped() {
    let stage = Stage::new();
    stage.edit_config(
        "rolecall_source_profile = base",
        "rolecall_source_profile = x\u{1b}[31m\u{202e}y",
    );
    let output = stage.helper("my-role").run().code(5);
    assert!(output.stderr.contains("x\\u{1b}[31m\\u{202e}y"), "{output:?}");
}

#[test]
fn a_ca_bundle_that_cannot_be_used_is_named() {
    let stage = Stage::new();
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    for (text, reason) in [
        ("", "no certificate in it"),
        ("nonsense", "no certificate in it"),
        (&format!("{begin}\n!!\n{end}\n"), "not a PEM file"),
        (&format!("{begin}\nAAAA\n{end}\n"), "certificate that can't be read"),
    ] {
        let bundle = stage.sandbox.file("home/ca.pem", text);
        let told = fails(stage.helper("my-role").env("AWS_CA_BUNDLE", &bundle).run(), 1);
        assert!(told.contains(reason) && told.contains("ca.pem"), "{told}");
    }
    let told = fails(stage.helper("my-role").env("AWS_CA_BUNDLE", "/nonexistent").run(), 1);
    assert!(told.contains("can't be read"), "{told}");
}

#[test]
fn a_hint_to_check_something_names_the_doctor_with_the_profile() {
    let mut stage = Stage::new();
    stage.edit_config("ext-42", "ext-43");
    let doctor = "; 'rolecall doctor my-role --online' finds out more\n";
    assert!(fails(stage.helper("my-role").run(), 4).contains(doctor));
    stage.sts.stop();
    let told = fails(stage.helper("my-role").run(), 7);
    assert!(told.contains("check the network, the proxy and the region"), "{told}");
    assert!(told.contains(doctor), "{told}");
    let whoami = stage.sandbox.rolecall(&["whoami", "base"]).run().code(7);
    assert!(
        whoami.stderr.contains("; 'rolecall doctor base --online' finds out more\n"),
        "{whoami:?}"
    );
    // Inside the doctor that would lead nowhere.
    let report = stage.sandbox.rolecall(&["doctor", "my-role", "--online"]).run().code(7);
    assert!(!report.stdout.contains("finds out more"), "{report:?}");
}
