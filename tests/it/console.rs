//! `console`: the sign-in to the web console, against the stand-in's federation endpoint.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use crate::{
    mfa,
    support::{
        clients::left_out,
        nobody::idle_connections,
        run::{Output, Run, Running, until_some},
        stage::Stage,
    },
};

/// A stage whose sign-in is the stand-in's, and whose browser writes down what it is started with.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.sandbox.env("AWS_ENDPOINT_URL_SIGNIN", stage.sts.endpoint());
    let browser = "#!/bin/sh\nenv > \"$HOME/environment\"\nprintf '%s' \"$*\" > \"$HOME/.opened\"\n\
                   mv \"$HOME/.opened\" \"$HOME/opened\"\n";
    let browser = stage.sandbox.script("bin/xdg-open", browser);
    let path = format!("{}:/usr/bin:/bin", browser.parent().unwrap().display());
    stage.sandbox.env("PATH", path).env("DISPLAY", ":0");
    stage
}

fn console<'s>(stage: &'s Stage, arguments: &[&str]) -> Run<'s> {
    stage.sandbox.rolecall(&[&["console"], arguments].concat())
}

/// What the browser was started with.
fn opened(stage: &Stage) -> String {
    let path = stage.sandbox.home().join("opened");
    until_some(Duration::from_secs(30), || fs::read_to_string(&path).ok()).expect("a browser")
}

/// What `http://127.0.0.1:PORT/…` answers.
fn get(address: &str) -> String {
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn location(answer: &str) -> &str {
    answer.lines().find_map(|line| line.strip_prefix("Location: ")).expect("a redirect")
}

fn printed(stage: &Stage, arguments: &[&str]) -> String {
    let arguments = [arguments, &["--print"]].concat();
    let output = console(stage, &arguments).may_print_secrets().run().ok();
    output.stdout.trim_end().to_owned()
}

#[test]
fn the_browser_is_sent_on_once_and_its_arguments_hold_no_secret() {
    let stage = stage();
    let running: Running<'_> = console(&stage, &["my-role", "--service", "s3"])
        .env("AWS_SECRET_ACCESS_KEY", "of-somebody")
        .spawn();
    let address = opened(&stage);
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    assert!(!address.contains("SigninToken") && address.len() < 80, "{address}");
    let environment = fs::read_to_string(stage.sandbox.home().join("environment")).unwrap();
    assert!(!environment.contains("of-somebody"), "{environment}");
    let (wrong, _) = address.split_at(address.len() - 1);
    assert!(get(wrong).starts_with("HTTP/1.1 404"));
    let answer = get(&address);
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    let output = running.wait().ok();
    assert!(output.stdout.starts_with("my-role: the console is open in your browser, until"));
    let closed = TcpStream::connect(address[7..].split('/').next().unwrap()).unwrap_err();
    assert_eq!(closed.kind(), std::io::ErrorKind::ConnectionRefused);
    // And there AWS lets it in.
    let answer = get(location(&answer));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let call = stage.sts.calls().pop().unwrap();
    let page = "https://console.aws.amazon.com/s3/home?region=eu-west-1";
    assert_eq!(call.destination.as_deref(), Some(page));
    let token = stage.sts.calls().into_iter().find(|call| call.action == "getSigninToken").unwrap();
    assert_eq!((&*token.method, token.console_duration), ("POST", None));
}

#[test]
fn an_address_can_be_printed_and_nothing_is_opened() {
    let stage = stage();
    let address = printed(&stage, &["plain"]);
    assert!(address.starts_with(&stage.sts.endpoint()), "{address}");
    assert!(get(&address).starts_with("HTTP/1.1 200"));
    assert!(!stage.sandbox.home().join("opened").exists());
    let call = stage.sts.calls().pop().unwrap();
    let page = "https://console.aws.amazon.com/console/home";
    assert_eq!(call.destination.as_deref(), Some(page), "nobody chose a region");
}

#[test]
fn the_console_may_last_longer_than_its_credentials_for_a_role_of_long_lived_keys() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("AWS_ENDPOINT_URL_SIGNIN", stage.sts.endpoint());
    stage.document("plain");
    printed(&stage, &["plain", "--duration", "8h"]);
    assert_eq!(stage.assumed(), 1, "the session that was there serves");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!(call.console_duration.as_deref(), Some("28800"));
    let chained = console(&stage, &["second", "--duration", "8h", "--print"]).run().code(2);
    assert!(chained.stderr.contains("directly with an IAM user's access keys"), "{chained:?}");
    printed(&stage, &["second"]);
    let too_long = console(&stage, &["plain", "--duration", "13h", "--print"]).run().code(2);
    assert!(too_long.stderr.contains("from 900 to 43200"), "{too_long:?}");
}

#[test]
fn a_role_with_mfa_takes_a_code_of_its_own_for_a_longer_console() {
    let stage = need!(mfa::kept());
    stage.sandbox.env("AWS_ENDPOINT_URL_SIGNIN", stage.sts.endpoint());
    printed(&stage, &["first"]);
    assert_eq!(stage.sts.count("GetSessionToken"), 1);
    let assumed = stage.assumed();
    printed(&stage, &["first", "--duration", "2h"]);
    assert_eq!((stage.sts.count("GetSessionToken"), stage.assumed()), (1, assumed + 1));
    assert_eq!(stage.sts.calls().pop().unwrap().console_duration.as_deref(), Some("7200"));
}

