//! `profile add`: what it writes, what it leaves alone, what it refuses.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{
    programs::copy_rolecall,
    run::Output,
    sandbox::Sandbox,
    stage::{EXTERNAL_ID, ROLE, Stage},
};

const ADD: [&str; 7] = ["profile", "add", "new", "--role-arn", ROLE, "--source-profile", "base"];

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    sandbox
}

fn add(sandbox: &Sandbox, more: &[&str]) -> Output {
    let arguments: Vec<&str> = ADD.iter().chain(more).copied().collect();
    sandbox.rolecall(&arguments).run()
}

fn config(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_path()).unwrap_or_default()
}

fn section(more: &str) -> String {
    let program = env!("CARGO_BIN_EXE_rolecall");
    format!(
        "[profile new]\n\
         credential_process = {program} credential-process new\n\
         rolecall_role_arn = {ROLE}\n\
         rolecall_source_profile = base\n{more}"
    )
}

#[test]
fn the_first_profile_makes_folder_and_file_private() {
    let sandbox = home();
    let _output = add(&sandbox, &[]).ok();
    assert_eq!(config(&sandbox), section(""));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&sandbox.config_path()), 0o600);
    assert_eq!(mode(sandbox.config_path().parent().unwrap()), 0o700);
}

#[test]
fn the_new_profile_works_at_once_with_its_external_id() {
    let stage = Stage::new();
    let _added = add(&stage.sandbox, &["--external-id", EXTERNAL_ID, "--region", "eu-west-1"]).ok();
    stage.document("new");
    assert_eq!(stage.sts.calls()[0].external_id.as_deref(), Some(EXTERNAL_ID));
}

#[test]
fn all_settings_are_written_under_our_prefix() {
    let sandbox = home();
    let more = [
        "--region",
        "eu-west-1",
        "--external-id",
        "a=b/c:d",
        "--duration",
        "2h",
        "--session-name",
        "ci",
        "--mfa-serial",
        "arn:aws:iam::111111111111:mfa/natan",
        "--session-policy",
        "{ \"Version\": \"2012-10-17\" }",
    ];
    let _output = add(&sandbox, &more).ok();
    let text = config(&sandbox);
    assert!(text.starts_with("[profile new]\nregion = eu-west-1\ncredential_process = "), "{text}");
    let tail = "rolecall_mfa_serial = arn:aws:iam::111111111111:mfa/natan\n\
                rolecall_external_id = a=b/c:d\nrolecall_duration_seconds = 7200\n\
                rolecall_role_session_name = ci\n\
                rolecall_session_policy = {\"Version\":\"2012-10-17\"}\n";
    assert!(text.ends_with(tail), "{text}");
}

#[test]
fn what_was_there_keeps_every_byte() {
    for before in [
        "# mine\n[default]\nregion=us-east-1   # note\n\n\n; end\n",
        "[default]\r\nregion = x\r\n",
        "\u{feff}[default]\nregion = x",
        "[profile a]\ns3 =\n  max = 1\n\n",
    ] {
        let sandbox = home();
        sandbox.config(before);
        let _output = add(&sandbox, &[]).ok();
        let after = config(&sandbox);
        assert!(after.starts_with(before), "{after:?}");
        let newline = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let added = section("").replace('\n', newline);
        // A file without a last newline stays one.
        let added = if before.ends_with('\n') { &*added } else { added.trim_end() };
        assert!(after.replace(" = ", "=").ends_with(&added.replace(" = ", "=")), "{after:?}");
    }
}

#[test]
fn a_dry_run_prints_a_diff_and_writes_nothing() {
    let sandbox = home();
    sandbox.config("[default]\nregion = x\n");
    let output = add(&sandbox, &["--dry-run"]).ok();
    assert!(output.stdout.contains("\n+[profile new]\n"), "{output:?}");
    assert!(output.stdout.contains("\n region = x\n"), "{output:?}");
    assert_eq!(config(&sandbox), "[default]\nregion = x\n");
    assert!(!sandbox.state().exists());
}

#[test]
fn a_dry_run_hides_the_secrets_around_the_change() {
    let sandbox = home();
    sandbox.secret("a key in the config", "s3cr3t-of-the-test");
    sandbox
        .config("[profile k]\naws_access_key_id = A\naws_secret_access_key = s3cr3t-of-the-test\n");
    let output = add(&sandbox, &["--dry-run"]).ok();
    assert!(output.stdout.contains("\n aws_secret_access_key = ****\n"), "{output:?}");
}

