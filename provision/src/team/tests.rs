//! Parsing of valid and invalid files.

mod documents;
mod faults;
mod generated;

use serde_json::json;

use super::*;
use crate::{
    buckets::Place,
    engine::wanted::{PolicyDocument, PolicyRef, Trust},
};

/// Parses a file that names no other files.
pub(super) fn read(text: &str) -> Result<Team, Vec<Error>> {
    parse(Path::new("TEAM.toml"), text, &|path| Err(io::Error::other(format!("{path:?}"))))
}

#[track_caller]
pub(super) fn good(text: &str) -> Team {
    read(text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

const WHOLE: &str = r#"
master_copy = "s3://acme-iam/iam/team.toml"
users = ["ana", "ben", "cem"]

[groups.team]
members = ["ana", "ben"]
policies = "no-new-users"
may_assume = ["team-role", "arn:aws:iam::222222222222:role/their/role"]

[groups.empty]
members = []

[policies.no-new-users]
description = "They come from the file alone"
document = { Version = "2012-10-17", Statement = [
    { Sid = "A", Effect = "Deny", Action = ["iam:CreateUser"], Resource = "*", Condition = { Bool = { "aws:SecureTransport" = true } } },
] }

[roles.team-role]
description = "What the team does"
policies = ["AmazonS3ReadOnlyAccess", "job-function/ViewOnlyAccess", "no-new-users",
    "arn:aws:iam::aws:policy/AmazonEC2FullAccess"]
max_session = "4h"
tags = { cost-centre = "7" }
trust = { users = ["cem"], groups = ["team"], accounts = ["012345678901"], mfa = true, external_id = "e-42" }

[roles.first]
max_session = 3600
trust.roles = ["second", "arn:aws:iam::222222222222:role/theirs"]

[roles.second]
trust = { accounts = "222222222222" }
"#;

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_file_says_what_is_to_be_there() {
    let team = good(WHOLE);
    let place = Place { bucket: "acme-iam".to_owned(), key: "iam/team.toml".to_owned() };
    let (copy, at) = team.master_copy.unwrap();
    assert_eq!((copy, at.to_string()), (place, "TEAM.toml:2:15".to_owned()));
    let wanted = &team.wanted;
    let users: Vec<_> = wanted.users.iter().map(|user| &*user.name).collect();
    assert_eq!(users, ["ana", "ben", "cem"]);
    assert_eq!((&wanted.users[0].grants.attached, wanted.users[0].grants.inline.len()), (&None, 0));
    let [group, empty] = &wanted.groups[..] else { panic!("{wanted:?}") };
    assert_eq!(group.members, Some(texts(&["ana", "ben"])));
    assert_eq!(empty.members, Some(Vec::new()));
    assert_eq!(group.grants.attached, Some(vec![PolicyRef::Name("no-new-users".to_owned())]));
    let arn = "arn:aws:iam::222222222222:role/their/role";
    let assume = PolicyDocument::Assume(texts(&["team-role", arn]));
    assert_eq!(group.grants.inline, [("may-assume".to_owned(), assume)]);
    assert_eq!(empty.grants.attached, None);
    let [policy] = &wanted.policies[..] else { panic!("{wanted:?}") };
    assert_eq!(policy.description.as_deref(), Some("They come from the file alone"));
    assert_eq!(
        policy.document,
        PolicyDocument::Text(json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "A", "Effect": "Deny", "Action": ["iam:CreateUser"], "Resource": "*",
                "Condition": { "Bool": { "aws:SecureTransport": true } } }] }))
    );
    let roles: Vec<_> = wanted.roles.iter().map(|role| &*role.name).collect();
    assert_eq!(roles, ["team-role", "second", "first"], "who is trusted stands first");
    let role = &wanted.roles[0];
    assert_eq!(
        role.grants.attached.as_deref(),
        Some(
            &[
                PolicyRef::Aws("AmazonS3ReadOnlyAccess".to_owned()),
                PolicyRef::Aws("job-function/ViewOnlyAccess".to_owned()),
                PolicyRef::Name("no-new-users".to_owned()),
                PolicyRef::Arn("arn:aws:iam::aws:policy/AmazonEC2FullAccess".to_owned()),
            ][..]
        )
    );
    assert_eq!(role.max_session, Some(14_400));
    assert_eq!(role.tags, [("cost-centre".to_owned(), "7".to_owned())]);
    assert_eq!(
        role.trust,
        Trust {
            users: texts(&["cem", "ana", "ben"]),
            roles: Vec::new(),
            accounts: texts(&["012345678901"]),
            mfa: true,
            external_id: Some("e-42".to_owned()),
        }
    );
    assert_eq!(wanted.roles[2].max_session, Some(3_600));
    assert_eq!(wanted.roles[2].grants.attached, None);
    let others: Vec<_> = team.others_policies.iter().map(|(policy, _)| policy).collect();
    assert_eq!(others.len(), 3, "{others:?}");
    let error = team.others_policies[1].1.error("there is none", "look");
    assert_eq!(error.to_string(), "there is none (TEAM.toml:21:39)");
}

#[test]
fn an_empty_file_wants_nothing() {
    let team = good("# nothing\n");
    assert!(team.wanted.users.is_empty() && team.master_copy.is_none());
}

#[test]
fn a_document_is_a_table_json_or_a_file() {
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": "s3:GetObject", "Resource": "*" }] });
    let read = |path: &Path| {
        assert_eq!(path, Path::new("teams/policies/x.json"));
        Ok(format!("{document:#}"))
    };
    let in_toml = "[policies.x.document]\nVersion = \"2012-10-17\"\n\
                   [[policies.x.document.Statement]]\nEffect = \"Allow\"\n\
                   Action = \"s3:GetObject\"\nResource = \"*\"\n";
    for text in [
        in_toml.to_owned(),
        format!("[policies.x]\ndocument = '''\n{document:#}'''\n"),
        "[policies.x]\nfile = \"policies/x.json\"\n".to_owned(),
    ] {
        let team = parse(Path::new("teams/TEAM.toml"), &text, &read);
        let team = team.unwrap_or_else(|errors| panic!("{errors:#?}"));
        assert_eq!(
            team.wanted.policies[0].document,
            PolicyDocument::Text(document.clone()),
            "{text}"
        );
    }
}

#[test]
fn an_own_policy_wins_over_one_of_aws() {
    let document =
        r#"document = { Statement = { Effect = "Deny", Action = "*", Resource = "*" } }"#;
    let text = format!(
        "[users.ana]\npolicies = [\"ReadOnlyAccess\"]\n[policies.ReadOnlyAccess]\n{document}\n"
    );
    let team = good(&text);
    let own = PolicyRef::Name("ReadOnlyAccess".to_owned());
    assert_eq!(team.wanted.users[0].grants.attached, Some(vec![own]));
    assert!(team.others_policies.is_empty());
}

#[test]
fn an_unknown_action_is_only_a_warning() {
    let text = "[policies.x]\ndocument = { Statement = { Effect = \"Allow\", \
                Action = \"s3:Frobnicate\", Resource = \"*\" } }\n";
    let remarks = good(text).remarks;
    assert_eq!(remarks, ["policy 'x': s3:Frobnicate is not a known S3 action"]);
}
