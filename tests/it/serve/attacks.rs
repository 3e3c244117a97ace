//! Who gets in, and who does not.

use std::{
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    time::{Duration, Instant},
};

use super::{
    http::{Answer, connect, request, send},
    server::{Access, Server},
};
use crate::support::{
    clients::{left_out, require_program},
    nobody::idle_connections,
    stage::Stage,
};

/// Nothing is told, and nothing is handed out.
#[track_caller]
fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!((answer.status, &*answer.body), (403, ""), "{what}: {answer:?}");
    assert!(!answer.head.to_lowercase().contains("access-control"), "{what}: {answer:?}");
}

#[test]
fn whoever_has_no_token_or_comes_from_a_browser_is_refused_without_a_word() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role", "plain"]);
    let (access, other) = (server.access(0), server.access(1));
    let path = &*access.path;
    let longer = format!("{}0", access.token);
    for (method, path, more) in [
        ("GET", path, ("Authorization", "")),
        ("GET", path, ("Authorization", &*longer)),
        ("GET", path, ("Authorization", &*other.token)),
        ("GET", path, ("Authorization", &*format!("Bearer {}", access.token))),
        ("GET", path, ("Host", "evil.example")),
        ("GET", path, ("Host", &*format!("evil.example:{}", access.address.port()))),
        ("GET", path, ("Host", "127.0.0.1")),
        ("GET", path, ("Origin", "http://evil.example")),
        ("GET", path, ("Origin", &*format!("http://{}", access.address))),
        ("GET", path, ("X-Forwarded-For", "127.0.0.1")),
        ("GET", path, ("Sec-Fetch-Site", "cross-site")),
        ("POST", path, ("Content-Length", "0")),
        ("OPTIONS", path, ("Access-Control-Request-Method", "GET")),
        ("HEAD", path, ("Accept", "*/*")),
        ("PUT", path, ("X", "")),
        ("GET", "/", ("X", "")),
        ("GET", "/role-arn/arn:aws:iam::111111111111:role/X", ("X", "")),
        ("GET", "/credentials/../credentials/my-role", ("X", "")),
    ] {
        assert_refused(&access.ask(method, path, &[more]), &format!("{method} {path} {more:?}"));
    }
    let without = request("GET", path, &[("Host", &access.address.to_string())]);
    assert_refused(&send(access.address, &without), "no token");
    let rebound = request("GET", "/health", &[("Host", "evil.example")]);
    assert_refused(&send(access.address, &rebound), "another name, even for the health");
    assert_eq!(access.get().status, 200);
    let output = end(server);
    assert_eq!(output.stderr, "", "attacks are no news");
}

/// Ends a server as a service manager does.
fn end(server: Server<'_>) -> crate::support::run::Output {
    server.running.signal(rustix::process::Signal::TERM);
    server.running.wait().ok()
}

#[test]
fn what_is_no_request_or_too_long_gets_nothing() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let long = "x".repeat(20_000);
    let many: Vec<_> = (0..200).map(|_| ("X-Header", "x")).collect();
    let garbage = "\u{16}\u{3}\u{1} no http\r\n\r\n";
    for (what, answer) in [
        ("a long header", access.ask("GET", &access.path, &[("X-Long", &long)])),
        ("a long path", access.ask("GET", &format!("/{long}"), &[])),
        ("many headers", access.ask("GET", &access.path, &many)),
        ("garbage", send(access.address, garbage)),
        ("two tokens", access.ask("GET", &access.path, &[("authorization", "x")])),
        (
            "a smuggled request",
            access.ask(
                "GET",
                &access.path,
                &[("Transfer-Encoding", "chunked"), ("Content-Length", "3")],
            ),
        ),
    ] {
        assert!(answer.status != 200, "{what}: {answer:?}");
        assert!(!answer.body.contains("AccessKeyId"), "{what}: {answer:?}");
    }
    assert_eq!(access.get().status, 200);
}

#[test]
fn slow_and_idle_clients_are_cut_off_and_others_are_served_meanwhile() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let idle: Vec<_> = (0..100).map(|_| connect(access.address)).collect();
    let mut slow = connect(access.address);
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(access.get().status, 200);
    }
    for stream in idle.into_iter().chain([slow]) {
        let answer = Answer::read(stream);
        assert!(!answer.body.contains("AccessKeyId"), "{answer:?}");
    }
    // Reading from a single one that is not cut off takes 20 s.
    assert!(started.elapsed() < Duration::from_secs(18), "{:?}", started.elapsed());
}