#[test]
fn bare_writes_the_name_alone() {
    let sandbox = home();
    let _output = add(&sandbox, &["--bare"]).ok();
    assert!(config(&sandbox).contains("\ncredential_process = rolecall credential-process new\n"));
}

#[test]
fn the_default_profile_has_a_header_that_all_read() {
    let sandbox = home();
    let arguments = ["profile", "add", "default", "--role-arn", ROLE, "--source-profile", "base"];
    let _output = sandbox.rolecall(&arguments).run().ok();
    assert!(config(&sandbox).starts_with("[default]\n"));
}

#[test]
fn symlink_mode_and_target_stay() {
    let sandbox = home();
    let target = sandbox.file("home/dotfiles/config", "[default]\n");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&target, sandbox.config_path()).unwrap();
    let _output = add(&sandbox, &[]).ok();
    assert!(fs::symlink_metadata(sandbox.config_path()).unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("[profile new]"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o644);
    let folder = fs::read_dir(target.parent().unwrap()).unwrap().count();
    assert_eq!(folder, 1, "no temporary file is left");
}

#[test]
fn refusals_leave_the_file_alone() {
    let role = |arn: &'static str| {
        vec!["profile", "add", "n", "--role-arn", arn, "--source-profile", "base"]
    };
    let add = |name, source, more: &[&'static str]| {
        let arguments = ["profile", "add", name, "--role-arn", ROLE, "--source-profile", source];
        [&arguments, more].concat()
    };
    let cases: [(Vec<&str>, i32, &str); 11] = [
        (role("not-an-arn"), 2, "--role-arn is not the ARN of a role"),
        (role("arn:aws:iam::22222222222:role/short"), 2, "--role-arn is not the ARN of a role"),
        (role("arn:aws:iam::222222222222:user/u"), 2, "--role-arn is not the ARN of a role"),
        (role("arn:aws:iam::222222222222:role/a\nb"), 2, "--role-arn is not the ARN of a role"),
        (vec!["profile", "add", "n", "--role-arn", ROLE], 2, "needs --source-profile"),
        (vec!["profile", "add", "n", "--source-profile", "base"], 2, "needs --role-arn"),
        (add("a b", "base", &[]), 2, "profile name can't be written"),
        (add("base", "base", &[]), 2, "can't be its own source"),
        (add("there", "base", &[]), 5, "profile 'there' already exists"),
        (add("n", "nobody", &[]), 5, "source profile 'nobody' does not exist"),
        (add("n", "base", &["--mfa-serial", "m"]), 2, "MFA serial"),
    ];
    for (arguments, code, why) in cases {
        let sandbox = home();
        sandbox.config("[profile there]\nregion = x\n");
        let output = sandbox.rolecall(&arguments).run().code(code);
        assert_eq!(output.stdout, "", "{output:?}");
        let error = output.stderr.lines().next().unwrap_or_default();
        assert!(error.starts_with("rolecall: ") && error.contains(why), "{why}: {output:?}");
        assert_eq!(config(&sandbox), "[profile there]\nregion = x\n");
    }
}

#[test]
fn a_value_with_a_line_break_is_refused_without_being_shown() {
    for value in ["ext\nrolecall_role_arn = x", "ext\r", "ext\u{0}x"] {
        if value.contains('\0') {
            continue; // no argument can hold it
        }
        let sandbox = home();
        let output = add(&sandbox, &["--external-id", value]).code(2);
        assert!(!output.stderr.contains("rolecall_role_arn = x"), "{output:?}");
        assert!(!sandbox.config_path().exists());
    }
}

#[test]
fn a_file_that_is_broken_elsewhere_is_not_made_worse() {
    let sandbox = home();
    sandbox.config("[profile broken\nx = y\n");
    let output = add(&sandbox, &[]).code(5);
    assert!(output.stderr.contains("config:1)"), "{output:?}");
    assert_eq!(config(&sandbox), "[profile broken\nx = y\n");
    sandbox.config(b"[default]\nregion = \xff\n");
    let output = add(&sandbox, &[]).code(5);
    assert!(output.stderr.contains("not UTF-8"), "{output:?}");
}

