//! Bad days between here and AWS: what fails for a moment, what hangs, who can't be reached, and
//! who else may answer. Bad days of the stores are in `bad_stores.rs`.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

use super::words::fails;
use crate::support::{
    clients::{require_boto3, require_faketime, require_program},
    stage::Stage,
    sts::{Call, Fault, Outcome},
};

/// The longest that it may take to find out that nobody is there.
const UNREACHABLE: Duration = Duration::from_secs(15);
const PASSWORD: &str = "hunter2-of-the-proxy";

/// A server that gives each connection the same bytes, whatever it is asked, and closes it.
pub(crate) struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |stream| stream.write_all(&answer))
    }

    /// `answer` is called when the head of a request has been read.
    fn start(
        answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, count) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let counted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let (answer, asked) = (Arc::clone(&count), Arc::clone(&counted));
                thread::spawn(move || {
                    let mut seen = Vec::new();
                    let mut buffer = [0; 4096];
                    while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
                        match stream.read(&mut buffer) {
                            Ok(length) if length > 0 => seen.extend_from_slice(&buffer[..length]),
                            _ => return,
                        }
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                    // Who has heard enough hangs up.
                    answer(&mut stream).ok();
                    stream.shutdown(std::net::Shutdown::Write).ok();
                    // Nor is it to be cut off by a reset because of what it said last.
                    while stream.read(&mut buffer).is_ok_and(|length| length > 0) {}
                });
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// An HTTP answer with these lines in its head.
pub(crate) fn answer(status: &str, head: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// AssumeRole's answer, with this end and this token.
pub(crate) fn issued(ends: &str, token: &str) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleResult><Credentials><AccessKeyId>ASIAXXXXXXXXXXXXXXXX</AccessKeyId>\
         <SecretAccessKey>made-up-secret-key</SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>{ends}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}

