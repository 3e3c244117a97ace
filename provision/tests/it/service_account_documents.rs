//! The documents of `rolecall iam service-account`, judged as AWS judges them.

use crate::{
    evaluator::{Context, Principal},
    moto::{Account, call},
    service_account::{UPLOAD, account},
    support::keyring::SessionBus,
};

const USER: &str = "arn:aws:iam::123456789012:user/ci";
const ROLE: &str = "arn:aws:iam::123456789012:role/ci-role";
const BUCKET: &str = "arn:aws:s3:::mine";
const OBJECT: &str = "arn:aws:s3:::mine/x";
/// Actions, of which each mode has some.
const ALL: [(&str, &str); 6] = [
    ("s3:ListBucket", BUCKET),
    ("s3:PutObject", OBJECT),
    ("s3:PutObjectAcl", OBJECT),
    ("s3:GetObject", OBJECT),
    ("s3:DeleteObject", OBJECT),
    ("s3:DeleteBucket", BUCKET),
];

#[test]
fn the_documents_let_this_user_in_and_nobody_else() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&["--external-id", "ext-42", "--require-mfa"]);
    let (trust, own) = (account.trust(), [account.policy("ci", "assume-role")]);
    let with = |id: &str| Context::with_mfa(10).and("sts:ExternalId", id);
    assert!(
        Principal { documents: &own, arn: USER, context: &with("ext-42") }.may_assume(ROLE, &trust)
    );
    assert!(
        !Principal { documents: &own, arn: USER, context: &with("ext-43") }
            .may_assume(ROLE, &trust)
    );
    assert!(
        !Principal { documents: &own, arn: USER, context: &Context::with_mfa(10) }
            .may_assume(ROLE, &trust)
    );
    assert!(
        !Principal {
            documents: &own,
            arn: USER,
            context: &Context::of(&[("sts:ExternalId", "ext-42")])
        }
        .may_assume(ROLE, &trust)
    );
    let (all, without) = (
        serde_json::from_str(
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        ),
        "arn:aws:iam::123456789012:user/other",
    );
    assert!(
        !Principal { documents: &[all.unwrap()], arn: without, context: &with("ext-42") }
            .may_assume(ROLE, &trust)
    );
    // The user by itself.
    let plain = Context::default();
    assert!(Principal { documents: &own, arn: USER, context: &plain }.may("sts:AssumeRole", ROLE));
    for (action, on) in [
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/ci-role2"),
        ("s3:ListBucket", "arn:aws:s3:::mine"),
        ("iam:CreateAccessKey", USER),
        ("sts:GetSessionToken", "*"),
    ] {
        assert!(
            !Principal { documents: &own, arn: USER, context: &plain }.may(action, on),
            "{action}"
        );
    }
}

#[test]
fn the_role_has_exactly_what_its_mode_says() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:DeleteBucket",
        "Resource": "arn:aws:s3:::$!BUCKET_NAME!$"}}"#;
    for (flags, allowed) in [
        (&[][..], [true, true, true, false, false, false]),
        (&["--read-only"], [true, false, false, true, false, false]),
        (&["--read-write"], [true, true, false, true, true, false]),
        (&["--policy", policy], [false, false, false, false, false, true]),
    ] {
        let output = account.made(flags);
        let has = [account.role_policy()];
        for ((action, on), is_allowed) in ALL.into_iter().zip(allowed) {
            let plain = Context::default();
            assert_eq!(
                Principal { documents: &has, arn: ROLE, context: &plain }.may(action, on),
                is_allowed,
                "{flags:?} {action}"
            );
            let elsewhere = on.replace("mine", "other");
            assert!(
                !Principal { documents: &has, arn: ROLE, context: &plain }.may(action, &elsewhere),
                "{flags:?} {action}"
            );
        }
        if flags == ["--read-only"] {
            assert!(output.stdout.ends_with("-- aws s3 sync s3://mine/ .\n"), "{output:?}");
        } else {
            assert_eq!(output.stdout, UPLOAD);
        }
        assert_eq!(account.key_count("ci"), 1);
    }
}

#[test]
fn a_device_of_another_name_is_that_of_the_profile_from_the_next_run_on() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&["--require-mfa"]);
    let iam = account.iam(&account.admin);
    let device = call(iam.create_virtual_mfa_device().virtual_mfa_device_name("phone").send());
    let serial = device.unwrap().virtual_mfa_device.unwrap().serial_number;
    let enable = iam.enable_mfa_device().user_name("ci").serial_number(&serial);
    let codes = enable.authentication_code1("123456").authentication_code2("654321");
    call(codes.send()).unwrap();
    let output = account.made(&["--require-mfa"]);
    assert!(output.stderr.contains("Wrote profile: ci-role\n"), "{output:?}");
    assert!(!output.stderr.contains("has no device"), "{output:?}");
    assert!(account.config().contains(&format!("rolecall_mfa_serial = {serial}\n")));
    account.made(&[]);
    assert!(!account.config().contains("mfa_serial"), "{}", account.config());
}

#[test]
fn an_external_id_is_made_kept_changed_and_taken_away() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let id = |account: &Account| {
        let id =
            account.trust()["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"].take();
        let line = id.as_str().map(|id| format!("rolecall_external_id = {id}\n"));
        let config = account.config();
        match &line {
            Some(line) => assert!(config.contains(line), "{config}"),
            None => assert!(!config.contains("external_id"), "{config}"),
        }
        id.as_str().map(str::to_owned)
    };
    account.made(&["--external-id"]);
    let first = id(&account).unwrap();
    assert!(first.len() >= 32, "{first}");
    account.made(&["--external-id"]);
    assert_eq!(id(&account).unwrap(), first);
    let output = account.made(&["--external-id", "ext-42"]);
    assert!(output.stderr.contains("Wrote profile: ci-role\n"), "{output:?}");
    assert_eq!(id(&account).unwrap(), "ext-42");
    account.made(&["--external-id"]);
    assert_eq!(id(&account).unwrap(), "ext-42");
    account.made(&[]);
    assert_eq!(id(&account), None);
    account.assert_whole();
    let output = account.service(&["--external-id", "a b"]).run().code(2);
    assert!(output.stderr.contains("external ID"), "{output:?}");
}
