//! When a server ends, and what it leaves.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::server::{Access, Server};
use crate::support::stage::Stage;

#[test]
fn a_signal_ends_it_and_its_files() {
    let stage = need!(Stage::with_keyutils());
    for (signal, code) in [(Signal::TERM, 0), (Signal::HUP, 0), (Signal::INT, 130)] {
        let server = Server::start(&stage, &["my-role", "--token-file", "token"]);
        let file = stage.sandbox.home().join("token");
        stage.sandbox.may_hold_secrets(&file);
        let environment = &server.document["profiles"][0]["environment"];
        assert_eq!(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"], file.to_str().unwrap());
        assert!(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].is_null());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let token = fs::read_to_string(&file).unwrap();
        assert!(!token.contains('\n'), "some SDKs refuse a newline");
        assert_eq!(Access { token, ..server.access(0) }.get().status, 200);
        server.running.signal(signal);
        let _output = server.running.wait().code(code);
        assert!(!file.exists());
    }
}

#[test]
fn several_tokens_go_into_a_directory() {
    let stage = need!(Stage::with_keyutils());
    let refused = stage.sandbox.rolecall(&["serve", "my-role", "plain", "--token-file", "tokens"]);
    assert!(refused.run().code(2).stderr.contains("is not a directory"));
    let folder = stage.sandbox.home().join("tokens");
    fs::create_dir(&folder).unwrap();
    stage.sandbox.may_hold_secrets(&folder);
    let server = Server::start(&stage, &["my-role", "plain", "--token-file", "tokens"]);
    for (number, name) in ["my-role", "plain"].into_iter().enumerate() {
        let token = fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(Access { token, ..server.access(number) }.get().status, 200);
    }
}

#[test]
fn once_is_once_for_each_profile() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role", "plain", "--once"]);
    let (one, other) = (server.access(0), server.access(1));
    assert_eq!(one.ask("GET", &one.path, &[("Authorization", "x")]).status, 403);
    assert_eq!(one.get().status, 200);
    assert_eq!(one.get().status, 410);
    assert_eq!(other.get().status, 200);
    let _output = server.running.wait().ok();
}

#[test]
fn it_ends_after_its_lifetime() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role", "--max-lifetime", "2s"]);
    let started = Instant::now();
    assert_eq!(server.access(0).get().status, 200);
    let output = server.running.wait().ok();
    assert!(output.stderr.contains("--max-lifetime"), "{output:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn it_ends_with_the_process_that_it_is_for() {
    let stage = need!(Stage::with_keyutils());
    let other = stage.sandbox.program("sleep", &["60"]).spawn();
    let server = Server::start(&stage, &["my-role", "--while", &other.id().to_string()]);
    assert_eq!(server.access(0).get().status, 200);
    other.signal(Signal::KILL);
    drop(other);
    let _output = server.running.wait().ok();
    let gone = stage.sandbox.rolecall(&["serve", "my-role", "--while", "2147483647"]).run();
    assert!(gone.code(2).stderr.contains("can't be watched"));
}

#[test]
fn a_killed_server_is_gone_and_its_socket_is_used_again() {
    let stage = need!(Stage::with_keyutils());
    let arguments = ["my-role", "--unix-socket", "socket"];
    let server = Server::start(&stage, &arguments);
    server.running.signal(Signal::KILL);
    drop(server);
    let server = Server::start(&stage, &arguments);
    drop(server);
    let server = Server::start(&stage, &["my-role"]);
    let address = server.access(0).address;
    let port = address.port().to_string();
    server.running.signal(Signal::KILL);
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    let server = Server::start(&stage, &["my-role", "--port", &port]);
    assert_eq!(server.access(0).address, address);
    let taken = stage.sandbox.rolecall(&["serve", "my-role", "--port", &port]).run().code(1);
    assert!(taken.stderr.contains("can't listen on"), "{taken:?}");
}

#[test]
fn a_session_policy_narrows_all_that_is_handed_out() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(8));
    let policy = ["my-role", "--session-policy", "s3-read:my-app-data"];
    let _server = Server::start(&stage, &policy);
    assert!(stage.sts.wait_for("AssumeRole", 3, Duration::from_secs(20)));
    for call in stage.sts.calls() {
        assert!(call.policy.unwrap().contains("arn:aws:s3:::my-app-data"));
    }
}

#[test]
fn variables_are_printed_for_the_shell_that_is_named() {
    let stage = need!(Stage::with_keyutils());
    for (shell, start) in
        [("bash", "export "), ("fish", "set -gx "), ("dotenv", ""), ("", "export ")]
    {
        // A service manager has no shell.
        let flag = if shell.is_empty() { vec![] } else { vec!["--shell", shell] };
        let arguments = [&["serve", "my-role"], &flag[..]].concat();
        let run = stage.sandbox.rolecall(&arguments).may_print_secrets();
        let running = run.env_remove("SHELL").spawn();
        let line = format!("{start}AWS_CONTAINER_AUTHORIZATION_TOKEN");
        let text = running.until_stdout(&line);
        assert!(text.contains(&format!("{start}AWS_CONTAINER_CREDENTIALS_FULL_URI")), "{text}");
        let unsets = text.contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        assert_eq!(unsets, shell != "dotenv", "{text}");
    }
}
