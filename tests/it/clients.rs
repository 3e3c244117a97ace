//! The real clients: a profile that `profile add` wrote, used from the AWS CLI and boto3.

use std::fs;

use crate::support::{
    clients::{require_aws_cli, require_boto3},
    stage::{EXTERNAL_ID, ROLE, Stage},
};

/// Adds profile `added` as a user would, and forgets the others.
fn add(stage: &Stage) {
    stage.sandbox.config("");
    let arguments = [
        "profile",
        "add",
        "added",
        "--role-arn",
        ROLE,
        "--source-profile",
        "base",
        "--external-id",
        EXTERNAL_ID,
        "--region",
        "eu-west-1",
    ];
    let _added = stage.sandbox.rolecall(&arguments).run().ok();
}

/// `aws s3 ls` lists a bucket; the session is made once and then found.
fn list_buckets(stage: &Stage) {
    let Some(aws) = require_aws_cli() else { return };
    add(stage);
    for _ in 0..2 {
        let arguments = ["s3", "ls", "--profile", "added", "--endpoint-url", &stage.sts.endpoint()];
        let output = stage.sandbox.program(&aws, &arguments).run().ok();
        assert!(output.stdout.trim_end().ends_with("my-app-data"), "{output:?}");
    }
    assert_eq!(stage.assumed(), 1);
    assert_eq!(stage.sts.count("ListBuckets"), 2);
}

#[test]
fn the_aws_cli_lists_buckets_with_the_kernel_keyring() {
    if let Some(stage) = Stage::with_keyutils() {
        list_buckets(&stage);
    }
}

#[test]
fn the_aws_cli_lists_buckets_with_the_keychain() {
    Stage::with_keyring(|stage, _bus| list_buckets(stage));
}

#[test]
fn the_aws_cli_shows_why_a_role_was_denied() {
    let Some(aws) = require_aws_cli() else { return };
    let stage = Stage::new();
    add(&stage);
    let text = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(text.replace(EXTERNAL_ID, "wrong"));
    let arguments = ["s3", "ls", "--profile", "added", "--endpoint-url", &stage.sts.endpoint()];
    let output = stage.sandbox.program(&aws, &arguments).run();
    assert!(!output.status.success());
    assert!(output.stderr.contains("compare the external ID"), "{output:?}");
}

#[test]
fn boto3_uses_the_session_and_reads_its_account_and_end() {
    let (Some(python), Some(stage)) = (require_boto3(), Stage::with_keyutils()) else { return };
    add(&stage);
    let script = format!(
        "import boto3\n\
         session = boto3.Session(profile_name='added')\n\
         credentials = session.get_credentials()\n\
         frozen = credentials.get_frozen_credentials()\n\
         sts = session.client('sts', endpoint_url='{}')\n\
         print(credentials.method, sts.get_caller_identity()['Arn'], frozen.account_id)\n",
        stage.sts.endpoint()
    );
    for _ in 0..2 {
        let output = stage.sandbox.program(&python, &["-c", &script]).run().ok();
        let arn = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";
        assert_eq!(output.stdout, format!("custom-process {arn} 222222222222\n"));
    }
    assert_eq!(stage.assumed(), 1);
}
