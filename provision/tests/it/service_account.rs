//! `rolecall iam service-account`: what the user and its role can and can't do, and what is left on
//! this machine.

use std::fs;

use aws_sdk_iam::types::Tag;
use rolecall::Credentials;
use serde_json::Value;

use crate::{
    create::assert_denied,
    moto::{Account, NOTHING, call, compact},
    proxy::Proxy,
    support::{
        clients::require_aws_cli,
        keyring::SessionBus,
        run::{Output, Run},
    },
};

const ROLE: &str = "arn:aws:iam::123456789012:role/ci-role";
pub(crate) const UPLOAD: &str =
    "rolecall exec ci-role --duration 900 -- aws s3 sync . s3://mine/\n";
const OTHER: &str = "[profile other]\nregion = eu-west-1\n";

/// An account with the bucket `mine`, on a machine whose keychain is yet to be started.
pub(crate) fn account() -> Option<Account> {
    let account = Account::new()?;
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service").config(OTHER);
    Some(account)
}

impl Account {
    /// `rolecall iam service-account ci --bucket mine …`
    pub(crate) fn service<'a>(&'a self, more: &[&str]) -> Run<'a> {
        let words = ["iam", "service-account", "ci", "--bucket", "mine"];
        self.rolecall(&[&words[..], more].concat())
    }

    /// The same, which works.
    #[track_caller]
    pub(crate) fn made(&self, more: &[&str]) -> Output {
        self.service(more).run().ok()
    }

    /// What a profile gives, by rolecall.
    #[track_caller]
    pub(crate) fn credentials_of(&self, profile: &str) -> Credentials {
        self.created(&self.rolecall(&["credential-process", profile]).run().ok())
    }

    pub(crate) fn role_names(&self) -> Vec<String> {
        let answer = call(self.iam(&self.admin).list_roles().send()).unwrap();
        answer.roles().iter().map(|role| role.role_name().to_owned()).collect()
    }

    pub(crate) fn trust(&self) -> Value {
        let answer = call(self.iam(&self.admin).get_role().role_name("ci-role").send()).unwrap();
        document(answer.role().unwrap().assume_role_policy_document().unwrap())
    }

    pub(crate) fn role_policy(&self) -> Value {
        let get = self.iam(&self.admin).get_role_policy().role_name("ci-role");
        document(call(get.policy_name("bucket").send()).unwrap().policy_document())
    }

    pub(crate) fn config(&self) -> String {
        fs::read_to_string(self.sandbox.config_path()).unwrap()
    }

    /// That all is there, with one key, and that both profiles work.
    #[track_caller]
    pub(crate) fn assert_whole(&self) {
        let [id] = &self.key_ids("ci")[..] else { panic!("not one key") };
        assert_eq!(self.credentials_of("ci").access_key_id, *id);
        let role = self.credentials_of("ci-role");
        self.put(&role, "mine", "new").unwrap();
        let config = self.config();
        assert_eq!(config.matches("[profile ci").count(), 2, "{config}");
        assert_eq!(self.users(), ["ci"]);
        assert_eq!(self.role_names(), ["ci-role"]);
        assert_eq!(self.stored_keys(), [&**id]);
    }

    /// The ids of the keys in the keychain.
    pub(crate) fn stored_keys(&self) -> Vec<String> {
        let list = self.rolecall(&["keys", "list", "--output", "json"]).run().ok().json();
        let stored = list.as_array().unwrap().iter().filter(|key| key["where"] != "file");
        stored.map(|key| key["access_key_id"].as_str().unwrap().to_owned()).collect()
    }

    /// That nothing found, neither in the account nor on this machine.
    #[track_caller]
    pub(crate) fn assert_nothing(&self) {
        assert!(self.users().is_empty(), "{:?}", self.users());
        assert!(self.role_names().is_empty());
        assert_eq!(self.config(), OTHER);
        assert_eq!(self.stored_keys(), [""; 0]);
    }
}

fn document(text: &str) -> Value {
    serde_json::from_str(&crate::moto::decoded(text)).unwrap()
}

/// The calls that change something.
fn writes(proxy: &Proxy) -> Vec<String> {
    let reads = ["Get", "List", "HEAD", "Simulate", "AssumeRole"];
    let is_read = |name: &String| reads.iter().any(|start| name.starts_with(start));
    proxy.names().into_iter().filter(|name| !is_read(name)).collect()
}

