//! Session names that are templates, so that AWS's logs name the program.

use crate::support::{programs, stage::Stage};

/// Runs `credential-process my-role` as a program of this name would.
fn ask(stage: &Stage, program: &str) {
    let rolecall = programs::rolecall().display().to_string();
    let text = format!("#!/bin/sh\n{rolecall} credential-process my-role\n:\n");
    let script = stage.sandbox.script(format!("home/{program}"), text);
    stage.sandbox.program(script, &[] as &[&str]).may_print_secrets().run().ok();
}

fn stage(template: &str) -> Option<Stage> {
    let stage = Stage::with_keyutils()?;
    let line = format!("[profile my-role]\nrolecall_role_session_name = {template}\n");
    stage.edit_config("[profile my-role]\n", &line);
    Some(stage)
}

fn sent(stage: &Stage) -> Vec<String> {
    stage.sts.calls().into_iter().filter_map(|call| call.session_name).collect()
}

#[test]
#[cfg(target_os = "linux")] // which tells which program it is
fn each_program_has_its_own_session_under_its_own_name() {
    let stage = need!(stage("{user}@{program}-{profile}"));
    for program in ["terraform", "deploy", "terraform"] {
        ask(&stage, program);
    }
    assert_eq!(sent(&stage), ["natan@terraform-my-role", "natan@deploy-my-role"]);
    // The program that exec runs, and not its shell.
    let exec = ["exec", "my-role", "--", "/usr/bin/env"];
    stage.sandbox.rolecall(&exec).may_print_secrets().run().ok();
    assert_eq!(sent(&stage).pop().unwrap(), "natan@env-my-role");
}

#[test]
fn a_name_without_the_program_is_shared_and_cleaned() {
    let stage = need!(stage("{user}-{host}"));
    stage.sandbox.env("LOGNAME", "CORP\\jörg");
    ask(&stage, "one");
    ask(&stage, "other");
    let names = sent(&stage);
    assert_eq!(names.len(), 1, "{names:?}");
    let host = std::process::Command::new("uname").arg("-n").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap();
    let host = host.trim().split('.').next().unwrap().to_owned();
    assert_eq!(names[0], format!("CORP-j-rg-{host}").chars().take(64).collect::<String>());
}

#[test]
fn what_is_no_template_is_an_error_with_its_place() {
    for (line, told) in [
        ("rolecall_role_session_name = {user}-{agent}", "is not a template of a session name"),
        ("rolecall_role_session_name = {user", "is not a template of a session name"),
        (
            "role_session_name = {user}",
            "'role_session_name' is a template, which AWS tools don't know",
        ),
    ] {
        let stage = Stage::new();
        stage.edit_config("[profile my-role]\n", &format!("[profile my-role]\n{line}\n"));
        let output = stage.helper("my-role").run().code(5);
        assert!(output.stderr.contains(told) && output.stderr.contains("config:2)"), "{output:?}");
        assert_eq!(stage.sts.calls().len(), 0);
    }
    let stage = Stage::new();
    let flag = ["credential-process", "my-role", "--session-name", "{users}"];
    let output = stage.sandbox.rolecall(&flag).run().code(2);
    assert!(output.stderr.contains("--session-name is not a template"), "{output:?}");
    let flag = ["credential-process", "my-role", "--session-name", "ci-{profile}"];
    stage.sandbox.rolecall(&flag).run().ok();
    assert_eq!(sent(&stage), ["ci-my-role"]);
    let set = ["profile", "set", "my-role", "rolecall_role_session_name={user}-{program}"];
    stage.sandbox.rolecall(&set).run().ok();
}
