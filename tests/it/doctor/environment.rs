//! The environment: for each check a variable that it finds something in, and one that it doesn't.

use super::{ids, report, sandbox};

/// A check, its severity and exit code, variables that it finds something in, and others.
type Case = (
    &'static str,
    i64,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const CASES: &[Case] = &[
    (
        "environment-keys",
        0,
        &[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")],
        &[("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"), ("ROLECALL_PROFILE", "my-role")],
    ),
    (
        "environment-role",
        0,
        &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", super::ROLE)],
        &[("AWS_ROLE_ARN", super::ROLE)],
    ),
    ("environment-profile", 5, &[("AWS_PROFILE", "my-rol")], &[("AWS_PROFILE", "my-role")]),
    (
        "environment-profile",
        0,
        &[("AWS_PROFILE", "my-role"), ("AWS_DEFAULT_PROFILE", "base")],
        &[("AWS_PROFILE", "base"), ("AWS_DEFAULT_PROFILE", "base")],
    ),
    (
        "environment-file",
        0,
        &[("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")],
        &[("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")],
    ),
    (
        "environment-endpoint",
        0,
        &[("AWS_ENDPOINT_URL", "https://localstack.example.com")],
        &[("AWS_ENDPOINT_URL_STS", "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com")],
    ),
    ("environment-endpoint", 0, &[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")], &[]),
    ("environment-value", 2, &[("ROLECALL_STORE", "cloud")], &[("ROLECALL_STORE", "file")]),
    ("environment-value", 2, &[("ROLECALL_PROMPT", "maybe")], &[("ROLECALL_PROMPT", "never")]),
    (
        "proxy",
        0,
        &[("HTTPS_PROXY", "http://127.0.0.1:9")],
        &[("HTTPS_PROXY", "http://u:p@proxy:3128")],
    ),
    ("proxy", 7, &[("HTTPS_PROXY", "http://")], &[("HTTPS_PROXY", "proxy.example.com:3128")]),
    ("proxy", 7, &[("all_proxy", "socks5://proxy:1080")], &[("all_proxy", "http://proxy:3128")]),
    // AWS's own endpoints have https URLs.
    ("proxy", 0, &[("HTTP_PROXY", "'http://proxy'")], &[("HTTP_PROXY", "http://proxy")]),
    ("ca-bundle", 1, &[("AWS_CA_BUNDLE", "/nonexistent.pem")], &[]),
];

#[test]
fn each_variable_that_matters_is_found_and_a_good_one_is_not() {
    for (id, exit_code, broken, good) in CASES {
        let sandbox = sandbox();
        for (name, value) in *broken {
            sandbox.env(name, value);
        }
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), [*id], "{broken:?}: {found:#}");
        assert_eq!(found["exit_code"], *exit_code, "{broken:?}: {found:#}");
        for (name, _) in *broken {
            sandbox.env_remove(name);
        }
        for (name, value) in *good {
            sandbox.env(name, value);
        }
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), [""; 0], "{good:?}: {found:#}");
    }
}

#[test]
fn a_password_in_a_proxy_is_not_shown() {
    let sandbox = sandbox();
    sandbox.secret("the proxy's password", "hunter2-and-more");
    sandbox.env("HTTPS_PROXY", "http://natan:hunter2-and-more@127.0.0.1:9");
    assert_eq!(ids(&report(&sandbox, &[])), ["proxy"]);
    sandbox.env("HTTPS_PROXY", "http://CORP\\natan:hunter2-and-more@127.0.0.1:9");
    assert_eq!(ids(&report(&sandbox, &[])), ["proxy"]);
}
