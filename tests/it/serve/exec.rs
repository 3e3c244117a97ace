//! `exec --serve`: the program beside the server.

use crate::support::{run::Output, stage::Stage};

/// `rolecall exec ARGUMENTS -- env`, with what a shell may have left in the environment.
fn environment(stage: &Stage, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    let arguments = [&["exec", "--serve"], arguments, &["--", "env"]].concat();
    let mut run = stage.sandbox.rolecall(&arguments).may_print_secrets();
    for (name, value) in more {
        run = run.env(name, value);
    }
    run.run().ok()
}

fn value<'o>(output: &'o Output, name: &str) -> Option<&'o str> {
    output.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn the_program_has_the_server_the_region_and_nothing_that_wins_over_them() {
    let stage = need!(Stage::with_keyutils());
    let out = [
        ("AWS_PROFILE", "second"),
        ("AWS_DEFAULT_PROFILE", "second"),
        ("AWS_ACCESS_KEY_ID", "AKIAOLD"),
        ("AWS_SECRET_ACCESS_KEY", "old"),
        ("AWS_SESSION_TOKEN", "old"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere"),
        ("AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/X"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
    ];
    let output = environment(&stage, &["my-role"], &out);
    for (name, _) in out {
        assert_eq!(value(&output, name), None, "{name}");
    }
    let url = value(&output, "AWS_CONTAINER_CREDENTIALS_FULL_URI").unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/my-role"), "{url}");
    assert_eq!(value(&output, "AWS_CONTAINER_AUTHORIZATION_TOKEN").unwrap().len(), 64);
    assert_eq!(value(&output, "AWS_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "AWS_DEFAULT_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "ROLECALL_PROFILE"), Some("my-role"));
}

#[test]
fn the_exit_code_and_the_signal_are_the_programs_own() {
    let stage = need!(Stage::with_keyutils());
    let run = |script: &str| {
        let arguments = ["exec", "--serve", "plain", "--", "sh", "-c", script];
        stage.sandbox.rolecall(&arguments).run()
    };
    assert_eq!(run("exit 42").status.code(), Some(42));
    for signal in [1, 2, 9, 15] {
        let killed = run(&format!("kill -{signal} $$")).status;
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed), Some(signal));
    }
}
