//! Programs that write a file at the moment when rolecall replaces it: nothing of theirs is lost.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::writers::{config, large, set};
use crate::support::{
    clients::{require_aws_cli, require_boto3},
    run::until_some,
    sandbox::Sandbox,
};

/// Edits the file without a pause, by two processes at a time, while `others` writes it. Returns the
/// number of edits of each, and how many of all said that something may have been lost.
fn beside(sandbox: &Sandbox, others: impl FnOnce()) -> ([usize; 2], usize) {
    let (done, warned) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let editors = [0, 1].map(|worker| {
            let (done, warned) = (&done, &warned);
            scope.spawn(move || {
                let mut count = 0;
                while !done.load(Ordering::Relaxed) {
                    let setting = format!("own_{worker}_{count}={count}");
                    let output = set(sandbox, "ours", &setting).run().ok();
                    let is_warned = output.stderr.contains("warning: several programs wrote");
                    warned.fetch_add(usize::from(is_warned), Ordering::Relaxed);
                    count += 1;
                }
                count
            })
        });
        others();
        done.store(true, Ordering::Relaxed);
        (editors.map(|editor| editor.join().unwrap()), warned.load(Ordering::Relaxed))
    })
}

/// Asserts that the file is whole, and has each of these values once.
#[track_caller]
fn assert_has(sandbox: &Sandbox, values: impl IntoIterator<Item = (String, String)>) {
    assert_has_all_but(0, sandbox, values);
}

/// Asserts that the file is whole, and has each of these values once, but for so many that it does not have.
#[track_caller]
fn assert_has_all_but(
    few: usize,
    sandbox: &Sandbox,
    values: impl IntoIterator<Item = (String, String)>,
) {
    let text = config(sandbox);
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.lines() {
        *count.entry(line).or_default() += 1;
    }
    let values = values.into_iter().map(|(key, value)| format!("{key} = {value}"));
    let (doubled, lost): (Vec<_>, Vec<_>) = values
        .filter(|line| count.get(&**line) != Some(&1))
        .partition(|line| count.contains_key(&**line));
    assert!(doubled.is_empty(), "doubled: {doubled:?}\n{text}");
    assert!(lost.len() <= few, "{} lost: {lost:?}\n{text}", lost.len());
    let mut lines = text.lines();
    assert!(large().lines().all(|line| lines.any(|other| other == line)), "torn:\n{text}");
}

fn own(edits: [usize; 2]) -> impl Iterator<Item = (String, String)> {
    let of = |(worker, count): (usize, usize)| {
        (0..count).map(move |i| (format!("own_{worker}_{i}"), i.to_string()))
    };
    edits.into_iter().enumerate().flat_map(of)
}

fn theirs(count: usize) -> impl Iterator<Item = (String, String)> {
    (0..count).map(|i| (format!("key_{i}"), format!("value-{i}")))
}

/// The AWS CLI truncates the file and writes it anew, without a lock.
fn beside_the_aws_cli(version: u8) {
    let aws = need!(require_aws_cli(version));
    let sandbox = Sandbox::new();
    sandbox.config(large());
    let (edits, _) = beside(&sandbox, || {
        for (key, value) in theirs(6) {
            let arguments = ["configure", "set", &format!("profile.theirs.{key}"), &value];
            let _output = sandbox.program(&aws, &arguments).run().ok();
        }
    });
    assert!(edits.iter().sum::<usize>() > 0);
    assert_has(&sandbox, theirs(6));
    // And both read it.
    let _output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let arguments = ["configure", "get", "profile.theirs.key_5"];
    assert_eq!(sandbox.program(&aws, &arguments).run().ok().stdout, "value-5\n");
}

#[test]
fn the_aws_cli_2_writes_beside_us_and_nothing_is_lost() {
    beside_the_aws_cli(2);
}

#[test]
fn the_aws_cli_1_writes_beside_us_and_nothing_is_lost() {
    beside_the_aws_cli(1);
}

/// The part of the AWS CLI that writes, as often as it can.
const WRITER: &str = r"
import random, sys, time
from awscli.customizations.configure.writer import ConfigFileWriter
path, count = sys.argv[1], int(sys.argv[2])
random.seed(count)
for i in range(count):
    section = 'profile theirs' if i % 3 else f'profile theirs-{i}'
    ConfigFileWriter().update_config({'__section__': section, f'key_{i}': f'value-{i}'}, path)
    time.sleep(random.random() * 0.02)
";

