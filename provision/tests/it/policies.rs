//! Policies that are given, and what is wrong with them.

use serde_json::{Value, json};

use crate::{moto::Account, support::sandbox::Sandbox};

const GIVEN: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Action": ["s3:GetObject*"], "Resource": ["arn:aws:s3:::$!BUCKET_NAME!$/*"]}]}"#;

#[test]
fn a_given_policy_is_attached_with_the_name_of_each_bucket() {
    let account = need!(Account::new());
    account.buckets(&["one", "two"]);
    account.sandbox.file("home/policy.json", GIVEN);
    let run = |arguments: &[&str], stdin: &str| {
        let run = account.rolecall(&[&["s3", "create"], arguments].concat());
        account.created(&run.stdin(stdin).may_print_secrets().run().ok())
    };
    let by_file = run(&["one", "two", "--policy", "policy.json"], "");
    let by_stdin = run(&["one", "--policy", "-"], GIVEN);
    let by_pipe = run(&["one", "--policy", "/dev/stdin"], GIVEN);
    let _by_text = run(&["two", "--policy", GIVEN], "");
    for bucket in ["one", "two"] {
        let policy = account.policy("s3.custom.one,two", &format!("s3.custom.{bucket}"));
        let expected: Value =
            serde_json::from_str(&GIVEN.replace("$!BUCKET_NAME!$", bucket)).unwrap();
        assert_eq!(policy, expected);
    }
    account.get(&by_file, "two", "a/in").unwrap();
    account.get(&by_stdin, "one", "a/in").unwrap();
    account.get(&by_pipe, "one", "a/in").unwrap();
    crate::create::assert_denied(account.list(&by_file, "one"));
}

#[test]
fn a_statement_is_added() {
    let account = need!(Account::new());
    account.buckets(&["one"]);
    let statement = json!({ "Effect": "Allow", "Action": "textract:*", "Resource": "*" });
    let output = account.rolecall_create(&["one", "--statement", &statement.to_string()]).ok();
    assert!(!output.stderr.contains("warning"), "{output:?}");
    assert!(output.stderr.contains("s3.custom.one without permissions boundary\n"), "{output:?}");
    let _keys = account.created(&output);
    let policy = account.policy("s3.custom.one", "s3.custom.one");
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!((statements.len(), statements.last()), (4, Some(&statement)));
}

/// What `s3 create` says of a policy, without a server that could be asked.
fn refused(arguments: &[&str]) -> String {
    let sandbox = Sandbox::new();
    sandbox.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let arguments = [&["s3", "create", "mine"], arguments].concat();
    let output = sandbox.rolecall(&arguments).run().code(2);
    assert_eq!(output.stdout, "");
    output.stderr
}

#[test]
fn what_iam_does_not_know_is_told_before_anything_is_called() {
    let policy = |action: &str| {
        json!({ "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } }).to_string()
    };
    let error = refused(&["--policy", &policy("s3:ListObjectsV2")]);
    assert!(error.contains("'s3:ListObjectsV2', which IAM does not know"), "{error}");
    assert!(error.ends_with("hint: the action is s3:ListBucket\n"), "{error}");
    let error = refused(&["--policy", &policy("s3:HeadObject")]);
    assert!(error.contains("hint: the action is s3:GetObject\n"), "{error}");
}

#[test]
fn json_that_is_none_is_told_by_line_and_column() {
    let error = refused(&["--policy", "{\"Statement\": [,]}"]);
    assert!(
        error.contains("the policy is not JSON") && error.contains("line 1 column 16"),
        "{error}"
    );
    let error = refused(&["--statement", "no"]);
    assert!(error.contains("the statement is not JSON"), "{error}");
}

#[test]
fn names_that_aws_would_refuse_are_refused_first() {
    let long = ["a".repeat(60), "b".repeat(60)];
    let error = refused(&[&long[0]]);
    assert!(error.contains("IAM allows 64") && error.contains("--username"), "{error}");
    let error = refused(&["a/b"]);
    assert!(error.contains("'a/b' is not a valid bucket name"), "{error}");
    let error = refused(&["--username", "a b"]);
    assert!(error.contains("'a b' is not a valid user name"), "{error}");
    let error = refused(&["--duration", "14m"]);
    assert!(error.contains("from 15 minutes to 12 hours"), "{error}");
}

#[test]
fn policies_that_are_too_long_together_are_told_before_anything_is_made() {
    let account = need!(Account::new());
    let buckets: Vec<_> = (0..6).map(|i| format!("bucket{i}")).collect();
    let names: Vec<_> = buckets.iter().map(String::as_str).collect();
    let output = account.rolecall_create(&[&*names, &["-c", "--username", "u"]].concat()).code(2);
    assert!(output.stderr.contains("IAM allows 2048"), "{output:?}");
    assert_eq!((account.users().len(), account.bucket_names().len()), (0, 0));
}

#[test]
fn a_policy_is_printed_without_anybody_being_asked() {
    let sandbox = Sandbox::new();
    let print = |arguments: &[&str]| {
        let output = sandbox.rolecall(&[&["s3", "policy"], arguments].concat()).run().ok();
        assert_eq!(output.stderr, "");
        output.json()
    };
    let policy = print(&["one", "two", "--write-only"]);
    let write = |bucket: &str| {
        json!({ "Effect": "Allow", "Action": ["s3:PutObject"],
            "Resource": [format!("arn:aws:s3:::{bucket}/*")] })
    };
    let both = json!({ "Version": "2012-10-17", "Statement": [write("one"), write("two")] });
    assert_eq!(policy, both);
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        ("eu-west-1", "aws"),
    ] {
        let policy = print(&["one", "--write-only", "--region", region]);
        let objects = format!("arn:{partition}:s3:::one/*");
        assert_eq!(policy["Statement"][0]["Resource"][0], objects, "{region}");
    }
    let policy = print(&["one", "--public-bucket"]);
    assert_eq!(policy["Statement"][0]["Principal"], "*");
}
