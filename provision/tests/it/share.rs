//! `rolecall s3 share`.

use std::{fs, os::unix::fs::PermissionsExt as _};

use aws_sdk_s3::primitives::ByteStream;
use rolecall::{Credentials, Failure};
use serde_json::{Value, json};

use crate::{
    moto::{Account, NOTHING, call, refusal},
    support::run::{Output, Run},
};

pub(crate) const PASSWORD: &str = "Sesame-open-1";
const SHARE: [&str; 6] = ["s3", "share", "files", "--client", "acme", "--yes"];

/// An account where the password may be in `acme.txt` alone.
pub(crate) fn account() -> Option<Account> {
    let account = Account::new()?;
    account.sandbox.secret("the password", PASSWORD);
    account.sandbox.may_hold_secrets(account.sandbox.home().join("acme.txt"));
    Some(account)
}

/// `share files` with more arguments and the password on stdin.
pub(crate) fn share<'a>(account: &'a Account, more: &[&str]) -> Run<'a> {
    share_bucket(account, "files", more)
}

/// The same with another bucket.
pub(crate) fn share_bucket<'a>(account: &'a Account, bucket: &str, more: &[&str]) -> Run<'a> {
    let words = ["s3", "share", bucket, "--client", "acme", "--yes", "--password", "-"];
    let arguments = [&words[..], more].concat();
    account.rolecall(&arguments).stdin(format!("{PASSWORD}\n")).may_print_secrets()
}

/// A key for the client's user.
fn client(account: &Account, user: &str) -> Credentials {
    let iam = account.iam(&account.admin);
    let key = call(iam.create_access_key().user_name(user).send()).unwrap().access_key.unwrap();
    Credentials {
        access_key_id: key.access_key_id,
        secret_access_key: key.secret_access_key.as_str().into(),
        ..account.admin.clone()
    }
}

fn is_denied<T>(result: Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Refused { code, .. }) if code == "AccessDenied")
}

fn policy(account: &Account, user: &str, name: &str) -> Value {
    let call_it = account.iam(&account.admin).get_user_policy().user_name(user).policy_name(name);
    let answer = call(call_it.send()).unwrap();
    crate::moto::document_in(answer.policy_document()).unwrap()
}

#[track_caller]
pub(crate) fn assert_nothing_is_left(account: &Account) {
    let buckets = call(account.s3(&account.admin).list_buckets().send()).unwrap();
    assert!(buckets.buckets().is_empty(), "{buckets:?}");
    let user = account.iam(&account.admin).get_user().user_name("acme").send();
    assert_eq!(refusal(user), "NoSuchEntity");
    assert!(!account.sandbox.home().join("acme.txt").exists());
}

pub(crate) fn text(output: &Output) -> &str {
    &output.stdout
}

#[test]
fn a_client_gets_a_bucket_a_user_and_a_file_that_says_how() {
    let account = need!(account());
    let output = share(&account, &[]).run().ok();
    let expected = format!(
        "Client:     acme\n\
         Link:       https://s3.console.aws.amazon.com/s3/buckets/files?region=eu-central-1\n\
         Sign in at: https://123456789012.signin.aws.amazon.com/console\n\
         Account:    123456789012\n\
         User name:  acme\n\
         Password:   {PASSWORD}\n"
    );
    assert_eq!(text(&output), expected);
    let file = account.sandbox.home().join("acme.txt");
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for step in [
        "Created the bucket files in eu-central-1",
        "Closed the bucket files to the public",
        "Encrypted the bucket files",
        "Created the user acme",
        "Put the policy s3.share.files on the user acme",
        "Gave the user acme a password for the console",
    ] {
        assert!(output.stderr.contains(step), "{output:?}");
    }
    let s3 = account.s3(&account.admin);
    let place = call(s3.get_bucket_location().bucket("files").send()).unwrap();
    assert_eq!(place.location_constraint().unwrap().as_str(), "eu-central-1");
    let block = call(s3.get_public_access_block().bucket("files").send()).unwrap();
    let block = block.public_access_block_configuration.unwrap();
    assert_eq!(
        (block.block_public_policy(), block.restrict_public_buckets()),
        (Some(true), Some(true))
    );
    let encryption = call(s3.get_bucket_encryption().bucket("files").send()).unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap();
    let by_default = rules.rules()[0].apply_server_side_encryption_by_default().unwrap();
    assert_eq!(by_default.sse_algorithm().as_str(), "AES256");
    let iam = account.iam(&account.admin);
    let profile = call(iam.get_login_profile().user_name("acme").send()).unwrap();
    assert!(!profile.login_profile().unwrap().password_reset_required());
}

