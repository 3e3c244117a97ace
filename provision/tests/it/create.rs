//! `rolecall s3 create`: what the users that it makes can and can't do.

use aws_sdk_s3::primitives::ByteStream;
use rolecall::{Credentials, Failure};
use serde_json::Value;

use crate::{
    moto::{Account, call, decoded, keys, refusal},
    proxy::Proxy,
    support::run::Output,
};

impl Account {
    /// `rolecall s3 create …`, which works; the new key. It is secret from now on.
    #[track_caller]
    pub(crate) fn create(&self, arguments: &[&str]) -> Credentials {
        self.created(&self.rolecall_create(arguments).ok())
    }

    #[track_caller]
    pub(crate) fn rolecall_create(&self, arguments: &[&str]) -> Output {
        let arguments: Vec<&str> = ["s3", "create"].iter().chain(arguments).copied().collect();
        self.rolecall(&arguments).may_print_secrets().run()
    }

    /// The key that an output shows.
    #[track_caller]
    pub(crate) fn created(&self, output: &Output) -> Credentials {
        let json = output.json();
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name}"));
        let secret = text("SecretAccessKey");
        assert!(!output.stderr.contains(secret), "the secret is on stderr");
        self.sandbox.secret("a new secret key", secret);
        let mut keys = keys(text("AccessKeyId"), secret);
        keys.session_token = json["SessionToken"].as_str().map(Into::into);
        keys
    }

    /// Buckets with an object `in` in the folder `a` and another in `b`.
    pub(crate) fn buckets(&self, names: &[&str]) {
        let s3 = self.s3(&self.admin);
        for name in names {
            call(s3.create_bucket().bucket(*name).send()).unwrap();
            for key in ["a/in", "b/in"] {
                call(s3.put_object().bucket(*name).key(key).send()).unwrap();
            }
        }
    }

    pub(crate) fn get(&self, who: &Credentials, bucket: &str, key: &str) -> Result<(), Failure> {
        call(self.s3(who).get_object().bucket(bucket).key(key).send()).map(drop)
    }

    pub(crate) fn put(&self, who: &Credentials, bucket: &str, key: &str) -> Result<(), Failure> {
        let body = ByteStream::from_static(b"text");
        call(self.s3(who).put_object().bucket(bucket).key(key).body(body).send()).map(drop)
    }

    pub(crate) fn delete(&self, who: &Credentials, bucket: &str, key: &str) -> Result<(), Failure> {
        call(self.s3(who).delete_object().bucket(bucket).key(key).send()).map(drop)
    }

    pub(crate) fn list(&self, who: &Credentials, bucket: &str) -> Result<(), Failure> {
        call(self.s3(who).list_objects_v2().bucket(bucket).send()).map(drop)
    }

    /// The names of the users there are, without the administrator.
    pub(crate) fn users(&self) -> Vec<String> {
        let answer = call(self.iam(&self.admin).list_users().send()).unwrap();
        let names = answer.users().iter().map(|user| user.user_name().to_owned());
        names.filter(|name| name != "admin").collect()
    }

    /// The names of the buckets there are.
    pub(crate) fn bucket_names(&self) -> Vec<String> {
        let answer = call(self.s3(&self.admin).list_buckets().send()).unwrap();
        answer.buckets().iter().filter_map(|bucket| bucket.name().map(str::to_owned)).collect()
    }

    /// The document of an inline policy.
    pub(crate) fn policy(&self, user: &str, policy: &str) -> Value {
        let iam = self.iam(&self.admin);
        let call_it = iam.get_user_policy().user_name(user).policy_name(policy);
        let answer = call(call_it.send()).unwrap();
        serde_json::from_str(&decoded(answer.policy_document())).unwrap()
    }

    /// How many access keys a user has.
    pub(crate) fn key_count(&self, user: &str) -> usize {
        let answer = call(self.iam(&self.admin).list_access_keys().user_name(user).send());
        answer.unwrap().access_key_metadata().len()
    }
}

#[track_caller]
pub(crate) fn assert_denied(answer: Result<(), Failure>) {
    match answer {
        Err(Failure::Refused { code, .. }) if code == "AccessDenied" => {}
        other => panic!("not denied, but {other:?}"),
    }
}