#[test]
fn the_user_is_barren_and_its_role_lists_and_puts_and_no_more() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let output = account.made(&["--region", "eu-west-1"]);
    assert_eq!(output.stdout, UPLOAD);
    assert!(output.stderr.contains("\nWaiting for IAM to propagate the role\n"), "{output:?}");
    let (user, role) = (account.credentials_of("ci"), account.credentials_of("ci-role"));
    for secret in [user.secret_access_key.expose(), role.secret_access_key.expose()] {
        assert!(!output.stderr.contains(secret) && !output.stdout.contains(secret));
    }
    assert_denied(account.list(&user, "mine"));
    assert_denied(account.put(&user, "mine", "new"));
    account.list(&role, "mine").unwrap();
    account.put(&role, "mine", "new").unwrap();
    assert_denied(account.get(&role, "mine", "a/in"));
    assert_denied(account.delete(&role, "mine", "a/in"));
    let config = account.config();
    let (start, ours) = config.split_at(OTHER.len());
    assert_eq!(start, OTHER);
    let lines: Vec<_> = ours.lines().collect();
    let id = format!("rolecall_access_key_id = {}", user.access_key_id);
    assert_eq!(lines[1..3], ["[profile ci]", "region = eu-west-1"], "{ours}");
    assert_eq!(lines[4], id, "{ours}");
    assert_eq!(lines[6..8], ["[profile ci-role]", "region = eu-west-1"], "{ours}");
    assert_eq!(lines[9], format!("rolecall_role_arn = {ROLE}"), "{ours}");
    assert_eq!(lines[10..], ["rolecall_source_profile = ci"], "{ours}");
    account.assert_whole();
}

#[test]
fn all_is_tagged() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let iam = account.iam(&account.admin);
    let user = call(iam.list_user_tags().user_name("ci").send()).unwrap();
    let role = call(iam.list_role_tags().role_name("ci-role").send()).unwrap();
    for tags in [user.tags(), role.tags()] {
        let tags: Vec<_> = tags.iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, [("rolecall-service-account", "ci")]);
    }
}

#[test]
fn the_closing_command_uploads_a_folder() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let aws = need!(require_aws_cli(1));
    let command = account.made(&["--region", "us-east-1"]).stdout;
    account.sandbox.file("upload/one.txt", "one");
    account.sandbox.file("upload/two.txt", "two");
    let (_, arguments) = command.trim_end().split_once(' ').unwrap();
    let aws = aws.display().to_string();
    let words: Vec<_> =
        arguments.split(' ').map(|word| if word == "aws" { &*aws } else { word }).collect();
    let output = account.rolecall(&words).folder(account.sandbox.path("upload")).run().ok();
    assert!(output.stdout.contains("upload: ./one.txt to s3://mine/one.txt"), "{output:?}");
    account.get(&account.admin, "mine", "two.txt").unwrap();
}

#[test]
fn the_second_time_nothing_changes() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    for more in [&[][..], &["--read-write", "--external-id", "--require-mfa"]] {
        account.made(more);
        let (config, keys) = (account.config(), account.key_ids("ci"));
        let proxy = Proxy::before(&account.endpoint);
        let output = account.service(more).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
        assert!(output.stderr.contains("already exist: nothing to change\n"), "{output:?}");
        assert_eq!(writes(&proxy), [""; 0]);
        assert_eq!((account.config(), account.key_ids("ci")), (config, keys));
        let dry = account.made(&[more, &["--dry-run"]].concat());
        assert_eq!(dry.stdout, "Nothing to do: everything already exists\n");
    }
}

#[test]
fn what_is_not_ours_is_refused_and_nothing_is_made() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let iam = account.iam(&account.admin);
    account.new_user("ci", NOTHING);
    let output = account.service(&[]).run().code(1);
    assert!(
        output.stderr.contains("user ci was not created by 'iam service-account ci'"),
        "{output:?}"
    );
    let _deleted = account.rolecall(&["s3", "delete-user", "ci"]).run().ok();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}"#;
    let create = iam.create_role().role_name("ci-role").assume_role_policy_document(compact(trust));
    // That of another service account.
    let tag = Tag::builder().key("rolecall-service-account").value("other").build();
    call(create.tags(tag.unwrap()).send()).unwrap();
    let output = account.service(&[]).run().code(1);
    assert!(output.stderr.contains("role ci-role was not created by"), "{output:?}");
    assert!(account.users().is_empty());
    call(iam.delete_role().role_name("ci-role").send()).unwrap();
    account.assert_nothing();
}

#[test]
fn what_stands_in_the_way_is_found_before_anything_is_made() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let output =
        account.rolecall(&["iam", "service-account", "ci", "--bucket", "missing"]).run().code(1);
    assert!(output.stderr.contains("the bucket missing does not exist"), "{output:?}");
    for (config, told) in [
        (
            "[profile ci]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
            "has the access key AKIA",
        ),
        ("[profile ci]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = admin\n", "has a role"),
        ("[profile ci-role]\nregion = x\n", "profile 'ci-role' already exists"),
    ] {
        account.sandbox.config(config);
        let output = account.service(&[]).run().code(5);
        assert!(output.stderr.contains(told), "{output:?}");
        assert_eq!(account.config(), config);
    }
    account.sandbox.config(OTHER);
    let output = account.service(&["--store", "file"]).run().code(6);
    assert!(output.stderr.contains("the store 'file' can't hold access keys"), "{output:?}");
    let output = account.service(&["--policy", r#"{"Statement": {}}"#]).run().code(2);
    assert!(output.stderr.contains("a statement without an 'Effect'"), "{output:?}");
    account.assert_nothing();
    let helper = account.new_user(
        "helper",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
            "s3:*", "iam:Get*", "iam:List*", "iam:CreateUser", "iam:PutUserPolicy"]}]}"#,
    );
    account.act_as(&helper);
    let output = account.service(&[]).run().code(4);
    for lacking in ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagUser", "iam:CreateAccessKey"] {
        assert!(output.stderr.contains(lacking), "{output:?}");
    }
    assert_eq!(account.users(), ["helper"]);
}