#[test]
fn the_client_uses_this_bucket_and_nothing_else() {
    let account = need!(account());
    let admin = account.s3(&account.admin);
    call(admin.create_bucket().bucket("other").send()).unwrap();
    share(&account, &["--region", "us-east-1"]).run().ok();
    let acme = client(&account, "acme");
    let (s3, iam) = (account.s3(&acme), account.iam(&acme));
    let body = || ByteStream::from_static(b"x");
    call(s3.put_object().bucket("files").key("a").body(body()).send()).unwrap();
    call(s3.get_object().bucket("files").key("a").send()).unwrap();
    let listed = call(s3.list_objects_v2().bucket("files").send()).unwrap();
    assert_eq!(listed.key_count(), Some(1));
    call(s3.get_bucket_location().bucket("files").send()).unwrap();
    call(s3.delete_object().bucket("files").key("a").send()).unwrap();
    assert!(is_denied(call(s3.put_object().bucket("other").key("a").body(body()).send())));
    assert!(is_denied(call(s3.get_object().bucket("other").key("a").send())));
    assert!(is_denied(call(s3.list_objects_v2().bucket("other").send())));
    assert!(is_denied(call(s3.delete_bucket().bucket("files").send())));
    assert!(is_denied(call(s3.delete_public_access_block().bucket("files").send())));
    assert!(is_denied(call(s3.list_buckets().send())));
    assert!(is_denied(call(iam.list_users().send())));
    assert!(is_denied(call(iam.create_access_key().user_name("acme").send())));
}

#[test]
fn a_folder_is_shared_alone() {
    let account = need!(account());
    let output = share(&account, &["--prefix", "for/acme", "--region", "us-east-1"]).run().ok();
    assert!(text(&output).contains("/files?region=us-east-1&prefix=for/acme/\n"), "{output:?}");
    let s3 = account.s3(&client(&account, "acme"));
    let put = |key: &str| {
        let body = ByteStream::from_static(b"x");
        call(s3.put_object().bucket("files").key(key).body(body).send())
    };
    put("for/acme/a").unwrap();
    for key in ["a", "for/a", "for/acme", "for/acme-corp/a"] {
        assert!(is_denied(put(key)), "{key}");
    }
    // moto does not judge this condition.
    let statement = &policy(&account, "acme", "s3.share.files")["Statement"][0];
    assert_eq!(statement["Action"], json!(["s3:ListBucket"]));
    assert_eq!(statement["Condition"], json!({ "StringLike": { "s3:prefix": ["for/acme/*"] } }));
}