#[test]
fn a_new_user_reads_lists_writes_and_deletes_in_its_bucket_and_nowhere_else() {
    let account = need!(Account::new());
    account.buckets(&["mine", "other"]);
    let user = account.create(&["mine"]);
    account.get(&user, "mine", "a/in").unwrap();
    account.list(&user, "mine").unwrap();
    account.put(&user, "mine", "new").unwrap();
    account.delete(&user, "mine", "new").unwrap();
    assert_denied(account.get(&user, "other", "a/in"));
    assert_denied(account.list(&user, "other"));
    assert_denied(account.put(&user, "other", "new"));
    assert_denied(account.delete(&user, "other", "a/in"));
    assert_denied(call(account.s3(&user).list_buckets().send()).map(drop));
    assert_denied(call(account.s3(&user).delete_bucket().bucket("mine").send()).map(drop));
    assert_eq!(refusal(account.iam(&user).list_users().send()), "AccessDenied");
}

#[test]
fn a_reader_reads_and_lists_only() {
    let account = need!(Account::new());
    account.buckets(&["mine", "other"]);
    let user = account.create(&["mine", "--read-only"]);
    account.get(&user, "mine", "a/in").unwrap();
    account.list(&user, "mine").unwrap();
    assert_denied(account.put(&user, "mine", "new"));
    assert_denied(account.delete(&user, "mine", "a/in"));
    assert_denied(account.get(&user, "other", "a/in"));
    assert_eq!(account.users(), ["s3.read-only.mine"]);
}

#[test]
fn a_writer_writes_only() {
    let account = need!(Account::new());
    account.buckets(&["mine", "other"]);
    let user = account.create(&["mine", "--write-only"]);
    account.put(&user, "mine", "new").unwrap();
    assert_denied(account.get(&user, "mine", "new"));
    assert_denied(account.list(&user, "mine"));
    assert_denied(account.delete(&user, "mine", "a/in"));
    assert_denied(account.put(&user, "other", "new"));
    assert_eq!(account.users(), ["s3.write-only.mine"]);
}

#[test]
fn a_prefix_is_a_border() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let user = account.create(&["mine", "--prefix", "a/"]);
    account.get(&user, "mine", "a/in").unwrap();
    account.put(&user, "mine", "a/new").unwrap();
    account.delete(&user, "mine", "a/new").unwrap();
    assert_denied(account.get(&user, "mine", "b/in"));
    assert_denied(account.put(&user, "mine", "b/new"));
    assert_denied(account.delete(&user, "mine", "b/in"));
    let policy = account.policy("s3.read-write.mine", "s3.read-write.mine");
    let listing = &policy["Statement"][1];
    assert_eq!(listing["Action"], serde_json::json!(["s3:ListBucket"]));
    assert_eq!(listing["Condition"]["StringLike"]["s3:prefix"], serde_json::json!(["a/*"]));
}

#[test]
fn two_buckets_are_one_user_with_a_policy_each() {
    let account = need!(Account::new());
    account.buckets(&["one", "two"]);
    let output = account.rolecall_create(&["one", "two"]).ok();
    let user = account.created(&output);
    account.put(&user, "one", "new").unwrap();
    account.put(&user, "two", "new").unwrap();
    let name = "s3.read-write.one,two";
    assert_eq!(account.users(), [name]);
    for bucket in ["one", "two"] {
        let policy = account.policy(name, &format!("s3.read-write.{bucket}"));
        assert_eq!(policy["Statement"][0]["Resource"][0], format!("arn:aws:s3:::{bucket}"));
    }
    let json = output.json();
    let members: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["UserName", "AccessKeyId", "Status", "SecretAccessKey", "CreateDate"];
    assert_eq!(members, expected);
    assert_eq!((json["UserName"].as_str(), json["Status"].as_str()), (Some(name), Some("Active")));
    let boundary = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    assert_eq!(
        output.stderr,
        format!(
            "Created user: {name} with permissions boundary: {boundary}\n\
             Attached policy s3.read-write.one to user {name}\n\
             Attached policy s3.read-write.two to user {name}\n\
             Created access key for user: {name}\n"
        )
    );
}

#[test]
fn a_second_time_the_user_is_used_and_a_third_key_is_refused_before_anything_is_done() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let first = account.create(&["mine"]);
    let output = account.rolecall_create(&["mine"]).ok();
    assert!(output.stderr.contains("Using existing user: s3.read-write.mine"), "{output:?}");
    let second = account.created(&output);
    assert_ne!(first.access_key_id, second.access_key_id);
    account.put(&second, "mine", "new").unwrap();
    account.put(&first, "mine", "new").unwrap();
    let output = account.rolecall_create(&["mine"]).code(1);
    for id in [&first.access_key_id, &second.access_key_id] {
        assert!(output.stderr.contains(id.as_str()), "{output:?}");
    }
    assert_eq!(account.key_count("s3.read-write.mine"), 2);
}

