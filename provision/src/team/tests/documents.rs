//! Invalid policy documents.

use super::{Error, Path, faults::assert_fault, io, parse};

/// Returns a policy `p` whose document is this line, the third.
fn policy(line: &str) -> String {
    format!("[policies]\n[policies.p]\n{line}\n")
}

#[test]
fn documents_that_iam_would_refuse() {
    let allow = "Effect = \"Allow\", Resource = \"*\"";
    let long = "x".repeat(6_200);
    for (line, message, remedy) in [
        ("", "policy 'p' has no document (TEAM.toml:2:11)".to_owned(), "file = "),
        (
            "document = {}\nfile = \"x\"",
            "policy 'p' has a document and a file (TEAM.toml:4:8)".to_owned(),
            "only one",
        ),
        ("document = 7", "document is a number, not a table (TEAM.toml:3:12)".to_owned(), "JSON"),
        ("document = {}", "policy 'p' has no 'Statement' (TEAM.toml:3:12)".to_owned(), "Grammar"),
        (
            &format!("document = {{ Statement = {{ {allow}, Action = \"s3:ListObjectsV2\" }} }}"),
            "policy 'p' has the action 's3:ListObjectsV2', which IAM does not know (TEAM.toml:3:12)"
                .to_owned(),
            "s3:ListBucket",
        ),
        (
            &format!("document = {{ Statement = {{ {allow}, Action = \"a:B\", Principal = \"*\" }} }}"),
            "policy 'p' names a 'Principal' (TEAM.toml:3:12)".to_owned(),
            "remove it",
        ),
        (
            &format!("document = {{ Statement = {{ {allow}, Action = \"a:{long}\" }} }}"),
            "policy 'p' has 6261 characters, and IAM allows 6144 (TEAM.toml:3:12)".to_owned(),
            "two policies",
        ),
        (
            "document = { Statement = { Effect = \"Allow\", Action = 2026-01-01, Resource = \"*\" } }",
            "JSON has no dates (TEAM.toml:3:55)".to_owned(),
            "quote it",
        ),
        (
            "document = '''\n{ \"Statement\": {\n  Effect: 1 } }'''",
            "the document is not JSON: key must be a string (TEAM.toml:5:3)".to_owned(),
            "TOML table",
        ),
        (
            "document = '{ \"a\" }'",
            "the document is not JSON: expected `:` (TEAM.toml:3:19)".to_owned(),
            "TOML table",
        ),
        (
            "file = \"policies/x.json\"",
            "can't read policies/x.json: \"policies/x.json\" (TEAM.toml:3:8)".to_owned(),
            "relative to this file",
        ),
    ] {
        assert_fault(&policy(line), &message, remedy);
    }
}

#[test]
fn a_fault_in_a_file_that_is_named_has_both_places() {
    let read = |_: &Path| Ok::<_, io::Error>("{\n  \"a\": }\n".to_owned());
    let text = policy("file = \"x.json\"");
    let errors: Vec<Error> = parse(Path::new("t/TEAM.toml"), &text, &read).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "the document is not JSON: expected value in t/x.json:2:8 (t/TEAM.toml:3:8)"
    );
}
