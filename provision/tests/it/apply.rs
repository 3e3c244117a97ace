//! `rolecall iam apply`: the account is as the file says, by its own documents.

use aws_sdk_iam::types::PolicyScopeType;
use serde_json::{Value, json};

use crate::{
    evaluator::{Context, Principal},
    moto::{Account, call, document_in, refusal},
    proxy::Proxy,
    support::run::{Output, Run},
};

/// No text that is sent has a space in it: moto takes the signature of such a call for wrong.
pub(crate) const TEAM: &str = r#"master_copy = "s3://acme-iam/iam/team.toml"

[users]
ana = {}
ben = {}
cem = { policies = ["look"], tags = { desk = "7" } }

[groups.team]
members = ["ana", "ben"]
policies = ["no-new-users"]
may_assume = ["team-role"]

[policies.no-new-users]
description = "from-this-file-alone"
document = { Version = "2012-10-17", Statement = [
    { Effect = "Deny", Action = "iam:CreateUser", Resource = "*" },
] }

[policies.look.document]
Version = "2012-10-17"
Statement = [{ Effect = "Allow", Action = ["s3:ListBucket", "iam:*"], Resource = "*" }]

[roles.team-role]
description = "the-team"
policies = ["look", "no-new-users"]
max_session = "4h"
trust = { groups = ["team"], mfa = true }

[roles.partner]
policies = []
trust = { accounts = ["222222222222"], external_id = "ext-42" }
"#;
/// Where the file lies.
pub(crate) const FILE: &str = "home/team.toml";

/// ARN of something of moto's account.
pub(crate) fn arn(what: &str) -> String {
    format!("arn:aws:iam::123456789012:{what}")
}

impl Account {
    /// `rolecall iam apply` of this text, with `--yes`.
    pub(crate) fn apply(&self, text: &str, more: &[&str]) -> Run<'_> {
        self.sandbox.file(FILE, text);
        self.rolecall(&[&["iam", "apply", "team.toml", "--yes"][..], more].concat())
    }

    pub(crate) fn trust_of(&self, role: &str) -> Value {
        let answer = call(self.iam(&self.admin).get_role().role_name(role).send()).unwrap();
        document_in(&answer.role.unwrap().assume_role_policy_document.unwrap()).unwrap()
    }

    /// The documents of all policies of a user, with those of the groups.
    fn documents(&self, user: &str) -> Vec<Value> {
        let iam = self.iam(&self.admin);
        let groups = call(iam.list_groups_for_user().user_name(user).send()).unwrap();
        let mut arns = Vec::new();
        let mut documents = Vec::new();
        let attached = call(iam.list_attached_user_policies().user_name(user).send()).unwrap();
        arns.extend(attached.attached_policies().iter().filter_map(|it| it.policy_arn.clone()));
        for group in groups.groups() {
            let name = group.group_name();
            let attached = call(iam.list_attached_group_policies().group_name(name).send());
            let attached = attached.unwrap();
            arns.extend(attached.attached_policies().iter().filter_map(|it| it.policy_arn.clone()));
            let inline = call(iam.list_group_policies().group_name(name).send()).unwrap();
            for policy in inline.policy_names() {
                let get = iam.get_group_policy().group_name(name).policy_name(policy).send();
                documents.push(document_in(call(get).unwrap().policy_document()).unwrap());
            }
        }
        documents.extend(arns.iter().map(|arn| self.managed_document(arn)));
        documents
    }

    /// What a managed policy says now.
    pub(crate) fn managed_document(&self, arn: &str) -> Value {
        let iam = self.iam(&self.admin);
        let policy = call(iam.get_policy().policy_arn(arn).send()).unwrap().policy.unwrap();
        let version = policy.default_version_id.unwrap();
        let get = iam.get_policy_version().policy_arn(arn).version_id(version).send();
        document_in(&call(get).unwrap().policy_version.unwrap().document.unwrap()).unwrap()
    }

    /// The names of the policies of a role.
    pub(crate) fn policies_of_role(&self, role: &str) -> Vec<String> {
        let attached = self.iam(&self.admin).list_attached_role_policies().role_name(role).send();
        let attached = call(attached).unwrap();
        let names = attached.attached_policies().iter().filter_map(|it| it.policy_name.clone());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names
    }

    fn members(&self, group: &str) -> Vec<String> {
        let group = call(self.iam(&self.admin).get_group().group_name(group).send()).unwrap();
        let mut names: Vec<_> = group.users().iter().map(|user| user.user_name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The versions of the master copy, the latest first.
    pub(crate) fn versions(&self) -> Vec<String> {
        let s3 = self.s3(&self.admin);
        let listed = call(s3.list_object_versions().bucket("acme-iam").send()).unwrap();
        let versions = listed.versions().iter().filter(|it| it.key() == Some("iam/team.toml"));
        let ids = versions.filter_map(|version| version.version_id.clone());
        let text = |id: String| {
            let get = s3.get_object().bucket("acme-iam").key("iam/team.toml").version_id(id);
            let bytes = call(async {
                let answer = get.send().await?;
                Ok(answer.body.collect().await)
            });
            String::from_utf8(bytes.unwrap().unwrap().to_vec()).unwrap()
        };
        ids.map(text).collect()
    }

    /// Whether `user` may assume `role` by the documents that IAM has.
    pub(crate) fn lets_in(&self, role: &str, user: &str, context: &Context) -> bool {
        let (role, trust) = (arn(&format!("role/{role}")), self.trust_of(role));
        let who = arn(&format!("user/{user}"));
        Principal { documents: &self.documents(user), arn: &who, context }.may_assume(&role, &trust)
    }

    /// That there is nothing but what was there before.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        let iam = self.iam(&self.admin);
        assert_eq!((self.users(), self.bucket_names()), (vec![], vec![]));
        assert!(call(iam.list_groups().send()).unwrap().groups().is_empty());
        assert!(call(iam.list_roles().send()).unwrap().roles().is_empty());
        let policies = call(iam.list_policies().scope(PolicyScopeType::Local).send()).unwrap();
        assert!(policies.policies().is_empty());
    }
}

