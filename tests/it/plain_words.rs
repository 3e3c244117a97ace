//! Failures that were told in the words of others, and settings that were ignored without a word.

use super::endpoints::Proxy;
use crate::support::{sandbox::Sandbox, stage::Stage, sts::Fault};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");

#[test]
fn a_limit_of_this_process_is_not_blamed_on_the_network() {
    let stage = Stage::new();
    let mut told = 0;
    for limit in 4..16 {
        let script = format!("ulimit -n {limit}; exec \"$@\"");
        let words = ["-c", &script, "sh", ROLECALL, "credential-process", "my-role"];
        let output = stage.sandbox.program("sh", &words).may_print_secrets().run();
        if output.status.success() {
            continue;
        }
        if output.stderr.contains("Too many open files") {
            assert!(output.stderr.contains("\nhint: raise the limit of open files"), "{output:?}");
            assert!(!output.stderr.contains("region"), "{output:?}");
            assert!(matches!(output.status.code(), Some(1 | 5)), "{output:?}");
            told += 1;
        }
    }
    assert!(told > 0, "no limit was too low");
    // Sixteen are enough.
    let words =
        ["-c", "ulimit -n 16; exec \"$@\"", "sh", ROLECALL, "credential-process", "my-role"];
    let _output = stage.sandbox.program("sh", &words).may_print_secrets().run().ok();
}

#[test]
fn the_old_global_endpoint_is_named_if_it_is_called() {
    let sandbox = Sandbox::new();
    let proxy = Proxy::start();
    sandbox.config(
        "[profile a]\nregion = us-west-2\nsts_regional_endpoints = legacy\n\
         role_arn = arn:aws:iam::222222222222:role/a\nsource_profile = base\n",
    );
    sandbox.credentials("[base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n");
    let run = sandbox.rolecall(&["credential-process", "a"]).env("HTTPS_PROXY", &proxy.url);
    let output = run.run().code(7);
    let told = "rolecall: STS at sts.amazonaws.com could not be reached: the proxy ";
    assert!(output.stderr.starts_with(told), "{output:?}");
}

#[test]
fn a_call_is_tried_as_often_as_the_user_says() {
    let stage = Stage::new();
    let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let calls = |file: &str, variable: Option<&str>, code: i32| {
        stage
            .sandbox
            .config(config.replace("[profile my-role]\n", &format!("[profile my-role]\n{file}")));
        stage.sts.forget_faults();
        (0..20).for_each(|_| stage.sts.fault(Fault::Status(500)));
        let mut run = stage.helper("my-role");
        if let Some(value) = variable {
            run = run.env("AWS_MAX_ATTEMPTS", value);
        }
        let before = stage.assumed();
        let output = run.run().code(code);
        (stage.assumed() - before, output.stderr)
    };
    assert_eq!(calls("", None, 7).0, 3);
    assert_eq!(calls("max_attempts = 1\n", None, 7).0, 1);
    assert_eq!(calls("max_attempts = 5\n", None, 7).0, 5);
    assert_eq!(calls("max_attempts = 5\n", Some("2"), 7).0, 2, "the variable counts");
    let (count, stderr) = calls("max_attempts = some\n", None, 5);
    assert!(
        count == 0 && stderr.contains("'max_attempts' is not a whole number of at least 1 ("),
        "{stderr}"
    );
    let (count, stderr) = calls("", Some("0"), 2);
    assert!(count == 0 && stderr.contains("AWS_MAX_ATTEMPTS is not a whole number"), "{stderr}");
    // The deadline is still the caller's.
    stage.sts.forget_faults();
    stage.sandbox.config(
        config.replace("[profile my-role]\n", "[profile my-role]\nretry_mode = adaptive\n"),
    );
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(login.stderr.contains("the retry mode 'adaptive' is not used"), "{login:?}");
    stage
        .sandbox
        .config(config.replace("[profile my-role]\n", "[profile my-role]\nretry_mode = quick\n"));
    let output = stage.helper("my-role").run().code(5);
    assert!(output.stderr.contains("'retry_mode' is not a retry mode ("), "{output:?}");
}

#[test]
fn many_attempts_end_with_the_deadline() {
    let stage = Stage::new();
    (0..200).for_each(|_| stage.sts.fault(Fault::Status(500)));
    let start = std::time::Instant::now();
    let helper = stage.helper("my-role").env("AWS_MAX_ATTEMPTS", "100");
    let _output = helper.run().code(7);
    assert!(start.elapsed() < std::time::Duration::from_secs(52), "{:?}", start.elapsed());
    assert!(stage.assumed() > 3, "{} calls", stage.assumed());
}

#[test]
fn settings_of_aws_vault_that_do_nothing_are_named_when_a_profile_is_adopted() {
    let sandbox = Sandbox::new();
    let own = "[profile a]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = base\n\
               include_profile = base\nmfa_process = pass otp x\nsession_tags = a=b\n\
               transitive_session_tags = a\nsource_identity = me\n[profile base]\nregion = eu-west-1\n";
    sandbox.config(own);
    sandbox.credentials("[base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n");
    let output = sandbox.rolecall(&["profile", "adopt", "a"]).run().ok();
    for (key, hint) in [
        ("include_profile", "hint: copy what 'a' needs from that profile"),
        ("mfa_process", "hint: 'rolecall profile set a rolecall_mfa_process=VALUE'"),
        ("session_tags", "hint: 'rolecall profile set a rolecall_session_tags=VALUE'"),
        ("transitive_session_tags", "rolecall_transitive_tag_keys=VALUE'"),
        ("source_identity", "rolecall_source_identity=VALUE'"),
    ] {
        let what =
            format!("warning: '{key}' of 'a' is aws-vault's, and has no effect in rolecall (");
        assert!(output.stderr.contains(&what) && output.stderr.contains(hint), "{key}: {output:?}");
    }
}

#[test]
fn the_line_of_a_renamed_program_is_ours() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\ncredential_process = /opt/rolecall-0.2.1 credential-process a\nrole_arn_x = 1\n\
         [profile b]\ncredential_process = /opt/rc credential-process b\n\
         rolecall_role_arn = arn:aws:iam::222222222222:role/r\nrolecall_source_profile = base\n\
         [profile c]\ncredential_process = granted credential-process --profile c\n",
    );
    let list = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    let managed: Vec<_> =
        list.as_array().unwrap().iter().map(|it| it["managed"].as_bool().unwrap()).collect();
    assert_eq!(managed, [true, true, false]);
}
