//! Many callers at once, and what stops one in the middle.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{file, noted};
use crate::{
    stores::{set_mode, without_exemption},
    support::{clients::require_program, programs, stage::Stage},
};

/// How large the log grows before it is rotated.
const ROTATE_AT: usize = 5 * 1024 * 1024;

#[test]
fn two_hundred_callers_at_once_leave_two_hundred_whole_lines() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    for output in stage.helpers_at_once("my-role", 200) {
        let _document = output.ok();
    }
    let noted = noted(&stage);
    assert_eq!(noted.len(), 200);
    assert_eq!(noted.iter().filter(|entry| entry["given"] == "new").count(), 1);
    let text = fs::read_to_string(file(&stage)).unwrap();
    assert_eq!(text.lines().count(), 200);
    let lines = text.lines().map(serde_json::from_str::<serde_json::Value>);
    assert!(lines.flatten().count() == 200, "{text}");
}

#[test]
fn callers_that_rotate_the_log_at_once_lose_no_line() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    stage.document("my-role");
    let line = fs::read_to_string(file(&stage)).unwrap();
    let full = line.repeat(ROTATE_AT / line.len());
    fs::write(file(&stage), &full).unwrap();
    for output in stage.helpers_at_once("my-role", 60) {
        let _document = output.ok();
    }
    let older = file(&stage).with_extension("log.1");
    let size = |path| fs::metadata(path).unwrap().len();
    assert!(size(&older) > ROTATE_AT as u64 && size(&file(&stage)) < ROTATE_AT as u64);
    assert_eq!(noted(&stage).len(), full.lines().count() + 60);
    for path in [older, file(&stage)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_caller_that_is_killed_as_it_notes_leaves_a_whole_line_or_none() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    stage.document("my-role");
    let program = programs::rolecall().display().to_string();
    let mut ended = false;
    for number in 1..40 {
        let inject = format!("inject=write,openat:signal=KILL:when={number}");
        let words = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=write,openat", "-e", &inject];
        let words = [&words[..], &[&program, "credential-process", "my-role"]].concat();
        let run = stage.sandbox.program(&strace, &words).may_print_secrets().run();
        let text = fs::read_to_string(file(&stage)).unwrap();
        assert!(text.ends_with("}\n"), "{text}");
        noted(&stage);
        ended = run.status.success();
        if ended {
            break;
        }
    }
    assert!(ended, "it makes fewer calls than that");
}

#[test]
fn a_full_disk_costs_no_credentials_and_hides_no_later_line() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    let document = stage.document("my-role");
    // 100 bytes are left.
    let line = fs::read_to_string(file(&stage)).unwrap();
    let folder = format!("\"folder\":\"{}", "x".repeat(64 * 512 - 100 - line.len()));
    fs::write(file(&stage), line.replace("\"folder\":\"", &folder)).unwrap();
    let program = programs::rolecall().display().to_string();
    let script = format!("trap '' XFSZ; ulimit -f 64; exec {program} credential-process my-role");
    let run = stage.sandbox.program("/bin/dash", &["-c", &script]).may_print_secrets();
    assert_eq!(run.run().ok().json(), document);
    assert_eq!(fs::metadata(file(&stage)).unwrap().len(), 64 * 512, "a part of a line");
    let messages = fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap();
    assert!(messages.contains("the hand-out could not be logged: "), "{messages}");
    stage.document("my-role");
    let log = stage.sandbox.rolecall(&["log", "--output", "json"]).run().ok().json();
    assert_eq!(log["unreadable_lines"], 1);
    assert_eq!(log["hand_outs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_replaced_and_both_are_shown() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    stage.document("my-role");
    let before = fs::read_to_string(file(&stage)).unwrap();
    set_mode(&file(&stage), 0o400);
    set_mode(&stage.sandbox.state(), 0o500);
    let run = need!(without_exemption(&stage, &["credential-process", "my-role"]));
    let output = run.may_print_secrets().run().ok();
    assert_eq!(output.stderr, "");
    assert_eq!(fs::read_to_string(file(&stage)).unwrap(), before);
    assert_eq!(noted(&stage).len(), 2);
    set_mode(&stage.sandbox.state(), 0o700);
}
