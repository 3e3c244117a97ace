//! Many callers at once, and what stops one in the middle.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{file, noted};
use crate::support::{clients::require_program, programs, stage::Stage};

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
