//! `rolecall s3 list-…`.

use serde_json::Value;

use crate::{
    moto::{Account, NOTHING, call},
    proxy::{Fault, Proxy},
};

fn objects(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect()
}

fn names(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn buckets_are_listed_in_three_forms() {
    let account = need!(Account::new());
    let s3 = account.s3(&account.admin);
    for bucket in ["one", "two"] {
        call(s3.create_bucket().bucket(bucket).send()).unwrap();
    }
    let plain = account.rolecall(&["s3", "list-buckets"]).run().ok().stdout;
    assert!(plain.starts_with("{\n    \"Name\": \"one\",\n    \"CreationDate\": \"20"), "{plain}");
    assert!(plain.contains("\n}\n{\n"), "{plain}");
    assert_eq!(names(&objects(&plain), "Name"), ["one", "two"]);
    let lines = account.rolecall(&["s3", "list-buckets", "--nl"]).run().ok().stdout;
    let first = lines.lines().next().unwrap();
    assert!(first.starts_with("{\"Name\": \"one\", \"CreationDate\": \"20"), "{lines}");
    assert_eq!(lines.lines().count(), 2);
    let array = account.rolecall(&["s3", "list-buckets", "--array"]).run().ok().json();
    assert_eq!(names(array.as_array().unwrap(), "Name"), ["one", "two"]);
    let both = account.rolecall(&["s3", "list-buckets", "--array", "--nl"]).run().code(2);
    assert!(both.stderr.contains("--array"), "{both:?}");
}

#[test]
fn a_profile_that_asks_a_person_asks_before_it_is_used() {
    let account = need!(Account::new());
    account.act_as(&account.admin);
    account.sandbox.config("[profile other]\nrolecall_confirm = 15m\n");
    let output = account.rolecall(&["s3", "list-buckets"]).run().code(3);
    assert!(
        output.stderr.contains("handing out the credentials of 'other' needs approval"),
        "{output:?}"
    );
    let terminal = account.rolecall(&["s3", "list-buckets", "--array"]).on_terminal();
    terminal.until("Allow every program to use them for 15 min? [y/N] ");
    terminal.type_keys("y\r");
    terminal.finish().code(0);
    account.rolecall(&["s3", "list-buckets"]).run().ok();
}

#[test]
fn named_buckets_are_listed_alone_and_a_missing_one_is_told() {
    let account = need!(Account::new());
    let s3 = account.s3(&account.admin);
    for bucket in ["one", "two"] {
        call(s3.create_bucket().bucket(bucket).send()).unwrap();
    }
    let output = account.rolecall(&["s3", "list-buckets", "two", "three"]).run().code(1);
    assert_eq!(names(&objects(&output.stdout), "Name"), ["two"]);
    assert_eq!(output.stderr, "rolecall: there is no bucket 'three' in this account\n");
    let none = account.rolecall(&["s3", "list-buckets", "three", "--array"]).run().code(1);
    assert_eq!(none.stdout, "[]\n");
}

#[test]
fn the_details_of_a_bucket_say_who_can_read_it() {
    let account = need!(Account::new());
    let s3 = account.s3(&account.admin);
    call(s3.create_bucket().bucket("site").send()).unwrap();
    let index = aws_sdk_s3::types::IndexDocument::builder().suffix("index.html").build().unwrap();
    let website = aws_sdk_s3::types::WebsiteConfiguration::builder().index_document(index).build();
    call(s3.put_bucket_website().bucket("site").website_configuration(website).send()).unwrap();
    let run = || account.rolecall(&["s3", "list-buckets", "--details", "--array"]).run();
    let row = run().ok().json()[0].clone();
    assert_eq!(row["region"], "us-east-1");
    assert_eq!(row["bucket_acl"]["Grants"][0]["Permission"], "FULL_CONTROL");
    assert_eq!(row["public_access_block"], Value::Null);
    assert_eq!(row["bucket_website"]["IndexDocument"]["Suffix"], "index.html");
    let block =
        aws_sdk_s3::types::PublicAccessBlockConfiguration::builder().block_public_acls(true);
    let put = s3.put_public_access_block().bucket("site");
    call(put.public_access_block_configuration(block.build()).send()).unwrap();
    assert_eq!(run().ok().json()[0]["public_access_block"]["BlockPublicAcls"], true);
}

#[test]
fn users_beyond_the_first_page_are_listed() {
    let account = need!(Account::new());
    let iam = account.iam(&account.admin);
    let mut expected: Vec<_> = (0..120).map(|i| format!("user-{i:03}")).collect();
    for user in &expected {
        call(iam.create_user().user_name(user).send()).unwrap();
    }
    expected.push("admin".to_owned());
    expected.sort();
    for form in [&["s3", "list-users"][..], &["s3", "list-users", "--nl"]] {
        let listed = objects(&account.rolecall(form).run().ok().stdout);
        let mut found = names(&listed, "UserName");
        found.sort();
        assert_eq!(found, expected);
        let keys: Vec<_> = listed[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys[..5], ["Path", "UserName", "UserId", "Arn", "CreateDate"]);
    }
    let array = account.rolecall(&["s3", "list-users", "--array"]).run().ok().json();
    assert_eq!(array.as_array().unwrap().len(), 121);
}

#[test]
fn who_may_list_nothing_is_told_so() {
    let account = need!(Account::new());
    let nobody = account.new_user("nobody", NOTHING);
    account.act_as(&nobody);
    for verb in ["list-users", "list-buckets", "list-user-policies"] {
        let output = account.rolecall(&["s3", verb]).run().code(4);
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(output.stderr.contains("AccessDenied"), "{output:?}");
    }
}

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "B", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/50%+ü/*"}]}"#;

#[test]
fn policies_are_listed_decoded_and_with_those_attached() {
    let account = need!(Account::new());
    let iam = account.iam(&account.admin);
    account.new_user("reader", POLICY);
    call(iam.create_user().user_name("bare").send()).unwrap();
    let arn = account.managed_policy();
    call(iam.attach_user_policy().user_name("reader").policy_arn(&arn).send()).unwrap();
    let named = account.rolecall(&["s3", "list-user-policies", "reader"]).run().ok().stdout;
    let (head, rest) = named.split_at(named.find('{').unwrap());
    assert_eq!(head, "User: reader\nPolicyName: reader\n");
    let (json, tail) = rest.split_at(rest.rfind('}').unwrap() + 1);
    assert_eq!(tail, format!("\nAttachedPolicy: {arn}\n"));
    let expected: Value = serde_json::from_str(POLICY).unwrap();
    assert_eq!(serde_json::from_str::<Value>(json).unwrap(), expected);
    assert!(json.starts_with("{\n    \"Version\": \"2012-10-17\",\n"), "{json}");
    let all = account.rolecall(&["s3", "list-user-policies"]).run().ok().stdout;
    for user in ["admin", "bare", "reader"] {
        assert!(all.contains(&format!("User: {user}\n")), "{all}");
    }
    assert!(all.contains(&named), "{all}");
}

#[test]
fn a_user_that_is_not_there_does_not_hide_the_others() {
    let account = need!(Account::new());
    let output = account.rolecall(&["s3", "list-user-policies", "no\u{202e}one", "admin"]).run();
    let output = output.code(4);
    assert!(output.stdout.starts_with("User: admin\n"), "{output:?}");
    assert!(output.stderr.contains("NoSuchEntity"), "{output:?}");
    assert!(!output.stderr.contains('\u{202e}'), "{output:?}");
    assert!(output.stderr.ends_with("1 of 2 users could not be listed\n"), "{output:?}");
}

#[test]
fn progress_is_shown_on_a_terminal_alone() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("ListUserPolicies", Fault::Hold);
    let list = account.rolecall(&["s3", "list-user-policies"]);
    let terminal = list.env("AWS_ENDPOINT_URL", &proxy.url).on_terminal();
    terminal.until("| Waiting for the policies of user 1: admin");
    proxy.release();
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains("User: admin"), "{:?}", shown.screen);
    let output = account.rolecall(&["s3", "list-user-policies"]).run().ok();
    assert_eq!(output.stderr, "");
}
