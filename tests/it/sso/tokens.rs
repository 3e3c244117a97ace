//! Tokens: renewed once for all, kept nowhere but in the store, and left to others where they are.

use std::{fs, time::Duration};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::stage;
use crate::support::{
    run::Output,
    stage::Stage,
    sts::{Fault, Outcome},
};

const CACHE: &str = "home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// Signs in with a code; the access token lasts `seconds`, those after it an hour.
fn sign_in(stage: &Stage, seconds: i64, more: &[&str]) -> Output {
    stage.rules(|rules| rules.token_seconds = seconds);
    let arguments = [&["sso", "login", "corp", "--device-code"], more].concat();
    let output = stage.sandbox.rolecall(&arguments).run().ok();
    stage.rules(|rules| rules.token_seconds = 3600);
    output
}

fn cached(stage: &Stage) -> Value {
    serde_json::from_slice(&fs::read(stage.sandbox.path(CACHE)).unwrap()).unwrap()
}

#[test]
fn thirty_callers_at_an_ended_token_make_one_refresh_and_one_session() {
    let stage = stage();
    sign_in(&stage, 0, &[]);
    stage.sts.set_latency(Duration::from_millis(100));
    let outputs = stage.helpers_at_once("sso", 30);
    let keys: Vec<_> =
        outputs.into_iter().map(|one| one.ok().json()["AccessKeyId"].clone()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(stage.counts(), [1, 2, 1]);
}

#[test]
fn another_sign_in_is_perhaps_another_person_s_and_a_renewed_one_is_not() {
    const OTHER: &str = "aoaAAAAAGexampletoken-of-another-person";
    let stage = stage();
    // It is renewed for the first session.
    sign_in(&stage, 120, &[]);
    let one = stage.document("chained");
    assert_eq!(stage.document("chained"), one);
    assert_eq!(stage.counts(), [1, 2, 1]);
    sign_in(&stage, 3600, &[]);
    let two = stage.document("chained");
    assert_ne!(one, two);
    assert_eq!(stage.document("chained"), two);
    assert_eq!(stage.counts(), [1, 3, 2]);
    // `aws sso login`, which lasts longer.
    stage.sts.with_world(|world| world.sso_tokens.push(OTHER.to_owned()));
    let ends =
        (Utc::now() + TimeDelta::hours(8)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let theirs = json!({
        "startUrl": super::START_URL,
        "region": "us-east-2",
        "accessToken": OTHER,
        "expiresAt": ends,
    });
    stage.sandbox.file(CACHE, theirs.to_string());
    stage.sandbox.may_hold_secrets(stage.sandbox.path(CACHE));
    let three = stage.document("chained");
    assert!(three != one && three != two);
    assert_eq!(stage.document("chained"), three);
    assert_eq!(stage.counts(), [1, 3, 3]);
    // Theirs has ended: ours counts again, and so do its sessions.
    fs::remove_file(stage.sandbox.path(CACHE)).unwrap();
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
    assert_ne!(stage.document("chained"), three);
}

#[test]
fn each_refresh_token_is_used_once_and_the_next_one_is_kept() {
    let stage = stage();
    sign_in(&stage, 0, &[]);
    stage.rules(|rules| rules.token_seconds = 0);
    for refreshes in 1..=3 {
        stage.sandbox.rolecall(&["login", "sso", "--force"]).run().ok();
        assert_eq!(stage.sts.count("CreateToken"), 1 + refreshes);
    }
}

#[test]
fn a_token_near_its_end_is_renewed_and_one_that_can_not_be_is_used() {
    let stage = stage();
    sign_in(&stage, 200, &[]);
    stage.document("sso");
    assert_eq!(stage.sts.count("CreateToken"), 2);
    sign_in(&stage, 200, &[]);
    stage.sandbox.env("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:9");
    let again = stage.sandbox.rolecall(&["login", "sso", "--force"]).run().ok();
    assert!(!again.stdout.contains("signed in"), "{again:?}");
}

#[test]
fn a_sign_in_that_has_ended_at_the_service_says_so_and_asks_once() {
    let stage = stage();
    sign_in(&stage, 0, &[]);
    stage.sts.fault(Fault::Refused("InvalidGrantException"));
    for _ in 0..2 {
        let output = stage.helper("sso").run().code(3);
        assert!(output.stderr.contains("hint: run 'rolecall sso login corp'"), "{output:?}");
        assert_eq!(output.stderr.lines().count(), 2, "{output:?}");
    }
    assert_eq!(stage.counts(), [1, 2, 0]);
}

#[test]
fn a_role_session_is_given_out_without_any_token() {
    let stage = stage();
    sign_in(&stage, 3600, &[]);
    let before = stage.document("sso");
    stage.sts.with_world(|world| world.sso_tokens.clear());
    stage.sandbox.env("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:9");
    assert_eq!(stage.document("sso"), before);
}

#[test]
fn a_token_that_the_portal_refuses_is_renewed_once() {
    let stage = stage();
    sign_in(&stage, 3600, &[]);
    stage.sts.with_world(|world| world.sso_tokens.clear());
    stage.document("sso");
    assert_eq!(stage.counts(), [1, 2, 2]);
}

#[test]
fn the_aws_clis_copy_is_as_it_writes_it_and_stays_good() {
    let stage = stage();
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/sso/cache"));
    sign_in(&stage, 0, &["--aws-cache"]);
    let first = cached(&stage);
    for key in ["startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret"] {
        assert!(first[key].is_string(), "{key}");
    }
    let mode = fs::metadata(stage.sandbox.path(CACHE)).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&mode) & 0o777, 0o600);
    stage.document("sso");
    let second = cached(&stage);
    assert_ne!(first["refreshToken"], second["refreshToken"], "the copy has the next one");
    // Another program renews the copy: it is the newer one now.
    let later = (Utc::now() + TimeDelta::hours(9)).to_rfc3339();
    let token = "aoaAAAAAG-of-another-program";
    stage.sts.with_world(|world| world.sso_tokens = vec![token.to_owned()]);
    let mut third = second.clone();
    third["accessToken"] = json!(token);
    third["expiresAt"] = json!(later);
    stage.sandbox.file(CACHE, third.to_string());
    let calls = stage.sts.count("CreateToken");
    stage.sandbox.rolecall(&["login", "sso", "--force"]).run().ok();
    assert_eq!(stage.sts.count("CreateToken"), calls);
}