#[test]
fn an_existing_user_of_another_name_gets_a_key() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    call(account.iam(&account.admin).create_user().user_name("natan").send()).unwrap();
    let user = account.create(&["mine", "--username", "natan"]);
    account.get(&user, "mine", "a/in").unwrap();
    assert_eq!(account.users(), ["natan"]);
}

#[test]
fn a_new_user_has_the_boundary_of_its_mode_or_the_one_that_is_named() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let own = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let cases: [(&[&str], Option<&str>); 4] = [
        (&["--username", "a"], Some("arn:aws:iam::aws:policy/AmazonS3FullAccess")),
        (
            &["--username", "b", "--read-only"],
            Some("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        ),
        (&["--username", "c", "--user-permissions-boundary", "none"], None),
        (&["--username", "d", "--user-permissions-boundary", own], Some(own)),
    ];
    for (flags, boundary) in cases {
        // moto does not tell a user's boundary.
        let proxy = Proxy::before(&account.endpoint);
        let run = account.rolecall(&[&["s3", "create", "mine"], flags].concat());
        let run = run.env("AWS_ENDPOINT_URL", &proxy.url).may_print_secrets();
        let _keys = account.created(&run.run().ok());
        assert_eq!(proxy.parameter("CreateUser", "PermissionsBoundary").as_deref(), boundary);
    }
}

#[test]
fn a_missing_bucket_is_an_error_and_nothing_is_made() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let output = account.rolecall_create(&["mine", "missing"]).code(1);
    assert!(output.stderr.contains("the bucket missing does not exist"), "{output:?}");
    assert!(output.stderr.contains("--create-bucket"), "{output:?}");
    assert_eq!((account.users(), account.bucket_names()), (vec![], vec!["mine".to_owned()]));
}

#[test]
fn a_missing_bucket_is_created_in_its_region() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let user = account.create(&["mine", "made", "-c", "--bucket-region", "eu-west-1"]);
    account.put(&user, "made", "new").unwrap();
    let s3 = account.s3(&account.admin);
    let made = call(s3.get_bucket_location().bucket("made").send()).unwrap();
    assert_eq!(
        made.location_constraint().map(aws_sdk_s3::types::BucketLocationConstraint::as_str),
        Some("eu-west-1")
    );
    // And again, when it is there.
    let _keys = account.create(&["made", "-c", "--bucket-region", "eu-west-1"]);
}

#[test]
fn a_website_is_public() {
    let account = need!(Account::new());
    let _keys = account.create(&["site", "-c", "--website"]);
    let s3 = account.s3(&account.admin);
    let policy = call(s3.get_bucket_policy().bucket("site").send()).unwrap();
    assert!(policy.policy().unwrap().contains("\"Principal\":\"*\""));
    let site = call(s3.get_bucket_website().bucket("site").send()).unwrap();
    assert_eq!(site.index_document.unwrap().suffix(), "index.html");
}

#[test]
fn a_dry_run_tells_every_call_and_makes_none_that_writes() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    let run = account.rolecall(&["s3", "create", "mine", "made", "-c", "--dry-run"]);
    let output = run.env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    for line in [
        "Would create bucket: made",
        "Would create user: s3.read-write.mine,made with permissions boundary: arn:",
        "Would attach policy s3.read-write.mine to user",
        "Would attach policy s3.read-write.made to user",
        "\"arn:aws:s3:::made/*\"",
        "Would create access key for user: s3.read-write.mine,made",
    ] {
        assert!(output.stdout.contains(line), "{line}: {output:?}");
    }
    assert_eq!(proxy.names(), ["HEAD /mine", "HEAD /made", "GetUser"]);
    assert_eq!(output.stderr, "");
}

#[test]
fn silent_is_not_a_byte_on_stderr() {
    let account = need!(Account::new());
    let output = account.rolecall_create(&["made", "-c", "--silent"]).ok();
    assert_eq!(output.stderr, "");
    let _keys = account.created(&output);
}

#[test]
fn ini_is_a_profile_for_the_credentials_file() {
    let account = need!(Account::new());
    let output = account.rolecall_create(&["made", "-c", "-f", "ini"]).ok();
    let lines: Vec<_> = output.stdout.lines().collect();
    let [header, id, secret] = &*lines else { panic!("{output:?}") };
    let id = id.strip_prefix("aws_access_key_id=").unwrap();
    let secret = secret.strip_prefix("aws_secret_access_key=").unwrap();
    assert_eq!(*header, "[default]");
    account.sandbox.secret("a new secret key", secret);
    account.put(&keys(id, secret), "made", "new").unwrap();
}