#[test]
fn keys_of_the_same_name_in_the_credentials_file_are_warned_about() {
    let sandbox = home();
    sandbox.credentials(
        "[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n[new]\naws_access_key_id = AKIA2\n\
         aws_secret_access_key = y\n",
    );
    let output = add(&sandbox, &[]).ok();
    assert!(
        output.stderr.contains("warning: the credentials file also has a section 'new'"),
        "{output:?}"
    );
    assert!(output.stderr.contains("credentials:4)"), "{output:?}");
}

#[test]
fn fifty_at_once_lose_nothing() {
    let sandbox = home();
    sandbox.config("# mine\n[default]\nregion = x\n");
    let running: Vec<_> = (0..50)
        .map(|i| {
            let name = format!("p{i}");
            let arguments =
                ["profile", "add", &name, "--role-arn", ROLE, "--source-profile", "base"];
            sandbox.rolecall(&arguments).spawn()
        })
        .collect();
    for run in running {
        let _output = run.wait().ok();
    }
    let text = config(&sandbox);
    assert!(text.starts_with("# mine\n[default]\nregion = x\n"));
    for i in 0..50 {
        assert_eq!(text.matches(&format!("[profile p{i}]\n")).count(), 1, "p{i}");
    }
    let left = fs::read_dir(sandbox.config_path().parent().unwrap()).unwrap().count();
    assert_eq!(left, 2, "config and credentials, no temporary file");
}

#[test]
fn what_a_killed_edit_left_behind_is_swept_away() {
    let sandbox = home();
    let stray = sandbox.file("home/.aws/.config.rolecall-Xy12", "half");
    let _output = add(&sandbox, &[]).ok();
    assert!(!stray.exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_file_stays() {
    let sandbox = home();
    sandbox.config("[default]\n");
    // A file where the folder should be: no user, root included, can write below it.
    sandbox.file("home/elsewhere", "");
    let place = sandbox.path("home/elsewhere/config");
    let arguments: Vec<&str> = ADD.to_vec();
    let output = sandbox.rolecall(&arguments).env("AWS_CONFIG_FILE", &place).run();
    let output = output.code(5);
    assert!(output.stderr.contains("elsewhere"), "{output:?}");
}

#[test]
fn a_device_that_iam_is_to_be_asked_for_needs_the_other_program() {
    let sandbox = home();
    // Where it lies alone.
    let program = sandbox.path("bin/rolecall");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    copy_rolecall(&program);
    let program = program.to_str().unwrap();
    let add = [&ADD[..], &["--mfa-serial", "auto"]].concat();
    let output = sandbox.program(program, &add).run().code(1);
    assert!(
        output.stderr.contains("rolecall-provision was not found next to this program"),
        "{output:?}"
    );
    assert!(
        output.stderr.contains(
            "hint: install the same version of rolecall-provision in the same directory as rolecall"
        ),
        "{output:?}"
    );
    assert_eq!(config(&sandbox), "");
    // What is wrong anyway is told first.
    let wrong = ["profile", "add", "new", "--role-arn", ROLE, "--source-profile", "nobody"];
    let wrong = [&wrong[..], &["--mfa-serial", "auto"]].concat();
    let output = sandbox.program(program, &wrong).run().code(5);
    assert!(output.stderr.contains("'nobody' does not exist"), "{output:?}");
    let rotate = sandbox.program(program, &["keys", "rotate", "base"]).run().code(1);
    assert!(
        rotate.stderr.contains("rolecall-provision was not found next to this program"),
        "{rotate:?}"
    );
}

#[test]
fn no_other_verb_takes_auto_for_a_device() {
    let sandbox = home();
    sandbox.config("[profile there]\nregion = eu-west-1\n");
    let before = config(&sandbox);
    let verbs: [&[&str]; 6] = [
        &["login", "there", "--mfa-serial", "auto"],
        &["exec", "there", "--mfa-serial", "auto", "--", "true"],
        &["credential-process", "there", "--mfa-serial", "auto"],
        &["keys", "add", "there", "--mfa-serial", "auto"],
        &["profile", "set", "there", "rolecall_mfa_serial=auto"],
        &["profile", "set", "there", "mfa_serial=auto"],
    ];
    for verb in verbs {
        let output = sandbox.rolecall(verb).run().code(2);
        assert!(output.stderr.contains("'auto' only works with 'profile add'"), "{output:?}");
        assert_eq!(config(&sandbox), before);
    }
}
