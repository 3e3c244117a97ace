//! Many callers at once.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::stage::Stage;

const SLOW: Duration = Duration::from_millis(500);

#[test]
fn a_hundred_cold_callers_make_one_call() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_latency(SLOW);
    let outputs = stage.helpers_at_once("my-role", 100);
    let first = outputs[0].json();
    for output in outputs {
        assert_eq!(output.ok().json(), first);
    }
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn a_hundred_cold_callers_with_a_real_keychain_make_one_call() {
    Stage::with_keyring(|stage, _bus| {
        stage.sts.set_latency(SLOW);
        let outputs = stage.helpers_at_once("second", 100);
        let first = outputs[0].json();
        for output in outputs {
            assert_eq!(output.ok().json(), first);
        }
        assert_eq!(stage.assumed(), 2, "one a hop");
    });
}

#[test]
fn when_the_one_who_asks_is_killed_another_asks() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_latency(Duration::from_secs(3));
    let holder = stage.helper("my-role").spawn();
    assert!(stage.sts.wait_for("AssumeRole", 1, Duration::from_secs(20)));
    let others: Vec<_> = (0..10).map(|_| stage.helper("my-role").spawn()).collect();
    holder.signal(Signal::KILL);
    stage.sts.set_latency(Duration::ZERO);
    let documents: Vec<_> = others.into_iter().map(|other| other.wait().ok().json()).collect();
    assert!(documents.iter().all(|document| *document == documents[0]));
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn twenty_callers_of_a_denied_role_share_the_answer() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.with_world(|world| world.roles[0].denied = true);
    // An STS that answers at once is the harder one: most callers come after its answer.
    for latency in [SLOW, Duration::ZERO] {
        let before = stage.assumed();
        stage.sts.set_latency(latency);
        for output in stage.helpers_at_once("my-role", 20) {
            let output = output.code(4);
            assert_eq!(output.stdout, "");
            assert!(output.stderr.contains("refused to let 'base' assume"), "{output:?}");
            assert!(output.stderr.contains("\nhint: "), "{output:?}");
        }
        assert!(stage.assumed() <= before + 2, "{} calls", stage.assumed() - before);
    }
}

#[test]
fn a_denial_is_no_answer_to_a_later_call() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.with_world(|world| world.roles[0].denied = true);
    let denied = stage.helper("my-role").run().code(4);
    assert!(denied.stderr.contains("refused to let 'base' assume"), "{denied:?}");
    stage.sts.with_world(|world| world.roles[0].denied = false);
    stage.document("my-role");
}

#[test]
fn many_callers_of_a_due_session_are_served_and_one_renews() {
    let stage = need!(Stage::with_keyutils());
    let old = stage.document("my-role");
    need!(stage.pass(50));
    stage.sts.set_latency(SLOW);
    let started = Instant::now();
    let outputs = stage.helpers_at_once("my-role", 30);
    assert!(started.elapsed() < Duration::from_mins(1));
    assert_eq!(stage.assumed(), 2);
    let renewed = stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "the renewed session is stored");
    assert!(renewed["Expiration"].as_str() > old["Expiration"].as_str());
    for output in outputs {
        let id = output.ok().json()["AccessKeyId"].take();
        assert!([&old["AccessKeyId"], &renewed["AccessKeyId"]].contains(&&id), "{id}");
    }
}

#[test]
fn without_a_store_nobody_waits_for_anybody() {
    let stage = Stage::new();
    stage.sts.set_latency(SLOW);
    for output in stage.helpers_at_once("my-role", 4) {
        let _document = output.ok();
    }
    assert_eq!(stage.assumed(), 4);
}

#[test]
fn a_waiter_gives_up_in_time_and_says_who_it_waited_for() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_latency(Duration::from_mins(2));
    let holder = stage.helper("my-role").time_limit(Duration::from_mins(2)).spawn();
    assert!(stage.sts.wait_for("AssumeRole", 1, Duration::from_secs(20)));
    // The holder gives up first, at its own deadline; a waiter that began as late as it does takes
    // over and has its own time. So stop the holder: a stopped process keeps its lock.
    holder.signal(Signal::STOP);
    let human = stage.sandbox.rolecall(&["login", "my-role"]).spawn();
    human.until_stderr(&format!("waiting: another rolecall (process {}) is creating", holder.id()));
    drop(human);
    let waiter = stage.helper("my-role").time_limit(Duration::from_mins(2)).run().code(1);
    assert!(waiter.stderr.contains(&format!("(process {})", holder.id())), "{waiter:?}");
    assert_eq!(waiter.stdout, "");
    holder.signal(Signal::KILL);
}

#[test]
fn many_callers_of_an_sts_that_is_down_all_say_so_before_long() {
    let mut stage = need!(Stage::with_keyutils());
    stage.sts.stop();
    let started = Instant::now();
    for output in stage.helpers_at_once("my-role", 30) {
        let output = output.code(7);
        assert!(output.stderr.contains("could not be reached"), "{output:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
}

#[test]
fn callers_who_waited_for_a_call_that_hung_say_what_it_was() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_latency(Duration::from_mins(2));
    for output in stage.helpers_at_once("my-role", 5) {
        let output = output.code(7);
        assert!(output.stderr.contains("no answer within the time limit"), "{output:?}");
    }
}
