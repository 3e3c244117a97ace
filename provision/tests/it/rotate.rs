//! `rolecall keys rotate`.

use std::fs;

use rolecall::credentials::Credentials;
use rustix::process::Signal;

use crate::{
    moto::{Account, NOTHING, call},
    proxy::{Fault, Proxy},
    support::{keyring::SessionBus, run::Output},
};

/// What a user may do with its own keys.
const OWN_KEYS: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["iam:*AccessKey*","s3:ListBucket"],"Resource":"*"}]}"#;
const CALLS: [(&str, usize, &str); 4] = [
    ("CreateAccessKey", 0, "no new key yet"),
    ("GetCallerIdentity", 1, "made, not switched"),
    ("UpdateAccessKey", 0, "the old key is not deactivated"),
    ("DeleteAccessKey", 0, "the old key is inactive"),
];

impl Account {
    /// A user `u` with a key that is in the keychain, as profile `base`.
    fn with_stored_key(&self, policy: &str) -> Credentials {
        let keys = self.new_user("u", policy);
        self.sandbox.store("secret-service").config("[profile base]\nregion = eu-west-1\n");
        let text = format!("{}\n{}\n", keys.access_key_id, keys.secret_access_key.expose());
        let _output = self.rolecall(&["keys", "add", "base", "--no-verify"]).stdin(text).run().ok();
        keys
    }

    fn config_text(&self) -> String {
        fs::read_to_string(self.sandbox.config_path()).unwrap()
    }

    fn rotate_through(&self, proxy: &Proxy) -> crate::support::run::Run<'_> {
        self.rolecall(&["keys", "rotate", "base"]).env("AWS_ENDPOINT_URL", &proxy.url)
    }

    fn keys_list(&self) -> String {
        self.rolecall(&["keys", "list"]).run().ok().stdout
    }

    /// Profile `base` has the only key of user `u`, it works, and nothing is left of a rotation; the
    /// key's id.
    #[track_caller]
    fn assert_rotated(&self, output: &Output, old: &str) -> String {
        let [new] = &self.key_ids("u")[..] else { panic!("not one key: {output:?}") };
        assert_ne!(new, old);
        let told = format!("base: access key {old} is replaced by {new}\n");
        assert_eq!(output.stdout, told, "{output:?}");
        assert!(self.config_text().contains(&format!("rolecall_access_key_id = {new}\n")));
        let whoami = self.rolecall(&["whoami", "base"]).run().ok();
        assert!(whoami.stdout.contains(":user/u"), "{whoami:?}");
        self.assert_left(&[&format!("{new}.json")]);
        new.clone()
    }

    /// What lies in the folder of the keys' records.
    #[track_caller]
    fn assert_left(&self, files: &[&str]) {
        let entries = fs::read_dir(self.sandbox.state().join("keys")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, files);
    }

    #[track_caller]
    fn assert_unchanged(&self, old: &str, config: &str) {
        assert_eq!((self.key_ids("u"), self.config_text()), (vec![old.to_owned()], config.into()));
        self.assert_left(&[&format!("{old}.json")]);
    }
}

#[test]
fn a_key_is_replaced_by_a_new_one_and_then_again() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS);
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    let second = account.assert_rotated(&output, &old.access_key_id);
    let gone = account.rolecall(&["keys", "export", &old.access_key_id, "--yes"]).run();
    assert_ne!(gone.status.code(), Some(0));
    // By its id as well.
    let output = account.rolecall(&["keys", "rotate", &second]).run().ok();
    account.assert_rotated(&output, &second);
}

#[test]
fn killed_at_any_step_the_same_command_goes_on() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let mut old = account.with_stored_key(OWN_KEYS).access_key_id;
    for (step, skip, told) in CALLS {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, skip, 1, Fault::Hold);
        let running = account.rotate_through(&proxy).spawn();
        proxy.until(&format!("{step} held"));
        drop(running);
        let list = account.keys_list();
        let line = list.lines().last().unwrap_or_default();
        assert!(line.starts_with(&format!("{old} is being rotated: ")), "{step}: {list}");
        assert!(line.contains(told), "{step}: {list}");
        assert!(line.ends_with("'rolecall keys rotate base' goes on"), "{step}: {list}");
        // It works in between.
        let _output = account.rolecall(&["whoami", "base"]).run().ok();
        let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
        old = account.assert_rotated(&output, &old);
        assert!(!account.keys_list().contains("rotat"), "{step}");
    }
}

