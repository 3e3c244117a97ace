//! `rolecall iam remove`: what `service-account` made goes, and nothing else.

use std::{fs, time::Duration};

use aws_sdk_iam::types::Tag;
use rustix::process::Signal;

use crate::{
    moto::{Account, NOTHING, call},
    proxy::{Fault, Proxy},
    service_account::account,
    support::{
        keyring::SessionBus,
        run::{Output, Run, until_some},
    },
};

const PATIENCE: Duration = Duration::from_secs(30);

const NOTHING_LEFT: &str =
    "Service account: ci\n  nothing found, neither in the account nor on this machine\n";

impl Account {
    fn remove<'a>(&'a self, more: &[&str]) -> Run<'a> {
        self.rolecall(&[&["iam", "remove", "ci"], more].concat())
    }

    /// `rolecall iam remove ci`, which leaves nothing.
    #[track_caller]
    fn removed(&self) -> Output {
        let output = self.remove(&[]).run().ok();
        self.assert_nothing();
        output
    }
}

/// A service account whose role has been assumed, with more than `service-account` gave it.
fn rich(account: &Account) {
    account.made(&["--region", "eu-west-1"]);
    account.rolecall(&["login", "ci-role"]).run().ok();
    let iam = account.iam(&account.admin);
    let arn = account.managed_policy();
    call(iam.attach_role_policy().role_name("ci-role").policy_arn(&arn).send()).unwrap();
    call(iam.attach_user_policy().user_name("ci").policy_arn(&arn).send()).unwrap();
    call(iam.create_group().group_name("readers").send()).unwrap();
    call(iam.add_user_to_group().group_name("readers").user_name("ci").send()).unwrap();
    let device = call(iam.create_virtual_mfa_device().virtual_mfa_device_name("ci").send());
    let serial = device.unwrap().virtual_mfa_device.unwrap().serial_number;
    let enable = iam.enable_mfa_device().user_name("ci").serial_number(&serial);
    let codes = enable.authentication_code1("123456").authentication_code2("654321");
    call(codes.send()).unwrap();
}

#[test]
fn all_of_it_goes_and_each_step_is_told() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    rich(&account);
    let id = account.key_ids("ci").remove(0);
    let config = account.sandbox.config_path().display().to_string();
    let output = account.removed();
    assert_eq!(
        output.stdout.lines().collect::<Vec<_>>(),
        [
            "Service account: ci",
            "  Deleted policy of role: bucket",
            "  Detached policy of role: arn:aws:iam::123456789012:policy/managed",
            "  Deleted role: ci-role",
            "  Deleted policy: assume-role",
            "  Detached policy: arn:aws:iam::123456789012:policy/managed",
            &format!("  Deleted access key: {id}"),
            "  Deactivated MFA device: arn:aws:iam::123456789012:mfa/ci",
            "  Deleted virtual MFA device: arn:aws:iam::123456789012:mfa/ci",
            "  Removed from group: readers",
            "  Deleted user",
            &format!("  deleted access key {id} from secret-service and a session created with it"),
            &format!("  removed profiles 'ci', 'ci-role' from {config}"),
        ]
    );
    assert_eq!(account.bucket_names(), ["mine"]);
    let sessions = account.rolecall(&["status", "--output", "json"]).run().ok().stdout;
    assert!(!sessions.contains("ci-role"), "{sessions}");
    assert_eq!(account.removed().stdout, NOTHING_LEFT);
    // And again from the start.
    account.made(&[]);
    account.assert_whole();
}

