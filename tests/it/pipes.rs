//! Files that settings, variables and flags name may be pipes, but nobody waits for one for ever.

use std::{path::PathBuf, time::Duration};

use crate::{bases, records::put_pipe, support::stage::Stage};

const POLICY: &str = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";
/// 15 s of waiting, and something for a busy machine.
const DEADLINE: Duration = Duration::from_secs(40);

fn pipe(stage: &Stage, name: &str) -> PathBuf {
    let path = stage.sandbox.home().join(name);
    put_pipe(&path);
    path
}

#[test]
fn a_token_a_policy_and_certificates_may_come_through_a_pipe() {
    let stage = bases::stage();
    let token = std::fs::read(stage.sandbox.path("home/token.jwt")).unwrap();
    let path = stage.sandbox.path("home/token.jwt").display().to_string();
    stage.edit_config(&path, "/dev/stdin");
    stage.helper("web").stdin(token).run().ok();
    let policy = ["credential-process", "environment-role", "--session-policy", "/dev/stdin"];
    stage.sandbox.rolecall(&policy).stdin(POLICY).run().ok();
    let output = stage.sandbox.rolecall(&policy).stdin("none").run().code(2);
    assert!(output.stderr.contains("in /dev/stdin"), "{output:?}");
    let bundle = stage.helper("environment-role").env("AWS_CA_BUNDLE", "/dev/stdin");
    let output = bundle.stdin("no certificate").run().code(1);
    assert!(output.stderr.contains("/dev/stdin has no certificate in it"), "{output:?}");
}

#[test]
fn a_pipe_that_nobody_writes_to_is_an_error_after_a_while() {
    let stage = bases::stage();
    let (token, policy) = (pipe(&stage, "token"), pipe(&stage, "policy"));
    let bundle = pipe(&stage, "bundle");
    let path = stage.sandbox.path("home/token.jwt").display().to_string();
    stage.edit_config(&path, &token.display().to_string());
    let setting = format!("rolecall_session_policy = {}", policy.display());
    stage.edit_config("[profile sso-role]\n", &format!("[profile sso-role]\n{setting}\n"));
    let calls = [
        (stage.helper("web"), 5),
        (stage.helper("sso-role"), 5),
        (stage.helper("environment-role").env("AWS_CA_BUNDLE", &bundle), 1),
    ];
    let running = calls.map(|(run, code)| (run.time_limit(DEADLINE).spawn(), code));
    for (running, code) in running {
        let output = running.wait().code(code);
        assert!(output.stderr.contains("did not finish within 15 s"), "{output:?}");
    }
}
