//! `rolecall s3 delete-user`.

use aws_sdk_iam::types::AssignmentStatusType;

use crate::moto::{Account, NOTHING, call};

const CERTIFICATE_BODY: &str = include_str!("certificate.pem");

/// A user with one of everything that moto knows; gives the id of the access key.
fn rich_user(account: &Account, name: &str) -> String {
    let iam = account.iam(&account.admin);
    let key = account.new_user(name, NOTHING).access_key_id;
    let arn = account.managed_policy();
    call(iam.attach_user_policy().user_name(name).policy_arn(&arn).send()).unwrap();
    call(iam.create_login_profile().user_name(name).password("Sesame-open-1").send()).unwrap();
    call(iam.create_group().group_name("readers").send()).ok();
    call(iam.add_user_to_group().group_name("readers").user_name(name).send()).unwrap();
    let device = call(iam.create_virtual_mfa_device().virtual_mfa_device_name(name).send());
    let serial = device.unwrap().virtual_mfa_device.unwrap().serial_number;
    let enable = iam.enable_mfa_device().user_name(name).serial_number(&serial);
    let codes = enable.authentication_code1("123456").authentication_code2("654321");
    call(codes.send()).unwrap();
    // moto would take its signature for wrong: there are spaces in the certificate.
    account.judge_after(1);
    let upload = iam.upload_signing_certificate().user_name(name);
    call(upload.certificate_body(CERTIFICATE_BODY).send()).unwrap();
    let upload = iam.upload_ssh_public_key().user_name(name);
    call(upload.ssh_public_key_body("ssh-rsa").send()).unwrap();
    key
}

fn is_there(account: &Account, name: &str) -> bool {
    call(account.iam(&account.admin).get_user().user_name(name).send()).is_ok()
}

#[test]
fn a_user_goes_with_all_that_it_has_and_each_is_told() {
    let account = need!(Account::new());
    let key = rich_user(&account, "rich");
    let output = account.rolecall(&["s3", "delete-user", "rich"]).run().ok();
    let lines: Vec<_> = output.stdout.lines().collect();
    let (certificate, ssh_key) = (lines[7].to_owned(), lines[8].to_owned());
    assert_eq!(
        lines,
        [
            "User: rich",
            "  Deleted policy: rich",
            "  Detached policy: arn:aws:iam::123456789012:policy/managed",
            &format!("  Deleted access key: {key}"),
            "  Deleted login profile",
            "  Deactivated MFA device: arn:aws:iam::123456789012:mfa/rich",
            "  Deleted virtual MFA device: arn:aws:iam::123456789012:mfa/rich",
            // The next two have ids of moto's making.
            &certificate,
            &ssh_key,
            "  Removed from group: readers",
            "  Deleted user",
        ]
    );
    assert!(certificate.starts_with("  Deleted signing certificate: "), "{output:?}");
    assert!(ssh_key.starts_with("  Deleted SSH key: "), "{output:?}");
    assert!(!is_there(&account, "rich"));
    let iam = account.iam(&account.admin);
    let assigned = AssignmentStatusType::Any;
    let devices = call(iam.list_virtual_mfa_devices().assignment_status(assigned).send()).unwrap();
    assert!(devices.virtual_mfa_devices().is_empty());
    assert!(call(iam.get_group().group_name("readers").send()).unwrap().users().is_empty());
    let again = account.rolecall(&["s3", "delete-user", "rich"]).run().code(4);
    assert!(again.stderr.contains("can't delete user 'rich': NoSuchEntity"), "{again:?}");
}

#[test]
fn one_that_fails_does_not_keep_the_others() {
    let account = need!(Account::new());
    for user in ["first", "last"] {
        account.new_user(user, NOTHING);
    }
    let output = account.rolecall(&["s3", "delete-user", "first", "no\nbody", "last"]).run();
    let output = output.code(4);
    assert!(output.stdout.contains("User: no\\nbody\nUser: last\n"), "{output:?}");
    assert!(output.stderr.ends_with("rolecall: 1 of 3 users could not be deleted\n"), "{output:?}");
    assert!(!is_there(&account, "first") && !is_there(&account, "last"));
}

#[test]
fn a_dry_run_tells_all_and_deletes_nothing() {
    let account = need!(Account::new());
    rich_user(&account, "rich");
    let told = account.rolecall(&["s3", "delete-user", "--dry-run", "rich"]).run().ok().stdout;
    let done = account.rolecall(&["s3", "delete-user", "rich"]).run().ok().stdout;
    assert_eq!(told, done.replace("User: rich", "User: rich (dry run: nothing is deleted)"));
}

#[test]
fn the_one_who_calls_does_not_delete_itself() {
    let account = need!(Account::new());
    let output = account.rolecall(&["s3", "delete-user", "admin"]).run().code(1);
    assert!(
        output.stderr.contains("user 'admin' owns the credentials that this command uses"),
        "{output:?}"
    );
    assert_eq!(output.stdout, "User: admin\n");
}

#[test]
fn few_permissions_are_enough_for_a_user_with_keys_and_policies() {
    let account = need!(Account::new());
    let cleaner = account.new_user(
        "cleaner",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
            "iam:ListUserPolicies", "iam:DeleteUserPolicy", "iam:ListAccessKeys",
            "iam:DeleteAccessKey", "iam:DeleteUser"]}]}"#,
    );
    for user in ["plain", "with-policy"] {
        account.new_user(user, NOTHING);
    }
    let arn = account.managed_policy();
    let iam = account.iam(&account.admin);
    call(iam.attach_user_policy().user_name("with-policy").policy_arn(&arn).send()).unwrap();
    account.act_as(&cleaner);
    account.rolecall(&["s3", "delete-user", "plain"]).run().ok();
    assert!(!is_there(&account, "plain"));
    // What was not seen is told when it matters.
    let output = account.rolecall(&["s3", "delete-user", "with-policy"]).run().code(4);
    assert!(output.stderr.contains("DeleteConflict"), "{output:?}");
    assert!(output.stderr.contains("hint: can't list attached policies"), "{output:?}");
}
