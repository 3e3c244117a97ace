//! The programs of others: a real browser, and AWS's own tools with the same tokens.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;

use super::{
    Page,
    listing::{assign, sso},
    prepare, stage,
};
use crate::support::{
    clients::{
        left_out, require_aws_cli, require_boto3, require_program, require_sdk_for_go,
        require_sdk_for_javascript,
    },
    nobody::idle_connections,
    stage::Stage,
};

const CACHE: &str = "home/.aws/sso/cache";

/// Signs in with a code and writes the token for others; the access token lasts `seconds`.
fn share(stage: &Stage, seconds: i64) {
    stage.rules(|rules| rules.token_seconds = seconds);
    stage.sandbox.may_hold_secrets(stage.sandbox.path(CACHE));
    let login = ["sso", "login", "corp", "--device-code", "--aws-cache"];
    stage.sandbox.rolecall(&login).run().ok();
    stage.rules(|rules| rules.token_seconds = 3600);
}

/// Sends Debian's AWS CLI, which knows no variable for endpoints, to the stand-in.
fn data_path(stage: &Stage) {
    let rules = serde_json::json!({
        "version": "1.0",
        "parameters": { "Region": { "builtIn": "AWS::Region", "required": false, "type": "String" } },
        "rules": [{
            "conditions": [],
            "endpoint": { "url": stage.sts.endpoint(), "properties": {}, "headers": {} },
            "type": "endpoint",
        }],
    });
    for service in ["sso", "sso-oidc"] {
        let file = format!("home/data/{service}/2019-06-10/endpoint-rule-set-1.json");
        stage.sandbox.file(file, rules.to_string());
    }
    stage.sandbox.env("AWS_DATA_PATH", stage.sandbox.path("home/data"));
}

#[test]
fn the_aws_clis_sign_in_is_ours_and_ours_is_the_aws_clis() {
    let aws = need!(require_aws_cli(2));
    let stage = stage();
    data_path(&stage);
    stage.sandbox.may_hold_secrets(stage.sandbox.path(CACHE));
    let login = ["sso", "login", "--profile", "sso"];
    stage.sandbox.program(&aws, &login).time_limit(Duration::from_mins(1)).run().ok();
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
    assert_eq!(stage.sts.count("RegisterClient"), 1);

    fs::remove_dir_all(stage.sandbox.path(CACHE)).unwrap();
    share(&stage, 3600);
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/cli/cache"));
    let export = ["configure", "export-credentials", "--profile", "sso"];
    let given = stage.sandbox.program(&aws, &export).may_print_secrets().run().ok().json();
    assert!(given["SessionToken"].is_string(), "{given}");
}

#[test]
fn boto3_reads_and_renews_a_shared_token() {
    let python = need!(require_boto3());
    let stage = stage();
    // boto3 renews what ends within 15 minutes.
    share(&stage, 600);
    let script = "import boto3; print(boto3.Session(profile_name='sso').get_credentials()\
                  .get_frozen_credentials().access_key)";
    let output = stage.sandbox.program(&python, &["-c", script]).run().ok();
    assert!(output.stdout.starts_with("ASIA"), "{output:?}");
    assert_eq!(stage.counts(), [1, 2, 1]);
    // It has used up the refresh token that we have; its copy is the newer one.
    stage.document("sso");
    assert_eq!(stage.counts(), [1, 2, 2]);
}

/// Lets a client of another SDK use a shared token as the profile of `arguments`: as it is, and renewed because
/// it has ended. rolecall then goes on with the token that the client got.
fn reads_and_renews(program: &Path, arguments: &[&str], variable: Option<(&str, &Path)>) {
    let stage = stage();
    assign(&stage, &[("111111111111", "main")], &["Viewer"]);
    share(&stage, 3600);
    sso(&stage, &["populate", "corp", "--plain", "--region", "us-east-1"]).ok();
    let arguments: Vec<String> =
        arguments.iter().map(|word| word.replace("ENDPOINT", &stage.sts.endpoint())).collect();
    let run = || {
        let run = stage.sandbox.program(program, &arguments).time_limit(Duration::from_mins(1));
        let run = match variable {
            Some((name, value)) => run.env(name, value),
            None => run,
        };
        run.run().ok().stdout
    };
    let shown = run();
    assert!(
        shown.contains("assumed-role/AWSReservedSSO_Viewer") || shown.starts_with("ASIA"),
        "{shown}"
    );
    assert_eq!(stage.counts(), [1, 1, 1]);
    share(&stage, 0);
    let shown = run();
    assert!(!shown.is_empty(), "{shown}");
    assert_eq!(stage.counts(), [1, 3, 2], "a sign-in and a refresh more");
    let calls = stage.counts();
    stage.document("sso");
    assert_eq!(stage.counts(), [calls[0], calls[1], calls[2] + 1], "no refresh of ours");
}

#[test]
fn the_sdk_for_javascript_reads_and_renews_a_shared_token() {
    let (node, variable) = need!(require_sdk_for_javascript());
    let script = "const { fromSSO } = require('@aws-sdk/credential-providers');\
                  fromSSO({ profile: 'main-Viewer' })().then(c => console.log(c.accessKeyId));";
    reads_and_renews(&node, &["-e", script], Some((variable.0, &variable.1)));
}

