//! The programs of others: a real browser, and AWS's own tools with the same tokens.

use std::{fs, time::Duration};

use serde_json::Value;

use super::{prepare, stage};
use crate::support::{
    clients::{require_aws_cli, require_boto3, require_program, require_sdk_for_javascript},
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

#[test]
fn the_sdk_for_javascript_reads_a_shared_token() {
    let (node, variable) = need!(require_sdk_for_javascript());
    let stage = stage();
    share(&stage, 3600);
    let script = "const { fromSSO } = require('@aws-sdk/credential-providers');\
                  fromSSO({ profile: 'sso' })().then(c => console.log(c.accessKeyId));";
    let run = stage.sandbox.program(&node, &["-e", script]);
    let output = run.env(variable.0, variable.1).time_limit(Duration::from_mins(1)).run().ok();
    assert!(output.stdout.starts_with("ASIA"), "{output:?}");
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
