//! A session from its making to its end, with the kernel keyring as the store.

use std::fs;

use serde_json::Value;

use crate::support::{
    stage::{EXTERNAL_ID, ROLE, SECOND, Stage},
    sts::{Fault, Outcome},
};

/// Seconds until the document's expiration, by the stand-in's clock.
fn seconds_left(stage: &Stage, document: &Value) -> i64 {
    let text = document["Expiration"].as_str().expect("an Expiration");
    let end = chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339");
    assert!(text.ends_with('Z') && text.len() == 20, "{text}");
    (end.to_utc() - stage.sts.now()).num_seconds()
}

#[test]
fn the_document_has_what_every_sdk_reads() {
    let stage = Stage::new();
    let document = stage.document("my-role");
    assert_eq!(document["Version"], 1);
    assert!(document["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert!(!document["SecretAccessKey"].as_str().unwrap().is_empty());
    assert!(!document["SessionToken"].as_str().unwrap().is_empty());
    assert_eq!(document["AccountId"], "222222222222");
    assert!((3590..=3600).contains(&seconds_left(&stage, &document)));
}

#[test]
fn the_call_carries_what_the_profile_says() {
    let stage = Stage::new();
    stage.edit_config(
        "rolecall_external_id",
        "rolecall_duration_seconds = 1800\nrolecall_role_session_name = ci.job@7\nrolecall_external_id",
    );
    stage.document("my-role");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!(call.action, "AssumeRole");
    assert_eq!(call.role_arn.as_deref(), Some(ROLE));
    assert_eq!(call.external_id.as_deref(), Some(EXTERNAL_ID));
    assert_eq!(call.session_name.as_deref(), Some("ci.job@7"));
    assert_eq!(call.duration, Some(1800));
    assert_eq!(call.region.as_deref(), Some("eu-west-1"));
    assert_eq!(call.access_key_id.as_deref(), Some(stage.key_id.as_str()));
}

#[test]
fn the_session_is_named_after_the_user_and_has_no_duration_by_default() {
    let stage = Stage::new();
    stage.helper("my-role").env("LOGNAME", "CORP\\natan").run().ok();
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!(call.session_name.as_deref(), Some("CORP-natan"));
    assert_eq!(call.duration, None);
}

#[test]
fn a_second_call_is_answered_from_the_store() {
    let stage = need!(Stage::with_keyutils());
    let first = stage.document("my-role");
    assert_eq!(stage.document("my-role"), first);
    assert_eq!(stage.document("my-role"), first);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn another_region_or_profile_name_finds_the_same_session() {
    let stage = need!(Stage::with_keyutils());
    let first = stage.document("my-role");
    let elsewhere = stage.helper("my-role").env("AWS_REGION", "us-west-2").run().ok().json();
    assert_eq!(elsewhere, first);
    stage.edit_config("[profile my-role]", "[profile renamed]");
    stage.edit_config("rolecall_source_profile = my-role", "rolecall_source_profile = renamed");
    assert_eq!(stage.document("renamed"), first);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn an_edited_profile_never_finds_the_old_session() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    stage.edit_config("rolecall_external_id = ext-42", "rolecall_external_id = wrong");
    let refused = stage.helper("my-role").run().code(4);
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("hint: "), "{refused:?}");
    assert!(!refused.stderr.contains("wrong"), "the external ID is not shown: {refused:?}");
    assert_eq!(stage.assumed(), 2);
    assert_eq!(stage.sts.calls()[1].outcome, Outcome::Error("AccessDenied".into()));
    stage.edit_config("rolecall_external_id = wrong", "rolecall_external_id = ext-42");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "the good session is still there");
}

#[test]
fn each_hop_has_a_session_of_its_own() {
    let stage = need!(Stage::with_keyutils());
    let second = stage.document("second");
    assert_eq!(second["AccountId"], "333333333333");
    let roles: Vec<_> = stage.sts.calls().into_iter().filter_map(|call| call.role_arn).collect();
    assert_eq!(roles, [ROLE, SECOND]);
    let first = stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "the first hop was kept");
    let call = &stage.sts.calls()[1];
    assert_eq!(call.access_key_id.as_deref(), first["AccessKeyId"].as_str());
}

