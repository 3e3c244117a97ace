//! GNOME Keyring as the store, and what `auto` makes of it.

use std::time::{Duration, Instant};

use crate::support::{
    keyring::{Service, SessionBus},
    stage::Stage,
};

#[test]
fn a_session_is_kept_in_the_keychain_and_nowhere_else() {
    Stage::with_keyring(|stage, mut bus| {
        let first = stage.document("my-role");
        assert_eq!(stage.document("my-role"), first);
        assert_eq!(stage.assumed(), 1);
        // After every run the sandbox is searched for secrets; the keyring's own files are in it.
        bus.restart_daemon();
        assert_eq!(stage.document("my-role"), first, "it survives the daemon");
        assert_eq!(stage.assumed(), 1);
    });
}

#[test]
fn a_stored_session_is_served_without_a_network() {
    let stage = &mut Stage::new();
    stage.sandbox.store("secret-service");
    {
        let _bus = need!(SessionBus::start(&stage.sandbox));
        let first = stage.document("my-role");
        stage.sandbox.env("AWS_ENDPOINT_URL_STS", stage.sts.endpoint());
        stage.sts.set_latency(Duration::from_mins(1));
        assert_eq!(stage.document("my-role"), first);
        assert_eq!(stage.assumed(), 1);
    }
}

#[test]
fn logout_removes_the_item_from_the_keychain() {
    Stage::with_keyring(|stage, _bus| {
        stage.document("my-role");
        let search = ["search", "--all", "application", "rolecall"];
        let tool = |stage: &Stage| {
            let found = stage.sandbox.program("secret-tool", &search).may_print_secrets().run();
            found.stdout.matches("label = ").count()
        };
        assert_eq!(tool(stage), 1);
        let _output = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
        assert_eq!(tool(stage), 0);
    });
}

#[test]
fn a_locked_keychain_costs_nobody_the_credentials_and_is_told_in_the_log() {
    Stage::with_keyring(|stage, bus| {
        stage.document("my-role");
        bus.lock();
        stage.document("my-role");
        assert_eq!(stage.assumed(), 2, "what is locked can't be read");
        let arguments = ["status", "--output", "json", "--stores"];
        let status = stage.sandbox.rolecall(&arguments).run().ok().json();
        assert_eq!(status["stores"][0]["usable"], false);
        let reason = status["stores"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("locked"), "{status}");
        let log = std::fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap();
        assert!(log.contains("locked"), "{log}");
    });
}

#[test]
fn a_keychain_that_hangs_is_waited_for_once_and_not_long() {
    Stage::with_keyring(|stage, bus| {
        stage.document("my-role");
        bus.pause();
        let started = Instant::now();
        stage.document("my-role");
        bus.resume();
        assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    });
}

#[test]
fn auto_takes_the_keychain_where_it_can_be_used() {
    let stage = Stage::new();
    stage.sandbox.store("auto");
    let _bus = need!(SessionBus::start(&stage.sandbox));
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(login.stdout.ends_with("saved in secret-service\n"), "{login:?}");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn auto_goes_to_the_kernel_where_the_keychain_cannot_be_used_and_says_why() {
    for service in [Service::NoCollection, Service::Absent] {
        let stage = need!(Stage::with_keyutils());
        stage.sandbox.store("auto");
        let _bus = need!(SessionBus::start_with(&stage.sandbox, service));
        let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
        assert!(login.stdout.ends_with("saved in keyutils\n"), "{login:?}");
        let status = stage.sandbox.rolecall(&["status"]).run().ok();
        assert!(status.stdout.contains("store: keyutils\n  not secret-service: "), "{status:?}");
        stage.document("my-role");
        assert_eq!(stage.assumed(), 1);
    }
}

#[test]
fn auto_finds_in_the_kernel_what_it_put_there_while_the_keychain_was_locked() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.store("auto");
    let bus = need!(SessionBus::start(&stage.sandbox));
    bus.lock();
    let first = stage.document("my-role");
    assert_eq!(stage.document("my-role"), first);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn auto_without_any_bus_goes_to_the_kernel() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.store("auto");
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(login.stdout.ends_with("saved in keyutils\n"), "{login:?}");
}