#[test]
fn what_cannot_sign_in_is_told_with_what_to_do() {
    let stage = stage();
    let told = |output: Output, words: &str| assert!(output.stderr.contains(words), "{output:?}");
    told(console(&stage, &["base"]).run().code(5), "'base' has long-lived keys");
    assert_eq!(stage.sts.calls().len(), 0);
    told(console(&stage, &["plain", "--service", "s3/../x"]).run().code(2), "--service");
    let run = console(&stage, &["plain"]).env_remove("DISPLAY").env_remove("BROWSER");
    told(run.run().code(3), "use --print");
    assert_eq!(stage.sts.calls().len(), 0, "nobody was asked before");
    // GetSessionToken's sessions, which somebody put into the credentials file.
    stage.edit_config("source_profile = base\n", "source_profile = base\n\n[profile old]\naws_access_key_id = ASIAOLD\naws_secret_access_key = x\naws_session_token = y\n");
    told(console(&stage, &["old", "--print"]).run().code(4), "not those from GetSessionToken");
    let run =
        console(&stage, &["plain", "--print"]).env("AWS_ENDPOINT_URL_SIGNIN", "http://127.0.0.1:9");
    told(run.run().code(7), "AWS Sign-In at http://127.0.0.1:9 could not be reached");
    stage.sandbox.script("bin/xdg-open", "#!/bin/sh\nexit 4\n");
    told(console(&stage, &["plain"]).run().code(1), "the browser could not be started");
}

/// An address to sign in at, where every request gets `answer`, or none at all.
fn other_sign_in(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            drop(stream.read(&mut [0; 4096]));
            if let Some(answer) = answer {
                let length = answer.len();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all((head + answer).as_bytes()).unwrap();
            }
            kept.push(stream);
        }
    });
    address
}

#[test]
fn an_answer_without_a_token_is_no_address() {
    let stage = stage();
    for answer in ["{\"SigninToken\":\"\"}", "{}", "<html>"] {
        let sign_in = other_sign_in(Some(answer));
        let run = console(&stage, &["plain", "--print"]).env("AWS_ENDPOINT_URL_SIGNIN", sign_in);
        let output = run.run().code(1);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains("the answer is not AWS's"), "{output:?}");
    }
}

#[test]
fn a_sign_in_that_never_answers_is_not_waited_for_as_a_human_is() {
    let stage = stage();
    let sign_in = other_sign_in(None);
    let run = console(&stage, &["plain", "--print"]).env("AWS_ENDPOINT_URL_SIGNIN", sign_in);
    let output = run.time_limit(Duration::from_secs(40)).run().code(7);
    assert!(output.stderr.contains("no answer within the time limit"), "{output:?}");
}

#[test]
#[cfg(target_os = "linux")] // whose /proc tells whose a connection is
fn another_user_of_the_machine_is_not_sent_on() {
    if !rustix::process::geteuid().is_root() {
        left_out("another user at the redirect", "only root can become one");
        return;
    }
    let stage = stage();
    let running = console(&stage, &["plain"]).spawn();
    let address = opened(&stage);
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (host, port) = host.split_once(':').unwrap();
    let script = format!(
        "exec 3<>/dev/tcp/{host}/{port}; printf 'GET /{path} HTTP/1.1\\r\\n\\r\\n' >&3; cat <&3"
    );
    let other = ["--reuid", "65534", "--clear-groups", "bash", "-c", &script];
    let output = stage.sandbox.program("setpriv", &other).folder("/").run().ok();
    assert!(output.stdout.starts_with("HTTP/1.1 404"), "{output:?}");
    assert!(get(&address).starts_with("HTTP/1.1 302"));
    running.wait().ok();
}

#[test]
#[cfg(target_os = "linux")] // whose /proc tells whose a connection is
fn connections_of_another_user_do_not_keep_the_browser_waiting() {
    let stage = stage();
    let running = console(&stage, &["plain"]).spawn();
    let address = opened(&stage);
    let (host, _) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let _idle = need!(idle_connections(&stage.sandbox, host.split_once(':').unwrap(), 100));
    let started = Instant::now();
    assert!(get(&address).starts_with("HTTP/1.1 302"));
    // Each would be waited for, for 2 s.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    running.wait().ok();
}

#[test]
fn idle_connections_of_our_own_do_not_keep_the_browser_waiting() {
    let stage = stage();
    let running = console(&stage, &["plain"]).spawn();
    let address = opened(&stage);
    let (host, _) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(host).unwrap()).collect();
    let started = Instant::now();
    assert!(get(&address).starts_with("HTTP/1.1 302"));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    drop(idle);
    running.wait().ok();
}

#[test]
fn a_missing_profile_comes_before_a_missing_browser() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&["console", "nobody"]).run().code(5);
    assert!(output.stderr.contains("profile 'nobody' does not exist"), "{output:?}");
}