#[test]
fn ctrl_c_before_the_switch_undoes_and_behind_it_the_next_run_goes_on() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let config = account.config_text();
    for (step, skip, _) in CALLS {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, skip, 1, Fault::Hold);
        let running = account.rotate_through(&proxy).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::INT);
        proxy.release();
        let output = running.wait();
        match step {
            "CreateAccessKey" | "GetCallerIdentity" => {
                let output = output.code(130);
                assert!(output.stderr.contains("Undone: the access key AKIA"), "{output:?}");
                account.assert_unchanged(&old, &config);
            }
            "UpdateAccessKey" => {
                let output = output.code(130);
                assert!(output.stderr.contains("have the new key"), "{output:?}");
                let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
                account.assert_rotated(&output, &old);
            }
            // The last call of all: it is done.
            _ => assert_eq!(account.key_count("u"), 1),
        }
    }
}

#[test]
fn what_fails_before_the_switch_leaves_all_as_it_was() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let config = account.config_text();
    for (step, skip, _) in &CALLS[..2] {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, *skip, 9, Fault::Refuse(403, "AccessDenied"));
        let output = account.rotate_through(&proxy).run().code(4);
        assert!(output.stderr.starts_with("rolecall: ") || output.stderr.contains("Undone"));
        account.assert_unchanged(&old, &config);
    }
}

#[test]
fn what_can_not_be_undone_is_named_and_gone_on_with() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("GetCallerIdentity", 1, 1, Fault::Refuse(403, "AccessDenied"));
    proxy.fault("DeleteAccessKey", 0, 9, Fault::Refuse(403, "AccessDenied"));
    let output = account.rotate_through(&proxy).run().code(4);
    assert!(output.stderr.contains("hint: this is left: the access key AKIA"), "{output:?}");
    assert!(output.stderr.contains("'rolecall keys rotate base' goes on"), "{output:?}");
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn a_refusal_behind_the_switch_leaves_the_profile_with_the_new_key() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("UpdateAccessKey", 0, 1, Fault::Refuse(403, "AccessDenied"));
    let output = account.rotate_through(&proxy).run().code(4);
    assert!(output.stderr.contains("--profile OTHER"), "{output:?}");
    assert!(!account.config_text().contains(&old));
    let _output = account.rolecall(&["whoami", "base"]).run().ok();
    // An administrator can go on, too.
    let go_on = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&go_on).run().ok();
    account.assert_rotated(&output, &old);
}

#[test]
fn a_new_key_is_waited_for() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("GetCallerIdentity", 1, 1, Fault::Refuse(403, "InvalidClientTokenId"));
    proxy.fault("UpdateAccessKey", 0, 1, Fault::Refuse(403, "InvalidClientTokenId"));
    let output = account.rotate_through(&proxy).run().ok();
    assert!(output.stderr.contains("Waiting until AWS takes the new key AKIA"), "{output:?}");
    account.assert_rotated(&output, &old);
}

#[test]
fn all_profiles_with_the_key_are_switched_and_nothing_else_is_touched() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let config = format!(
        "{}# mine\n[default]\nrolecall_access_key_id={old}\n[profile role]\n\
         role_arn = arn:aws:iam::111111111111:role/r\nsource_profile = base\n\
         rolecall_mfa_process = echo {old}\n[services x]\nrolecall_access_key_id = {old}\n",
        account.config_text()
    );
    account.sandbox.config(&config);
    let run = account.rolecall(&["keys", "rotate", "default", "--dry-run"]).run().ok();
    for line in [
        "Would create an access key for user: u\n",
        "+rolecall_access_key_id=(the new key's id)",
        &format!("Would delete access key {old}, at AWS and from the keychain\n"),
    ] {
        assert!(run.stdout.contains(line), "{line}: {run:?}");
    }
    account.assert_unchanged(&old, &config);
    let output = account.rolecall(&["keys", "rotate", "default"]).run().ok();
    let new = &account.key_ids("u")[0];
    let told = format!("base, default: access key {old} is replaced by {new}\n");
    assert_eq!(output.stdout, told);
    let mut expected = config.clone();
    for (before, behind) in [("key_id = ", "\n#"), ("key_id=", "\n")] {
        let line = |id: &str| format!("{before}{id}{behind}");
        expected = expected.replace(&line(&old), &line(new));
    }
    assert_eq!(account.config_text(), expected);
}

#[test]
fn with_a_second_key_of_somebody_else_nothing_is_done() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let (config, foreign) = (account.config_text(), account.foreign_key("u"));
    let output = account.rolecall(&["keys", "rotate", "base"]).run().code(1);
    assert!(output.stderr.contains("the user u has 2 access keys"), "{output:?}");
    assert!(output.stderr.contains(&format!("{old}: last used 20")), "{output:?}");
    let told = format!("{}: never used", foreign.access_key_id);
    assert!(output.stderr.contains(&told), "{output:?}");
    account.delete_key("u", &foreign.access_key_id);
    account.assert_unchanged(&old, &config);
}

