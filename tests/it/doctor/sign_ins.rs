//! Sign-ins to IAM Identity Center and with `aws login`: what their files and records say.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::{healthy, ids, report, troubles};
use crate::support::{sandbox::Sandbox, sts::hex};

const URL: &str = "https://d-abc123.awsapps.com/start";
const CONSOLE: &str = "arn:aws:iam::111111111111:user/natan";

fn session(name: &str) -> String {
    format!("[sso-session {name}]\nsso_region = us-east-2\nsso_start_url = {URL}\n")
}

fn profile(name: &str, session: &str) -> String {
    format!(
        "[profile {name}]\nsso_session = {session}\nsso_account_id = 111111111111\n\
         sso_role_name = Viewer\n"
    )
}

/// A sandbox with the profile `sso`, whose sign-in is `corp`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(format!("{}\n{}{}", healthy(), session("corp"), profile("sso", "corp")));
    sandbox
}

/// A time so many hours from now.
fn hours(hours: i64) -> String {
    (Utc::now() + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What `aws sso login` leaves for the sign-in `name`.
fn leave(sandbox: &Sandbox, name: &str, token: &Value) {
    let file = hex(&Sha1::digest(name.as_bytes()));
    sandbox.file(format!("home/.aws/sso/cache/{file}.json"), token.to_string());
}

/// A token that ends in some hours, with a refresh token, and a registration that ends later.
fn token(ends: i64, registration_ends: i64) -> Value {
    json!({
        "startUrl": URL,
        "region": "us-east-2",
        "accessToken": "an-access-token",
        "expiresAt": hours(ends),
        "refreshToken": "a-refresh-token",
        "clientId": "client",
        "clientSecret": "a-client-secret",
        "registrationExpiresAt": hours(registration_ends),
    })
}

/// The same without a refresh token, as clients without a scope get it.
fn unrenewed(ends: i64) -> Value {
    let mut token = token(ends, 24 * 80);
    token.as_object_mut().unwrap().remove("refreshToken");
    token
}

fn text(report: &Value, id: &str) -> String {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("{report:#}"))["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_sign_in_that_is_renewed_is_no_trouble() {
    for (ends, expected) in [(1, "is valid for"), (-3, "is renewed by the next call")] {
        let sandbox = sandbox();
        leave(&sandbox, "corp", &token(ends, 24 * 80 + 1));
        for words in [&[][..], &["sso"], &["sso", "--strict"]] {
            let found = report(&sandbox, words);
            assert_eq!(ids(&found), [""; 0], "{found:#}");
            assert!(text(&found, "sign-in").contains(expected), "{found:#}");
            assert!(text(&found, "sign-in").contains("renewed for at most 80 days"), "{found:#}");
        }
    }
}

#[test]
fn a_sign_in_that_has_expired_needs_a_person() {
    for (left, why) in [
        (unrenewed(-2), "expired 2 h ago, and it has no refresh token"),
        (token(-2, -1), "expired 2 h ago, and so has its registration"),
    ] {
        let sandbox = sandbox();
        leave(&sandbox, "corp", &left);
        // Others of the many profiles may have sessions.
        let all = report(&sandbox, &[]);
        assert_eq!((ids(&all), &all["exit_code"]), (vec!["expired-sign-in"], &0.into()), "{all:#}");
        assert!(text(&all, "expired-sign-in").contains(why), "{all:#}");
        assert_eq!(troubles(&all)[0]["remedy"], "'rolecall sso login corp' signs in");
        let named = report(&sandbox, &["sso"]);
        assert_eq!((ids(&named), &named["exit_code"]), (vec!["expired-sign-in"], &3.into()));
        assert_eq!(ids(&report(&sandbox, &["my-role"])), [""; 0]);
    }
}

#[test]
fn a_sign_in_that_nobody_made_matters_only_for_a_named_profile() {
    let sandbox = sandbox();
    assert_eq!(ids(&report(&sandbox, &["--strict"])), [""; 0]);
    let named = report(&sandbox, &["sso"]);
    assert_eq!((ids(&named), &named["exit_code"]), (vec!["expired-sign-in"], &3.into()));
    assert!(text(&named, "expired-sign-in").contains("does not exist yet"), "{named:#}");
}

#[test]
fn a_sign_in_that_cannot_be_renewed_is_a_warning_while_it_lasts() {
    for (left, why) in
        [(unrenewed(7), "created without a scope"), (token(1, -1), "its registration has expired")]
    {
        let sandbox = sandbox();
        leave(&sandbox, "corp", &left);
        for words in [&[][..], &["sso"]] {
            let found = report(&sandbox, words);
            assert_eq!(ids(&found), ["unrenewed-sign-in"], "{found:#}");
            assert!(text(&found, "unrenewed-sign-in").contains(why), "{found:#}");
            assert_eq!(found["exit_code"], 0);
        }
    }
    // The settings say so before anybody has signed in.
    let sandbox = Sandbox::new();
    let scopes = "sso_registration_scopes = codewhisperer:completions\n";
    sandbox.config(format!("{}{scopes}{}", session("corp"), profile("sso", "corp")));
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["unrenewed-sign-in"], "{found:#}");
    assert!(text(&found, "unrenewed-sign-in").contains("lacks sso:account:access"), "{found:#}");
}

#[test]
fn the_older_form_without_a_section_is_found_by_its_url() {
    let sandbox = Sandbox::new();
    let profile = format!(
        "[profile old]\nsso_start_url = {URL}\nsso_region = us-east-2\n\
         sso_account_id = 111111111111\nsso_role_name = Viewer\n"
    );
    sandbox.config(profile);
    leave(&sandbox, URL, &unrenewed(7));
    let found = report(&sandbox, &["old"]);
    assert_eq!(ids(&found), ["unrenewed-sign-in"], "{found:#}");
    assert_eq!(troubles(&found)[0]["remedy"], "'rolecall login old' signs in");
}

#[test]
fn two_sections_with_one_url_need_two_sign_ins() {
    let sandbox = Sandbox::new();
    let both = format!("{}{}", session("corp"), session("work"));
    sandbox.config(format!("{}{both}", healthy()));
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0], "nobody uses them");
    sandbox.config(format!("{both}{}", profile("sso", "corp")));
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["shared-start-url"], "{found:#}");
    assert_eq!(troubles(&found)[0]["line"], 6);
    // Sign-ins for different scopes are different on purpose.
    let scopes = "sso_registration_scopes = sso:account:access,codewhisperer:completions\n";
    sandbox.config(format!("{both}{scopes}{}", profile("sso", "corp")));
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
}

