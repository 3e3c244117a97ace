//! Files in the state directory that rolecall did not write: a pipe is not waited for, and a symlink
//! is not followed.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use crate::{
    mfa,
    support::{run::Output, stage::Stage},
};

/// A call that waits for nobody needs far less.
const DEADLINE: Duration = Duration::from_secs(15);
const SAVED: &str = "AKIAIOSFODNN7EXAMPLE";
const LINKED: &str = "AKIAI44QH8DHBEXAMPLE";

/// Puts a pipe that nobody writes to in the place of `path`.
pub(crate) fn put_pipe(path: &Path) {
    // There may be no file yet.
    let _removed = fs::remove_file(path);
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
}

/// Puts a symlink in the place of `path`, to a file outside the state directory that says `text`.
fn put_symlink(stage: &Stage, path: &Path, text: &str) -> PathBuf {
    let _removed = fs::remove_file(path);
    let target = stage.sandbox.file("elsewhere.json", text);
    symlink(&target, path).unwrap();
    target
}

#[track_caller]
fn run(stage: &Stage, arguments: &[&str]) -> Output {
    stage.sandbox.rolecall(arguments).time_limit(DEADLINE).run()
}

/// The only file in the state directory's `folder` that is called so.
fn only_file(stage: &Stage, folder: &str, prefix: &str) -> PathBuf {
    let entries = fs::read_dir(stage.sandbox.state().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(".json")
    });
    let path = found.next().unwrap();
    assert_eq!(found.next(), None);
    path
}

#[test]
fn keys_list_waits_for_no_pipe_and_follows_no_symlink() {
    let stage = Stage::new();
    stage.document("my-role"); // makes the folders
    let keys = stage.sandbox.state().join("keys");
    let record = |id: &str| {
        let since = "2026-01-01T00:00:00Z";
        json!({ "version": 1, "access_key_id": id, "store": "keychain", "since": since })
            .to_string()
    };
    let ids = |output: Output| -> Vec<String> {
        let listed = output.ok().json();
        let ids = listed.as_array().unwrap().iter().map(|key| key["access_key_id"].as_str());
        ids.map(|id| id.unwrap().to_owned()).filter(|id| [SAVED, LINKED].contains(&&**id)).collect()
    };
    let path = keys.join(format!("{SAVED}.json"));
    fs::write(&path, record(SAVED)).unwrap();
    let list = ["keys", "list", "--output", "json"];
    assert_eq!(ids(run(&stage, &list)), [SAVED]);
    put_pipe(&path);
    put_pipe(&keys.join(format!("{SAVED}.rotation")));
    put_symlink(&stage, &keys.join(format!("{LINKED}.json")), &record(LINKED));
    assert_eq!(ids(run(&stage, &list)), [""; 0]);
}

#[test]
fn a_session_is_made_whatever_lies_in_the_place_of_its_record() {
    let stage = Stage::new();
    stage.document("my-role");
    let path = only_file(&stage, "sessions", "");
    let text = fs::read_to_string(&path).unwrap();
    put_pipe(&path);
    run(&stage, &["status"]).ok();
    run(&stage, &["credential-process", "my-role"]).ok();
    assert!(fs::symlink_metadata(&path).unwrap().is_file(), "a record took the pipe's place");
    let target = put_symlink(&stage, &path, &text);
    run(&stage, &["credential-process", "my-role"]).ok();
    assert!(fs::symlink_metadata(&path).unwrap().is_file(), "a record took the symlink's place");
    assert_eq!(fs::read_to_string(target).unwrap(), text);
}

#[test]
fn a_code_is_sent_whatever_lies_in_the_place_of_those_that_were_sent() {
    let stage = mfa::stage();
    stage.document("first");
    let path = only_file(&stage, "", "mfa-");
    let sent = fs::read_to_string(&path).unwrap();
    put_pipe(&path);
    run(&stage, &["credential-process", "other"]).ok();
    assert!(fs::symlink_metadata(&path).unwrap().is_file(), "a record took the pipe's place");
    let target = put_symlink(&stage, &path, &sent);
    run(&stage, &["credential-process", "first"]).ok();
    assert!(fs::symlink_metadata(&path).unwrap().is_file(), "a record took the symlink's place");
    assert_eq!(fs::read_to_string(target).unwrap(), sent);
}

#[test]
fn a_log_that_is_a_pipe_is_not_waited_for() {
    let stage = Stage::new();
    stage.document("my-role");
    put_pipe(&stage.sandbox.state().join("rolecall.log"));
    run(&stage, &["status"]).ok();
    stage.sandbox.env("ROLECALL_STORE", "file").env("XDG_CACHE_HOME", "/dev/null/x");
    run(&stage, &["credential-process", "my-role"]).ok();
}