#[test]
fn the_sdk_for_go_reads_and_renews_a_shared_token() {
    let client = need!(require_sdk_for_go());
    reads_and_renews(&client, &["main-Viewer", "ENDPOINT"], None);
}

#[test]
fn gnome_keyring_has_the_token_and_no_file_has_it() {
    Stage::with_keyring(|stage, mut bus| {
        prepare(stage);
        stage.rules(|rules| rules.token_seconds = 0);
        let login = ["sso", "login", "corp", "--device-code"];
        let output = stage.sandbox.rolecall(&login).run().ok();
        assert!(output.stdout.contains("saved in secret-service"), "{output:?}");
        // Each run is followed by a search for all secrets in all files, the keyring's own among them. The
        // next process renews the token, and the one after that finds it, also after the daemon's end.
        stage.rules(|rules| rules.token_seconds = 3600);
        stage.document("sso");
        bus.restart_daemon();
        stage.sandbox.rolecall(&["login", "sso", "--force"]).run().ok();
        assert_eq!(stage.counts(), [1, 2, 2]);
        let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
        assert_eq!(status["sign_ins"][0]["store"], "secret-service");
        stage.sandbox.rolecall(&["sso", "logout", "corp"]).run().ok();
        stage.helper("sso").run().code(3);
    });
}

#[test]
fn another_user_of_the_machine_can_not_answer_for_the_browser() {
    let setpriv = need!(require_program("setpriv", "util-linux"));
    let bash = need!(require_program("bash", "bash"));
    if !rustix::process::geteuid().is_root() {
        left_out("another user at the callback", "only root can become one");
        return;
    }
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let good = Page::get(&address).location;
    let rest = good.strip_prefix("http://127.0.0.1:").unwrap();
    let (port, path) = rest.split_once('/').unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let script = "exec 3<>/dev/tcp/127.0.0.1/$0; cat >&3; head -1 <&3";
    let bash = bash.to_str().unwrap();
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", bash, "-c", script, port];
    let answer = stage.sandbox.program(setpriv, &nobody).folder("/").stdin(request).run().ok();
    assert!(answer.stdout.contains("403 Forbidden"), "{answer:?}");
    assert_eq!(stage.sts.count("CreateToken"), 0);
    // The wait goes on for the browser of our own user.
    assert_eq!(Page::get(&good).status, 200);
    running.wait().ok();
    assert_eq!(stage.sts.count("CreateToken"), 1);
}

#[test]
#[cfg(target_os = "linux")] // whose /proc tells whose a connection is
fn connections_of_another_user_do_not_keep_the_browser_waiting() {
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let good = Page::get(&address).location;
    let rest = good.strip_prefix("http://127.0.0.1:").unwrap();
    let (port, _) = rest.split_once('/').unwrap();
    let _idle = need!(idle_connections(&stage.sandbox, ("127.0.0.1", port), 100));
    assert_eq!(Page::get(&good).status, 200);
    running.wait().ok();
    assert_eq!(stage.sts.count("CreateToken"), 1);
}

#[test]
fn a_real_browser_completes_the_sign_in() {
    let chromium = need!(require_program("chromium", "chromium"));
    let stage = stage();
    let script = format!(
        "#!/bin/sh\nexec {} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
         --no-first-run --user-data-dir=\"$HOME/chromium\" --dump-dom \"$1\" > \"$HOME/page\" 2>/dev/null\n",
        chromium.display()
    );
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/chromium"));
    stage.sandbox.env("BROWSER", stage.sandbox.script("home/chrome", script));
    let login = stage.sandbox.rolecall(&["sso", "login", "corp"]);
    let output = login.time_limit(Duration::from_mins(2)).run().ok();
    assert!(output.stdout.contains("corp: signed in until"), "{output:?}");
    assert_eq!(stage.counts(), [1, 1, 0]);
    let page = super::browser::wait_for_file(&stage.sandbox.path("home/page"));
    assert!(page.is_empty() || page.contains("Signed in"), "{page}");
}

#[test]
fn no_file_has_a_token_that_the_kernel_keeps() {
    let stage = need!(Stage::with_keyutils());
    prepare(&stage);
    let login = ["sso", "login", "corp", "--device-code"];
    let output = stage.sandbox.rolecall(&login).run().ok();
    assert!(output.stdout.contains("saved in keyutils"), "{output:?}");
    // Each run is followed by a search for all secrets in all files of the sandbox.
    stage.document("sso");
    let status: Value = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sign_ins"][0]["store"], "keyutils");
    stage.sandbox.rolecall(&["sso", "logout", "corp"]).run().ok();
    stage.helper("sso").run().code(3);
}

#[test]
fn the_doctor_knows_a_sign_in_by_its_record_alone() {
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    Page::get(&Page::get(&address).location);
    running.wait().ok();
    // The token itself is not read, let alone renewed.
    fs::remove_dir_all(stage.sandbox.home().join(".cache/rolecall")).expect("the store");
    let calls = stage.sts.calls().len();
    let found = crate::doctor::report(&stage.sandbox, &["sso"]);
    let findings = found["findings"].as_array().expect("findings");
    let sign_in = findings.iter().find(|it| it["id"] == "sign-in").expect("the sign-in");
    assert!(sign_in["text"].as_str().unwrap().contains("'corp' is valid for"), "{found:#}");
    assert_eq!(stage.sts.calls().len(), calls);
}