#[test]
fn a_dry_run_tells_all_and_removes_nothing() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    rich(&account);
    let id = account.key_ids("ci").remove(0);
    let told = account.remove(&["--dry-run"]).run().ok().stdout;
    account.assert_whole();
    for part in [
        "Service account: ci (dry run: nothing is removed)\n",
        "  Deleted role: ci-role\n",
        "  Deleted user\n",
        &format!("  access key {id} is deleted from the keychain\n"),
        "-[profile ci]\n",
        "-[profile ci-role]\n",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("-[profile other]"), "{told}");
    let done = account.removed().stdout;
    let calls = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(1);
        lines
            .take_while(|line| !line.contains("access key AKIA") || line.contains("Deleted"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(calls(&told), calls(&done));
}

#[test]
fn after_a_kill_at_any_step_the_same_command_finishes() {
    for step in
        ["DeleteRolePolicy", "DeleteRole", "DeleteUserPolicy", "DeleteAccessKey", "DeleteUser"]
    {
        let account = need!(account());
        let _bus = need!(SessionBus::start(&account.sandbox));
        account.made(&["--external-id"]);
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Hold);
        let running = account.remove(&[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        account.removed();
        assert_eq!(account.removed().stdout, NOTHING_LEFT, "{step}");
    }
}

#[test]
fn policies_that_are_not_gone_everywhere_yet_are_waited_for() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("DeleteRole", Fault::Refuse(409, "DeleteConflict"));
    let output = account.remove(&[]).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    assert_eq!(output.stdout.matches("  Deleted role: ci-role\n").count(), 1, "{output:?}");
    account.assert_nothing();
    // A refusal of another kind leaves the rest as it is, and a way to go on.
    account.made(&[]);
    proxy.fault("DeleteRole", Fault::Refuse(403, "AccessDenied"));
    let output = account.remove(&[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(output.stderr.contains("can't delete role 'ci-role': AccessDenied"), "{output:?}");
    assert_eq!(account.key_count("ci"), 1);
    account.removed();
}

#[test]
fn killed_when_all_but_the_profiles_is_gone_the_same_command_finishes() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let lock = account.hold_config();
    let running = account.remove(&[]).spawn();
    let gone = || account.recorded_keys().is_empty().then_some(());
    until_some(PATIENCE, gone).expect("the key is forgotten");
    drop((running, lock));
    assert!(account.config().contains("[profile ci]"));
    assert!(account.users().is_empty());
    account.removed();
}

#[test]
fn a_store_that_can_not_be_used_keeps_the_profiles() {
    let account = need!(account());
    let bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let config = account.config();
    drop(bus);
    let output = account.remove(&[]).run().code(6);
    assert!(output.stdout.contains("  Deleted user\n"), "{output:?}");
    assert_eq!(account.config(), config);
}

#[test]
fn what_service_account_has_begun_and_not_finished_is_taken_down() {
    for step in ["CreateUser", "CreateRole", "CreateAccessKey"] {
        let account = need!(account());
        let _bus = need!(SessionBus::start(&account.sandbox));
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Hold);
        let running = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        account.removed();
        assert!(account.notes().is_empty());
    }
}

#[test]
fn what_is_not_ours_is_left_and_does_not_keep_the_others() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    account.new_user("foreign", NOTHING);
    let output = account.rolecall(&["iam", "remove", "foreign"]).run().code(1);
    assert!(
        output.stderr.contains("was not created by 'iam service-account foreign'"),
        "{output:?}"
    );
    // The tag of another service account.
    account.new_user("other", NOTHING);
    let tag = Tag::builder().key("rolecall-service-account").value("ci").build().unwrap();
    let iam = account.iam(&account.admin);
    call(iam.tag_user().user_name("other").tags(tag).send()).unwrap();
    let output = account.rolecall(&["iam", "remove", "other", "ci", "nobody"]).run().code(1);
    assert!(output.stderr.ends_with("rolecall: 1 of 3 could not be removed\n"), "{output:?}");
    assert!(output.stdout.contains("Service account: nobody\n  nothing found"), "{output:?}");
    assert_eq!(account.users(), ["foreign", "other"]);
    for user in ["foreign", "other"] {
        let _deleted = account.rolecall(&["s3", "delete-user", user]).run().ok();
    }
    account.assert_nothing();
}

#[test]
fn a_rotation_that_is_not_at_its_end_is_forgotten() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let rotate = ["keys", "rotate", "ci", "--profile", "admin", "--keep-old"];
    let _rotated = account.rolecall(&rotate).run().ok();
    account.removed();
    let left = fs::read_dir(account.sandbox.state().join("keys")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_no_name_is_refused_before_anything_is_removed() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let proxy = Proxy::before(&account.endpoint);
    for name in ["", "../..", "a b"] {
        let remove = account.rolecall(&["iam", "remove", "ci", name]);
        let output = remove.env("AWS_ENDPOINT_URL", &proxy.url).run().code(2);
        let told = format!("'{name}' can't be the name of a service account");
        assert!(output.stderr.contains(&told), "{output:?}");
    }
    assert!(proxy.names().is_empty(), "{:?}", proxy.names());
    account.assert_whole();
}

#[test]
fn the_one_who_calls_does_not_remove_itself() {
    let account = need!(account());
    let tag = Tag::builder().key("rolecall-service-account").value("admin").build().unwrap();
    let iam = account.iam(&account.admin);
    call(iam.tag_user().user_name("admin").tags(tag).send()).unwrap();
    let output = account.rolecall(&["iam", "remove", "admin"]).run().code(1);
    assert!(
        output.stderr.contains("user 'admin' owns the credentials that this command uses"),
        "{output:?}"
    );
    assert_eq!(account.key_count("admin"), 1);
}

#[test]
fn what_is_left_on_this_machine_alone_goes_too() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let iam = account.iam(&account.admin);
    let _deleted = account.rolecall(&["s3", "delete-user", "ci"]).run().ok();
    call(iam.delete_role_policy().role_name("ci-role").policy_name("bucket").send()).unwrap();
    call(iam.delete_role().role_name("ci-role").send()).unwrap();
    account.removed();
}

#[test]
fn a_profile_that_is_another_key_s_by_now_is_left_with_its_key() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let id = account.key_ids("ci").remove(0);
    let foreign = account.new_user("foreign", NOTHING);
    let file = format!(
        "[admin]\naws_access_key_id = {}\naws_secret_access_key = {}\n\
         [fresh]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        account.admin.access_key_id,
        account.admin.secret_access_key.expose(),
        foreign.access_key_id,
        foreign.secret_access_key.expose()
    );
    account.sandbox.credentials(file);
    account.rolecall(&["keys", "import", "fresh"]).run().ok();
    let config = account.config().replace(&id, &foreign.access_key_id);
    account.sandbox.config(config);
    let output = account.remove(&[]).run().ok();
    assert!(output.stderr.contains("profile 'ci' stays as it is"), "{output:?}");
    assert_eq!(account.users(), ["foreign"]);
    assert_eq!(account.stored_keys(), [&*foreign.access_key_id]);
    assert!(account.config().contains("[profile ci]\n"), "{}", account.config());
    assert!(!account.config().contains("[profile ci-role]\n"), "{}", account.config());
}
