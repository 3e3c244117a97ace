//! The whole program at a terminal: one question for many callers, mistyped codes, Ctrl-C and Ctrl-Z,
//! and the AWS CLI in front of it.

use std::time::Duration;

use crate::{
    mfa::{self, PROMPT},
    support::{
        clients::require_aws_cli,
        run::{Output, Run},
        stage::Stage,
        sts::Fault,
        terminal::{CTRL_C, CTRL_Z, SHELL_PROMPT, shell},
    },
};

/// A stage whose codes are asked of a human.
fn stage() -> Option<Stage> {
    let stage = mfa::kept()?;
    let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(config.replace("rolecall_mfa_process", "unused"));
    Some(stage)
}

/// The code of the half minute that is so many from now.
fn code(stage: &Stage, step: i64) -> String {
    let code = stage.sts.totp(mfa::SERIAL, stage.sts.now() + chrono::Duration::seconds(30 * step));
    stage.sandbox.secret("an MFA code", &code);
    code
}

/// `rolecall credential-process PROFILE` as callers run it: all three streams go elsewhere.
fn helper<'s>(stage: &'s Stage, profile: &str) -> Run<'s> {
    let script = "exec \"$0\" credential-process \"$1\" </dev/null >out 2>err";
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/out"));
    stage.sandbox.program("/bin/sh", &["-c", script, env!("CARGO_BIN_EXE_rolecall"), profile])
}

fn written(stage: &Stage, name: &str) -> String {
    std::fs::read_to_string(stage.sandbox.home().join(name)).unwrap()
}

#[test]
fn a_caller_that_captures_all_streams_is_answered_at_the_terminal() {
    let stage = need!(stage());
    let terminal = helper(&stage, "first").on_terminal();
    let shown = terminal.until(PROMPT);
    assert!(shown.contains("profile 'first' needs an MFA code to assume"), "{shown}");
    terminal.type_keys(&format!("{}\r", code(&stage, 0)));
    terminal.finish().code(0);
    assert!(written(&stage, "out").contains("\"AccountId\":\"222222222222\""));
    assert_eq!(written(&stage, "err"), "");
    // A working day without another question.
    stage.document("other");
}

#[test]
fn a_mistyped_code_is_asked_for_again_up_to_three_times() {
    let stage = need!(stage());
    let terminal = helper(&stage, "first").on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys("000000\r");
    terminal.until("AWS did not accept that code");
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{}\r", code(&stage, 0)));
    terminal.finish().code(0);
    assert_eq!(stage.sts.count("GetSessionToken"), 2);

    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    let terminal = helper(&stage, "first").on_terminal();
    for wrong in ["000001", "000002", "000003"] {
        terminal.until(PROMPT);
        terminal.type_keys(&format!("{wrong}\r"));
    }
    terminal.finish().code(4);
    assert!(written(&stage, "err").contains("AWS accepted none of 3 MFA codes"));
}

#[test]
fn a_code_that_was_used_is_not_sent_again_but_the_next_one_asked_for() {
    let stage = need!(stage());
    let used = code(&stage, 0);
    stage.sandbox.rolecall(&["login", "first", "--mfa-code", &used]).run().ok();
    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    let terminal = helper(&stage, "first").on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{used}\r"));
    terminal.until("that code has already been used: wait for the next one");
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{}\r", code(&stage, 1)));
    terminal.finish().code(0);
    assert_eq!(stage.sts.count("GetSessionToken"), 2, "the used one was not sent");
}

#[test]
fn a_service_that_never_answers_is_no_denial_and_each_code_is_sent_once() {
    let stage = need!(stage());
    let codes: Vec<String> = [0, 1, -1].map(|step| code(&stage, step)).into();
    for _ in &codes {
        stage.sts.fault(Fault::Close);
    }
    let terminal = helper(&stage, "first").on_terminal();
    for code in &codes {
        terminal.until(PROMPT);
        terminal.type_keys(&format!("{code}\r"));
    }
    terminal.finish().code(7);
    let sent: Vec<_> = stage.sts.calls().into_iter().filter_map(|call| call.token_code).collect();
    assert_eq!(sent, codes);
}

