//! What only a person can do: asked at the server's terminal, told to clients, healed by `login`.

use std::time::Duration;

use rustix::process::Signal;

use super::server::{Access, Server};
use crate::{
    mfa::{PROMPT, SERIAL, asked, kept, show},
    sso::listing::signed_in,
    support::stage::Stage,
};

/// Takes the program that gives codes out of the profiles, so that a person has to.
fn without_program(stage: &Stage) {
    let text = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("mfa_process")).collect();
    stage.sandbox.config(lines.join("\n") + "\n");
}

fn code(stage: &Stage, step: i64) -> String {
    stage.sts.totp(SERIAL, stage.sts.now() + chrono::Duration::seconds(30 * step))
}

#[test]
fn without_a_person_clients_get_the_command_and_login_elsewhere_heals_it() {
    let stage = need!(kept());
    show(&stage, &[0]);
    stage.sts.set_session_seconds(Some(6));
    let server = Server::start(&stage, &["first"]);
    let access = server.access(0);
    assert_eq!((access.get().status, asked(&stage)), (200, 1));
    without_program(&stage);
    let answer = access.get_until(400, Duration::from_secs(20)).json();
    assert_eq!(answer["code"], "NeedsHuman");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("'first' needs an MFA code"), "{message}");
    assert!(message.contains("rolecall login first"), "{message}");
    let calls = stage.sts.calls().len();
    for _ in 0..10 {
        assert_eq!(access.get().status, 400);
    }
    assert_eq!(stage.sts.calls().len(), calls, "nobody calls AWS in vain");
    let told = server.running.until_stderr("needs an MFA code");
    assert_eq!(told.matches("can't be renewed").count(), 1, "{told}");
    stage.sts.set_session_seconds(None);
    let login = ["login", "first", "--mfa-code", &code(&stage, 1)];
    stage.sandbox.rolecall(&login).run().ok();
    let healed = access.get();
    assert_eq!(healed.status, 200, "{healed:?}");
    assert_eq!(healed.json()["AccessKeyId"], stage.document("first")["AccessKeyId"]);
}

#[test]
fn a_person_at_the_servers_terminal_is_asked_and_no_client_waits_for_it() {
    let stage = need!(kept());
    without_program(&stage);
    stage.sts.set_session_seconds(Some(6));
    let arguments = ["serve", "first", "--output", "json"];
    let run = stage.sandbox.rolecall(&arguments).may_print_secrets();
    let terminal = run.on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{}\r", code(&stage, 0)));
    let printed = terminal.until("Press Ctrl-C to stop.");
    let access = access_in(&printed);
    assert_eq!(access.get().status, 200);
    let question = terminal.until(PROMPT);
    assert!(question.contains("profile 'first' needs an MFA code"), "{question}");
    let waiting = access.get_until(400, Duration::from_secs(12));
    assert!(waiting.body.contains("rolecall login first"), "{waiting:?}");
    stage.sts.set_session_seconds(None);
    terminal.type_keys(&format!("{}\r", code(&stage, 1)));
    access.get_until(200, Duration::from_secs(12));
    terminal.signal(Signal::INT);
    let shown = terminal.finish();
    let _shown = shown.code(130);
}

#[test]
fn a_server_that_ends_during_a_question_leaves_the_terminal_as_it_was() {
    let stage = need!(kept());
    without_program(&stage);
    stage.sts.set_session_seconds(Some(6));
    let arguments = ["serve", "first", "--output", "json", "--max-lifetime", "6s"];
    let terminal = stage.sandbox.rolecall(&arguments).may_print_secrets().on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{}\r", code(&stage, 0)));
    terminal.until("Press Ctrl-C to stop.");
    terminal.until(PROMPT);
    assert!(!terminal.echoes());
    terminal.until("Stopped: --max-lifetime is over");
    terminal.until_as_before();
    let _shown = terminal.finish().code(0);
}

#[test]
fn a_server_asks_before_it_hands_out_and_again_for_a_client_after_that_time() {
    let stage = need!(Stage::with_keyutils());
    stage.edit_config("[profile my-role]\n", "[profile my-role]\nrolecall_confirm = 8s\n");
    let arguments = ["serve", "my-role", "--output", "json"];
    let terminal = stage.sandbox.rolecall(&arguments).may_print_secrets().on_terminal();
    let question = "Allow every program to use them for 8 s? [y/N] ";
    let asked = terminal.until(question);
    assert!(asked.contains("rolecall serve: "), "{asked}");
    terminal.type_keys("y\r");
    let access = access_in(&terminal.until("Press Ctrl-C to stop."));
    assert_eq!(access.get().status, 200);
    let waiting = access.get_until(400, Duration::from_secs(20)).json();
    assert_eq!(waiting["code"], "NeedsHuman", "{waiting}");
    assert!(waiting["message"].as_str().unwrap().contains("needs approval"), "{waiting}");
    terminal.until(question);
    terminal.type_keys("y\r");
    access.get_until(200, Duration::from_secs(12));
    assert_eq!(stage.assumed(), 1, "the session is the same");
    terminal.signal(Signal::INT);
    let _shown = terminal.finish().code(130);
}

#[test]
fn a_missing_sign_in_is_told_and_one_elsewhere_heals_it() {
    let stage = signed_in(&[("111111111111", "Dev")], &["Viewer"]);
    stage.sts.set_session_seconds(Some(6));
    let server = Server::start(&stage, &["sso"]);
    let access = server.access(0);
    assert_eq!(access.get().json()["AccountId"], "111111111111");
    stage.sandbox.rolecall(&["sso", "logout", "--all"]).run().ok();
    let answer = access.get_until(400, Duration::from_secs(20)).json();
    assert_eq!(answer["code"], "NeedsHuman", "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("rolecall sso login"), "{answer}");
    stage.sts.set_session_seconds(None);
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    assert_eq!(access.get().status, 200);
}

#[test]
fn a_chain_of_roles_is_renewed_as_a_whole() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(6));
    let server = Server::start(&stage, &["second"]);
    assert!(stage.sts.wait_for("AssumeRole", 6, Duration::from_secs(30)));
    assert_eq!(server.access(0).get().json()["AccountId"], "333333333333");
}

#[test]
fn without_a_store_the_server_alone_holds_the_session() {
    let stage = Stage::new();
    stage.sts.set_session_seconds(Some(6));
    let server = Server::start(&stage, &["plain"]);
    let first = server.access(0).get().json();
    assert!(stage.sts.wait_for("AssumeRole", 3, Duration::from_secs(30)));
    assert_ne!(server.access(0).get().json()["AccessKeyId"], first["AccessKeyId"]);
}

/// Finds the variables in what a terminal shows.
fn access_in(screen: &str) -> Access {
    let value = |name: &str| {
        let rest = screen.split_once(&format!("\"{name}\": \"")).expect(name).1;
        rest.split_once('"').expect("a string").0.to_owned()
    };
    Access::new(
        value("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        value("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    )
}