#[test]
fn of_hundreds_of_writes_of_the_aws_cli_beside_ours_none_is_lost_without_a_word() {
    const ROUNDS: usize = 400;
    let python = need!(require_boto3());
    need!(require_aws_cli(1));
    let sandbox = Sandbox::new();
    sandbox.config(large());
    let path = sandbox.config_path().display().to_string();
    let (edits, warned) = beside(&sandbox, || {
        let arguments = ["-c", WRITER, &path, &ROUNDS.to_string()];
        let _output = sandbox.program(&python, &arguments).run().ok();
    });
    // If three programs write within the same few milliseconds, a write may be lost, and one of ours says so.
    assert_has_all_but(warned, &sandbox, theirs(ROUNDS));
    // On a busy machine, the writer may stand still for more than 10 ms between reading and writing, and then
    // removes ours (docs/profiles.md).
    let removed = edits.iter().sum::<usize>() / 25;
    assert_has_all_but(warned + removed, &sandbox, own(edits));
}

/// Waits until the config is another file than `before`; returns when it became that.
fn until_replaced(sandbox: &Sandbox, before: u64) -> Duration {
    let path = sandbox.config_path();
    let start = Instant::now();
    loop {
        let found = fs::metadata(&path).unwrap();
        if found.ino() != before {
            let [seconds, nanoseconds] = [found.ctime(), found.ctime_nsec()];
            return Duration::new(seconds.try_into().unwrap(), nanoseconds.try_into().unwrap());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it was not replaced");
    }
}

#[test]
fn what_is_written_into_the_old_file_after_the_rename_counts() {
    for round in 0..20 {
        let sandbox = Sandbox::new();
        sandbox.config(large());
        // Opened before, to append a section, as the AWS CLI does; and it takes its time.
        let held = fs::File::options().append(true).open(sandbox.config_path()).unwrap();
        let running = set(&sandbox, "ours", "x=1").spawn();
        let _renamed = until_replaced(&sandbox, held.metadata().unwrap().ino());
        thread::sleep(Duration::from_millis(round * 15 % 100));
        { &held }.write_all(b"\n[profile theirs]\nkey_0 = value-0\n").unwrap();
        drop(held);
        let _output = running.wait().ok();
        assert_has(&sandbox, theirs(1).chain([("x".to_owned(), "1".to_owned())]));
        assert!(config(&sandbox).contains("\n[profile ours]\nx = 1\n"), "{}", config(&sandbox));
        assert_eq!(fs::read_dir(sandbox.config_path().parent().unwrap()).unwrap().count(), 1);
    }
}

#[test]
fn an_edit_that_is_overwritten_at_once_is_made_again() {
    let mut in_time = 0;
    for _ in 0..60 {
        let sandbox = Sandbox::new();
        sandbox.config(large());
        let known = config(&sandbox) + "\n[profile theirs]\nkey_0 = value-0\n";
        let before = fs::metadata(sandbox.config_path()).unwrap().ino();
        let running = set(&sandbox, "ours", "x=1").spawn();
        let renamed = until_replaced(&sandbox, before);
        // What it knew before the rename, in place.
        let mut file =
            fs::File::options().write(true).truncate(true).open(sandbox.config_path()).unwrap();
        file.write_all(known.as_bytes()).unwrap();
        drop(file);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let _output = running.wait().ok();
        assert_has(&sandbox, theirs(1));
        let kept = config(&sandbox).contains("\n[profile ours]\nx = 1\n");
        // A busy machine may have kept this test from running for longer than rolecall watches.
        if now.saturating_sub(renamed) < Duration::from_millis(5) {
            assert!(kept, "ours is lost");
            in_time += 1;
        }
    }
    assert!(in_time > 0, "this machine is too busy for this test");
}

#[test]
fn a_file_that_another_program_is_still_writing_is_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.config(large());
    // Truncated long ago, by its time; and its writer is slow.
    let mut held =
        fs::File::options().write(true).truncate(true).open(sandbox.config_path()).unwrap();
    held.set_modified(SystemTime::now() + Duration::from_hours(1)).unwrap();
    let running = set(&sandbox, "ours", "x=1").spawn();
    let locks = sandbox.state().join("locks");
    let begun = || fs::read_dir(&locks).ok()?.next().map(drop);
    until_some(Duration::from_secs(20), begun).expect("it takes its lock");
    thread::sleep(Duration::from_secs(3));
    held.write_all(large().as_bytes()).unwrap();
    drop(held);
    let _output = running.wait().ok();
    assert_eq!(config(&sandbox), large() + "\n[profile ours]\nx = 1\n");
}

#[test]
fn another_new_file_is_not_overwritten_but_edited() {
    for _ in 0..10 {
        let sandbox = Sandbox::new();
        fs::create_dir_all(sandbox.config_path().parent().unwrap()).unwrap();
        let running: Vec<_> =
            (0..4).map(|i| set(&sandbox, "ours", &format!("own_0_{i}={i}")).spawn()).collect();
        for running in running {
            let _output = running.wait().ok();
        }
        assert_eq!(config(&sandbox).matches("own_0_").count(), 4);
    }
}
