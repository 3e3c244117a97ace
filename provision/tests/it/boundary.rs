//! Permissions boundaries that forbid what the policy grants.

use serde_json::json;

use crate::{
    moto::{Account, NOTHING, call, compact},
    proxy::{Fault, Proxy, Rule},
    service_account, share,
    support::keyring::SessionBus,
};

const PUT: &str = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::mine/*"}"#;
const TEXTRACT: &str = r#"{"Effect":"Allow","Action":"textract:*","Resource":"*"}"#;
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const FULL: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

impl Account {
    /// A managed policy that can be a boundary; gives its ARN.
    fn boundary(&self, name: &str, document: &str) -> String {
        let create = self.iam(&self.admin).create_policy().policy_name(name);
        let made = call(create.policy_document(compact(document)).send()).unwrap();
        made.policy.unwrap().arn.unwrap()
    }
}

#[test]
fn a_policy_of_ones_own_has_a_boundary_only_if_it_is_named() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{TEXTRACT}]}}"#);
    let cases: [(&[&str], Option<&str>); 5] = [
        (&["--username", "a", "--policy", &policy], None),
        (&["--username", "b", "--read-only", "--statement", PUT], None),
        (&["--username", "c", "--statement", TEXTRACT], None),
        (&["--username", "d", "--statement", PUT, "--user-permissions-boundary", FULL], Some(FULL)),
        (&["--username", "e", "--read-only"], Some(READ_ONLY)),
    ];
    for (flags, boundary) in cases {
        // moto does not tell a user's boundary.
        let proxy = Proxy::before(&account.endpoint);
        let run = account.rolecall(&[&["s3", "create", "mine"], flags].concat());
        let run = run.env("AWS_ENDPOINT_URL", &proxy.url).may_print_secrets();
        let output = run.run().ok();
        let _keys = account.created(&output);
        assert!(!output.stderr.contains("warning"), "{output:?}");
        assert_eq!(proxy.parameter("CreateUser", "PermissionsBoundary").as_deref(), boundary);
    }
}

#[test]
fn a_boundary_that_makes_a_statement_futile_is_told_before_anything_is_made() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let nothing = account.boundary("nothing", NOTHING);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{TEXTRACT}]}}"#);
    let deny = account.boundary(
        "deny",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
            {"Effect":"Deny","NotAction":"s3:List*","Resource":"*"}]}"#,
    );
    let cases: [(&[&str], &str, &str); 5] = [
        (&["--read-only", "--statement", PUT], READ_ONLY, "s3:PutObject"),
        (&["--policy", &policy], FULL, "textract:*"),
        (&[], &nothing, "s3:ListBucket, s3:GetBucketLocation"),
        (&["--write-only", "--prefix", "a/"], &deny, "s3:PutObject"),
        (&["--write-only", "new", "-c"], READ_ONLY, "s3:PutObject"),
    ];
    for (flags, boundary, refused) in cases {
        for dry in [&[][..], &["--dry-run"]] {
            let proxy = Proxy::before(&account.endpoint);
            let words = ["s3", "create", "mine", "--username", "u"];
            let bounded = ["--user-permissions-boundary", boundary];
            let arguments = [&words[..], flags, &bounded, dry].concat();
            let run = account.rolecall(&arguments).env("AWS_ENDPOINT_URL", &proxy.url);
            let output = run.run().code(2);
            let told = format!("the permissions boundary {boundary} of user u does not allow");
            assert!(output.stderr.contains(&told), "{output:?}");
            assert!(output.stderr.contains(refused), "{refused} {output:?}");
            assert!(output.stderr.contains("--user-permissions-boundary, or none"), "{output:?}");
            let reads = ["HEAD", "Get"];
            let is_read = |call: &String| reads.iter().any(|start| call.starts_with(start));
            assert!(proxy.names().iter().all(is_read), "{:?}", proxy.names());
        }
    }
    assert!(account.users().is_empty());
}

#[test]
fn what_a_boundary_takes_away_in_part_is_a_warning_and_so_is_what_can_not_be_told() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let wide = r#"{"Effect":"Allow","Action":"*","Resource":"*""#;
    let if_tls = account.boundary(
        "if-tls",
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[{wide},
                "Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}]}}"#
        ),
    );
    let all =
        account.boundary("all", &format!(r#"{{"Version":"2012-10-17","Statement":[{wide}}}]}}"#));
    let no_put = account.boundary(
        "no-put",
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[{wide}}},
                {{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}}]}}"#
        ),
    );
    let unknown = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    for (i, (boundary, warning)) in [
        (&if_tls, Some("which allows s3:ListBucket, s3:GetBucketLocation, ")),
        (&no_put, Some("which does not allow s3:PutObject\n")),
        (&unknown, Some("warning: can't tell whether the permissions boundary ")),
        (&all, None),
    ]
    .into_iter()
    .enumerate()
    {
        let user = format!("u{i}");
        let words = ["mine", "--username", &user, "--user-permissions-boundary", boundary];
        let output = account.rolecall_create(&words).ok();
        let _keys = account.created(&output);
        match warning {
            Some(warning) => assert!(output.stderr.contains(warning), "{output:?}"),
            None => assert!(!output.stderr.contains("warning"), "{output:?}"),
        }
    }
}

#[test]
fn a_role_that_exists_with_a_boundary_is_compared_too() {
    let account = need!(service_account::account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let nothing = account.boundary("nothing", NOTHING);
    let lists = account.boundary(
        "lists",
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}"#,
    );
    let bind = |boundary: &str| {
        let iam = account.iam(&account.admin);
        let bound = iam.put_role_permissions_boundary().role_name("ci-role");
        call(bound.permissions_boundary(boundary).send()).unwrap();
    };
    // Whoever bound it wanted less; of the policy there is something left.
    bind(&lists);
    let output = account.made(&["--read-write"]);
    let told =
        format!("grants more than the permissions boundary {lists} of role ci-role, which does");
    assert!(output.stderr.contains(&told), "{output:?}");
    bind(&nothing);
    let before = account.role_policy();
    let output = account.service(&["--read-only"]).run().code(1);
    let told = format!("the permissions boundary {nothing} of role ci-role does not allow");
    assert!(output.stderr.contains(&told), "{output:?}");
    let hint = "'aws iam delete-role-permissions-boundary --role-name ci-role' removes it";
    assert!(output.stderr.contains(hint), "{output:?}");
    assert_eq!(account.role_policy(), before);
    // Where nothing would change, nothing is said.
    let output = account.made(&["--read-write"]);
    assert!(!output.stderr.contains("boundary"), "{output:?}");
    // The same of what a file attaches.
    let file = "[roles.ci-role]\npolicies = [\"look\"]\ntrust = { accounts = [\"222222222222\"] }\n\
         [policies.look.document]\nVersion = \"2012-10-17\"\n\
         Statement = [{ Effect = \"Allow\", Action = \"iam:List*\", Resource = \"*\" }]\n";
    let output = account.apply(file, &[]).run().code(1);
    assert!(output.stderr.contains(&told) && output.stderr.contains("iam:List*"), "{output:?}");
}

#[test]
fn a_user_that_exists_with_a_boundary_is_compared_too() {
    let account = need!(share::account());
    account.buckets(&["mine"]);
    account.new_user("u", NOTHING);
    share::share(&account, &[]).run().ok();
    let nothing = account.boundary("nothing", NOTHING);
    let proxy = Proxy::before(&account.endpoint);
    let text = format!(
        "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>{nothing}</PermissionsBoundaryArn></PermissionsBoundary>"
    );
    let fault = Fault::Insert { text: text.leak(), before: "</User>" };
    proxy.faults(Rule { call: "GetUser", skip: 0, times: 9, fault });
    let create = account.rolecall(&["s3", "create", "mine", "--username", "u"]);
    // Its password was handed out; only the policy would change.
    let share = share::share(&account, &["--prefix", "new"]);
    let file = "[users.u]\npolicies = [\"look\"]\n[policies.look.document]\n\
                Version = \"2012-10-17\"\n\
                Statement = [{ Effect = \"Allow\", Action = \"iam:List*\", Resource = \"*\" }]\n";
    let apply = account.apply(file, &[]);
    for (run, user) in [(create, "u"), (share, "acme"), (apply, "u")] {
        let output = run.env("AWS_ENDPOINT_URL", &proxy.url).run().code(1);
        let told = format!("the permissions boundary {nothing} of user {user} does not allow");
        assert!(output.stderr.contains(&told), "{output:?}");
        let hint = format!("'aws iam delete-user-permissions-boundary --user-name {user}'");
        assert!(output.stderr.contains(&hint), "{output:?}");
    }
    assert_eq!(account.key_count("u"), 1);
}

#[test]
fn a_session_is_limited_by_its_role() {
    let account = need!(Account::with_managed_policies());
    account.buckets(&["mine"]);
    for more in [&[][..], &["--dry-run"]] {
        let words = ["mine", "--duration", "15m", "--statement", TEXTRACT];
        let output = account.rolecall_create(&[&words[..], more].concat()).code(2);
        let told = "the role rolecall.AmazonS3FullAccess does not allow textract:*\n";
        assert!(output.stderr.contains(told), "{output:?}");
        assert!(output.stderr.contains("hint: omit --duration"), "{output:?}");
    }
    assert!(account.role_names().is_empty());
    let both =
        json!({ "Effect": "Allow", "Action": ["textract:*", "s3:GetObject"], "Resource": "*" });
    let words = ["mine", "--duration", "15m", "--statement", &both.to_string()];
    let output = account.rolecall_create(&words).ok();
    let _session = account.created(&output);
    let told = "warning: the role rolecall.AmazonS3FullAccess does not allow all of textract:*\n";
    assert!(output.stderr.contains(told), "{output:?}");
}
