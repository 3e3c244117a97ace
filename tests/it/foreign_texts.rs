//! What programs and servers of others say, and the passwords in URLs: no secret in it is shown, and
//! nothing of it recorded. After each run, the sandbox is searched for the secrets that are seeded.

use std::{fs, path::Path};

use super::bad_days::{Server, answer};
use crate::support::{
    leaks::SEEDS,
    run::Output,
    stage::{PLAIN, Stage},
};

/// Not a secret by its looks: it may be shown, but not recorded.
const MARK: &str = "these-are-the-words-of-another";

/// A stage that knows the seeds.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.sandbox.store("file");
    stage.sandbox.may_hold_secrets(stage.sandbox.home().join(".cache"));
    SEEDS.plant(&stage.sandbox.secrets());
    stage
}

/// What a text of others may look like.
fn said(seed: &str) -> String {
    format!(
        "{MARK}: no, password={seed} at https://jane:{seed}@db.example, Authorization: Bearer {seed}"
    )
}

/// Fails if the text is in the state directory.
#[track_caller]
fn assert_not_recorded(stage: &Stage, text: &str) {
    fn search(folder: &Path, text: &str) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                search(&path, text);
            } else {
                let found = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                assert!(!found.contains(text), "{}: {found}", path.display());
            }
        }
    }
    search(&stage.sandbox.state(), text);
}

/// Runs the verbs that show failures.
fn look_at(stage: &Stage, profile: &str) {
    for arguments in [
        &["status"][..],
        &["status", "--output", "json"],
        &["doctor"],
        &["doctor", profile, "--output", "json"],
        &["profile", "show", profile],
        &["profile", "show", profile, "--output", "json"],
        &["profile", "list"],
        &["profile", "tree"],
        &["profile", "set", profile, "region=eu-west-3", "--dry-run"],
    ] {
        let _searched = stage.sandbox.rolecall(arguments).run();
    }
}

fn fails(stage: &Stage, verb: &str, profile: &str) -> Output {
    let output = stage.sandbox.rolecall(&[verb, profile]).run();
    assert!(!output.status.success(), "{output:?}");
    output
}

#[test]
fn what_a_program_says_is_shown_without_its_secrets_and_not_recorded() {
    let stage = stage();
    let text = format!("#!/bin/sh\ncat >&2 <<'END'\n{}\nEND\nexit 3\n", said(SEEDS.child));
    let program = stage.sandbox.script("home/say", text);
    let program = program.display();
    stage.edit_config(
        "[profile plain]\n",
        &format!(
            "[profile tool]\ncredential_process = {program}\n\
             [profile over-tool]\nrole_arn = {PLAIN}\nsource_profile = tool\n\
             [profile coded]\nrole_arn = {PLAIN}\nsource_profile = base\n\
             mfa_serial = arn:aws:iam::111111111111:mfa/natan\nrolecall_mfa_process = {program}\n\
             [profile plain]\n"
        ),
    );
    for profile in ["tool", "over-tool", "coded"] {
        for verb in ["credential-process", "login", "whoami"] {
            let output = fails(&stage, verb, profile);
            assert!(output.stderr.contains(MARK), "{output:?}");
            assert!(output.stderr.contains("password=**** at https://db.example"), "{output:?}");
        }
        look_at(&stage, profile);
    }
    assert_not_recorded(&stage, MARK);
    // The failure itself is.
    let records = fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().count();
    assert!(records > 0);
}

#[test]
fn what_a_server_says_is_shown_without_its_secrets_and_not_recorded() {
    for code in ["AccessDenied", "ValidationError", "ExpiredToken", "InvalidClientTokenId"] {
        let stage = stage();
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>",
            said(SEEDS.server)
        );
        let server = Server::saying(answer("403 Forbidden", "Content-Type: text/xml\r\n", &body));
        stage.sandbox.env("AWS_ENDPOINT_URL_STS", server.url());
        for verb in ["credential-process", "login", "whoami"] {
            let output = fails(&stage, verb, "plain").code(4);
            let is_shown = output.stderr.contains(MARK);
            assert_eq!(is_shown, matches!(code, "AccessDenied" | "ValidationError"), "{output:?}");
        }
        look_at(&stage, "plain");
        assert_not_recorded(&stage, MARK);
        let records = fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().count();
        assert!(records > 0, "the failure itself is");
    }
}

