//! Names that S3 refuses for new buckets: told before anything is made, but old buckets have them.

use crate::{
    apply::TEAM,
    moto::{Account, NOTHING},
    proxy::Proxy,
    share::share_bucket,
    support::{keyring::SessionBus, sandbox::Sandbox},
};

/// A name for each rule, and what the hint says.
const REFUSED: [(&str, &str); 12] = [
    ("under_score", "lowercase letters"),
    ("Capitals", "lowercase letters"),
    ("-dash", "start and end"),
    ("dot.", "start and end"),
    ("two..dots", "two dots in a row"),
    ("192.168.5.4", "IP address"),
    ("xn--mine", "'xn--'"),
    ("sthree-mine", "'sthree-'"),
    ("amzn-s3-demo-mine", "'amzn-s3-demo-'"),
    ("mine-s3alias", "'-s3alias'"),
    ("mine.mrap", "'.mrap'"),
    ("mine-111122223333-us-west-2-an", "'-an'"),
];

#[test]
fn a_bucket_that_s3_would_not_create_is_refused_before_any_call() {
    let sandbox = Sandbox::new();
    sandbox.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let long = "a".repeat(64);
    for (name, hint) in REFUSED.into_iter().chain([(&*long, "3 to 63")]) {
        for more in
            [&["--username", "u"][..], &["--username", "u", "--dry-run"], &["--duration", "15m"]]
        {
            // After `--`, a name may start with a dash.
            let arguments = [&["s3", "create", "-c"], more, &["--", "mine", name]].concat();
            let output = sandbox.rolecall(&arguments).run().code(2);
            let told = format!("rolecall: '{name}' is not a valid bucket name\n");
            assert!(output.stderr.contains(&told) && output.stderr.contains(hint), "{output:?}");
            assert!(output.stderr.contains("omit --create-bucket"), "{output:?}");
        }
    }
    // An old name may be too long for the name of a policy.
    let old = "A".repeat(120);
    for arguments in [&["s3", "create", &old, "--username", "u"][..], &["s3", "share", &old]] {
        let output = sandbox.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains("the name of the policy for the bucket"), "{output:?}");
        assert!(output.stderr.contains("characters, and IAM allows 128"), "{output:?}");
    }
    let output = sandbox.rolecall(&["s3", "create", "mine--table-s3"]).run().code(2);
    assert!(output.stderr.contains("like S3 table buckets"), "{output:?}");
}

#[test]
fn what_does_not_exist_and_can_not_be_created_is_told_by_every_verb() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    let proxy = Proxy::before(&account.endpoint);
    for (name, hint) in [("under_score", "lowercase"), ("Capitals", "lowercase")] {
        let create = account.rolecall(&["s3", "create", name]);
        let share = share_bucket(&account, name, &[]);
        let team = TEAM.replace("s3://acme-iam/", &format!("s3://{name}/"));
        let apply = account.apply(&team, &[]);
        for (run, code) in [(create, 2), (share, 2), (apply, 5)] {
            let output = run.env("AWS_ENDPOINT_URL", &proxy.url).run().code(code);
            let told = format!("'{name}' is not a valid bucket name");
            assert!(output.stderr.contains(&told) && output.stderr.contains(hint), "{output:?}");
            assert!(output.stderr.contains("but this one does not exist"), "{output:?}");
            assert_eq!(output.stderr.contains("(team.toml:1:15)"), code == 5, "{output:?}");
        }
    }
    let reads = ["HEAD", "GET", "Get", "List"];
    let is_read = |call: &String| reads.iter().any(|start| call.starts_with(start));
    assert!(proxy.names().iter().all(is_read), "{:?}", proxy.names());
    assert!(account.bucket_names().is_empty() && account.users().is_empty());
}

#[test]
fn an_old_bucket_stays_reachable_for_every_verb() {
    let account = need!(Account::with_managed_policies());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    account.new_user("ben", NOTHING);
    for name in ["under_score", "Capitals"] {
        account.buckets(&[name]);
        let user = account.create(&[name, "--username", &format!("u-{name}")]);
        account.put(&user, name, "new").unwrap();
        account.get(&user, name, "a/in").unwrap();
        let session = account.create(&[name, "--duration", "15m", "--read-only"]);
        account.get(&session, name, "a/in").unwrap();
        let policy = account.rolecall(&["s3", "policy", name]).run().ok();
        assert!(policy.stdout.contains(&format!("arn:aws:s3:::{name}/*")), "{policy:?}");
        let words = ["iam", "service-account", "ci", "--bucket", name];
        account.rolecall(&words).run().ok();
        account.rolecall(&["iam", "remove", "ci"]).run().ok();
        let user = format!("client-{name}");
        let file = account.sandbox.home().join("acme.txt");
        share_bucket(&account, name, &["--username", &user]).run().ok();
        std::fs::remove_file(file).unwrap();
    }
    let team = TEAM.replace("s3://acme-iam/", "s3://under_score/");
    account.apply(&team, &[]).run().ok();
}
