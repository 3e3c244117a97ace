//! The real clients under `exec --read-only`: each finds the session though the AWS files are hidden from it, and
//! may do no more than that.

use std::path::Path;

use crate::{
    exec::environment,
    support::{
        clients::{require_aws_cli, require_boto3, require_sdk_for_go, require_sdk_for_javascript},
        run::Run,
        stage::{SECOND, Stage},
    },
};

const ARN: &str = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";

/// `rolecall exec my-role FLAGS -- PROGRAM ARGUMENTS`.
fn exec<'s>(stage: &'s Stage, flags: &[&str], program: &Path, arguments: &[&str]) -> Run<'s> {
    let program = program.to_str().expect("a path of UTF-8");
    let all = [&["exec", "my-role"], flags, &["--", program], arguments].concat();
    stage.sandbox.rolecall(&all).env("AWS_REGION", "eu-west-1")
}

#[test]
fn every_client_uses_the_narrowed_session() {
    let stage = need!(Stage::with_keyutils());
    let endpoint = stage.sts.endpoint();
    for flags in [&["--read-only"][..], &["--read-only", "--serve"]] {
        for version in [1, 2] {
            let aws = need!(require_aws_cli(version), continue);
            let who = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
            let arguments = [&who[..], &["--endpoint-url", &endpoint]].concat();
            let output = exec(&stage, flags, &aws, &arguments).run().ok();
            assert_eq!(output.stdout.trim(), ARN, "version {version} {flags:?}");
            let other = [&arguments[..], &["--profile", "base"]].concat();
            let output = exec(&stage, flags, &aws, &other).run();
            assert!(!output.status.success() && output.stderr.contains("base"), "{output:?}");
        }
        if let Some(python) = require_boto3() {
            let script = "import boto3, sys; print(boto3.client('sts', endpoint_url=sys.argv[1]).get_caller_identity()['Arn'])";
            let output = exec(&stage, flags, &python, &["-c", script, &endpoint]).run().ok();
            assert_eq!(output.stdout.trim(), ARN, "boto3 {flags:?}");
        }
        if let Some((node, (variable, folder))) = require_sdk_for_javascript() {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/js/client.cjs");
            let run = exec(&stage, flags, &node, &[script, "chain", "", &endpoint]);
            assert_eq!(run.env(variable, &folder).run().ok().stdout.trim(), ARN, "JS {flags:?}");
        }
        if let Some(go) = require_sdk_for_go() {
            let run = exec(&stage, flags, &go, &["", &endpoint]);
            assert_eq!(run.run().ok().stdout.trim(), ARN, "Go {flags:?}");
        }
    }
    assert_eq!(stage.assumed(), 1, "one session for all");
}

#[test]
fn the_session_is_refused_what_the_full_one_may_do() {
    let stage = need!(Stage::with_keyutils());
    let aws = need!(require_aws_cli(1));
    stage.sts.with_world(|world| world.judges_session_policies = true);
    stage.sandbox.env("AWS_ENDPOINT_URL", stage.sts.endpoint());
    let object = "s3://my-app-data/report.csv";
    let assume = ["sts", "assume-role", "--role-arn", SECOND, "--role-session-name", "more"];
    for (arguments, reads) in [
        (&["s3", "ls", "s3://my-app-data/"][..], true),
        (&["s3", "rm", object], false),
        (&assume, false),
    ] {
        exec(&stage, &[], &aws, arguments).may_print_secrets().run().code(0);
        for flags in [&["--read-only"][..], &["--policy", "ReadOnlyAccess"]] {
            let output = exec(&stage, flags, &aws, arguments).may_print_secrets().run();
            assert_eq!(output.status.success(), reads, "{flags:?} {output:?}");
            assert!(reads || output.stderr.contains("AccessDenied"), "{output:?}");
        }
    }
    assert!(
        environment(&stage, &["my-role", "--read-only"], &[]).stdout.contains("AWS_CONFIG_FILE=")
    );
}