/// The file with everything in it changed that can be.
pub(crate) fn changed() -> String {
    let steps = [
        (r#"members = ["ana", "ben"]"#, r#"members = ["ben", "cem"]"#),
        (r#"may_assume = ["team-role"]"#, "may_assume = []"),
        (r#""s3:ListBucket", "iam:*""#, r#""s3:GetObject""#),
        (r#"policies = ["look", "no-new-users"]"#, r#"policies = ["no-new-users"]"#),
        (r#"max_session = "4h""#, r#"max_session = "2h""#),
        (r#"groups = ["team"], mfa = true"#, r#"users = ["cem"]"#),
    ];
    steps.into_iter().fold(TEAM.to_owned(), |text, (before, after)| {
        assert!(text.contains(before), "{before}");
        text.replace(before, after)
    })
}

/// That no call wrote anything.
#[track_caller]
pub(crate) fn assert_only_reads(proxy: &Proxy) {
    let reads = |name: &String| {
        ["Get", "List", "Simulate", "GET ", "HEAD "].iter().any(|start| name.starts_with(start))
    };
    let names = proxy.names();
    assert!(!names.is_empty() && names.iter().all(reads), "{names:?}");
}

#[track_caller]
pub(crate) fn assert_nothing_to_do(account: &Account, text: &str) {
    let proxy = Proxy::before(&account.endpoint);
    let output = account.apply(text, &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    assert_eq!(output.stdout, "Nothing to do: the account matches the file\n", "{output:?}");
    assert_only_reads(&proxy);
}

#[track_caller]
pub(crate) fn assert_says(output: &Output, lines: &[&str]) {
    for line in lines {
        assert!(output.stderr.contains(line), "{line}: {output:?}");
    }
}

#[test]
fn the_account_becomes_what_the_file_says_and_then_there_is_nothing_to_do() {
    let account = need!(Account::new());
    let output = account.apply(TEAM, &[]).run().ok();
    assert_says(
        &output,
        &[
            "In account 123456789012:\n",
            "+ user cem\n    + policy arn:aws:iam::123456789012:policy/look\n",
            "+ group team\n    + member ana\n    + member ben\n",
            "+ role partner\n",
            "+ bucket acme-iam in us-east-1\n    + closed to the public, encrypted\n",
            "+ master copy s3://acme-iam/iam/team.toml\n",
            "Created user ana\n",
            "Put the file at s3://acme-iam/iam/team.toml\n",
        ],
    );
    let (_, counted) = output.stdout.split_once("now matches the file: ").unwrap();
    assert!(
        output.stderr.contains(&format!("{} to add, 0 to change", &counted[..2])),
        "{output:?}"
    );
    assert_eq!(account.users(), ["ana", "ben", "cem"]);
    assert_eq!(account.members("team"), ["ana", "ben"]);
    assert_eq!(account.policies_of_role("team-role"), ["look", "no-new-users"]);
    let iam = account.iam(&account.admin);
    let role = call(iam.get_role().role_name("team-role").send()).unwrap().role.unwrap();
    assert_eq!(role.max_session_duration, Some(14_400));
    assert_eq!(role.description.as_deref(), Some("the-team"));
    let tags = call(iam.list_user_tags().user_name("cem").send()).unwrap();
    let tags: Vec<_> = tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("desk", "7"), ("rolecall-team", "s3://acme-iam/iam/team.toml")]);
    let s3 = account.s3(&account.admin);
    let block = call(s3.get_public_access_block().bucket("acme-iam").send()).unwrap();
    let block = block.public_access_block_configuration.unwrap();
    assert_eq!(block.restrict_public_buckets(), Some(true));
    assert_eq!(account.versions(), [TEAM]);
    assert_nothing_to_do(&account, TEAM);
    // Everything twice: also when something was lost in between.
    call(iam.remove_user_from_group().group_name("team").user_name("ben").send()).unwrap();
    let output = account.apply(TEAM, &[]).run().ok();
    assert!(output.stdout.ends_with("1 added, 0 changed, 0 removed\n"), "{output:?}");
    assert_nothing_to_do(&account, TEAM);
}

#[test]
fn trusts_let_in_whom_the_file_names_and_as_it_says() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let (mfa, none) = (Context::with_mfa(60), Context::default());
    let lets = |user: &str, context: &Context| account.lets_in("team-role", user, context);
    assert!(lets("ana", &mfa) && lets("ben", &mfa));
    assert!(!lets("ana", &none), "without MFA");
    assert!(!lets("ana", &Context::of(&[("aws:MultiFactorAuthPresent", "false")])));
    assert!(!lets("cem", &mfa), "another user");
    let trust = account.trust_of("partner");
    let role = arn("role/partner");
    let assume = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role } });
    let from = |account: &str, id: Option<&str>| {
        let who = format!("arn:aws:iam::{account}:user/their");
        let context = id.map_or(none.clone(), |id| none.clone().and("sts:ExternalId", id));
        Principal { documents: std::slice::from_ref(&assume), arn: &who, context: &context }
            .may_assume(&role, &trust)
    };
    assert!(from("222222222222", Some("ext-42")));
    assert!(!from("222222222222", Some("ext-43")), "a wrong external id");
    assert!(!from("222222222222", None));
    assert!(!from("333333333333", Some("ext-42")), "another account");
    // What members may do by themselves: nothing but to assume the one role.
    let documents = account.documents("ana");
    let can = |action: &str, on: &str| {
        Principal { documents: &documents, arn: &arn("user/ana"), context: &Context::default() }
            .may(action, on)
    };
    assert!(can("sts:AssumeRole", &arn("role/team-role")));
    assert!(!can("sts:AssumeRole", &arn("role/partner")));
    assert!(!can("s3:ListBucket", "arn:aws:s3:::acme-iam"));
    assert!(!can("iam:CreateUser", &arn("user/new")));
}

#[test]
fn what_changes_in_the_file_changes_in_the_account() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let text = changed();
    let dry = account.apply(&text, &["--dry-run"]).run().ok();
    assert_eq!(account.members("team"), ["ana", "ben"], "nothing was done");
    assert_eq!(account.versions().len(), 1);
    let output = account.apply(&text, &[]).run().ok();
    for line in [
        "    + member cem\n    - member ana\n",
        "    - inline policy may-assume:\n",
        "~ policy look\n",
        "-         \"s3:ListBucket\",\n",
        "    - policy arn:aws:iam::123456789012:policy/look\n",
        "    ~ longest session: 14400 s -> 7200 s\n",
        "    ~ trust:\n",
        "~ master copy s3://acme-iam/iam/team.toml\n",
        "    -members = [\"ana\", \"ben\"]\n    +members = [\"ben\", \"cem\"]\n",
        "1 to add, 4 to change, 3 to remove\n",
    ] {
        assert!(dry.stdout.contains(line), "{line}\n{dry:?}");
        assert!(output.stderr.contains(line), "{line}\n{output:?}");
    }
    assert_eq!(account.members("team"), ["ben", "cem"]);
    assert_eq!(account.policies_of_role("team-role"), ["no-new-users"]);
    assert!(account.lets_in("team-role", "cem", &Context::default()));
    assert!(!account.lets_in("team-role", "ben", &Context::with_mfa(1)));
    let look = account.managed_document(&arn("policy/look"));
    assert_eq!(look["Statement"][0]["Action"], json!(["s3:GetObject"]));
    assert_eq!(account.versions(), [&*text, TEAM], "the former one is kept");
    assert_nothing_to_do(&account, &text);
    // And back again.
    account.apply(TEAM, &[]).run().ok();
    assert_nothing_to_do(&account, TEAM);
    assert_eq!(account.versions().len(), 3);
}

