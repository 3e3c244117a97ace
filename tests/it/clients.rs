//! The real clients: a profile that `profile add` wrote, used from the AWS CLI and the SDKs.

use std::path::PathBuf;

use crate::support::{
    clients::{require_aws_cli, require_boto3, require_sdk_for_go, require_sdk_for_javascript},
    run::Output,
    stage::{EXTERNAL_ID, ROLE, Stage},
    tls::Tls,
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

/// A program that gets its credentials from rolecall, by the profile `added`.
struct Client {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Option<(&'static str, PathBuf)>,
    /// The last line that it prints when AWS has answered.
    answer: String,
    /// Its exit code when it gets no credentials.
    failure: i32,
    /// What of rolecall's reason it passes on.
    reason: &'static [&'static str],
    /// How often it runs rolecall before it gives up.
    attempts: usize,
}

const ARN: &str = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";
/// AWS's own words, and a hint of ours.
const WHOLE_REASON: &[&str] = &["is not authorized to perform: sts:AssumeRole", "the external ID"];

impl Client {
    /// One that prints the session's ARN, as most do.
    fn new(program: PathBuf, arguments: &[&str]) -> Self {
        Self {
            program,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            environment: None,
            answer: ARN.to_owned(),
            failure: 1,
            reason: WHOLE_REASON,
            attempts: 1,
        }
    }

    fn aws_cli(version: u8, command: &[&str], endpoint: &str) -> Option<Self> {
        // Older ones of version 2 do not know AWS_ENDPOINT_URL and would call AWS.
        let common = ["--profile", "added", "--output", "text", "--endpoint-url", endpoint];
        let client = Self::new(require_aws_cli(version)?, &[command, &common].concat());
        Some(Self { failure: 255, ..client })
    }

    fn boto3(endpoint: &str) -> Option<Self> {
        let script = "import boto3, sys\n\
                      session = boto3.Session(profile_name='added')\n\
                      credentials = session.get_credentials()\n\
                      account = credentials.get_frozen_credentials().account_id\n\
                      sts = session.client('sts', endpoint_url=sys.argv[1])\n\
                      print(credentials.method, account, sts.get_caller_identity()['Arn'])\n";
        let client = Self::new(require_boto3()?, &["-c", script, endpoint]);
        Some(Self { answer: format!("custom-process 222222222222 {ARN}"), ..client })
    }

    /// `from`: where the SDK looks for credentials, see tests/clients/js.
    fn sdk_for_javascript(from: &str, endpoint: &str) -> Option<Self> {
        let (node, variable) = require_sdk_for_javascript()?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/js/client.cjs");
        let client = Self::new(node, &[script, from, "added", endpoint]);
        Some(Self { environment: Some(variable), ..client })
    }

    fn sdk_for_go(endpoint: &str) -> Option<Self> {
        Some(Self {
            // The SDK adds the exit code to what rolecall wrote to the stderr that they share.
            reason: &["the external ID", "exit status 4"],
            ..Self::new(require_sdk_for_go()?, &["added", endpoint])
        })
    }

    fn run(&self, stage: &Stage, stdin: Stdin) -> Output {
        let mut run = stage.sandbox.program(&self.program, &self.arguments);
        if let Some((name, value)) = &self.environment {
            run = run.env(name, value);
        }
        match stdin {
            Stdin::Empty => run.run(),
            Stdin::Closed => run.stdin_closed().run(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Stdin {
    Empty,
    Closed,
}

/// Everything that a client meets: no session yet, a session that is stored, a role that says no;
/// and the same again without a stdin.
#[track_caller]
fn check(stage: &Stage, client: &Client) {
    add(stage);
    for stdin in [Stdin::Empty, Stdin::Closed] {
        let _forgotten = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
        let before = stage.assumed();
        for session in ["a new session", "the stored session"] {
            let output = client.run(stage, stdin).ok();
            let last = output.stdout.lines().last().unwrap_or_default();
            assert!(last.ends_with(&client.answer), "{session}, stdin {stdin:?}: {output:?}");
            assert_eq!(stage.assumed(), before + 1, "{session}, stdin {stdin:?}: {output:?}");
        }
        stage.edit_config(EXTERNAL_ID, "wrong");
        let output = client.run(stage, stdin).code(client.failure);
        assert_eq!(output.stdout, "", "{output:?}");
        for reason in client.reason {
            assert!(output.stderr.contains(reason), "stdin {stdin:?}: {output:?}");
        }
        assert_eq!(stage.assumed(), before + 1 + client.attempts, "stdin {stdin:?}: {output:?}");
        stage.edit_config("wrong", EXTERNAL_ID);
    }
}

#[track_caller]
fn check_with_keyutils(client: impl FnOnce(&str) -> Option<Client>) {
    let stage = need!(Stage::with_keyutils());
    check(&stage, &need!(client(&stage.sts.endpoint())));
}

const WHO: &[&str] = &["sts", "get-caller-identity", "--query", "Arn"];

#[test]
fn version_1_of_the_aws_cli_is_served() {
    check_with_keyutils(|endpoint| Client::aws_cli(1, WHO, endpoint));
}

#[test]
fn version_2_of_the_aws_cli_is_served() {
    check_with_keyutils(|endpoint| Client::aws_cli(2, WHO, endpoint));
}

#[test]
fn boto3_is_served_and_reads_the_account() {
    check_with_keyutils(Client::boto3);
}

#[test]
fn the_sdk_for_javascript_is_served() {
    check_with_keyutils(|endpoint| Client::sdk_for_javascript("ini", endpoint));
}

/// What docs/exit-codes.md says of it: two of its providers run rolecall, one after the other,
/// and it drops what they failed with.
#[test]
fn the_sdk_for_javascript_left_to_search_is_served_but_says_no_reason() {
    check_with_keyutils(|endpoint| {
        let client = Client::sdk_for_javascript("chain", endpoint)?;
        let reason = &["Could not load credentials from any providers"];
        Some(Client { reason, attempts: 2, ..client })
    });
}

#[test]
fn the_sdk_for_go_is_served() {
    check_with_keyutils(Client::sdk_for_go);
}

#[test]
fn buckets_are_listed_with_the_keychain() {
    Stage::with_keyring(|stage, _bus| {
        for version in [1, 2] {
            let client = Client::aws_cli(version, &["s3", "ls"], &stage.sts.endpoint());
            let client = need!(client, continue);
            let before = stage.sts.count("ListBuckets");
            check(stage, &Client { answer: "my-app-data".to_owned(), ..client });
            assert!(stage.sts.count("ListBuckets") > before, "version {version}");
        }
    });
}

#[test]
fn the_certificates_of_a_bundle_are_trusted_and_no_others() {
    let stage = Stage::new();
    let tls = need!(Tls::start(&stage));
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", tls.url());
    let untrusted = stage.helper("my-role").run().code(7);
    assert!(untrusted.stderr.contains("certificate"), "{untrusted:?}");
    assert!(untrusted.stderr.contains("AWS_CA_BUNDLE"), "{untrusted:?}");
    let bundle = tls.bundle();
    stage.helper("my-role").env("AWS_CA_BUNDLE", &bundle).run().ok();
    stage.edit_config(
        "[profile my-role]\n",
        &format!("[profile my-role]\nca_bundle = {}\n", bundle.display()),
    );
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}
