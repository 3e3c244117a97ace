//! The real clients: each gets its credentials over HTTP, across sessions that last five seconds.

use std::path::PathBuf;

use super::server::{Access, Server};
use crate::support::{
    clients::{require_aws_cli, require_boto3},
    run::Run,
    stage::Stage,
};

const ARN: &str = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";

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