pub(crate) fn in_an_hour() -> String {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    (now + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What `my-role` fails with when `url` stands for STS.
#[track_caller]
fn told(stage: &Stage, url: &str, code: i32) -> String {
    let run = stage.helper("my-role").env("AWS_ENDPOINT_URL_STS", url).time_limit(UNREACHABLE);
    fails(run.run(), code)
}

#[test]
fn what_fails_twice_and_then_works_makes_one_session() {
    let stage = Stage::new();
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Throttled,
        Fault::Refused("RequestLimitExceeded"),
        Fault::Reset,
        Fault::Close,
    ] {
        let before = stage.sts.calls().len();
        stage.sts.fault(fault.clone());
        stage.sts.fault(fault.clone());
        stage.helper("my-role").time_limit(UNREACHABLE).run().ok();
        let calls = stage.sts.calls().split_off(before);
        let made = calls.iter().filter(|call| call.outcome == Outcome::Ok).count();
        assert_eq!((calls.len(), made), (3, 1), "{fault:?}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again_and_then_exit_7() {
    let stage = Stage::new();
    for fault in [Fault::ResetInBody, Fault::TruncatedBody] {
        stage.sts.fault(fault.clone());
        stage.document("my-role");
        for _ in 0..3 {
            stage.sts.fault(fault.clone());
        }
        let told = fails(stage.helper("my-role").run(), 7);
        assert!(told.contains("in the middle of the answer"), "{fault:?}: {told}");
    }
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\nhello";
    let message = told(&stage, &Server::saying(chunks).url(), 7);
    assert!(message.contains("in the middle of the answer"), "{message}");
}

#[test]
fn a_service_that_hangs_is_given_up_before_callers_would() {
    let stage = Stage::new();
    stage.sts.set_latency(Duration::from_mins(2));
    let told = fails(stage.helper("my-role").time_limit(Duration::from_secs(50)).run(), 7);
    assert!(told.contains("no answer within the time limit"), "{told}");
    // A head that never ends, however busily it comes.
    let endless = Server::start(|stream| {
        loop {
            stream.write_all(b"X-More: and more\r\n")?;
            thread::sleep(Duration::from_millis(50));
        }
    });
    let run = stage.helper("my-role").env("AWS_ENDPOINT_URL_STS", endless.url());
    let _told = fails(run.time_limit(Duration::from_secs(50)).run(), 7);
}

#[test]
fn nobody_there_is_found_out_in_15_s() {
    let stage = Stage::new();
    // The queue is full: the kernel passes over further connections without a word.
    let full = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&full, &std::net::SocketAddrV4::new([127, 0, 0, 1].into(), 0)).unwrap();
    listen(&full, 0).unwrap();
    let full = TcpListener::from(full);
    let address = full.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
    }
    let message = told(&stage, &format!("http://{address}"), 7);
    assert!(message.contains("connecting timed out"), "{message}");
    // A connection, but no TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let message = told(&stage, &format!("https://{}", silent.local_addr().unwrap()), 7);
    assert!(message.contains("connecting timed out"), "{message}");
    assert!(message.contains("hint: check the network"), "{message}");
}

#[test]
fn a_name_that_no_one_has_is_named() {
    let stage = Stage::new();
    // Where no name server answers, that is soon clear.
    stage.sandbox.env("RES_OPTIONS", "timeout:1 attempts:1");
    let message = told(&stage, "https://sts.nowhere.invalid", 7);
    assert!(
        message.contains("the host name 'sts.nowhere.invalid' could not be resolved"),
        "{message}"
    );
    assert!(
        message.contains("hint: check the network, and the spelling of the region"),
        "{message}"
    );
}

#[test]
fn a_name_server_that_says_nothing_is_not_waited_for() {
    let compiler = need!(require_program("cc", "gcc"));
    let stage = Stage::new();
    // As the system's own look-up may, with several name servers to try.
    let hang = "#include <unistd.h>\nint getaddrinfo(void) { sleep(40); return -3; }\n";
    let source = stage.sandbox.file("home/hang.c", hang);
    let library = stage.sandbox.path("home/hang.so");
    let words = ["-shared", "-fPIC", "-fno-builtin", "-o"].map(std::ffi::OsString::from);
    let words = [&words[..], &[library.clone().into(), source.into()]].concat();
    let _compiled = stage.sandbox.program(compiler, &words).run().ok();
    stage.sandbox.env("LD_PRELOAD", library);
    let message = told(&stage, "https://sts.example.com", 7);
    assert!(message.contains("connecting timed out"), "{message}");
}

#[test]
fn a_proxy_that_stands_in_the_way_is_named_without_its_password() {
    let stage = Stage::new();
    stage.sandbox.secret("the proxy's password", PASSWORD);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let asks = Server::saying(answer("407 Proxy Authentication Required", "", "<p>Who?"));
    let refuses = Server::saying(answer("403 Forbidden", "", "<p>No."));
    let cuts = Server::saying("");
    for (port, url, what) in [
        (asks.port, "https://sts.example.com", "requires a user and a password (407)"),
        (asks.port, "http://sts.example.com", "requires a user and a password (407)"),
        (refuses.port, "https://sts.example.com", "refused to connect"),
        (cuts.port, "https://sts.example.com", "did not connect"),
        (closed, "https://sts.example.com", "can't be used: Connection refused"),
        (closed, "http://sts.example.com", "can't be used: Connection refused"),
    ] {
        let proxy = format!("http://natan:{PASSWORD}@127.0.0.1:{port}");
        stage.sandbox.env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy);
        let message = told(&stage, url, 7);
        let what = format!("the proxy 127.0.0.1:{port} {what}");
        assert!(message.contains(&what), "{url}: {message}");
        assert!(message.contains("hint: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"), "{message}");
    }
    // One that is not taken is not blamed.
    stage.sandbox.env("NO_PROXY", "127.0.0.1");
    let message = told(&stage, &format!("http://127.0.0.1:{closed}"), 7);
    assert!(!message.contains("the proxy 127"), "{message}");
}

