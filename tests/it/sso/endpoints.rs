//! Where the two services of IAM Identity Center are called, and how long its sessions last.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    listing::{assign, sso},
    prepare, stage,
};
use crate::{
    endpoints::Proxy,
    support::{clients::require_faketime, sandbox::Sandbox, stage::Stage, tls::Tls},
};

/// The host that `command` calls first.
#[track_caller]
fn host(region: &str, environment: &[(&str, &str)], command: &[&str]) -> String {
    let sandbox = Sandbox::new();
    sandbox.store("file");
    let proxy = Proxy::start();
    sandbox.env("HTTPS_PROXY", &proxy.url);
    for (name, value) in environment {
        sandbox.env(name, value);
    }
    sandbox.config(format!(
        "[sso-session s]\nsso_region = {region}\nsso_start_url = https://d-1.awsapps.com/start\n\
         [profile a]\nregion = ap-south-1\nsso_session = s\nsso_account_id = 111111111111\n\
         sso_role_name = Viewer\n"
    ));
    sandbox.file(
        // The name is SHA-1 of `s`.
        "home/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
        "{\"accessToken\":\"t\",\"expiresAt\":\"2199-01-01T00:00:00Z\"}",
    );
    let output = sandbox.rolecall(command).run().code(7);
    assert!(output.stderr.contains("the proxy"), "{output:?}");
    let asked = proxy.asked.lock().unwrap();
    asked.first().cloned().unwrap_or_else(|| panic!("nobody was called\n{output:?}"))
}

#[test]
fn every_partition_has_its_own_hosts() {
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    let dual = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
    for (region, environment, oidc, portal) in [
        (
            "us-gov-west-1",
            &[][..],
            "oidc.us-gov-west-1.amazonaws.com",
            "portal.sso.us-gov-west-1.amazonaws.com",
        ),
        (
            "us-gov-west-1",
            &[dual],
            "oidc.us-gov-west-1.api.aws",
            "portal.sso.us-gov-west-1.api.aws",
        ),
        (
            "cn-north-1",
            &[],
            "oidc.cn-north-1.amazonaws.com.cn",
            "portal.sso.cn-north-1.amazonaws.com.cn",
        ),
        (
            "cn-north-1",
            &[dual],
            "oidc.cn-north-1.api.amazonwebservices.com.cn",
            "portal.sso.cn-north-1.api.amazonwebservices.com.cn",
        ),
        (
            "eusc-de-east-1",
            &[],
            "oidc.eusc-de-east-1.amazonaws.eu",
            "portal.sso.eusc-de-east-1.amazonaws.eu",
        ),
        (
            "eusc-de-east-1",
            &[dual],
            "oidc.eusc-de-east-1.api.amazonwebservices.eu",
            "portal.sso.eusc-de-east-1.api.amazonwebservices.eu",
        ),
        (
            "us-east-1",
            &[fips],
            "oidc-fips.us-east-1.amazonaws.com",
            "portal.sso-fips.us-east-1.amazonaws.com",
        ),
        ("us-east-1", &[dual], "oidc.us-east-1.api.aws", "portal.sso.us-east-1.api.aws"),
        (
            "us-east-1",
            &[fips, dual],
            "oidc-fips.us-east-1.api.aws",
            "portal.sso-fips.us-east-1.api.aws",
        ),
    ] {
        let login = host(region, environment, &["sso", "login", "s", "--device-code"]);
        assert_eq!(login, format!("{oidc}:443"), "{region} {environment:?}");
        let listing = host(region, environment, &["sso", "roles"]);
        assert_eq!(listing, format!("{portal}:443"), "{region} {environment:?}");
        let role = host(region, environment, &["credential-process", "a"]);
        assert_eq!(role, format!("{portal}:443"), "{region} {environment:?}");
    }
}