#[test]
fn the_second_time_nothing_changes_and_the_password_stays() {
    let account = need!(account());
    share(&account, &[]).run().ok();
    let file = account.sandbox.home().join("acme.txt");
    let before = fs::read(&file).unwrap();
    // No password is read, asked for or made: the leak check sees that the old one is not shown.
    let again = account.rolecall(&SHARE).run().ok();
    assert!(!text(&again).contains("Password"), "{again:?}");
    assert!(text(&again).contains("User name:  acme\n"), "{again:?}");
    assert!(again.stderr.contains("already had a password, which was kept"), "{again:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::remove_file(&file).unwrap();
    let new = share(&account, &["--new-password"]).run().ok();
    assert!(text(&new).ends_with(&format!("Password:   {PASSWORD}\n")), "{new:?}");
    assert!(file.exists());
}

#[test]
fn a_password_is_made_where_none_is_given() {
    let account = need!(account());
    let output = account.rolecall(&SHARE).run().ok();
    let (_, password) = text(&output).split_once("Password:   ").unwrap();
    let password = password.trim_end();
    assert!(password.len() >= 24 && !output.stderr.contains(password), "{output:?}");
    let log = fs::read_to_string(account.sandbox.path("moto.log")).unwrap();
    assert!(!log.contains(password));
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let account = need!(account());
    for (arguments, missing) in [
        (&["s3", "share"][..], "BUCKET, --client, --yes are missing"),
        (&["s3", "share", "files"], "--client, --yes are missing"),
        (&["s3", "share", "files", "--client", "acme"], "--yes is missing"),
        (&["s3", "share", "files", "--yes"], "--client is missing"),
        (&["s3", "share", "--client", "acme", "--yes"], "BUCKET is missing"),
    ] {
        let output = account.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains(missing), "{output:?}");
    }
    assert_nothing_is_left(&account);
}

#[test]
fn flags_that_are_wrong_are_refused_before_anything_is_called() {
    let account = need!(account());
    for (more, why) in [
        (&["--password", PASSWORD][..], "--password is neither '-' nor 'generate'"),
        (&["--username", "a b"], "'a b' is not a valid user name"),
        (&["--prefix", "a*"], "--prefix has one of * ? $"),
        (&["--region", "eu\u{1b}central"], "'eu\\u{1b}central' is not a region"),
    ] {
        let output = account.rolecall(&[&SHARE[..], more].concat()).run().code(2);
        assert!(output.stderr.contains(why), "{output:?}");
    }
    for client in ["../acme", ".acme", "a\u{202e}b", "a\nb"] {
        let output =
            account.rolecall(&["s3", "share", "files", "--yes", "--client", client]).run().code(2);
        assert!(output.stderr.contains("can't be part of a file name"), "{output:?}");
        assert!(!output.stderr.contains('\u{202e}'), "{output:?}");
    }
    let log = fs::read_to_string(account.sandbox.path("moto.log")).unwrap();
    assert!(!log.contains("PUT /files"), "{log}");
}

#[test]
fn a_password_that_the_account_would_refuse_makes_nothing() {
    let account = need!(account());
    let iam = account.iam(&account.admin);
    let rules = iam.update_account_password_policy().minimum_password_length(20);
    call(rules.require_symbols(true).send()).unwrap();
    let output = share(&account, &[]).run().code(2);
    let why = "the password can't be used: the account's password policy requires at least 20 characters, one of !";
    assert!(output.stderr.contains(why), "{output:?}");
    assert_nothing_is_left(&account);
    let empty = account.rolecall(&[&SHARE[..], &["--password", "-"]].concat()).run().code(2);
    assert!(empty.stderr.contains("stdin has no password on a line of its own"), "{empty:?}");
    assert_nothing_is_left(&account);
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let account = need!(account());
    account.new_user("acme", NOTHING);
    let output = share(&account, &[]).run().code(1);
    assert!(
        output.stderr.contains("user 'acme' already exists and was not created by 's3 share'"),
        "{output:?}"
    );
    account.sandbox.file("home/acme.txt", "mine");
    let output = share(&account, &["--username", "acme-1"]).run().code(1);
    assert!(output.stderr.contains("acme.txt already exists"), "{output:?}");
    assert_eq!(fs::read_to_string(account.sandbox.home().join("acme.txt")).unwrap(), "mine");
    assert!(call(account.s3(&account.admin).list_buckets().send()).unwrap().buckets().is_empty());
}