#[test]
fn a_network_with_a_sign_in_of_its_own_is_no_aws() {
    let stage = Stage::new();
    let elsewhere = Server::saying(answer("200 OK", "", &issued(&in_an_hour(), "t")));
    let location = format!("Location: {}/\r\n", elsewhere.url());
    let html = "Content-Type: text/html\r\n";
    for (status, head, what) in [
        ("200 OK", html, "the answer was a web page, not AWS's (HTTP 200)"),
        ("403 Forbidden", html, "the answer was a web page, not AWS's (HTTP 403)"),
        ("301 Moved Permanently", &location, "the answer redirects elsewhere"),
        ("302 Found", &location, "the answer redirects elsewhere"),
        ("307 Temporary Redirect", &location, "the answer redirects elsewhere"),
        ("511 Network Authentication Required", html, "the network requires a sign-in (HTTP 511)"),
    ] {
        let portal = Server::saying(answer(status, head, "<p>Welcome!<br>"));
        let message = told(&stage, &portal.url(), 1);
        assert!(message.contains(what), "{status}: {message}");
        assert!(message.contains("hint: sign in to the network in a browser"), "{message}");
        assert_eq!(portal.asked(), 1, "{status}");
    }
    assert_eq!(elsewhere.asked(), 0, "a redirect was followed");
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let stage = Stage::new();
    let long = "A".repeat(10_000_000);
    for body in [long.clone(), issued(&in_an_hour(), &long)] {
        let message = told(&stage, &Server::saying(answer("200 OK", "", &body)).url(), 1);
        assert!(message.contains("far longer than any that AWS sends"), "{message}");
    }
    let endless = Server::start(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")?;
        let part = vec![b'A'; 65536];
        loop {
            stream.write_all(&part)?;
        }
    });
    let message = told(&stage, &endless.url(), 1);
    assert!(message.contains("far longer than any that AWS sends"), "{message}");
}

#[test]
fn a_date_that_is_missing_or_nonsense_costs_nobody_the_credentials() {
    let stage = Stage::new();
    for date in ["", "Date: yesterday\r\n", "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"] {
        let ends = in_an_hour();
        let sts = Server::saying(answer("200 OK", date, &issued(&ends, "made-up-token")));
        let run = stage.helper("my-role").env("AWS_ENDPOINT_URL_STS", sts.url()).run().ok();
        assert_eq!(run.json()["Expiration"], ends.as_str(), "{date}");
    }
}

#[test]
fn an_end_that_is_past_or_no_time_makes_no_session() {
    let stage = Stage::new();
    for (ends, what) in [
        ("2001-01-01T00:00:00Z", "has already expired"),
        ("soon", "the answer is not AWS's"),
        ("", "the answer is not AWS's"),
    ] {
        let sts = Server::saying(answer("200 OK", "", &issued(ends, "made-up-token")));
        let message = told(&stage, &sts.url(), 1);
        assert!(message.contains(what), "{ends}: {message}");
    }
}

#[test]
fn boto3_on_a_machine_whose_clock_is_an_hour_off_is_served_or_told_of_the_clock() {
    let stage = need!(Stage::with_keyutils());
    let python = need!(require_boto3());
    let library = need!(require_faketime());
    stage.sandbox.env("LD_PRELOAD", library).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let script = "import boto3\n\
                  credentials = boto3.Session(profile_name='my-role').get_credentials()\n\
                  print(credentials.get_frozen_credentials().access_key[:4])\n";
    let boto3 = || stage.sandbox.program(&python, &["-c", script]);
    // Behind: STS's own end would look an hour too far away, and is not what is handed out.
    stage.sandbox.env("FAKETIME", "-60m");
    for _ in 0..2 {
        assert_eq!(boto3().run().ok().stdout, "ASIA\n");
    }
    let made = |call: &&Call| call.outcome == Outcome::Ok;
    assert_eq!(stage.sts.calls().iter().filter(made).count(), 1, "the second is a stored one");
    // Ahead: a session of an hour is over for boto3 when it arrives.
    stage.sandbox.env("FAKETIME", "+62m");
    let output = boto3().run().code(1);
    assert!(output.stderr.contains("clock is 1 h 2 min ahead of AWS's"), "{output:?}");
    // A longer one is not.
    stage.edit_config(
        "rolecall_external_id",
        "rolecall_duration_seconds = 7200\nrolecall_external_id",
    );
    assert_eq!(boto3().run().ok().stdout, "ASIA\n");
}