#[test]
fn a_user_who_may_not_is_helped_by_an_administrator() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(NOTHING).access_key_id;
    let config = account.config_text();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().code(4);
    let hint = "hint: 'rolecall keys rotate base --profile OTHER' calls IAM with the rights of";
    assert!(output.stderr.contains(hint), "{output:?}");
    account.assert_unchanged(&old, &config);
    let by_admin = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&by_admin).run().ok();
    account.assert_rotated(&output, &old);
}

#[test]
fn an_old_key_that_is_kept_is_inactive_and_deleted_by_the_next_run() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let keep = ["keys", "rotate", "base", "--keep-old"];
    let output = account.rolecall(&keep).run().ok();
    assert!(output.stderr.contains("To delete it: rolecall keys rotate base\n"), "{output:?}");
    let answer = call(account.iam(&account.admin).list_access_keys().user_name("u").send());
    let answer = answer.unwrap();
    let states = answer.access_key_metadata().iter().map(|key| {
        (key.access_key_id() == Some(&old), key.status().map(|status| status.as_str().to_owned()))
    });
    let mut states: Vec<_> = states.collect();
    states.sort();
    assert_eq!(states, [(false, Some("Active".into())), (true, Some("Inactive".into()))]);
    let list = account.keys_list();
    assert!(list.contains(&format!("{old} is kept, inactive: replaced by AKIA")), "{list}");
    let _output =
        account.rolecall(&["keys", "export", &old, "--yes"]).may_print_secrets().run().ok();
    let output = account.rolecall(&keep).run().code(1);
    assert!(output.stderr.contains("'rolecall keys rotate base' deletes it"), "{output:?}");
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn who_went_back_to_the_old_key_is_switched_again() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let output = account.rolecall(&["keys", "rotate", "base", "--keep-old"]).run().ok();
    let [told] =
        output.stderr.lines().filter(|l| l.starts_with("To go back")).collect::<Vec<_>>()[..]
    else {
        panic!("{output:?}")
    };
    let set = told.split_once("then rolecall ").unwrap().1;
    let set: Vec<_> = set.split(' ').collect();
    let _output = account.rolecall(&set).run().ok();
    let iam = account.iam(&account.admin);
    let update = iam.update_access_key().user_name("u").access_key_id(&old);
    call(update.status(aws_sdk_iam::types::StatusType::Active).send()).unwrap();
    let _output = account.rolecall(&["whoami", "base"]).run().ok();
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn two_at_once_do_not_get_into_each_others_way() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("UpdateAccessKey", 0, 1, Fault::Hold);
    let one = account.rotate_through(&proxy).spawn();
    proxy.until("UpdateAccessKey held");
    let other = account.rolecall(&["keys", "rotate", "base"]).run().code(1);
    let told = format!("access key {old} is being rotated by another rolecall now");
    assert!(other.stderr.contains(&told), "{other:?}");
    proxy.release();
    account.assert_rotated(&one.wait().ok(), &old);
}

#[test]
fn a_new_key_that_was_taken_out_of_the_keychain_is_replaced() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("GetCallerIdentity", 1, 1, Fault::Hold);
    let running = account.rotate_through(&proxy).spawn();
    proxy.until("GetCallerIdentity held");
    drop(running);
    let ids = account.key_ids("u");
    let new = ids.iter().find(|id| **id != old).unwrap();
    let _output = account.rolecall(&["keys", "remove", new]).run().ok();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert_ne!(account.assert_rotated(&output, &old), *new);
}

#[test]
fn what_is_no_stored_key_is_refused() {
    let Some(account) = Account::new() else { return };
    let Some(_bus) = SessionBus::start(&account.sandbox) else { return };
    account.sandbox.store("secret-service").config("[profile base]\nregion = eu-west-1\n");
    for (name, code) in [("base", 5), ("nobody", 5), ("AKIAIOSFODNN7EXAMPLE", 6)] {
        let output = account.rolecall(&["keys", "rotate", name]).run().code(code);
        assert!(output.stderr.contains("'rolecall keys list' shows"), "{output:?}");
    }
    let output = account.rolecall(&["keys", "rotate"]).run().code(2);
    assert!(output.stderr.contains("'rolecall keys rotate --help'"), "{output:?}");
    let output = account.rolecall(&["keys", "rotate", "--help"]).run().ok();
    assert!(output.stdout.contains("--keep-old"), "{output:?}");
}