#[test]
fn a_misspelt_key_of_a_sign_in_that_is_used_is_named() {
    let sandbox = sandbox();
    leave(&sandbox, "corp", &token(1, 24));
    for (key, meant) in [
        ("rolecall_sso_autologin", "rolecall_sso_auto_login"),
        ("sso_auto_login", "rolecall_sso_auto_login"),
        ("sso_registration_scope", "sso_registration_scopes"),
        ("sso_use_devicecode", "sso_use_device_code"),
    ] {
        let section = format!("{}{key} = x\n", session("corp"));
        sandbox.config(format!("{section}{}", healthy()));
        assert_eq!(ids(&report(&sandbox, &[])), [""; 0], "nobody uses it");
        sandbox.config(format!("{section}{}", profile("sso", "corp")));
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), ["misspelt-key"], "{found:#}");
        let trouble = &troubles(&found)[0];
        assert_eq!(trouble["remedy"], format!("did you mean '{meant}'?"));
        assert_eq!(trouble["line"], section.lines().count());
    }
    for key in ["sso_use_device_code = false", "rolecall_sso_auto_login = ON", "region = x"] {
        sandbox.config(format!("{}{key}\n{}", session("corp"), profile("sso", "corp")));
        assert_eq!(ids(&report(&sandbox, &[])), [""; 0], "{key}");
    }
}

#[test]
fn a_folder_of_sign_ins_that_cannot_be_used_is_named_with_its_cure() {
    let sandbox = sandbox();
    leave(&sandbox, "corp", &token(1, 24));
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
    let cache = sandbox.home().join(".aws/sso/cache");
    if rustix::process::geteuid().is_root() {
        let belong = |path: &Path, user| std::os::unix::fs::chown(path, Some(user), None).unwrap();
        belong(cache.parent().unwrap(), 12345);
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), ["sign-in-folder"], "{found:#}");
        let remedy = troubles(&found)[0]["remedy"].as_str().unwrap().to_owned();
        let folder = cache.parent().unwrap().display().to_string();
        assert_eq!(remedy, format!("'sudo chown -R \"$(id -un)\" {folder}'"));
        assert_eq!(ids(&report(&sandbox, &["my-role"])), [""; 0]);
        belong(cache.parent().unwrap(), 0);
        let file = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        belong(&file, 12345);
        assert_eq!(ids(&report(&sandbox, &[])), ["sign-in-folder"]);
        belong(&file, 0);
    } else {
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o500)).unwrap();
        assert_eq!(ids(&report(&sandbox, &[])), ["sign-in-folder"]);
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::remove_dir_all(&cache).unwrap();
    fs::write(&cache, "a file").unwrap();
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["sign-in-folder"], "{found:#}");
    assert!(text(&found, "sign-in-folder").ends_with("is not a directory"), "{found:#}");
}

#[test]
fn a_session_of_aws_login_is_examined_alike() {
    let sandbox = Sandbox::new();
    sandbox.config(format!("[profile console]\nlogin_session = {CONSOLE}\n"));
    let name = hex(&sha2::Sha256::digest(CONSOLE.as_bytes()));
    let leave = |ends, refresh: bool| {
        let mut session = json!({ "accessToken": { "expiresAt": hours(ends) } });
        if refresh {
            session["refreshToken"] = "a-refresh-token".into();
        }
        sandbox.file(format!("home/.aws/login/cache/{name}.json"), session.to_string());
    };
    leave(-1, true);
    assert_eq!(ids(&report(&sandbox, &["console"])), [""; 0]);
    leave(-1, false);
    let found = report(&sandbox, &["console"]);
    assert_eq!((ids(&found), &found["exit_code"]), (vec!["expired-sign-in"], &3.into()));
    assert_eq!(troubles(&found)[0]["remedy"], "'aws login --profile console' signs in");
    leave(1, false);
    assert_eq!(ids(&report(&sandbox, &["console"])), ["unrenewed-sign-in"]);
    // Its folder can be elsewhere.
    sandbox.env("AWS_LOGIN_CACHE_DIRECTORY", sandbox.path("home/.aws/login/cache"));
    assert_eq!(ids(&report(&sandbox, &["console"])), ["unrenewed-sign-in"]);
    sandbox.env("AWS_LOGIN_CACHE_DIRECTORY", "/nonexistent");
    assert_eq!(ids(&report(&sandbox, &["console"])), ["expired-sign-in"]);
}
