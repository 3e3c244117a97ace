//! `doctor --online`: every service that a profile calls, each step to its credentials, and its
//! `credential_process` as SDKs run it.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use serde_json::Value;

use super::{ids, report, troubles};
use crate::{
    bases,
    endpoints::Proxy,
    sso::listing::assign,
    support::{sandbox::Sandbox, stage::Stage, tls::Tls},
};

/// The texts of the findings with this ID.
fn texts<'r>(report: &'r Value, id: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|it| it["id"] == id);
    findings.map(|finding| finding["text"].as_str().unwrap()).collect()
}

/// A stage with a profile of each kind, and nothing in PATH but what their programs need.
fn stage() -> Stage {
    let stage = bases::stage();
    assign(&stage, &[("111111111111", "dev")], &["Viewer"]);
    let folder = stage.sandbox.path("home/programs");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/bin/cat", folder.join("cat")).unwrap();
    stage.sandbox.env("PATH", folder);
    stage
}

#[test]
fn every_service_of_a_profile_is_called() {
    let stage = stage();
    for (profile, services) in [
        (
            "sso-role",
            &["the access portal at", "the sign-in service of IAM Identity Center at"][..],
        ),
        ("login", &["AWS Sign-In at"]),
        ("container-role", &["the container credentials service at"]),
        ("instance", &["the instance metadata service at"]),
        ("web", &[]),
        ("process", &[]),
    ] {
        let found = report(&stage.sandbox, &[profile, "--online"]);
        let endpoints = texts(&found, "endpoint");
        for service in services.iter().chain(&["STS at"]) {
            let is_it = |text: &&str| text.starts_with(service) && text.ends_with(" answers");
            assert!(endpoints.iter().any(is_it), "{profile}: {service}: {found:#}");
        }
        assert_eq!(endpoints.len(), services.len() + 1, "{profile}: {found:#}");
        assert_eq!(texts(&found, "unreachable"), [""; 0], "{profile}: {found:#}");
        if profile == "sso-role" {
            let listed = "the access portal lists role Viewer of account 111111111111";
            assert_eq!(texts(&found, "assignment"), [listed]);
            assert!(texts(&found, "identity")[0].contains(":assumed-role/Plain"), "{found:#}");
        }
    }
}

#[test]
fn a_role_that_the_portal_does_not_list_is_named() {
    let stage = stage();
    stage.edit_config("sso_role_name = Viewer", "sso_role_name = Admin");
    let found = report(&stage.sandbox, &["sso", "--online"]);
    let finding = troubles(&found).into_iter().find(|it| it["id"] == "assignment");
    let finding = finding.unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(finding["severity"], "problem");
    assert!(
        finding["remedy"].as_str().unwrap().starts_with("name one of Viewer in"),
        "{finding:#}"
    );
    assert_eq!(found["exit_code"], 4, "{found:#}");
}

#[test]
fn a_proxy_that_refuses_is_the_layer_of_each_service() {
    let sandbox = Sandbox::new();
    let proxy = Proxy::start();
    sandbox.env("HTTPS_PROXY", &proxy.url).env("PATH", "/nonexistent");
    sandbox.config(
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://d-1.awsapps.com/start\n\
         [profile a]\nregion = ap-south-1\nsso_session = s\nsso_account_id = 111111111111\n\
         sso_role_name = Viewer\n",
    );
    let found = report(&sandbox, &["--online"]);
    let texts = texts(&found, "unreachable");
    assert_eq!(texts.len(), 3, "{found:#}");
    assert!(texts.iter().all(|text| text.ends_with(" (layer: proxy)")), "{found:#}");
    let mut asked = proxy.asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(
        asked,
        [
            "oidc.eu-west-1.amazonaws.com:443",
            "portal.sso.eu-west-1.amazonaws.com:443",
            "sts.ap-south-1.amazonaws.com:443",
        ]
    );
    assert_eq!(found["exit_code"], 7);
}

/// A server that answers everything with `answer`.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("is bound"));
    // It ends with the tests.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _request = stream.read(&mut [0; 8192]);
            stream.write_all(format!("HTTP/1.1 {answer}\r\n").as_bytes()).ok();
        }
    });
    url
}

#[test]
fn the_layer_that_failed_is_named() {
    let stage = Stage::new();
    stage.sandbox.env("PATH", "/nonexistent").env_remove("AWS_ENDPOINT_URL_STS");
    let tls = need!(Tls::start(&stage));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let busy = server("503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n");
    let page = server(
        "400 No\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n<",
    );
    for (url, layer) in [
        ("https://sts.no-such-host.invalid".to_owned(), "name"),
        (format!("http://{closed}"), "network"),
        (tls.url(), "TLS"),
        (busy, "HTTP"),
        (page, "HTTP"),
    ] {
        stage.sandbox.config(format!(
            "[profile p]\nregion = eu-west-1\nendpoint_url = {url}\n\
             role_arn = arn:aws:iam::222222222222:role/Plain\nsource_profile = base\n"
        ));
        let found = report(&stage.sandbox, &["p", "--online"]);
        let mut texts = texts(&found, "unreachable");
        texts.retain(|text| text.contains("(layer: "));
        assert_eq!(texts.len(), 1, "{layer}: {found:#}");
        assert!(texts[0].contains(&url), "{layer}: {found:#}");
        assert!(texts[0].ends_with(&format!("(layer: {layer})")), "{layer}: {found:#}");
    }
}

#[test]
fn each_role_of_a_chain_is_asked_for_by_somebody() {
    let stage = Stage::new();
    stage.sandbox.env("PATH", "/nonexistent").store("file");
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.cache"));
    let found = report(&stage.sandbox, &["second", "--online"]);
    let hops = texts(&found, "hop");
    assert_eq!(hops.len(), 2, "{found:#}");
    assert!(hops[0].ends_with("is assumed by arn:aws:iam::111111111111:user/natan"), "{hops:?}");
    assert!(hops[1].contains("is assumed by arn:aws:sts::222222222222:assumed-role/MyS3Access/"));
    assert_eq!(found["problems"], 0, "{found:#}");
    // Each session was created once.
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_credential_process_is_run_both_ways() {
    let stage = stage();
    let sandbox = &stage.sandbox;
    let found = report(sandbox, &["process", "--online"]);
    assert!(
        texts(&found, "process-run")[0].contains("both through a shell and split into words"),
        "{found:#}"
    );
    // A shell expands the variable, the AWS CLI does not.
    let program = sandbox.path("home/give").display().to_string();
    stage.edit_config(&program, "$HOME/give");
    let found = report(sandbox, &["process", "--online"]);
    assert!(ids(&found).contains(&"process-run"), "{found:#}");
    let text = texts(&found, "process-run")[0];
    assert!(text.contains("the AWS CLI and boto3 split it into words"), "{text}");
    // Offline, nobody else's program is run.
    let runs = || std::fs::read_to_string(sandbox.path("home/runs")).unwrap().lines().count();
    let before = runs();
    report(sandbox, &["process"]);
    assert_eq!(runs(), before);
}