#[test]
fn a_flood_of_connections_passes() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let flood: Vec<_> = (0..400).map(|_| connect(access.address)).collect();
    access.get_until(200, Duration::from_secs(20));
    drop(flood);
    access.get_until(200, Duration::from_secs(20));
}

/// Asks as another user, with the right token.
#[cfg(target_os = "linux")]
fn as_nobody(access: &Access) -> Option<Answer> {
    let setpriv = require_program("setpriv", "util-linux")?;
    let bash = require_program("bash", "bash")?;
    let headers = access.headers();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let script = format!(
        "exec 3<>/dev/tcp/{}/{}; printf '%s' \"$0\" >&3; cat <&3",
        access.address.ip(),
        access.address.port()
    );
    let output = Command::new(setpriv)
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(bash)
        .args(["-c", &script, &request("GET", &access.path, &headers)])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .output()
        .expect("setpriv runs");
    Some(Answer::read(&*output.stdout))
}

#[test]
#[cfg(target_os = "linux")] // whose kernel tells who calls
fn another_user_with_the_token_is_refused_unless_that_is_allowed() {
    if !rustix::process::geteuid().is_root() {
        left_out("another user at the server", "only root can become one");
        return;
    }
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role"]);
    assert_refused(&need!(as_nobody(&server.access(0))), "another user");
    assert_eq!(server.access(0).get().status, 200);
    drop(server);
    let server = Server::start(&stage, &["my-role", "--any-user"]);
    assert_eq!(need!(as_nobody(&server.access(0))).status, 200);
    let access = server.access(0);
    assert_refused(&access.ask("GET", &access.path, &[("Authorization", "x")]), "no token");
}

#[test]
#[cfg(target_os = "linux")] // whose kernel tells who calls
fn other_users_can_not_take_the_places_of_this_one() {
    let stage = need!(Stage::with_keyutils());
    for arguments in [&["my-role"][..], &["my-role", "--any-user"]] {
        let server = Server::start(&stage, arguments);
        let access = server.access(0);
        let host = (&*access.address.ip().to_string(), &*access.address.port().to_string());
        let _idle = need!(idle_connections(&stage.sandbox, host, 300));
        for _ in 0..20 {
            assert_eq!(access.get().status, 200, "{arguments:?}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")] // whose kernel tells who listens
fn both_loopback_addresses_answer_and_no_other() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role"]);
    let access = server.access(0);
    let port = access.address.port();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    assert!(table.contains(&format!("0100007F:{port:04X} 00000000:0000 0A")), "127.0.0.1");
    assert!(!table.contains(&format!("00000000:{port:04X} 00000000:0000 0A")), "not 0.0.0.0");
    let six: SocketAddr = format!("[::1]:{port}").parse().unwrap();
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        for host in [format!("[::1]:{port}"), format!("localhost:{port}")] {
            let headers = [("Host", &*host), ("Authorization", &*access.token)];
            assert_eq!(send(six, &request("GET", &access.path, &headers)).status, 200, "{host}");
        }
    }
}

#[test]
fn a_socket_is_its_owners_alone() {
    let stage = need!(Stage::with_keyutils());
    let server = Server::start(&stage, &["my-role", "--unix-socket", "socket"]);
    let access = server.access(0);
    let path = stage.sandbox.home().join("socket");
    let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let headers = [("Host", "localhost"), ("Authorization", &*access.token)];
    stream.write_all(request("GET", &access.path, &headers).as_bytes()).unwrap();
    assert_eq!(Answer::read(stream).status, 200);
    let second = stage.sandbox.rolecall(&["serve", "my-role", "--unix-socket", "socket"]).run();
    assert!(second.code(1).stderr.contains("can't listen on"));
    end(server);
    assert!(!path.exists());
}

#[test]
#[cfg(target_os = "linux")] // which has all of 127.0.0.0/8
fn only_addresses_that_sdks_call_can_be_bound() {
    let stage = need!(Stage::with_keyutils());
    for (address, code) in [("0.0.0.0:0", 2), ("169.254.169.254:80", 2), ("169.254.170.23:80", 1)] {
        let output = stage.sandbox.rolecall(&["serve", "my-role", "--bind", address]).run();
        assert_eq!(output.code(code).stdout, "", "{address}");
    }
    assert_eq!(stage.assumed(), 0);
    let server = Server::start(&stage, &["my-role", "--bind", "127.0.0.9:0"]);
    assert_eq!(server.access(0).get().status, 200);
}
