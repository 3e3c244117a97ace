//! Failed calls to IAM Identity Center: the same words and exit codes for every command.

use chrono::TimeDelta;

use super::{listing::signed_in, stage};
use crate::support::{run::Output, stage::Stage, sts::Fault};

const LOGIN: &[&str] = &["sso", "login", "corp", "--device-code"];
const ROLES: &[&str] = &["sso", "roles"];
const HELPER: &[&str] = &["credential-process", "sso"];

/// A sign-in to one account with one role.
fn ready() -> Stage {
    signed_in(&[("111111111111", "main")], &["Viewer"])
}

#[track_caller]
fn failed(stage: &Stage, arguments: &[&str], code: i32, words: &[&str]) -> Output {
    let output = stage.sandbox.rolecall(arguments).run().code(code);
    for words in words {
        assert!(output.stderr.contains(words), "{arguments:?}: {words}: {output:?}");
    }
    assert!(output.stderr.lines().count() <= 3, "{arguments:?}: {output:?}");
    output
}

#[test]
fn a_service_that_can_not_be_reached() {
    for (endpoint, hint) in [
        ("http://127.0.0.1:9", "check the network, the proxy and sso_region"),
        ("https://no-such-host.invalid", "the spelling of sso_region and the endpoint URL"),
    ] {
        let stage = ready();
        // The registration is stored, so another session is needed for the first call.
        stage.sandbox.env("AWS_ENDPOINT_URL_SSO", endpoint);
        stage.sandbox.env("AWS_ENDPOINT_URL_SSO_OIDC", endpoint);
        let words = ["IAM Identity Center in us-east-2 could not be reached: ", hint];
        for arguments in [LOGIN, ROLES, HELPER] {
            failed(&stage, arguments, 7, &words);
        }
    }
}

#[test]
fn a_service_that_is_busy_or_broken() {
    for status in [429, 500] {
        for arguments in [LOGIN, HELPER] {
            let stage = ready();
            (0..3).for_each(|_| stage.sts.fault(Fault::Status(status)));
            let words = ["IAM Identity Center in us-east-2 can't answer now: ", "(HTTP "];
            failed(&stage, arguments, 7, &words);
            assert_eq!(stage.sts.faults_left(), 0, "{arguments:?}");
        }
    }
    let stage = stage();
    stage.sts.fault(Fault::Refused("SlowDownException"));
    failed(&stage, LOGIN, 7, &["can't answer now: SlowDownException", "try again in a minute"]);
}

#[test]
fn a_network_that_answers_instead() {
    for arguments in [LOGIN, ROLES, HELPER] {
        let stage = ready();
        (0..3).for_each(|_| stage.sts.fault(Fault::NotXml));
        failed(
            &stage,
            arguments,
            1,
            &[
                "IAM Identity Center in us-east-2 could not be used: the answer was a web page",
                "sign in to the",
            ],
        );
    }
}

#[test]
fn an_endpoint_url_and_fips_endpoints_exclude_each_other() {
    for arguments in [LOGIN, ROLES, HELPER] {
        let stage = ready();
        stage.sandbox.env("AWS_USE_FIPS_ENDPOINT", "true").env_remove("AWS_ENDPOINT_URL_STS");
        let words = "could not be used: an endpoint URL and FIPS endpoints are both set";
        failed(&stage, arguments, 1, &[words]);
        // Signing out at the end of the test needs the endpoint.
        stage.sandbox.env_remove("AWS_USE_FIPS_ENDPOINT");
    }
}

#[test]
fn a_refusal_says_what_was_refused_and_how_far_the_clock_is_off() {
    for (arguments, what) in [
        (LOGIN, "refused the sign-in: It is refused. (InvalidRequestException)"),
        (ROLES, "refused to list accounts and roles: It is refused. (InvalidRequestException)"),
        (
            HELPER,
            "returned no credentials for profile 'sso': It is refused. (InvalidRequestException)",
        ),
    ] {
        let stage = ready();
        stage.sts.fault(Fault::Refused("InvalidRequestException"));
        let output = failed(&stage, arguments, 4, &["IAM Identity Center in us-east-2 ", what]);
        assert!(!output.stderr.contains("clock"), "{output:?}");
    }
    for arguments in [LOGIN, HELPER] {
        let stage = ready();
        stage.sts.set_clock_offset(TimeDelta::minutes(20));
        stage.sts.fault(Fault::Refused("InvalidRequestException"));
        failed(&stage, arguments, 4, &["; this machine's clock is 20 min behind AWS's"]);
    }
}

#[test]
fn without_a_sign_in_every_command_names_the_one_that_signs_in() {
    let stage = stage();
    for arguments in [ROLES, &["sso", "accounts"], &["sso", "populate"], HELPER] {
        let words = ["is not signed in: there is no token", "run 'rolecall sso login corp'"];
        failed(&stage, arguments, 3, &words);
    }
}

#[test]
fn a_start_url_of_another_region_is_named() {
    let stage = stage();
    stage.edit_config(super::START_URL, "https://ssoins-1.portal.eu-west-1.app.aws");
    let hint = "sso_region is us-east-2, but the start URL is of eu-west-1";
    failed(&stage, LOGIN, 4, &["refused the sign-in: Invalid start url provided", hint]);
}

#[test]
fn a_registration_that_the_service_forgot_is_not_sent_to_the_browser() {
    let stage = stage();
    stage.rules(|rules| rules.token_seconds = 0);
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let page = super::Page::get(&address);
    super::Page::get(&page.location);
    running.wait().ok();
    stage.sts.fault(Fault::Refused("InvalidClientException"));
    stage.helper("sso").run().code(3);
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    super::Page::get(&super::Page::get(&address).location);
    running.wait().ok();
    assert_eq!(stage.sts.count("RegisterClient"), 2);
}
