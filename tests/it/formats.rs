//! Stored items and records of each release, which the program of today reads: `formats/VERSION` has
//! them as that release wrote them, but for their times and one path. They are never changed; a new
//! release adds a folder if one of its forms is another.

use std::{fs, path::Path};

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::support::{clients::require_program, keyring::SessionBus, sandbox::Sandbox};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const CONFIG: &str = "[profile r]\nregion = eu-west-1\n\
                      rolecall_role_arn = arn:aws:iam::222222222222:role/Plain\n\
                      rolecall_source_profile = base\nrole_session_name = natan\n";
/// The releases whose forms differ.
const RELEASES: [&str; 1] = ["0.1.0"];

fn fixture(release: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/formats").join(release);
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A sandbox with the profile, where any call to AWS fails at once.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.secret("the user's secret key", SECRET);
    sandbox.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9").env("LOGNAME", "natan");
    sandbox.config(CONFIG);
    sandbox
}

#[test]
fn a_session_that_an_earlier_release_stored_is_handed_out_and_shown() {
    for release in RELEASES {
        let sandbox = sandbox();
        sandbox.credentials(format!(
            "[base]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"
        ));
        let cache = sandbox.path("home/.cache");
        sandbox.store("file").may_hold_secrets(cache);
        let (minted, ends) = (Utc::now(), Utc::now() + TimeDelta::hours(1));
        let text = |time: chrono::DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let fill = |name: &str| {
            fixture(release, name)
                .replace("{minted}", &minted.timestamp().to_string())
                .replace("{ends}", &ends.timestamp().to_string())
                .replace("{minted_text}", &text(minted))
                .replace("{ends_text}", &text(ends))
                .replace("{config}", sandbox.config_path().to_str().unwrap())
        };
        let item = fill("session-item");
        let (_, after) = item.split_once("\"key\":\"").unwrap();
        let key = &after[..64];
        sandbox.file(format!("home/.cache/rolecall/sessions/{key}"), &item);
        let record = fill("session-record.json");
        sandbox.file(format!("home/.local/state/rolecall/sessions/{key}.json"), record);
        let output = sandbox.rolecall(&["credential-process", "r"]).run().ok().json();
        assert_eq!(output["AccessKeyId"], "ASIAIOSFODNN7FIXTURE", "{release}");
        assert_eq!(output["SessionToken"], "token-of-the-fixture", "{release}");
        let status = sandbox.rolecall(&["status", "r", "--output", "json"]).run().ok();
        assert!(status.stdout.contains(&text(ends)), "{release}: {status:?}");
        let _output = sandbox.rolecall(&["logout", "r"]).run().ok();
        let _output = sandbox.rolecall(&["credential-process", "r"]).run().code(7);
    }
}

#[test]
fn an_access_key_that_an_earlier_release_stored_is_used() {
    need!(require_program("secret-tool", "libsecret-tools"));
    for release in RELEASES {
        let sandbox = sandbox();
        let _bus = need!(SessionBus::start(&sandbox));
        sandbox.store("secret-service");
        sandbox.config(format!("[profile base]\nrolecall_access_key_id = {ID}\n{CONFIG}"));
        let name = format!("access-key:{ID}");
        let schema = ["xdg:schema", "dev.rolecall.AccessKey"];
        let attributes = [&schema[..], &["application", "rolecall", "key", &name]].concat();
        let store = [&["store", "--label", "rolecall: access key"], &attributes[..]].concat();
        let item = fixture(release, "access-key-item");
        let _output = sandbox.program("secret-tool", &store).stdin(item).run().ok();
        let output = sandbox.rolecall(&["credential-process", "base"]).run().ok().json();
        assert_eq!(output["SecretAccessKey"], SECRET, "{release}");
    }
}

#[test]
fn what_an_earlier_release_noted_is_shown() {
    for release in RELEASES {
        let sandbox = sandbox();
        for folder in ["sessions", "keys", "locks"] {
            fs::create_dir_all(sandbox.state().join(folder)).unwrap();
        }
        sandbox.file("home/.local/state/rolecall/audit.log", fixture(release, "audit-log"));
        let log = sandbox.rolecall(&["log", "--output", "json"]).run().ok().json();
        assert_eq!(log["unreadable_lines"], 0, "{release}: {log}");
        let noted = log["hand_outs"].as_array().unwrap();
        let of = |field: &str| noted.iter().map(|entry| entry[field].clone()).collect::<Vec<_>>();
        assert_eq!(of("given"), ["new", "stored", "keys"], "{release}");
        assert_eq!(of("program"), ["terraform", "aws", "bash"], "{release}");
        assert_eq!(of("time")[0], "2026-11-29T23:45:11.123Z", "{release}");
    }
}