/// Signs in, lists, and gets credentials: all of it at the stand-in, or it would fail.
#[track_caller]
fn everything_works(stage: &Stage) {
    let profile = ["--profile", "sso"];
    sso(stage, &[&["login", "--device-code"][..], &profile].concat()).ok();
    let roles = sso(stage, &[&["roles", "--output", "json"][..], &profile].concat()).ok().json();
    assert_eq!(roles.as_array().map(Vec::len), Some(1));
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
    sso(stage, &[&["logout"][..], &profile].concat()).ok();
    let calls = ["RegisterClient", "ListAccounts", "GetRoleCredentials", "Logout"];
    assert_eq!(calls.map(|action| stage.sts.count(action)), [1; 4]);
}

/// A stage without the variables that name the stand-in.
fn without_variables() -> Stage {
    let stage = stage();
    assign(&stage, &[("111111111111", "main")], &["Viewer"]);
    for name in ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"] {
        stage.sandbox.env_remove(name);
    }
    stage
}

#[test]
fn a_variable_for_all_services_is_for_these_two() {
    let stage = without_variables();
    stage.sandbox.env("AWS_ENDPOINT_URL", stage.sts.endpoint());
    everything_works(&stage);
}

#[test]
fn the_profile_and_its_services_section_can_name_the_endpoints() {
    for (profile, section) in [
        ("endpoint_url = URL\n", ""),
        (
            "services = mine\n",
            "[services mine]\nsso =\n  endpoint_url = URL\nsso_oidc =\n  endpoint_url = URL\n",
        ),
    ] {
        let stage = without_variables();
        let url = stage.sts.endpoint();
        let profile = format!("[profile sso]\n{profile}").replace("URL", &url);
        let section = section.replace("URL", &url);
        stage.edit_config("[profile sso]\n", &format!("{section}{profile}"));
        everything_works(&stage);
    }
}

#[test]
fn tls_is_checked_with_the_bundle_and_the_clock() {
    let stage = stage();
    let tls = need!(Tls::start(&stage));
    for name in ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"] {
        stage.sandbox.env(name, tls.url());
    }
    let login = ["login", "corp", "--device-code"];
    let untrusted = sso(&stage, &login).code(7);
    assert!(untrusted.stderr.contains("AWS_CA_BUNDLE"), "{untrusted:?}");
    stage.sandbox.env("AWS_CA_BUNDLE", tls.bundle());
    sso(&stage, &login).ok();
    stage.document("sso");
    let library = need!(require_faketime());
    stage.sandbox.env("LD_PRELOAD", library).env("FAKETIME", "+3d");
    stage.sandbox.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let late = sso(&stage, &login).code(7);
    assert!(late.stderr.contains("hint: check this machine's clock"), "{late:?}");
}

#[test]
fn a_long_permission_set_is_kept_for_its_time_and_chains_last_an_hour() {
    let stage = stage();
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    stage.sts.set_session_seconds(Some(43_200));
    let left = |document: &serde_json::Value| {
        let end = document["Expiration"].as_str().unwrap();
        DateTime::parse_from_rfc3339(end).unwrap().to_utc() - Utc::now()
    };
    let long = left(&stage.document("sso"));
    assert!(long > TimeDelta::minutes(715) && long <= TimeDelta::hours(12), "{long}");
    stage.sts.set_session_seconds(None);
    let chained = left(&stage.document("chained"));
    assert!(chained > TimeDelta::minutes(55) && chained <= TimeDelta::hours(1), "{chained}");
    assert_eq!([stage.sts.count("GetRoleCredentials"), stage.assumed()], [1, 1]);
    // Without any token, the twelve hours are used, also for another role.
    stage.sts.with_world(|world| world.sso_tokens.clear());
    stage.sandbox.rolecall(&["login", "chained", "--force"]).run().ok();
    assert_eq!([stage.sts.count("GetRoleCredentials"), stage.assumed()], [1, 2]);
}

#[test]
fn a_keyring_keeps_a_long_permission_set_too() {
    let stage = need!(Stage::with_keyutils());
    prepare(&stage);
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    stage.sts.set_session_seconds(Some(43_200));
    assert_eq!(stage.document("sso"), stage.document("sso"));
    assert_eq!(stage.sts.count("GetRoleCredentials"), 1);
}
