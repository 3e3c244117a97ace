//! Little memory and few files: what a careful administrator or a container allows.

use std::time::Duration;

use crate::{
    serve::server::Access,
    support::{
        run::{Output, Run},
        stage::Stage,
    },
};

/// `rolecall ARGUMENTS` with 64 MiB of address space and 16 files.
fn limited<'s>(stage: &'s Stage, arguments: &[&str]) -> Run<'s> {
    let script = "ulimit -v 65536; ulimit -n 16; exec \"$0\" \"$@\"";
    let first = ["-c", script, env!("CARGO_BIN_EXE_rolecall")];
    stage.sandbox.program("sh", &[&first, arguments].concat()).may_print_secrets()
}

#[track_caller]
fn run(stage: &Stage, arguments: &[&str]) -> Output {
    limited(stage, arguments).run().code(0)
}

#[test]
fn the_usual_commands_need_little_memory_and_few_files() {
    let stage = need!(Stage::with_keyutils());
    run(&stage, &["login", "second", "plain"]);
    assert_eq!(stage.assumed(), 3);
    for arguments in [
        &["credential-process", "second"][..],
        &["credential-process", "my-role", "--session-name", "another"],
        &["whoami", "my-role"],
        &["env", "my-role", "--shell", "bash"],
        &["status"],
        &["status", "--stores", "--output", "json"],
        &["profile", "list"],
        &["profile", "show", "second"],
        &["profile", "tree"],
        &["profile", "set", "plain", "region=eu-west-1"],
        &[
            "profile",
            "add",
            "new",
            "--role-arn",
            "arn:aws:iam::222222222222:role/Plain",
            "--source-profile",
            "base",
        ],
        &["keys", "list"],
        &["doctor", "my-role"],
        &["exec", "my-role", "--", "true"],
        &["exec", "my-role", "--serve", "--", "true"],
        &["logout", "--all"],
    ] {
        let output = limited(&stage, arguments).run();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn a_server_needs_little_memory_and_few_files() {
    let stage = need!(Stage::with_keyutils());
    let run = limited(&stage, &["serve", "my-role", "--output", "json"]);
    let running = run.time_limit(Duration::from_mins(1)).spawn();
    let document: serde_json::Value = serde_json::from_str(&running.until_stdout("\n}\n")).unwrap();
    let environment = &document["profiles"][0]["environment"];
    let text = |name: &str| environment[name].as_str().unwrap().to_owned();
    let token = text("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    let access = Access::new(text("AWS_CONTAINER_CREDENTIALS_FULL_URI"), token);
    for _ in 0..30 {
        assert_eq!(access.get().status, 200);
    }
}