#[test]
fn whoever_is_killed_between_the_refresh_and_the_store_costs_a_sign_in_and_no_more() {
    let stage = stage();
    sign_in(&stage, 0, &[]);
    stage.sts.set_latency(Duration::from_millis(500));
    let running = stage.helper("sso").spawn();
    assert!(stage.sts.wait_for("CreateToken", 2, Duration::from_mins(1)));
    running.signal(rustix::process::Signal::KILL);
    drop(running.wait());
    // The service answers nobody.
    let is_answered = || stage.sts.calls().last().is_some_and(|call| call.outcome == Outcome::Ok);
    while !is_answered() {
        std::thread::sleep(Duration::from_millis(10));
    }
    stage.sts.set_latency(Duration::ZERO);
    let output = stage.helper("sso").run().code(3);
    assert!(output.stderr.contains("hint: run 'rolecall sso login corp'"), "{output:?}");
    sign_in(&stage, 3600, &[]);
    stage.document("sso");
}

#[test]
fn a_clock_that_is_off_does_no_harm_to_a_sign_in() {
    let stage = stage();
    stage.sts.set_clock_offset(TimeDelta::minutes(20));
    sign_in(&stage, 3600, &[]);
    stage.document("sso");
    stage.sts.set_clock_offset(TimeDelta::minutes(-20));
    sign_in(&stage, 3600, &[]);
    stage.sandbox.rolecall(&["login", "sso", "--force"]).run().ok();
}
