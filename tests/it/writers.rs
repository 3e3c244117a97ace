//! Many writers of one file, those of others among them, and writers that are killed.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use rustix::process::Signal;

use crate::support::{
    run::{Run, until_some},
    sandbox::Sandbox,
};

/// A config of the kind that people have, with comments and blocks that must come through whole.
pub(crate) fn large() -> String {
    let mut text = String::from("# mine, keep it\n[default]\nregion = eu-west-1\n");
    for i in 0..120 {
        text.push_str(&format!(
            "\n# number {i}\n[profile old-{i}]\nregion=eu-west-{i}\ns3 =\n    max_queue_size = {i}\n"
        ));
    }
    text
}

pub(crate) fn config(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_path()).unwrap_or_default()
}

pub(crate) fn set<'a>(sandbox: &'a Sandbox, profile: &str, setting: &str) -> Run<'a> {
    sandbox.rolecall(&["profile", "set", profile, setting])
}

#[test]
fn a_hundred_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.config(large());
    let running: Vec<_> = (0..100)
        .map(|i| {
            let profile = if i % 2 == 0 { "default".to_owned() } else { format!("new-{i}") };
            set(&sandbox, &profile, &format!("key_{i}={i}")).spawn()
        })
        .collect();
    for run in running {
        let _output = run.wait().ok();
    }
    let text = config(&sandbox);
    for i in 0..100 {
        assert_eq!(text.matches(&format!("\nkey_{i} = {i}\n")).count(), 1, "{i}");
    }
    // All that was there before is there in its order, untouched.
    let mut lines = text.lines();
    assert!(large().lines().all(|line| lines.any(|other| other == line)));
    let left = fs::read_dir(sandbox.config_path().parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no temporary file is left");
}

#[test]
fn both_files_are_edited_at_once_without_a_deadlock() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a0]\nx = 1\n").credentials("[a0]\ny = 1\n");
    for i in 0..8 {
        let (old, new) = (format!("a{i}"), format!("a{}", i + 1));
        let rename = sandbox.rolecall(&["profile", "rename", &old, &new]).spawn();
        let one = set(&sandbox, "other", &format!("x{i}=1")).spawn();
        let arguments = ["profile", "set", "other", &format!("y{i}=1"), "--credentials-file"];
        let two = sandbox.rolecall(&arguments).spawn();
        for run in [rename, one, two] {
            let _output = run.wait().ok();
        }
    }
    let credentials = fs::read_to_string(sandbox.credentials_path()).unwrap();
    assert!(config(&sandbox).starts_with("[profile a8]\nx = 1\n"));
    assert!(credentials.starts_with("[a8]\ny = 1\n"));
    for i in 0..8 {
        assert!(config(&sandbox).contains(&format!("\nx{i} = 1\n")));
        assert!(credentials.contains(&format!("\ny{i} = 1\n")));
    }
}

#[test]
fn a_file_that_was_truncated_to_be_written_anew_is_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.config("");
    // However long it takes to start the program, the truncation was a moment ago.
    let file = fs::File::options().write(true).open(sandbox.config_path()).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_hours(1)).unwrap();
    let running = set(&sandbox, "new", "x=1").spawn();
    // Until it begins to read: its lock is there.
    let locks = sandbox.state().join("locks");
    let begun = || fs::read_dir(&locks).ok()?.next().map(drop);
    until_some(Duration::from_secs(20), begun).expect("it takes its lock");
    // In place, as the others do it: the same file, no rename.
    sandbox.config(large());
    let _output = running.wait().ok();
    assert_eq!(config(&sandbox), large() + "\n[profile new]\nx = 1\n");
}

/// A dotfile behind a symlink, with a mode of its own.
fn linked(sandbox: &Sandbox, text: &str) -> PathBuf {
    let target = sandbox.file("home/dotfiles/aws-config", text);
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir_all(sandbox.config_path().parent().unwrap()).unwrap();
    symlink(&target, sandbox.config_path()).unwrap();
    target
}

#[test]
fn a_killed_edit_leaves_the_old_file_or_the_new_one() {
    let sandbox = Sandbox::new();
    let before = large();
    let target = linked(&sandbox, &before);
    let start = Instant::now();
    let _output = set(&sandbox, "default", "count=0").run().ok();
    let usual = start.elapsed();
    let with = |i: usize| before.replacen("eu-west-1\n", &format!("eu-west-1\ncount = {i}\n"), 1);
    let (mut current, mut killed, mut written) = (0, 0, 0);
    for i in 1..=150 {
        let mut running = set(&sandbox, "default", &format!("count={i}")).spawn();
        // From the first moment to well behind the usual end; the steps have nothing in common with
        // what the program does when.
        thread::sleep(usual * u32::try_from(i * 37 % 150).unwrap() / 110);
        if running.is_running() {
            running.signal(Signal::KILL);
        }
        killed += usize::from(!running.wait().status.success());
        let text = fs::read_to_string(&target).unwrap();
        if text == with(i) {
            (current, written) = (i, written + 1);
        }
        assert!(text == with(current), "kill {i} left neither:\n{text}");
        assert!(fs::symlink_metadata(sandbox.config_path()).unwrap().is_symlink());
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert!(killed > 10 && written > 10, "{killed} killed, {written} written: try other delays");
    // The next one finds its way, and clears up.
    let _output = set(&sandbox, "default", "count=999").run().ok();
    assert_eq!(fs::read_to_string(&target).unwrap(), with(999));
    assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
}
