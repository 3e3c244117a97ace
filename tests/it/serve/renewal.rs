//! Sessions are renewed ahead of time, by one call, and requests never wait for it.

use std::{
    collections::BTreeSet,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::json;

use super::server::Server;
use crate::support::{
    clients::require_faketime,
    stage::{PLAIN, ROLE, Stage},
};

#[test]
fn the_answer_is_what_sdks_read() {
    let stage = need!(Stage::with_keyutils());
    let session = stage.document("my-role");
    let server = Server::start(&stage, &["my-role"]);
    let answer = server.access(0).get();
    assert_eq!(answer.status, 200);
    let same = ["AccessKeyId", "SecretAccessKey", "Expiration", "AccountId"];
    let given = answer.json();
    for name in same {
        assert_eq!(given[name], session[name], "{name}");
    }
    assert_eq!(given["Token"], session["SessionToken"]);
    assert_eq!(given["RoleArn"], ROLE);
    assert!(answer.head.contains("cache-control: no-store"), "{answer:?}");
    assert!(answer.head.contains("content-type: application/json"), "{answer:?}");
    assert_eq!(stage.assumed(), 1, "the stored session is served");
}

#[test]
fn each_profile_has_a_path_and_a_token_of_its_own() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role", "plain"]);
    let (one, other) = (server.access(0), server.access(1));
    assert_eq!(one.get().json()["RoleArn"], ROLE);
    assert_eq!(other.get().json()["RoleArn"], PLAIN);
    assert_ne!(one.token, other.token);
    assert_eq!(one.ask("GET", &other.path, &[]).status, 403);
    let health = one.ask("GET", "/health", &[("Authorization", "")]);
    assert_eq!((health.status, health.json()), (200, json!({"status": "ok"})));
    assert_eq!(server.document["profiles"][1]["profile"], "plain");
}

#[test]
fn fifty_clients_during_a_renewal_are_answered_at_once_and_make_one_call() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(40));
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let old = access.get().json();
    stage.sts.set_session_seconds(None);
    // The renewal gets no answer until the sender is gone.
    let (answer_now, waiting) = mpsc::channel::<()>();
    let waiting = Mutex::new(waiting);
    stage.sts.on_call(move |_| {
        let _released = waiting.lock().map(|waiting| waiting.recv());
    });
    // It is due when a quarter is over.
    assert!(stage.sts.wait_for("AssumeRole", 2, Duration::from_secs(30)));
    let clients: Vec<_> = (0..50)
        .map(|_| {
            let access = access.clone();
            std::thread::spawn(move || access.get())
        })
        .collect();
    for client in clients {
        let answer = client.join().unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["AccessKeyId"], old["AccessKeyId"], "nobody waits");
    }
    assert_eq!(stage.assumed(), 2);
    drop(answer_now);
    let started = Instant::now();
    while access.get().json()["AccessKeyId"] == old["AccessKeyId"] {
        assert!(started.elapsed() < Duration::from_secs(30), "it is not replaced");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn sessions_of_five_seconds_are_replaced_before_they_end() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let mut seen = BTreeSet::new();
    let started = Instant::now();
    while seen.len() < 4 {
        assert!(started.elapsed() < Duration::from_secs(40), "{seen:?}");
        let answer = access.get();
        assert_eq!(answer.status, 200, "{answer:?}");
        let given = answer.json();
        let ends = given["Expiration"].as_str().unwrap();
        let ends = chrono::DateTime::parse_from_rfc3339(ends).unwrap();
        assert!(ends > chrono::Utc::now(), "{given}");
        seen.insert(given["AccessKeyId"].as_str().unwrap().to_owned());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_session_that_another_process_renewed_is_taken_from_the_store() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(12));
    let server = Server::start(&stage, &["my-role"]);
    stage.sts.set_session_seconds(None);
    let login = stage.sandbox.rolecall(&["login", "my-role", "--force"]).run().ok();
    assert!(login.stdout.contains("new session"), "{login:?}");
    let stored = stage.document("my-role");
    let access = server.access(0);
    let started = Instant::now();
    while access.get().json()["AccessKeyId"] != stored["AccessKeyId"] {
        assert!(started.elapsed() < Duration::from_secs(30), "it is not taken");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_renewal_that_fails_leaves_the_session_and_then_the_reason() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(16));
    let server = Server::start(&stage, &["plain"]);
    stage.sts.with_world(|world| world.roles[2].denied = true);
    assert!(stage.sts.wait_for("AssumeRole", 2, Duration::from_secs(20)));
    let access = server.access(0);
    assert_eq!(access.get().status, 200, "the old one is still valid");
    let denied = access.get_until(400, Duration::from_secs(30));
    assert_eq!(denied.json()["code"], "AccessDenied");
    let message = denied.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("refused to let 'base' assume"), "{message}");
    assert_eq!(access.ask("GET", "/health", &[]).status, 503);
    let calls = stage.assumed();
    let reports = server.running.until_stderr("can't be renewed");
    assert_eq!(reports.matches("can't be renewed").count(), 1, "{reports}");
    for _ in 0..20 {
        assert_eq!(access.get().status, 400);
    }
    assert!(stage.assumed() <= calls + 2, "requests start no calls");
    stage.sts.set_session_seconds(None);
    stage.sts.with_world(|world| world.roles[2].denied = false);
    access.get_until(200, Duration::from_secs(40));
}

#[test]
fn nothing_is_served_if_a_first_session_can_not_be_had() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.with_world(|world| world.roles[2].denied = true);
    let output = stage.sandbox.rolecall(&["serve", "my-role", "plain"]).run().code(4);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("refused to let 'base' assume"), "{output:?}");
    let keys = stage.sandbox.rolecall(&["serve", "base"]).run().code(5);
    assert!(keys.stderr.contains("'base' has credentials that don't expire"), "{keys:?}");
}

/// Timers stand still while a machine sleeps; the wall clock does not.
#[test]
#[cfg(target_os = "linux")] // where the clock of one process can be moved
fn a_session_that_ended_while_the_machine_slept_is_never_handed_out() {
    let library = need!(require_faketime());
    let stage = need!(Stage::with_keyutils());
    let clock = stage.sandbox.file("clock", "+0s\n");
    stage
        .sandbox
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let first = access.get().json();
    stage.sandbox.file("clock", "+7200s\n");
    stage.sts.set_clock_offset(chrono::Duration::hours(2));
    let answer = access.get();
    assert_eq!(answer.status, 200, "{answer:?}");
    let second = answer.json();
    assert_ne!(second["AccessKeyId"], first["AccessKeyId"]);
    assert!(second["Expiration"].as_str() > first["Expiration"].as_str());
    assert_eq!(stage.assumed(), 2);
}