#[test]
fn a_source_session_that_aws_ended_early_is_replaced() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    // A new stand-in on the same port knows the user but none of the old sessions.
    stage.sts.forget_sessions();
    stage.document("second");
    let outcomes: Vec<_> = stage.sts.calls().into_iter().map(|call| call.outcome).collect();
    let refused = Outcome::Error("InvalidClientTokenId".into());
    assert_eq!(outcomes, [Outcome::Ok, refused, Outcome::Ok, Outcome::Ok]);
}

#[test]
fn a_chained_role_is_asked_for_one_hour_at_most() {
    let stage = Stage::new();
    stage.edit_config(
        "rolecall_source_profile = my-role",
        "rolecall_source_profile = my-role\nrolecall_duration_seconds = 7200",
    );
    stage.document("second");
    assert_eq!(stage.sts.calls()[1].duration, Some(3600));
    let login = stage.sandbox.rolecall(&["login", "second"]).run().ok();
    assert!(login.stderr.contains("7200 s requested"), "{login:?}");
}

#[test]
fn a_session_with_a_minute_or_less_to_go_is_never_served_again() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(55));
    let first = stage.document("my-role");
    let second = stage.document("my-role");
    assert_ne!(first["AccessKeyId"], second["AccessKeyId"]);
    assert_eq!(stage.assumed(), 2);
}

/// Leaves `my-role` with a session that is due but good: one hour long, ten minutes to go.
/// `None`: time can't be moved here.
fn due_session(stage: &Stage) -> Option<Value> {
    let document = stage.document("my-role");
    stage.pass(50)?;
    Some(document)
}

#[test]
fn a_session_is_due_when_botocore_would_soon_ask_again() {
    let stage = need!(Stage::with_keyutils());
    let first = stage.document("my-role");
    need!(stage.pass(44));
    assert_eq!(stage.document("my-role"), first, "16 minutes to go");
    stage.pass(45);
    let renewed = stage.document("my-role");
    assert!(seconds_left(&stage, &renewed) > 3500, "15 minutes to go");
    assert_eq!(stage.assumed(), 2);
    assert_eq!(stage.document("my-role"), renewed);
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_due_session_is_served_while_aws_cannot_be_reached_and_stays_stored() {
    let mut stage = need!(Stage::with_keyutils());
    let due = need!(due_session(&stage));
    stage.sts.stop();
    let served = stage.document("my-role");
    assert_eq!(served["AccessKeyId"], due["AccessKeyId"]);
    let log = fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap();
    assert!(log.contains("early renewal failed"), "{log}");
    assert_eq!(stage.document("my-role")["AccessKeyId"], due["AccessKeyId"]);
}

#[test]
fn after_a_failed_renewal_none_is_tried_for_a_while() {
    let stage = need!(Stage::with_keyutils());
    need!(due_session(&stage));
    stage.sts.fault(Fault::Status(500));
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "one attempt, not three");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "put off");
    stage.pass(52);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 3, "tried again");
}

#[test]
fn a_due_session_whose_role_is_denied_now_is_still_served() {
    let stage = need!(Stage::with_keyutils());
    let due = need!(due_session(&stage));
    stage.sts.with_world(|world| world.roles[0].denied = true);
    assert_eq!(stage.document("my-role")["AccessKeyId"], due["AccessKeyId"]);
}

