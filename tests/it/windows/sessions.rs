//! Sessions and keys in the Credential Manager, and the locks around them.

use std::time::Duration;

use rustix::process::Signal;

use super::windows;
use crate::support::{stage::Stage, sts::Fault, wine::Windows};

/// Programs start slowly under Wine.
const LIMIT: Duration = Duration::from_mins(2);

fn assumed(windows: &Windows) -> usize {
    windows.stage.assumed()
}

#[test]
fn a_session_is_kept_until_it_is_forgotten() {
    let Some(windows) = windows() else { return };
    let first = windows.document("my-role");
    assert_eq!(first["AccountId"], "222222222222");
    assert_eq!(windows.items().len(), 1);
    assert_eq!(windows.document("my-role"), first);
    assert_eq!(assumed(&windows), 1);
    let status = windows.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sessions"][0]["profile"], "my-role", "{status:#}");
    assert_eq!(status["sessions"][0]["store"], "wincred", "{status:#}");
    windows.document("plain");
    assert_eq!(windows.items().len(), 2);
    let _output = windows.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(windows.items(), [""; 0]);
    assert_ne!(windows.document("my-role"), first);
    assert_eq!(assumed(&windows), 3);
}

#[test]
fn a_session_that_is_too_long_for_one_credential_is_split() {
    let Some(windows) = windows() else { return };
    let token = |length: usize, start: &str| format!("{start}{}", "Xy9/".repeat(length / 4));
    // Longer, much longer, and short again: the parts that are not needed any more go.
    for (length, items) in [(4_000, 2), (12_000, 5), (400, 1)] {
        let token = token(length, &format!("IQoJb3JpZ2lu{length}"));
        windows.stage.sandbox.secret("a long token", &token);
        windows.stage.sts.fault(Fault::OtherText("SessionToken", token.clone()));
        let login = windows.rolecall(&["login", "my-role", "--force"]).run().ok();
        assert_eq!(windows.document("my-role")["SessionToken"], token, "{login:?}");
        let names = windows.items();
        assert_eq!(names.len(), items, "{length}: {names:?}");
    }
    assert_eq!(assumed(&windows), 3);
    let _output = windows.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(windows.items(), [""; 0]);
}

#[test]
fn thirty_cold_callers_make_one_call() {
    let Some(windows) = windows() else { return };
    windows.stage.sts.set_latency(Duration::from_millis(500));
    let callers = (0..30).map(|_| windows.helper("my-role").time_limit(LIMIT).spawn());
    let callers: Vec<_> = callers.collect();
    let documents: Vec<_> = callers.into_iter().map(|caller| caller.wait().ok().json()).collect();
    assert!(documents.iter().all(|document| *document == documents[0]));
    assert_eq!(assumed(&windows), 1);
}

#[test]
fn a_denial_is_shared_too() {
    let Some(windows) = windows() else { return };
    windows.stage.sts.with_world(|world| world.roles[0].denied = true);
    windows.stage.sts.set_latency(Duration::from_secs(2));
    let callers = (0..6).map(|_| windows.helper("my-role").time_limit(LIMIT).spawn());
    let callers: Vec<_> = callers.collect();
    for caller in callers {
        let output = caller.wait().code(4);
        assert!(output.stderr.contains("refused to let 'base' assume"), "{output:?}");
    }
    assert!(assumed(&windows) <= 2, "{} calls", assumed(&windows));
}

#[test]
fn when_the_one_who_asks_is_killed_another_asks() {
    let Some(windows) = windows() else { return };
    windows.stage.sts.set_latency(Duration::from_secs(5));
    let holder = windows.helper("my-role").time_limit(LIMIT).spawn();
    assert!(windows.stage.sts.wait_for("AssumeRole", 1, LIMIT));
    let others = (0..4).map(|_| windows.helper("my-role").time_limit(LIMIT).spawn());
    let others: Vec<_> = others.collect();
    holder.signal(Signal::KILL);
    windows.stage.sts.set_latency(Duration::ZERO);
    let documents: Vec<_> = others.into_iter().map(|other| other.wait().ok().json()).collect();
    assert!(documents.iter().all(|document| *document == documents[0]));
    assert_eq!(assumed(&windows), 2);
}

#[test]
fn one_that_windows_ends_leaves_its_lock_free() {
    let Some(windows) = windows() else { return };
    windows.stage.sts.set_latency(Duration::from_mins(5));
    let holder = windows.helper("my-role").time_limit(LIMIT).spawn();
    assert!(windows.stage.sts.wait_for("AssumeRole", 1, LIMIT));
    let kill = ["taskkill.exe", "/F", "/IM", "rolecall.exe"];
    let _output = windows.program(kill[0], &kill[1..]).run().ok();
    assert_eq!(holder.wait().stdout, "");
    windows.stage.sts.set_latency(Duration::ZERO);
    windows.document("my-role");
    assert_eq!(assumed(&windows), 2);
}

#[test]
fn a_key_is_kept_and_used_and_removed() {
    let Some(windows) = windows() else { return };
    let import = ["keys", "import", "base"];
    let _output = windows.rolecall(&import).run().ok();
    let Stage { key_id, .. } = &windows.stage;
    assert_eq!(windows.items(), [format!("access-key:{key_id}")]);
    let file = std::fs::read_to_string(windows.home(".aws/credentials")).unwrap_or_default();
    assert!(!file.contains("aws_secret_access_key"), "the key is not in the file any more");
    windows.document("my-role");
    assert_eq!(windows.document("base")["AccessKeyId"], key_id.as_str());
    let _output = windows.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(windows.items().len(), 1, "logout leaves keys alone");
    let _output = windows.rolecall(&["keys", "remove", "base", "--force"]).run().ok();
    assert_eq!(windows.items(), [""; 0]);
}