#[test]
fn many_callers_of_several_roles_put_one_question() {
    let stage = need!(stage());
    let script = "for i in 1 2 3 4 5 6 7 8 9 10; do
        \"$0\" credential-process first </dev/null >out.f$i 2>err.f$i & \
        \"$0\" credential-process other </dev/null >out.o$i 2>err.o$i &
        done; wait";
    for i in 1..=10 {
        stage.sandbox.may_hold_secrets(stage.sandbox.path(format!("home/out.f{i}")));
        stage.sandbox.may_hold_secrets(stage.sandbox.path(format!("home/out.o{i}")));
    }
    let arguments = ["-c", script, env!("CARGO_BIN_EXE_rolecall")];
    let terminal = stage.sandbox.program("/bin/sh", &arguments).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{}\r", code(&stage, 0)));
    let shown = terminal.finish().code(0);
    assert_eq!(shown.screen.matches("Enter MFA code").count(), 1, "{}", shown.screen);
    for i in 1..=10 {
        for name in [format!("out.f{i}"), format!("out.o{i}")] {
            assert!(written(&stage, &name).contains("AccessKeyId"), "{name}");
        }
    }
    assert_eq!((stage.sts.count("GetSessionToken"), stage.assumed()), (1, 2));
}

#[test]
fn a_cancelled_question_is_cancelled_for_all_who_waited_and_for_nobody_else() {
    let stage = need!(stage());
    // The waiters have no terminal; the one who asks has.
    let terminal = helper(&stage, "first").on_terminal();
    terminal.until(PROMPT);
    let waiters: Vec<_> = (0..20).map(|_| stage.helper("first").spawn()).collect();
    // They have read the record once they wait, which their open lock file shows.
    let lock = stage.sandbox.state().join("locks");
    for waiter in &waiters {
        let has_it = || {
            let open = std::fs::read_dir(format!("/proc/{}/fd", waiter.id())).ok()?;
            let mut links = open.flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok());
            links.any(|path| path.starts_with(&lock)).then_some(())
        };
        crate::support::run::until_some(Duration::from_secs(30), has_it).expect("it waits");
    }
    terminal.type_keys(CTRL_C);
    let shown = terminal.finish();
    assert!(!shown.status.success());
    for waiter in waiters {
        let output: Output = waiter.wait().code(130);
        assert!(output.stderr.contains("was not entered"), "{output:?}");
    }
    assert_eq!(stage.sts.calls().len(), 0);
    // A later call starts afresh.
    let code = code(&stage, 0);
    stage.sandbox.rolecall(&["login", "first", "--mfa-code", &code]).run().ok();
}

#[test]
fn a_stopped_question_gives_up_its_lock_and_is_put_again_when_it_goes_on() {
    let stage = need!(stage());
    let shell = shell(&stage.sandbox);
    let line = format!("{} login first\r", env!("CARGO_BIN_EXE_rolecall"));
    shell.type_keys(&line);
    shell.until(PROMPT);
    shell.type_keys(CTRL_Z);
    shell.until(SHELL_PROMPT);
    // Its locks are free: another may make the session.
    let code = code(&stage, 0);
    stage.sandbox.rolecall(&["login", "other", "--mfa-code", &code]).run().ok();
    shell.type_keys("fg\r");
    // By now there is an MFA session, so nothing is asked any more.
    shell.until("first: new session until");
    shell.type_keys("exit\r");
    shell.finish().code(0);
    assert_eq!(stage.sts.count("GetSessionToken"), 1);
}

#[test]
fn the_aws_cli_asks_through_us_and_once() {
    let stage = need!(stage());
    let rolecall = env!("CARGO_BIN_EXE_rolecall");
    stage.edit_config(
        "[profile first]\n",
        &format!("[profile first]\nregion = eu-west-1\ncredential_process = {rolecall} credential-process first\n"),
    );
    let endpoint = stage.sts.endpoint();
    let arguments = ["s3", "ls", "--profile", "first", "--endpoint-url", &endpoint];
    for version in [1, 2] {
        let aws = need!(require_aws_cli(version), continue);
        let terminal = stage.sandbox.program(&aws, &arguments).on_terminal();
        terminal.until(PROMPT);
        terminal.type_keys(&format!("{}\r", code(&stage, i64::from(version) - 1)));
        let shown = terminal.finish().code(0);
        assert!(shown.screen.contains("my-app-data"), "{}", shown.screen);
        stage.sandbox.program(&aws, &arguments).run().ok();
        stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    }
}

#[test]
fn a_login_that_is_refused_in_the_middle_asks_nothing_more_and_says_what_it_left_out() {
    let stage = need!(stage());
    let login = ["login", "base", "first", "other", "chain"];
    let terminal = stage.sandbox.rolecall(&login).on_terminal();
    terminal.until("base: access keys");
    terminal.until(PROMPT);
    terminal.type_keys(CTRL_C);
    let screen = terminal.finish().code(130).screen;
    assert!(screen.contains("skipped: other, chain"), "{screen}");
    assert_eq!(stage.sts.calls().len(), 0);
}
