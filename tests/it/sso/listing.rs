//! The accounts and roles that a sign-in gives access to.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::stage;
use crate::support::{run::Output, stage::Stage, sts::Fault};

/// A sign-in that gives access to these accounts, each with the same roles.
pub(crate) fn signed_in(accounts: &[(&str, &str)], roles: &[&str]) -> Stage {
    let stage = stage();
    assign(&stage, accounts, roles);
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    stage
}

/// Lets all sign-ins have these accounts instead of others, each with the same roles.
pub(crate) fn assign(stage: &Stage, accounts: &[(&str, &str)], roles: &[&str]) {
    stage.sts.with_world(|world| {
        let account = |(id, name): &(&str, &str)| {
            (id.to_string(), name.to_string(), format!("{id}@example.com"))
        };
        world.sso_portal.accounts = accounts.iter().map(account).collect();
        let of_account = |(id, _): &(&str, &str)| {
            let id = id.to_string();
            roles.iter().map(move |role| (id.clone(), (*role).to_owned())).collect::<Vec<_>>()
        };
        world.sso_roles = accounts.iter().flat_map(of_account).collect();
    });
}

pub(super) fn sso(stage: &Stage, arguments: &[&str]) -> Output {
    stage.sandbox.rolecall(&[&["sso"], arguments].concat()).run()
}

const TWO: [(&str, &str); 2] = [("222222222222", "Prod"), ("000000000042", "Dev [EU] \u{202e}")];

#[test]
fn accounts_and_roles_are_listed_page_by_page_and_again_without_the_portal() {
    let stage = signed_in(&TWO, &["Admin", "Viewer", "Auditor"]);
    stage.sts.with_world(|world| world.sso_portal.page = 1);
    let accounts = sso(&stage, &["accounts", "--output", "json"]).ok().json();
    let dev = json!({
        "account_id": "000000000042",
        "account_name": "Dev [EU] \u{202e}",
        "email_address": "000000000042@example.com",
    });
    assert_eq!((&accounts[0], accounts[1]["account_name"].as_str()), (&dev, Some("Prod")));
    let roles = sso(&stage, &["roles", "--output", "json"]).ok().json();
    assert_eq!(roles.as_array().map(Vec::len), Some(6));
    assert_eq!(
        roles[3],
        json!({ "account_id": "222222222222", "account_name": "Prod", "role_name": "Admin" })
    );
    let of_one = sso(&stage, &["roles", "prod", "--output", "json"]).ok().json();
    assert_eq!(of_one.as_array().map(Vec::len), Some(3));
    let table = sso(&stage, &["roles", "000000000042"]).ok().stdout;
    assert!(table.contains("Dev [EU] \\u{202e}") && table.contains("Auditor"), "{table}");
    let calls = stage.sts.calls().len();
    let cached = |verb: &str| sso(&stage, &[verb, "--cached", "--output", "json"]).ok().json();
    assert_eq!((cached("accounts"), cached("roles")), (accounts, roles));
    assert_eq!(stage.sts.calls().len(), calls);
    sso(&stage, &["roles", "nobody"]).code(5);
}

#[test]
fn without_a_sign_in_the_command_to_run_is_named() {
    let stage = stage();
    let output = sso(&stage, &["accounts"]).code(3);
    assert!(output.stderr.contains("hint: run 'rolecall sso login corp'"), "{output:?}");
    let output = sso(&stage, &["roles", "--cached"]).code(1);
    assert!(output.stderr.contains("have not been listed yet"), "{output:?}");
}

#[test]
fn one_account_that_fails_does_not_lose_the_others() {
    let stage = signed_in(&TWO, &["Admin"]);
    stage.sts.with_world(|world| world.sso_portal.broken = vec!["222222222222".to_owned()]);
    let output = sso(&stage, &["roles", "--output", "json"]).code(4);
    assert_eq!(output.json().as_array().map(Vec::len), Some(1));
    assert!(output.stderr.contains("warning: account 222222222222 (Prod)"), "{output:?}");
    assert!(output.stderr.contains("No access"), "{output:?}");
    assert!(output.stderr.contains("the roles of 1 of 2 accounts can't be listed"), "{output:?}");
}

#[test]
fn a_token_that_is_refused_is_renewed_once_and_the_listing_goes_on() {
    let stage = signed_in(&TWO, &["Admin"]);
    stage.sts.with_world(|world| world.sso_tokens.clear());
    let roles: Value = sso(&stage, &["roles", "--output", "json"]).ok().json();
    assert_eq!(roles.as_array().map(Vec::len), Some(2));
    assert_eq!(stage.sts.count("CreateToken"), 2);
}

#[test]
fn refusals_for_too_many_calls_are_waited_out() {
    let stage = signed_in(&TWO, &["Admin"]);
    for _ in 0..3 {
        stage.sts.fault(Fault::Status(429));
    }
    stage.sts.fault(Fault::Status(500));
    let roles: Value = sso(&stage, &["roles", "--output", "json"]).ok().json();
    assert_eq!(roles.as_array().map(Vec::len), Some(2));
    assert_eq!(stage.sts.faults_left(), 0);
}

#[test]
fn three_hundred_accounts_keep_to_the_limit_of_twenty_calls_a_second() {
    let ids: Vec<String> = (0..300).map(|id| format!("{id:012}")).collect();
    let names: Vec<String> = (0..300).map(|id| format!("Account {id}")).collect();
    let accounts: Vec<_> = ids.iter().zip(&names).map(|(id, name)| (&**id, &**name)).collect();
    let roles: Vec<String> = (0..10).map(|role| format!("Role{role}")).collect();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let stage = signed_in(&accounts, &roles);
    stage.sts.with_world(|world| world.sso_portal.calls_per_second = 20);
    stage.sts.set_latency(Duration::from_millis(50));
    let start = Instant::now();
    sso(&stage, &["populate", "corp"]).ok();
    let time = start.elapsed();
    let throttled = std::cell::Cell::new(0);
    stage.sts.with_world(|world| throttled.set(world.sso_portal.throttled));
    // A machine that is too busy may send calls late, and then together with later ones.
    let (called, throttled) = (stage.sts.count("ListAccountRoles"), throttled.get());
    assert!(throttled <= 15 && called <= 300 + throttled, "{throttled} of {called}");
    assert!(time < Duration::from_secs(40), "{time:?}"); // 18 s for the calls
    let config = std::fs::read(stage.sandbox.config_path()).unwrap();
    let config = String::from_utf8(config).unwrap();
    assert_eq!(config.matches("rolecall_populated_by = corp").count(), 3000);
}