#[test]
fn a_region_that_a_profile_has_stays() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.config("[profile ci]\nregion = ap-south-1\n");
    account.made(&["--region", "eu-west-1"]);
    let config = account.config();
    assert!(config.starts_with("[profile ci]\nregion = ap-south-1\n"), "{config}");
    assert!(config.contains("[profile ci-role]\nregion = eu-west-1\n"), "{config}");
}

#[test]
fn help_of_a_verb_is_found_by_either_name() {
    let account = need!(Account::new());
    let help = account.rolecall(&["iam", "service-account", "--help"]).run().ok();
    assert!(help.stdout.contains("--require-mfa"), "{help:?}");
    let other = account.rolecall(&["help", "iam", "service-account"]).run().ok();
    assert_eq!(other.stdout, help.stdout);
}

#[test]
fn wrong_usage_names_the_help_of_the_verb() {
    let account = need!(account());
    for (arguments, verb) in [
        (&["iam", "service-account", "ci"][..], "iam service-account"),
        (&["iam", "remove", "--region", "x"], "iam remove"),
        (&["iam", "nonsense"], "iam"),
        (&["s3", "delete-user"], "s3 delete-user"),
    ] {
        let output = account.rolecall(arguments).run().code(2);
        let hint = format!("hint: see 'rolecall {verb} --help'\n");
        assert!(output.stderr.ends_with(&hint), "{output:?}");
    }
}

#[test]
fn a_dry_run_tells_all_and_makes_nothing() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    let run = account.service(&["--dry-run", "--external-id", "--require-mfa"]);
    let told = run.env("AWS_ENDPOINT_URL", &proxy.url).run().ok().stdout;
    for part in [
        "+ user ci\n",
        "+ role ci-role\n",
        "\"s3:PutObjectAcl\"",
        "\"aws:MultiFactorAuthPresent\": \"true\"",
        "    iam:CreateAccessKey arn:aws:iam::123456789012:user/ci\n",
        "    iam:PutRolePolicy arn:aws:iam::123456789012:role/ci-role\n",
        "Would create access key for user: ci\n",
        "+[profile ci]\n",
        "+rolecall_access_key_id = (the new key's id)\n",
        "+[profile ci-role]\n",
        "+rolecall_mfa_serial = arn:aws:iam::123456789012:mfa/ci\n",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(writes(&proxy), [""; 0]);
    account.assert_nothing();
}

#[test]
fn with_mfa_the_user_is_told_how_to_get_a_device_and_its_serial_is_the_profiles() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let aws = need!(require_aws_cli(1));
    let output = account.made(&["--require-mfa"]);
    assert_eq!(output.stdout, UPLOAD);
    let line = |verb: &str| {
        let line = output.stderr.lines().find(|line| line.contains(verb)).expect("a command");
        line.trim().strip_prefix("aws ").unwrap().to_owned()
    };
    let run = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        account
            .sandbox
            .program(&aws, &words)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .may_print_secrets()
            .run()
    };
    // The picture is a secret: it is where this test alone looks.
    let picture = account.sandbox.home().join("ci.png");
    account.sandbox.may_hold_secrets(&picture);
    let create = line("create-virtual-mfa-device");
    assert!(create.contains(" --virtual-mfa-device-name ci --outfile ci.png "), "{create}");
    let _device = run(&create.replace("ci.png", &picture.display().to_string())).ok();
    let enable = line("enable-mfa-device").replace("NEXT-CODE", "654321").replace("CODE", "123456");
    let _enabled = run(&enable).ok();
    assert!(account.config().contains("rolecall_mfa_serial = arn:aws:iam::123456789012:mfa/ci\n"));
    let output = account.made(&["--require-mfa"]);
    assert!(!output.stderr.contains("has no device"), "{output:?}");
    // moto takes any code, but lets nobody without a policy have a session token, as AWS does.
    let every_code = "rolecall_mfa_session_seconds=0";
    account.rolecall(&["profile", "set", "ci-role", every_code]).run().ok();
    account.rolecall(&["login", "ci-role", "--mfa-code", "123456"]).run().ok();
}
