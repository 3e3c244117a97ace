//! The examples of docs/provision-team.md: each is done as the page says, and judged.

use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;

use crate::{
    apply::arn,
    evaluator::{Context, Principal},
    moto::{Account, NOTHING, call},
    support::{
        clients::require_aws_cli,
        keyring::SessionBus,
        pages::{self, Page},
        programs,
    },
};

const PARTNERS: &str = "arn:aws:iam::222222222222:role/partner/for-acme";

/// Does all that the page says in this example; what was written.
#[track_caller]
fn follow(account: &Account, example: &str) -> String {
    let page = Page::at("docs/provision-team.md");
    let regions = pages::regions(&page);
    let region = regions.iter().find(|region| region.has(example)).expect(example);
    pages::follow(&page, region, account)
}

/// An account on whose machine there are rolecall, the AWS CLI and a keychain.
fn machine() -> Option<Account> {
    let aws = require_aws_cli(1)?;
    let account = Account::new()?;
    let (aws, ours) = (aws.parent().unwrap(), programs::rolecall());
    let ours = ours.parent().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", ours.display(), aws.display());
    account.sandbox.env("PATH", path).env("ROLECALL_PROMPT", "tty").store("secret-service");
    account.sandbox.config("[profile admin]\nregion = us-east-1\n");
    Some(account)
}

#[test]
fn three_users_one_role() {
    let account = need!(machine());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let shown = follow(&account, "three-users");
    assert!(shown.contains("+ master copy s3://acme-iam/team.toml"), "{shown}");
    let s3 = account.s3(&account.admin);
    let kept = call(async {
        let answer = s3.get_object().bucket("acme-iam").key("team.toml").send().await?;
        Ok(answer.body.collect().await)
    });
    let kept = kept.unwrap().unwrap().to_vec();
    assert_eq!(kept, std::fs::read(account.sandbox.home().join("team.toml")).unwrap());
    assert_eq!(account.users(), ["ana", "ben", "cem"]);
    account.new_user("dan", NOTHING);
    let (mfa, none) = (Context::with_mfa(60), Context::default());
    for user in ["ana", "ben", "cem"] {
        assert!(account.lets_in("team-role", user, &mfa), "{user}");
        assert!(!account.lets_in("team-role", user, &none), "{user} without MFA");
        assert_eq!(account.key_count(user), 1);
    }
    assert!(!account.lets_in("team-role", "dan", &mfa), "another user");
    let documents: Vec<Value> = ["s3-read-ec2-full", "no-new-users"]
        .map(|policy| account.managed_document(&arn(&format!("policy/{policy}"))))
        .into();
    assert_eq!(account.policies_of_role("team-role"), ["no-new-users", "s3-read-ec2-full"]);
    let role = arn("role/team-role");
    let may = |action: &str| {
        Principal { documents: &documents, arn: &role, context: &mfa }
            .may(action, "arn:aws:s3:::any/thing")
    };
    assert!(may("s3:GetObject") && may("s3:ListBucket") && may("ec2:RunInstances"));
    assert!(!may("s3:PutObject") && !may("iam:CreateUser") && !may("iam:ListUsers"));
    // The role's profile is the one that the page adds.
    let shown = account.rolecall(&["profile", "show", "team-role"]).run().ok();
    assert!(shown.stdout.contains(&arn("mfa/ana")), "{shown:?}");
    // It is asked for with a code. moto knows no sessions that were made with one, and lets in nobody
    // without a policy of his own: the trust itself is judged above.
    account.judge_after(9);
    let each = ["profile", "set", "team-role", "rolecall_mfa_session_seconds=0"];
    account.rolecall(&each).run().ok();
    account.rolecall(&["login", "team-role", "--mfa-code", "123456"]).run().ok();
}

#[test]
fn a_role_that_somebody_else_gave_us() {
    let account = need!(machine());
    let _bus = need!(SessionBus::start(&account.sandbox));
    partner(&account);
    let shown = follow(&account, "given-role");
    assert!(shown.contains("report.csv"), "{shown}");
    // That is all that a developer may do.
    let iam = account.iam(&account.admin);
    let policy = iam.get_group_policy().group_name("developers").policy_name("may-assume");
    let policy = call(policy.send()).unwrap();
    let document = crate::moto::document_in(policy.policy_document()).unwrap();
    let may = |action: &str, on: &str| {
        let documents = std::slice::from_ref(&document);
        Principal { documents, arn: &arn("user/dora"), context: &Context::default() }
            .may(action, on)
    };
    assert!(may("sts:AssumeRole", PARTNERS));
    assert!(!may("sts:AssumeRole", &arn("role/any")) && !may("s3:ListBucket", "arn:aws:s3:::b"));
}

/// The other account: a role that lets us in with the external ID, and may list a bucket.
fn partner(account: &Account) {
    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"AWS":"*"},"Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"ext-42"}}}]}"#;
    const MAY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Action":["s3:ListBucket","s3:GetObject"],"Resource":"*"}]}"#;
    // Whoever comes from there is let in as long as nobody is judged.
    account.judge_after(9);
    let theirs = account.somebody_of("222222222222");
    let iam = account.iam(&theirs);
    let role = iam.create_role().role_name("for-acme").path("/partner/");
    let trust = crate::moto::compact(TRUST);
    call(role.assume_role_policy_document(trust).send()).unwrap();
    let put = iam.put_role_policy().role_name("for-acme").policy_name("may");
    call(put.policy_document(crate::moto::compact(MAY)).send()).unwrap();
    let s3 = account.s3(&theirs);
    call(s3.create_bucket().bucket("partner-files").send()).unwrap();
    let body = ByteStream::from_static(b"a,b\n");
    call(s3.put_object().bucket("partner-files").key("path/report.csv").body(body).send()).unwrap();
    account.judge_after(0);
}