#[test]
fn keys_without_a_role_are_handed_out_as_they_are() {
    let stage = Stage::new();
    let document = stage.document("base");
    assert_eq!(document["AccessKeyId"], stage.key_id.as_str());
    assert_eq!(document.get("Expiration"), None);
    assert_eq!(document.get("SessionToken"), None);
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn a_role_without_a_profile_is_assumed_from_its_source() {
    let stage = need!(Stage::with_keyutils());
    let flags = ["--role-arn", ROLE, "--source-profile", "base", "--external-id", EXTERNAL_ID];
    let run = || {
        let arguments: Vec<&str> = ["credential-process"].into_iter().chain(flags).collect();
        stage.sandbox.rolecall(&arguments).run().ok().json()
    };
    let first = run();
    assert_eq!(run(), first);
    assert_eq!(stage.document("my-role"), first, "the same session by whatever name");
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn settings_of_one_call_make_a_session_of_their_own() {
    let stage = need!(Stage::with_keyutils());
    let own = stage.document("my-role");
    let arguments = ["credential-process", "my-role", "--duration", "15m"];
    let short = stage.sandbox.rolecall(&arguments).run().ok().json();
    assert!(seconds_left(&stage, &short) <= 900);
    assert_eq!(stage.document("my-role"), own, "the profile's own session was not replaced");
    assert_eq!(stage.sandbox.rolecall(&arguments).run().ok().json(), short);
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn sessions_that_an_edit_replaced_are_deleted() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    stage.edit_config(
        "rolecall_external_id",
        "rolecall_duration_seconds = 900\nrolecall_external_id",
    );
    stage.document("my-role");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sessions"].as_array().unwrap().len(), 1, "{status}");
}

#[test]
fn an_ended_session_is_not_served_after_the_clock_was_put_back() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    // The clock goes back by two minutes: how long the session really has cannot be told any more.
    need!(stage.pass(-2));
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_denial_from_what_is_now_the_future_is_no_answer() {
    let stage = need!(Stage::with_keyutils());
    need!(stage.pass(120));
    stage.sts.with_world(|world| world.roles[0].denied = true);
    let denied = stage.helper("my-role").run().code(4);
    assert!(denied.stderr.contains("refused to let 'base' assume"), "{denied:?}");
    stage.pass(0);
    stage.sts.with_world(|world| world.roles[0].denied = false);
    stage.document("my-role");
    let _login = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
    assert_eq!(stage.assumed(), 3);
}

#[test]
fn two_sets_of_keys_under_one_profile_name_keep_a_session_each() {
    let stage = need!(Stage::with_keyutils());
    let other = Stage::new();
    stage.sts.with_world(|world| other.sts.with_world(|more| world.users.append(&mut more.users)));
    stage.sandbox.secret("the other user's key", &other.secret);
    let text = fs::read_to_string(other.sandbox.credentials_path()).unwrap();
    let keys = stage.sandbox.file("home/other-credentials", text);
    for _ in 0..3 {
        stage.document("my-role");
        stage.helper("my-role").env("AWS_SHARED_CREDENTIALS_FILE", &keys).run().ok();
    }
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_session_shorter_than_asked_for_is_told_with_the_remedy() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&["login", "my-role", "--at-least", "5h"]).run().ok();
    assert!(
        output.stderr.contains("the session of 'my-role' expires in 1 h, sooner"),
        "{output:?}"
    );
    assert!(output.stderr.contains("rolecall_duration_seconds"), "{output:?}");
    let output = stage.sandbox.rolecall(&["login", "second", "--at-least", "5h"]).run().ok();
    assert!(output.stderr.contains("role chaining limits it to 1 hour"), "{output:?}");
    let output = stage.sandbox.rolecall(&["login", "my-role", "--at-least", "1h"]).run().ok();
    assert_eq!(output.stderr, "");
}

#[test]
fn logout_without_a_profile_mentions_all() {
    let stage = need!(Stage::with_keyutils());
    let logout = || stage.sandbox.rolecall(&["logout"]);
    assert!(logout().run().code(5).stderr.contains("'rolecall logout --all'"));
    stage.sandbox.rolecall(&["login", "my-role", "plain"]).run().ok();
    let output = logout().env("AWS_PROFILE", "my-role").run().ok();
    assert!(output.stderr.contains("hint: 'rolecall logout --all'"), "{output:?}");
    let output = logout().env("AWS_PROFILE", "plain").run().ok();
    assert_eq!(output.stderr, "", "there is nothing more to delete");
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(output.stderr, "");
}
