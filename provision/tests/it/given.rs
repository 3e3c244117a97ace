//! Who calls: keys of the command line, and a profile's own.

use crate::{moto::Account, proxy::Proxy};

#[test]
fn keys_are_taken_from_stdin_and_never_from_the_command_line() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let id = account.admin.access_key_id.clone();
    let secret = account.admin.secret_access_key.expose().to_owned();
    account.sandbox.credentials("").env_remove("AWS_PROFILE");
    let list = ["s3", "list-buckets", "--access-key", &id, "--secret-key"];
    let output = account.rolecall(&[&list[..], &["-"]].concat()).stdin(format!("{secret}\n")).run();
    assert_eq!(output.ok().json()["Name"], "mine");
    let output = account.rolecall(&[&list[..], &["not-a-dash"]].concat()).run().code(2);
    assert!(!output.stderr.contains("not-a-dash"), "{output:?}");
    assert!(output.stderr.contains("hint: --secret-key - reads it from stdin"), "{output:?}");
    let output = account.rolecall(&list[..4]).run().code(3);
    assert!(output.stderr.contains("there is no secret access key"), "{output:?}");
}

#[test]
fn a_session_is_two_lines_on_stdin() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["mine"]);
    let session = account.create(&["mine", "--duration", "15m"]);
    let token = session.session_token.as_ref().unwrap().expose();
    let lines = format!("{}\n{token}\n", session.secret_access_key.expose());
    account.sandbox.env_remove("AWS_PROFILE");
    let id = &*session.access_key_id;
    let flags = ["--access-key", id, "--secret-key", "-", "--session-token", "-"];
    let run = |verb: &[&str]| account.rolecall(&[verb, &flags].concat()).stdin(lines.clone()).run();
    assert_eq!(run(&["s3", "list-buckets"]).ok().json()["Name"], "mine");
    // Chained, an hour is the most.
    let output = run(&["s3", "create", "mine", "--duration", "2h"]).code(2);
    assert!(output.stderr.contains("for at most an hour"), "{output:?}");
}

#[test]
fn keys_are_asked_for_on_the_terminal() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let id = account.admin.access_key_id.clone();
    account.sandbox.env_remove("AWS_PROFILE").env_remove("ROLECALL_PROMPT");
    let terminal = account.rolecall(&["s3", "list-buckets", "--access-key", &id]).on_terminal();
    terminal.until("Secret access key (not shown): ");
    terminal.type_keys(&format!("{}\r", account.admin.secret_access_key.expose()));
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains("\"mine\""), "{}", shown.screen);
}

#[test]
fn a_session_that_can_not_call_iam_is_never_made() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    account.sandbox.config("[profile admin]\nrolecall_session = on\n");
    let proxy = Proxy::before(&account.endpoint);
    let run = account.rolecall(&["s3", "create", "mine"]).env("AWS_ENDPOINT_URL", &proxy.url);
    let _keys = account.created(&run.may_print_secrets().run().ok());
    assert!(!proxy.names().contains(&"GetSessionToken".to_owned()), "{:?}", proxy.names());
    let run = account.rolecall(&["credential-process", "admin"]);
    let _output = run.env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    assert!(proxy.names().contains(&"GetSessionToken".to_owned()), "{:?}", proxy.names());
}

#[test]
fn a_url_of_the_command_line_is_called_by_every_service() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    let run =
        account.rolecall(&["s3", "create", "mine", "-d", "15m", "--endpoint-url", &proxy.url]);
    let run = run.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let _keys = account.created(&run.may_print_secrets().run().ok());
    for call in ["HEAD /mine", "CreateRole", "AssumeRole"] {
        assert!(proxy.names().iter().any(|name| name == call), "{call}");
    }
}