#[test]
fn a_dry_run_tells_all_and_makes_nothing() {
    let account = need!(account());
    let arguments = ["s3", "share", "files", "--client", "acme", "--dry-run"];
    let output = account.rolecall(&arguments).run().ok();
    let (steps, policy) = text(&output).split_once("Its policy:\n").unwrap();
    assert!(steps.contains("create the bucket files in eu-central-1"), "{output:?}");
    assert!(steps.contains("write the sign-in details to acme.txt"), "{output:?}");
    let policy: Value = serde_json::from_str(policy).unwrap();
    assert_eq!(policy["Statement"][2]["Resource"], json!(["arn:aws:s3:::files/*"]));
    assert_nothing_is_left(&account);
}

#[test]
fn what_the_caller_lacks_is_named_before_anything_is_made() {
    let account = need!(account());
    let helper = account.new_user(
        "helper",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:*", "iam:Get*", "iam:List*", "iam:CreateUser"],
             "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:PutEncryption*", "Resource": "arn:aws:s3:::files"}]}"#,
    );
    account.act_as(&helper);
    let output = share(&account, &[]).run().code(4);
    let lacking = "arn:aws:iam::123456789012:user/helper lacks permissions: \
                   s3:PutEncryptionConfiguration, iam:PutUserPolicy, iam:TagUser, \
                   iam:CreateLoginProfile";
    assert!(output.stderr.contains(lacking), "{output:?}");
    assert_nothing_is_left(&account);
}

#[test]
fn what_is_missing_is_asked_for_one_by_one() {
    let account = need!(account());
    call(account.s3(&account.admin).create_bucket().bucket("files").send()).unwrap();
    let terminal = account.rolecall(&["s3", "share"]).may_print_secrets().on_terminal();
    terminal.until("Client: ");
    terminal.type_keys("../acme\r");
    terminal.until("can't be part of a file name. Client: ");
    terminal.type_keys("acme\r");
    terminal.until("Region [eu-central-1]: ");
    terminal.type_keys("\r");
    terminal.until("Bucket: ");
    terminal.type_keys("files\r");
    terminal.until("User name [acme]: ");
    terminal.type_keys("\r");
    terminal.until("The bucket files already exists, in us-east-1. Share it? [y/N] ");
    terminal.type_keys("y\r");
    terminal.until("The account's password policy requires at least 8 characters, three of");
    terminal.until("Password (not shown; press Enter to generate one): ");
    assert!(!terminal.echoes());
    terminal.type_keys("short\r");
    terminal.until(
        "This password can't be used: the account's password policy requires at least 8 characters",
    );
    terminal.until("Password (not shown; press Enter to generate one): ");
    terminal.type_keys(&format!("{PASSWORD}\r"));
    terminal.until("Repeat the password: ");
    terminal.type_keys(&format!("{PASSWORD}\r"));
    let steps = terminal.until("Continue? [y/N] ");
    assert!(steps.contains("close the bucket files to the public"), "{steps}");
    assert!(!steps.contains(PASSWORD), "{steps}");
    terminal.type_keys("y\r");
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains("Sign in at: https://123456789012.signin"), "{}", shown.screen);
    assert!(account.sandbox.home().join("acme.txt").exists());
}

#[test]
fn a_no_or_ctrl_c_makes_nothing() {
    let account = need!(account());
    for keys in ["n\r", "\r", "\x03"] {
        let arguments = ["s3", "share", "files", "--client", "acme", "--region", "us-east-1"];
        let more = ["--username", "acme", "--password", "generate"];
        let terminal = account.rolecall(&[&arguments[..], &more].concat()).on_terminal();
        terminal.until("Continue? [y/N] ");
        terminal.type_keys(keys);
        let shown = terminal.finish().code(130);
        assert!(shown.screen.contains("nothing was done"), "{}", shown.screen);
        assert_nothing_is_left(&account);
    }
}
