//! The real clients: each gets its credentials over HTTP, across sessions that last five seconds.

use std::path::PathBuf;

use super::server::{Access, Server};
use crate::support::{
    clients::{require_aws_cli, require_boto3, require_sdk_for_go, require_sdk_for_javascript},
    run::Run,
    stage::Stage,
};

pub(super) const ARN: &str = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";

/// A program that asks who it is several times, over more than three sessions of five seconds.
const LONG_LIVED: &str = "
import boto3, sys, time
session = boto3.Session()
sts = session.client('sts', endpoint_url=sys.argv[1], region_name='eu-west-1')
keys, until = set(), time.time() + float(sys.argv[2])
while time.time() < until:
    arn = sts.get_caller_identity()['Arn']
    credentials = session.get_credentials()
    keys.add(credentials.get_frozen_credentials().access_key)
    time.sleep(0.1)
print(credentials.method, len(keys), arn)
";

fn with_access<'s>(
    stage: &'s Stage,
    access: &Access,
    program: PathBuf,
    arguments: &[&str],
) -> Run<'s> {
    let run = stage.sandbox.program(program, arguments);
    access.variables().into_iter().fold(run, |run, (name, value)| run.env(name, value))
}

#[test]
fn a_python_program_lives_through_many_sessions_of_five_seconds() {
    let stage = need!(Stage::with_keyutils());
    let python = need!(require_boto3());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    let arguments = ["-c", LONG_LIVED, &stage.sts.endpoint(), "16"];
    let output = with_access(&stage, &server.access(0), python, &arguments).run().ok();
    let words: Vec<_> = output.stdout.split_whitespace().collect();
    assert_eq!((words[0], words[2]), ("container-role", ARN), "{output:?}");
    assert!(words[1].parse::<u32>().unwrap() >= 3, "{output:?}");
}

#[test]
fn both_versions_of_the_aws_cli_are_served() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    for version in [1, 2] {
        let aws = need!(require_aws_cli(version), continue);
        let endpoint = stage.sts.endpoint();
        let who = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
        let arguments =
            [&who[..], &["--endpoint-url", &endpoint, "--region", "eu-west-1"]].concat();
        for _ in 0..4 {
            let run = with_access(&stage, &server.access(0), aws.clone(), &arguments);
            assert_eq!(run.run().ok().stdout.trim(), ARN, "version {version}");
        }
    }
}

#[test]
fn the_sdk_for_javascript_is_served() {
    let stage = need!(Stage::with_keyutils());
    let (node, (variable, folder)) = need!(require_sdk_for_javascript());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/js/client.cjs");
    let arguments = [script, "chain", "", &stage.sts.endpoint()];
    for _ in 0..4 {
        let run = with_access(&stage, &server.access(0), node.clone(), &arguments);
        let run = run.env(variable, &folder).env("AWS_REGION", "eu-west-1");
        assert_eq!(run.run().ok().stdout.trim(), ARN);
    }
    // It wants all of the fields, or says only that there are no credentials.
    stage.sts.with_world(|world| world.roles[0].denied = true);
    server.access(0).get_until(400, std::time::Duration::from_secs(20));
    let run = with_access(&stage, &server.access(0), node, &arguments);
    let failed = run.env(variable, &folder).env("AWS_REGION", "eu-west-1").run().code(1);
    assert!(failed.stderr.contains("Could not load credentials"), "{failed:?}");
}

#[test]
fn a_go_program_lives_through_many_sessions_and_shows_why_it_is_not_served() {
    let stage = need!(Stage::with_keyutils());
    let client = need!(require_sdk_for_go());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    let endpoint = stage.sts.endpoint();
    let run = |client, arguments: &[&str]| {
        let run = with_access(&stage, &server.access(0), client, arguments);
        run.env("AWS_REGION", "eu-west-1").run()
    };
    // One process lives through all of them.
    let output = run(client.clone(), &["", &*endpoint, "11"]).ok();
    let (count, arn) = output.stdout.trim().split_once(' ').expect("a number and an ARN");
    assert_eq!(arn, ARN);
    assert!(count.parse::<u32>().unwrap() >= 3, "{output:?}");
    stage.sts.with_world(|world| world.roles[0].denied = true);
    server.access(0).get_until(400, std::time::Duration::from_secs(20));
    let failed = run(client, &["", &*endpoint]).code(1);
    assert!(failed.stderr.contains("AccessDenied"), "{failed:?}");
    assert!(failed.stderr.contains("refused to let 'base' assume"), "{failed:?}");
}

/// A JavaScript program that lives through several sessions.
const LONG_LIVED_JS: &str = "
const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');
const client = new STSClient({ endpoint: process.argv[1], region: 'eu-west-1' });
const keys = new Set(), until = Date.now() + 11000;
let arn;
(async () => {
  while (Date.now() < until) {
    arn = (await client.send(new GetCallerIdentityCommand({}))).Arn;
    keys.add((await client.config.credentials()).accessKeyId);
    await new Promise((done) => setTimeout(done, 100));
  }
  console.log(keys.size, arn);
})();
";

#[test]
fn a_javascript_program_lives_through_many_sessions_of_five_seconds() {
    let stage = need!(Stage::with_keyutils());
    let (node, (variable, folder)) = need!(require_sdk_for_javascript());
    stage.sts.set_session_seconds(Some(5));
    let server = Server::start(&stage, &["my-role"]);
    let arguments = ["-e", LONG_LIVED_JS, &stage.sts.endpoint()];
    let run = with_access(&stage, &server.access(0), node, &arguments);
    let output = run.env(variable, &folder).run().ok();
    let (count, arn) = output.stdout.trim().split_once(' ').unwrap();
    assert_eq!(arn, ARN);
    assert!(count.parse::<u32>().unwrap() >= 3, "{output:?}");
}
