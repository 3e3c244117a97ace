//! What `rolecall log` shows.

use std::{fs, io::Write as _};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{file, noted};
use crate::support::{programs, sandbox::Sandbox, stage::Stage};

/// A sandbox whose log has these lines.
fn with_log(lines: &[String]) -> Sandbox {
    let sandbox = Sandbox::new();
    for folder in ["sessions", "keys", "locks"] {
        fs::create_dir_all(sandbox.state().join(folder)).unwrap();
    }
    fs::write(sandbox.state().join("audit.log"), lines.concat()).unwrap();
    sandbox
}

/// A line about a hand-out so many minutes ago.
fn line(minutes: i64, profile: &str, more: &Value) -> String {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    let at =
        |minutes| (now + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%S.123Z").to_string();
    let mut entry = json!({
        "time": at(-minutes),
        "verb": "credential-process",
        "profile": profile,
        "role": "arn:aws:iam::222222222222:role/Deploy",
        "account_id": "222222222222",
        "session_name": "natan",
        "access_key_id": "ASIAIOSFODNN7EXAMPLE",
        "expiration": at(60 - minutes),
        "given": "new",
        "program": "aws",
        "path": "/usr/bin/python3.11",
        "pid": 4711,
        "parent": "bash",
        "parent_pid": 4000,
        "folder": "/home/natan/src/infrastructure/live/production",
        "agent": null,
    });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    format!("{entry}\n")
}

fn shown(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.rolecall(&[&["log"], arguments].concat()).run().ok().stdout
}

#[test]
fn the_newest_hand_out_is_last_and_some_can_be_chosen() {
    let sandbox = with_log(&[
        line(10, "b", &json!({})),
        line(3 * 60, "a", &json!({})),
        line(50 * 60, "a", &json!({})),
    ]);
    let profiles = |arguments: &[&str]| {
        let log = sandbox.rolecall(&[&["log", "--output", "json"], arguments].concat());
        let log = log.run().ok().json();
        let all = log["hand_outs"].as_array().unwrap().clone();
        all.iter().map(|one| one["profile"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(profiles(&[]), "aab");
    assert_eq!(profiles(&["--since", "2h"]), "b");
    assert_eq!(profiles(&["--since", "1d"]), "ab");
    assert_eq!(profiles(&["--since", "2020-01-01"]), "aab");
    assert_eq!(profiles(&["--since", "2099-01-01 10:00"]), "");
    assert_eq!(profiles(&["--profile", "a"]), "aa");
    assert_eq!(profiles(&["--profile", "a", "--profile", "b"]), "aab");
    assert_eq!(profiles(&["b", "--profile", "nobody"]), "b");
    assert_eq!(profiles(&["nobody"]), "");
    assert!(shown(&sandbox, &["nobody"]).contains("no matching entries"));
    let wrong = sandbox.rolecall(&["log", "--since", "yesterday"]).run().code(2);
    assert!(wrong.stderr.contains("not a time: use 45m, 2h, 7d"), "{wrong:?}");
}

#[test]
fn an_empty_log_says_what_will_be_in_it() {
    let sandbox = Sandbox::new();
    assert!(shown(&sandbox, &[]).starts_with("the log is empty; "));
    let log = sandbox.rolecall(&["log", "--output", "json"]).run().ok().json();
    assert_eq!(log, json!({ "file": null, "unreadable_lines": 0, "hand_outs": [] }));
    assert!(!sandbox.state().exists(), "a reader makes nothing");
}

#[test]
fn lines_that_cannot_be_read_are_skipped_and_counted() {
    let half = line(5, "half", &json!({}));
    let half = &half[..half.len() / 2];
    let rubbish = "not a line\n".to_owned();
    let lines = [line(9, "a", &json!({})), half.to_owned(), line(1, "b", &json!({})), rubbish];
    let sandbox = with_log(&lines);
    let output = sandbox.rolecall(&["log"]).run().ok();
    assert!(output.stderr.contains("warning: skipped 2 lines of the log"), "{output:?}");
    let names: Vec<_> =
        output.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(names, ["a", "b"], "{output:?}");
    let log = sandbox.rolecall(&["log", "--output", "json"]).run().ok().json();
    assert_eq!(log["unreadable_lines"], 2);
}

#[test]
fn what_others_named_cannot_move_the_cursor() {
    let stage = Stage::new();
    let name = "a\u{1b}[2J\nb\u{202e}c";
    let folder = stage.sandbox.home().join(name);
    fs::create_dir(&folder).unwrap();
    stage.helper("my-role").folder(&folder).run().ok();
    let text = fs::read(file(&stage)).unwrap();
    assert!(text.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')), "{text:?}");
    assert_eq!(noted(&stage)[0]["folder"], folder.to_str().unwrap());
    let shown = stage.sandbox.rolecall(&["log"]).run().ok().stdout;
    assert!(shown.contains("a\\u{1b}[2J\\nb\\u{202e}c"), "{shown}");
    assert_eq!(shown.lines().count(), 2, "{shown}");
}

#[test]
fn the_table_fits_terminals() {
    let agent = json!({ "agent": "CLAUDECODE", "verb": "exec --serve", "given": "stored" });
    let sandbox = with_log(&[line(50 * 60, "my-role", &json!({})), line(1, "other", &agent)]);
    for width in [80, 120] {
        let run = sandbox.rolecall(&["log"]).env("COLUMNS", width.to_string());
        let screen = run.on_terminal().finish().code(0).screen.replace("\r\n", "\n");
        assert!(screen.lines().all(|line| line.chars().count() <= width), "{screen}");
        assert!(screen.starts_with("TIME"), "{screen}");
        for part in [
            "my-role",
            "aws",
            "CLAUDECODE",
            "exec --serve",
            "credential-process",
            "infrastructure/live/production",
        ] {
            assert!(screen.contains(part), "{part}: {screen}");
        }
    }
}

#[test]
fn ten_megabytes_are_shown_at_once_and_a_reader_may_stop() {
    let lines: Vec<String> = (0..20_000).map(|i| line(i / 60, "p", &json!({}))).collect();
    let sandbox = with_log(&lines);
    let program = programs::rolecall().display().to_string();
    let head = format!("{program} log | head -n 2; {program} log --output json | head -n 1");
    let output = sandbox.program("/bin/sh", &["-c", &head]).run().ok();
    assert_eq!((output.stdout.lines().count(), &*output.stderr), (3, ""), "{output:?}");
    let mut text =
        fs::OpenOptions::new().append(true).open(sandbox.state().join("audit.log")).unwrap();
    text.write_all(line(0, "last", &json!({})).as_bytes()).unwrap();
    let shown = shown(&sandbox, &["last"]);
    assert_eq!(shown.lines().count(), 2, "{shown}");
}