#[test]
fn a_password_in_the_url_of_an_endpoint_is_neither_shown_nor_recorded() {
    let stage = stage();
    let port = stage.sts.endpoint().rsplit(':').next().unwrap().to_owned();
    let url = |port: &str| format!("http://jane:{}@127.0.0.1:{port}", SEEDS.url);
    for (number, port) in [&port, "1"].into_iter().enumerate() {
        stage.sandbox.env("AWS_ENDPOINT_URL_STS", url(port));
        for verb in ["credential-process", "login", "whoami"] {
            let output = stage.sandbox.rolecall(&[verb, "my-role"]).may_print_secrets().run();
            assert_eq!(output.status.success(), number == 0, "{output:?}");
        }
        let _failure = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run();
        look_at(&stage, "my-role");
    }
    let failed = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().code(7);
    assert!(failed.stderr.contains("STS at http://127.0.0.1:1 could not be reached"), "{failed:?}");
    assert_not_recorded(&stage, SEEDS.url);
    // The same in the file.
    stage.sandbox.env_remove("AWS_ENDPOINT_URL_STS");
    let region = "region = eu-west-1\n";
    stage.edit_config(region, &format!("{region}endpoint_url = {}\n", url("1")));
    let failed = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().code(7);
    assert!(failed.stderr.contains("STS at http://127.0.0.1:1 could not be reached"), "{failed:?}");
    look_at(&stage, "my-role");
    let shown = ["profile", "show", "my-role", "--show-secrets"];
    let shown = stage.sandbox.rolecall(&shown).may_print_secrets().run().ok().stdout;
    assert!(shown.contains(SEEDS.url), "it was asked for: {shown}");
}

#[test]
fn a_password_in_a_proxy_is_neither_shown_nor_recorded() {
    let stage = stage();
    for value in [
        format!("http://jane:{}@127.0.0.1:1", SEEDS.proxy),
        format!("http://CORP\\jane:{}@127.0.0.1:1", SEEDS.proxy),
        format!("jane:{}@127.0.0.1:1", SEEDS.proxy),
        format!("socks5://jane:{}@127.0.0.1:1", SEEDS.proxy),
    ] {
        stage.sandbox.env("HTTP_PROXY", &value).env("HTTPS_PROXY", &value);
        for verb in ["credential-process", "login", "whoami"] {
            let _output = fails(&stage, verb, "my-role").code(7);
        }
        look_at(&stage, "my-role");
    }
}

#[test]
fn people_are_told_of_an_endpoint_in_plain_text_on_another_machine() {
    let stage = stage();
    // The stand-in is reached through a proxy, so that it may have another name.
    let own = stage.sts.endpoint();
    let session = stage.document("my-role");
    let warning = "http://sts.example.com is not encrypted: sessions and tokens cross the network";
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", format!("http://u:{}@sts.example.com", SEEDS.url));
    stage.sandbox.env("HTTP_PROXY", "http://127.0.0.1:1");
    for arguments in [&["login", "my-role"][..], &["whoami", "my-role"], &["login", "plain"]] {
        let output = stage.sandbox.rolecall(arguments).run();
        let is_told = output.stderr.contains(&format!("warning: {warning}"));
        // A login that fails names the endpoint in its error.
        assert!(is_told || output.stderr.contains("STS at http://sts.example.com"), "{output:?}");
    }
    let whoami = stage.sandbox.rolecall(&["whoami", "my-role"]).run();
    assert!(whoami.stderr.contains("hint: use an https:// URL"), "{whoami:?}");
    let doctor = stage.sandbox.rolecall(&["doctor", "--output", "json"]).run().stdout;
    assert!(doctor.contains("\"plain-endpoint\"") && doctor.contains(warning), "{doctor}");
    let helper = stage.helper("my-role").run();
    assert!(!helper.stderr.contains("warning"), "{helper:?}");
    // One on this machine is no reason to warn.
    stage.sandbox.env_remove("HTTP_PROXY").env("AWS_ENDPOINT_URL_STS", own);
    let login = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
    assert_eq!(login.stderr, "", "{session}");
}