#[test]
fn what_the_file_no_longer_says_is_mentioned_and_left() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    let start = TEAM.find("[roles.partner]").unwrap();
    let less = TEAM[..start].replace("ben = {}\n", "").replace(", \"ben\"", "");
    let output = account.apply(&less, &[]).run().ok();
    for stray in ["user ben", "role partner"] {
        let line = format!("{stray}: no longer in the file, left unchanged\n");
        assert!(output.stderr.contains(&line), "{output:?}");
    }
    assert_eq!(account.users(), ["ana", "ben", "cem"]);
    account.trust_of("partner");
    // Groups and policies bear no mark: the master copy knows of them.
    let none = "master_copy = \"s3://acme-iam/iam/team.toml\"\nusers = [\"ana\", \"cem\"]\n";
    let output = account.apply(none, &[]).run().ok();
    for stray in ["group team", "policy look", "policy no-new-users", "role team-role"] {
        let line = format!("{stray}: no longer in the file, left unchanged\n");
        assert!(output.stderr.contains(&line), "{stray} {output:?}");
    }
    account.managed_document(&arn("policy/look"));
}

#[test]
fn what_is_there_already_is_taken_over() {
    let account = need!(Account::new());
    account.new_user("ana", crate::moto::NOTHING);
    let iam = account.iam(&account.admin);
    call(iam.create_group().group_name("team").send()).unwrap();
    call(iam.add_user_to_group().group_name("team").user_name("ana").send()).unwrap();
    let output = account.apply(TEAM, &[]).run().ok();
    assert_says(
        &output,
        &["= user ana: already exists, adopted\n", "~ group team\n    + member ben\n"],
    );
    assert!(!output.stderr.contains("+ user ana\n"), "{output:?}");
    assert_eq!(account.members("team"), ["ana", "ben"]);
    // What the file says nothing of is left.
    let inline = call(iam.list_user_policies().user_name("ana").send()).unwrap();
    assert_eq!(inline.policy_names(), ["ana"]);
    assert_nothing_to_do(&account, TEAM);
}

#[test]
fn an_existing_bucket_keeps_versions_from_now_on_and_nothing_else_changes() {
    let account = need!(Account::new());
    account.buckets(&["acme-iam"]);
    let output = account.apply(TEAM, &[]).run().ok();
    assert_says(&output, &["~ bucket acme-iam\n    + versioning enabled\n"]);
    let s3 = account.s3(&account.admin);
    let block = refusal(s3.get_public_access_block().bucket("acme-iam").send());
    assert_eq!(block, "NoSuchPublicAccessBlockConfiguration");
    assert_eq!(account.versions(), [TEAM]);
}
