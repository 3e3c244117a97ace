//! Edits of the two files.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
    time::Duration,
};

use super::{CONFIG, PROGRAM, windows};
use crate::support::{
    kills::Victim,
    run::until_some,
    stage::{EXTERNAL_ID, ROLE},
    wine::Windows,
};

const LIMIT: Duration = Duration::from_secs(20);

const ADD: [&str; 9] = [
    "profile",
    "add",
    "my-role",
    "--role-arn",
    ROLE,
    "--source-profile",
    "base",
    "--external-id",
    EXTERNAL_ID,
];

/// The files beside the config that should not be there.
fn leftovers(windows: &Windows) -> Vec<String> {
    let entries = fs::read_dir(windows.home(".aws")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn an_edit_keeps_line_ends_and_every_other_byte() {
    let Some(windows) = windows() else { return };
    windows.config(CONFIG);
    let _output = windows.rolecall(&ADD).run().ok();
    let added = format!(
        "{CONFIG}\r\n[profile my-role]\r\n\
         credential_process = \"{PROGRAM}\" credential-process my-role\r\n\
         rolecall_role_arn = {ROLE}\r\n\
         rolecall_source_profile = base\r\n\
         rolecall_external_id = {EXTERNAL_ID}\r\n"
    );
    assert_eq!(windows.config_text(), added);
    let edit = |arguments: &[&str]| {
        let _output = windows.rolecall(&[&["profile"][..], arguments].concat()).run().ok();
    };
    edit(&["set", "my-role", "duration_seconds=1800"]);
    assert_eq!(windows.config_text(), format!("{added}duration_seconds = 1800\r\n"));
    edit(&["unset", "my-role", "duration_seconds"]);
    assert_eq!(windows.config_text(), added);
    edit(&["rename", "my-role", "our-role"]);
    assert_eq!(windows.config_text(), added.replace("my-role", "our-role"));
    edit(&["remove", "our-role"]);
    assert_eq!(windows.config_text(), CONFIG);
    assert_eq!(leftovers(&windows), [""; 0]);
}

#[test]
fn a_new_config_is_written_and_adopted_profiles_are_released_to_the_byte() {
    let Some(windows) = windows() else { return };
    fs::remove_file(windows.home(".aws/config")).unwrap();
    let _output = windows.rolecall(&ADD).run().ok();
    assert!(windows.config_text().starts_with("[profile my-role]\n"));
    windows.config(CONFIG);
    let _output = windows.rolecall(&["profile", "adopt", "plain"]).run().ok();
    let line = format!("credential_process = \"{PROGRAM}\" credential-process plain\r\n");
    assert!(windows.config_text().contains(&line), "{}", windows.config_text());
    windows.document("plain");
    let _output = windows.rolecall(&["profile", "release", "plain"]).run().ok();
    assert_eq!(windows.config_text(), CONFIG);
}

#[test]
fn an_edit_waits_for_a_program_that_has_the_file_open() {
    let Some(windows) = windows() else { return };
    let before = windows.config_text();
    let hold = || {
        let program = windows.prepared("hold.exe");
        let mut command = windows.program(&program, &[windows.named(".aws/config")]).into_command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "open");
        child
    };
    let set = ["profile", "set", "my-role", "region=eu-west-1"];

    let mut holder = hold();
    let mut edit = windows.rolecall(&set).spawn();
    // The new file is there, and can't get its name.
    assert!(until_some(LIMIT, || (!leftovers(&windows).is_empty()).then_some(())).is_some());
    assert!(edit.is_running());
    assert_eq!(windows.config_text(), before);
    drop(holder.stdin.take());
    let _output = edit.wait().ok();
    assert!(holder.wait().unwrap().success());
    let after = windows.config_text();
    assert_eq!(after, format!("{before}region = eu-west-1\r\n"));

    let mut holder = hold();
    let refused = windows.rolecall(&["profile", "unset", "my-role", "region"]).run().code(1);
    assert!(refused.stderr.contains("close the programs that have it open"), "{refused:?}");
    assert_eq!(windows.config_text(), after);
    assert_eq!(leftovers(&windows), [""; 0]);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
}

#[test]
fn edits_at_once_are_all_made() {
    let Some(windows) = windows() else { return };
    let names: Vec<String> = (0..12).map(|i| format!("role-{i}")).collect();
    let add = |name: &String| {
        let arguments = ["profile", "add", name, "--role-arn", ROLE, "--source-profile", "base"];
        windows.rolecall(&arguments).time_limit(Duration::from_mins(2)).spawn()
    };
    let running: Vec<_> = names.iter().map(add).collect();
    for running in running {
        let _output = running.wait().ok();
    }
    let text = windows.config_text();
    for name in &names {
        assert_eq!(text.matches(&format!("[profile {name}]\r\n")).count(), 1, "{name}:\n{text}");
    }
    assert!(text.starts_with(CONFIG));
    assert_eq!(leftovers(&windows), [""; 0]);
}

#[test]
fn a_killed_edit_leaves_the_old_file_or_the_new_one() {
    let Some(windows) = windows() else { return };
    let before = windows.config_text();
    let after = format!("{before}region = eu-west-1\r\n");
    let set = ["profile", "set", "my-role", "region=eu-west-1"];
    let victim = Victim {
        name: "profile set",
        by_day: 12,
        prepare: &|| windows.config(&before),
        command: &|| windows.rolecall(&set),
        check: &|round| {
            let left = windows.config_text();
            assert!(left == before || left == after, "{round} left neither:\n{left}");
            // The same command takes the lock, finishes what was begun, and clears up.
            windows.config(&before);
            let _output = windows.rolecall(&set).run().ok();
            assert_eq!(windows.config_text(), after, "{round}");
            assert_eq!(leftovers(&windows), [""; 0], "{round}");
        },
    };
    victim.kill();
}
