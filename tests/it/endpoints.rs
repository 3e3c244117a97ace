//! Which host a call goes to: a proxy takes down whom it is asked to connect to, and connects to
//! nobody.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use crate::support::sandbox::Sandbox;

const KEYS: &str = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s3cr3t-of-the-test\n";

/// A proxy that says no to every CONNECT, and remembers it.
pub(crate) struct Proxy {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // It ends with the tests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines();
                if let Some(Ok(first)) = lines.next() {
                    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
                    log.lock().unwrap().push(target);
                }
                while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
                (&stream).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
            }
        });
        Self { url, asked }
    }
}

/// The host that a call for profile `a` goes to first.
#[track_caller]
fn host(profile: &str, environment: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::new();
    sandbox.secret("the secret key", "s3cr3t-of-the-test");
    let proxy = Proxy::start();
    sandbox.config(format!(
        "[profile a]\n{profile}\n[profile base]\n{KEYS}[sso-session s]\nsso_region = eu-west-1\n\
         sso_start_url = https://d-abc123.awsapps.com/start\n\
         [services mine]\nsts =\n  endpoint_url = https://of-the-section.example\n\
         sso =\n  endpoint_url = https://portal.example\n"
    ));
    sandbox.file(
        // The name is SHA-1 of `s`.
        "home/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
        "{\"accessToken\":\"t\",\"expiresAt\":\"2199-01-01T00:00:00Z\"}",
    );
    let mut run = sandbox.rolecall(&["credential-process", "a"]).env("HTTPS_PROXY", &proxy.url);
    for (name, value) in environment {
        run = run.env(name, value);
    }
    let output = run.run();
    assert!(!output.status.success(), "{output:?}");
    let asked = proxy.asked.lock().unwrap();
    asked.first().cloned().unwrap_or_else(|| panic!("nobody was called\n{output:?}"))
}

const ROLE: &str = "role_arn = arn:aws:iam::222222222222:role/r\nsource_profile = base";

fn role(more: &str) -> String {
    format!("{ROLE}\n{more}")
}

#[test]
fn sts_is_called_in_the_region() {
    for (profile, environment, expected) in [
        (role("region = eu-west-1"), vec![], "sts.eu-west-1.amazonaws.com:443"),
        (
            role("region = eu-west-1"),
            vec![("AWS_DEFAULT_REGION", "us-west-2")],
            "sts.us-west-2.amazonaws.com:443",
        ),
        (
            role("region = eu-west-1"),
            vec![("AWS_REGION", "ap-south-1"), ("AWS_DEFAULT_REGION", "us-west-2")],
            "sts.ap-south-1.amazonaws.com:443",
        ),
        (ROLE.replace("arn:aws:", "arn:aws-cn:"), vec![], "sts.cn-north-1.amazonaws.com.cn:443"),
        (
            role("region = us-west-2\nuse_fips_endpoint = true"),
            vec![],
            "sts-fips.us-west-2.amazonaws.com:443",
        ),
        (
            role("region = us-west-2\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true"),
            vec![],
            "sts-fips.us-west-2.api.aws:443",
        ),
        (
            role("region = us-west-2\nuse_dualstack_endpoint = true"),
            vec![("AWS_USE_DUALSTACK_ENDPOINT", "false")],
            "sts.us-west-2.amazonaws.com:443",
        ),
    ] {
        assert_eq!(host(&profile, &environment), expected, "{profile} {environment:?}");
    }
}

#[test]
fn the_old_global_endpoint_is_called_where_legacy_is_asked_for_and_was_the_rule() {
    let legacy = "sts_regional_endpoints = legacy";
    for (profile, environment, expected) in [
        (role(&format!("region = eu-west-1\n{legacy}")), vec![], "sts.amazonaws.com:443"),
        (
            role("region = eu-west-1"),
            vec![("AWS_STS_REGIONAL_ENDPOINTS", "legacy")],
            "sts.amazonaws.com:443",
        ),
        (
            role(&format!("region = eu-west-1\n{legacy}")),
            vec![("AWS_STS_REGIONAL_ENDPOINTS", "regional")],
            "sts.eu-west-1.amazonaws.com:443",
        ),
        // A region that is younger than that rule.
        (
            role(&format!("region = eu-south-1\n{legacy}")),
            vec![],
            "sts.eu-south-1.amazonaws.com:443",
        ),
        (role("region = aws-global"), vec![], "sts.amazonaws.com:443"),
    ] {
        assert_eq!(host(&profile, &environment), expected, "{profile} {environment:?}");
    }
    let sandbox = Sandbox::new();
    sandbox
        .config(format!("[profile a]\n{ROLE}\nsts_regional_endpoints = x\n[profile base]\n{KEYS}"));
    let output = sandbox.rolecall(&["credential-process", "a"]).run().code(5);
    assert!(output.stderr.contains("not regional or legacy"), "{output:?}");
    assert!(output.stderr.contains("config:4)"), "{output:?}");
}

#[test]
fn an_endpoint_url_is_looked_for_in_four_places() {
    let all = "services = mine\nendpoint_url = https://of-the-profile.example";
    for (profile, environment, expected) in [
        (
            role("endpoint_url = https://of-the-profile.example"),
            vec![],
            "of-the-profile.example:443",
        ),
        (role(all), vec![], "of-the-section.example:443"),
        (role(all), vec![("AWS_ENDPOINT_URL", "https://global.example")], "global.example:443"),
        (
            role(all),
            vec![
                ("AWS_ENDPOINT_URL", "https://global.example"),
                ("AWS_ENDPOINT_URL_STS", "https://sts.example:8443"),
            ],
            "sts.example:8443",
        ),
        (
            role(&format!("{all}\nregion = us-west-2\nignore_configured_endpoint_urls = true")),
            vec![("AWS_ENDPOINT_URL", "https://global.example")],
            "sts.us-west-2.amazonaws.com:443",
        ),
        (
            role(&format!("{all}\nignore_configured_endpoint_urls = true")),
            vec![("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")],
            "of-the-section.example:443",
        ),
    ] {
        assert_eq!(host(&profile, &environment), expected, "{profile} {environment:?}");
    }
}

#[test]
fn identity_center_is_called_in_its_own_region() {
    let sso = "sso_session = s\nsso_account_id = 111111111111\nsso_role_name = Viewer";
    let with = |more: &str| format!("{sso}\n{more}");
    for (profile, environment, expected) in [
        (with("region = us-west-2"), vec![], "portal.sso.eu-west-1.amazonaws.com:443"),
        (
            with(""),
            vec![("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            "portal.sso-fips.eu-west-1.api.aws:443",
        ),
        (with("services = mine"), vec![], "portal.example:443"),
        (
            with("services = mine"),
            vec![("AWS_ENDPOINT_URL_SSO", "https://sso.example")],
            "sso.example:443",
        ),
        (
            with("services = mine"),
            vec![
                ("AWS_ENDPOINT_URL_SSO", "https://sso.example"),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"),
            ],
            "portal.sso.eu-west-1.amazonaws.com:443",
        ),
    ] {
        assert_eq!(host(&profile, &environment), expected, "{profile} {environment:?}");
    }
}
