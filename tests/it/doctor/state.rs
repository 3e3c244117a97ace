//! Stores, the state directory, and what earlier calls left there.

use std::fs;

use super::{ids, report, sandbox, troubles};
use crate::support::stage::Stage;

/// The texts of the findings with this ID.
fn texts<'r>(report: &'r serde_json::Value, id: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|it| it["id"] == id);
    findings.map(|finding| finding["text"].as_str().unwrap()).collect()
}

#[test]
fn each_store_is_written_read_and_emptied_again() {
    let sandbox = sandbox();
    sandbox.store("file");
    let found = report(&sandbox, &["--strict"]);
    assert!(texts(&found, "store")[0].starts_with("file: an item was written, read"), "{found:#}");
    let kept = fs::read_dir(sandbox.home().join(".cache/rolecall/sessions"));
    assert_eq!(kept.map(Iterator::count).unwrap_or_default(), 0);
    let stage = need!(Stage::with_keyutils());
    let found = report(&stage.sandbox, &[]);
    assert!(texts(&found, "store")[0].starts_with("keyutils: an item was written"), "{found:#}");
}

#[test]
fn a_keychain_is_tried_and_a_missing_one_explained() {
    Stage::with_keyring(|stage, _bus| {
        let found = report(&stage.sandbox, &[]);
        assert!(texts(&found, "store")[0].starts_with("secret-service: an item"), "{found:#}");
    });
    let sandbox = sandbox();
    sandbox.store("secret-service");
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["no-store"], "{found:#}");
    assert!(texts(&found, "no-store")[0].contains("secret-service"), "{found:#}");
    sandbox.store("none");
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0], "that is what was chosen");
}

#[test]
fn a_keychain_that_does_not_answer_is_not_waited_for() {
    let sandbox = sandbox();
    let bus = need!(crate::support::keyring::SessionBus::start(&sandbox));
    sandbox.store("auto");
    bus.pause();
    let start = std::time::Instant::now();
    let found = report(&sandbox, &[]);
    // Other commands wait for five seconds.
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    bus.resume();
    assert!(texts(&found, "store")[0].starts_with("secret-service is not used"), "{found:#}");
}

#[test]
fn a_state_directory_that_cannot_be_used_is_a_warning() {
    let sandbox = sandbox();
    sandbox.file("home/.local/state/rolecall", "a file where a folder should be");
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["state-directory"], "{found:#}");
}

#[test]
fn the_doctor_leaves_no_trace_in_a_home() {
    let sandbox = sandbox();
    report(&sandbox, &[]);
    assert!(!sandbox.home().join(".local").exists());
}

#[test]
fn the_last_failure_of_a_profile_is_reported_until_it_succeeds() {
    let stage = Stage::new();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    let _failed = stage.helper("plain").run().code(4);
    let found = report(&stage.sandbox, &["plain"]);
    let failure = troubles(&found).into_iter().find(|it| it["id"] == "last-failure");
    let failure = failure.unwrap_or_else(|| panic!("{found:#}"));
    assert!(failure["text"].as_str().unwrap().contains("AccessDenied"), "{failure:#}");
    assert_eq!(failure["severity"], "warning");
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = false));
    stage.document("plain");
    assert!(!ids(&report(&stage.sandbox, &["plain"])).contains(&"last-failure"));
}
