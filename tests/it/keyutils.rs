//! The kernel's keyring, looked at from outside.

use crate::support::{clients::require_program, stage::Stage};

/// Runs `script` in a session keyring of its own that has the user's keyrings in it.
fn keyctl(stage: &Stage, script: &str) -> Option<String> {
    let keyctl = require_program("keyctl", "keyutils")?;
    let script =
        format!("{{ keyctl get_persistent @s || keyctl link @u @s; }} >/dev/null; {script}");
    Some(stage.sandbox.program(keyctl, &["session", "-", "sh", "-c", &script]).run().ok().stdout)
}

/// The descriptions of the sessions that this stage has records of.
fn descriptions(stage: &Stage) -> Vec<String> {
    let records = std::fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().flatten();
    let names = records.map(|entry| entry.file_name().into_string().unwrap());
    names.map(|name| format!("rolecall:{}", name.trim_end_matches(".json"))).collect()
}

#[test]
fn a_session_is_one_key_that_the_kernel_itself_forgets() {
    let Some(stage) = Stage::with_keyutils() else { return };
    stage.document("my-role");
    let description = &descriptions(&stage)[0];
    let Some(shown) = keyctl(&stage, "keyctl show @s") else { return };
    assert!(shown.contains(description), "{description} is not in:\n{shown}");
    let line = shown.lines().find(|line| line.contains(description)).unwrap();
    let id = line.split_whitespace().next().unwrap();
    let listed = std::fs::read_to_string("/proc/keys").unwrap();
    let hex = format!("{:08x}", id.parse::<u32>().unwrap());
    let entry = listed.lines().find(|line| line.starts_with(&hex)).expect("in /proc/keys");
    let fields: Vec<&str> = entry.split_whitespace().collect();
    assert!(matches!(fields[3], "59m" | "60m" | "1h"), "its time-out: {entry}");
    assert!(fields[4].ends_with("0000"), "nothing for others: {entry}");
}

#[test]
fn a_session_survives_the_login_that_made_it() {
    let Some(stage) = Stage::with_keyutils() else { return };
    let Some(program) = require_program("keyctl", "keyutils") else { return };
    let first = stage.document("my-role");
    // In another session keyring, as after logging out and in.
    let arguments =
        ["session", "-", env!("CARGO_BIN_EXE_rolecall"), "credential-process", "my-role"];
    let output = stage.sandbox.program(program, &arguments).may_print_secrets().run().ok();
    assert_eq!(output.json(), first);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn an_item_that_somebody_spoiled_is_a_miss() {
    let Some(stage) = Stage::with_keyutils() else { return };
    stage.document("my-role");
    let description = &descriptions(&stage)[0];
    let spoil = format!("echo nonsense | keyctl pupdate $(keyctl search @s user {description})");
    let Some(_) = keyctl(&stage, &spoil) else { return };
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "it was replaced by a good one");
}

#[test]
fn a_state_directory_that_cannot_be_used_costs_nobody_the_credentials() {
    let Some(stage) = Stage::with_keyutils() else { return };
    // A file in the place of each: no user, root included, can make a folder there.
    let blocked = stage.sandbox.file("no-state", "");
    stage.sandbox.env("XDG_STATE_HOME", blocked);
    let runtime = stage.sandbox.file("no-runtime", "");
    stage.sandbox.env("XDG_RUNTIME_DIR", runtime);
    let first = stage.document("my-role");
    assert_eq!(stage.document("my-role"), first, "the store works without records");
    assert_eq!(stage.assumed(), 1);
    let forgotten = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert!(forgotten.stdout.contains("forgotten"), "{forgotten:?}");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    let _forgotten = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
}
