//! `rolecall keys rotate`.

use std::{fs, time::Duration};

use aws_sdk_iam::types::StatusType;
use rolecall::Credentials;

use crate::{
    moto::{Account, NOTHING, call, refusal},
    proxy::{Fault, Proxy, Rule},
    support::{
        keyring::SessionBus,
        run::{Output, until_some},
    },
};

const PATIENCE: Duration = Duration::from_mins(1);

/// What a user may do with its own keys.
pub(crate) const OWN_KEYS: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["iam:*AccessKey*","s3:ListBucket"],"Resource":"*"}]}"#;
impl Account {
    /// A user `u` with a key that is in the keychain, as profile `base`.
    pub(crate) fn with_stored_key(&self, policy: &str) -> Credentials {
        let keys = self.new_user("u", policy);
        self.sandbox.store("secret-service").config("[profile base]\nregion = eu-west-1\n");
        let text = format!("{}\n{}\n", keys.access_key_id, keys.secret_access_key.expose());
        let _output = self.rolecall(&["keys", "add", "base", "--no-verify"]).stdin(text).run().ok();
        keys
    }

    pub(crate) fn config_text(&self) -> String {
        fs::read_to_string(self.sandbox.config_path()).unwrap()
    }

    pub(crate) fn rotate_through(&self, proxy: &Proxy) -> crate::support::run::Run<'_> {
        self.rolecall(&["keys", "rotate", "base"]).env("AWS_ENDPOINT_URL", &proxy.url)
    }

    pub(crate) fn keys_list(&self) -> String {
        self.rolecall(&["keys", "list"]).run().ok().stdout
    }

    /// Profile `base` has the only key of user `u`, it works, and nothing is left of a rotation; the
    /// key's id.
    #[track_caller]
    pub(crate) fn assert_rotated(&self, output: &Output, old: &str) -> String {
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
    pub(crate) fn assert_unchanged(&self, old: &str, config: &str) {
        assert_eq!((self.key_ids("u"), self.config_text()), (vec![old.to_owned()], config.into()));
        self.assert_left(&[&format!("{old}.json")]);
    }
}

#[test]
fn a_key_is_replaced_by_a_new_one_and_then_again() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS);
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    let second = account.assert_rotated(&output, &old.access_key_id);
    let gone = account.rolecall(&["keys", "export", &old.access_key_id, "--yes"]).run().code(6);
    let told = format!("no access key {}\n", old.access_key_id);
    assert!(gone.stderr.contains(&told), "{gone:?}");
    // By its id as well.
    let output = account.rolecall(&["keys", "rotate", &second]).run().ok();
    account.assert_rotated(&output, &second);
}

#[test]
fn a_new_key_is_waited_for() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "GetCallerIdentity",
        skip: 1,
        times: 1,
        fault: Fault::Refuse(403, "InvalidClientTokenId"),
    });
    proxy.fault("UpdateAccessKey", Fault::Refuse(403, "InvalidClientTokenId"));
    let output = account.rotate_through(&proxy).run().ok();
    assert!(output.stderr.contains("Waiting for AWS to accept the new key AKIA"), "{output:?}");
    account.assert_rotated(&output, &old);
}

#[test]
fn who_has_just_read_the_old_key_can_still_call_with_it() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS);
    let running = account.rolecall(&["keys", "rotate", "base"]).spawn();
    let is_switched = || (!account.config_text().contains(&old.access_key_id)).then_some(());
    until_some(PATIENCE, is_switched).expect("the profile gets the new key");
    let iam = account.iam(&old);
    for _ in 0..30 {
        call(iam.list_access_keys().user_name("u").send()).unwrap();
    }
    account.assert_rotated(&running.wait().ok(), &old.access_key_id);
    assert_eq!(refusal(iam.list_access_keys().user_name("u").send()), "InvalidClientTokenId");
}

#[test]
fn all_profiles_with_the_key_are_switched_and_nothing_else_is_touched() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
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
        &format!("Would delete access key {old} at AWS and in the keychain\n"),
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
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let (config, foreign) = (account.config_text(), account.foreign_key("u"));
    let output = account.rolecall(&["keys", "rotate", "base"]).run().code(1);
    assert!(
        output.stderr.contains("user u already has 2 access keys, the most that IAM allows"),
        "{output:?}"
    );
    assert!(output.stderr.contains(&format!("{old}: last used 20")), "{output:?}");
    let told = format!("{}: never used", foreign.access_key_id);
    assert!(output.stderr.contains(&told), "{output:?}");
    account.delete_key("u", &foreign.access_key_id);
    account.assert_unchanged(&old, &config);
}

#[test]
fn a_user_who_may_not_is_helped_by_an_administrator() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(NOTHING).access_key_id;
    let config = account.config_text();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().code(4);
    let hint =
        "hint: 'rolecall keys rotate base --profile OTHER' calls IAM with the permissions of";
    assert!(output.stderr.contains(hint), "{output:?}");
    account.assert_unchanged(&old, &config);
    let by_admin = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&by_admin).run().ok();
    account.assert_rotated(&output, &old);
}

#[test]
fn an_old_key_that_is_kept_is_inactive_and_deleted_by_the_next_run() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
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
    assert!(list.contains(&format!("{old} is inactive, replaced by AKIA")), "{list}");
    let _output =
        account.rolecall(&["keys", "export", &old, "--yes"]).may_print_secrets().run().ok();
    let output = account.rolecall(&keep).run().code(1);
    assert!(output.stderr.contains("'rolecall keys rotate base' deletes it"), "{output:?}");
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn the_commands_that_are_told_are_of_the_one_who_called() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(NOTHING).access_key_id;
    let by_admin = ["keys", "rotate", &old, "--profile", "admin", "--keep-old"];
    let output = account.rolecall(&by_admin).run().ok();
    let back = format!(
        "To go back: aws iam update-access-key --user-name u --access-key-id {old} --status Active \
         --profile admin, then rolecall profile set base rolecall_access_key_id={old}\n"
    );
    assert!(output.stderr.ends_with(&back), "{output:?}");
    let (_, delete) = output.stderr.split_once("To delete it: rolecall ").unwrap();
    let delete: Vec<_> = delete.lines().next().unwrap().split(' ').collect();
    let output = account.rolecall(&by_admin).run().code(1);
    let hint = format!("'rolecall {}' deletes it", delete.join(" "));
    assert!(output.stderr.contains(&hint), "{output:?}");
    let output = account.rolecall(&delete).run().ok();
    account.assert_rotated(&output, &old);
}

#[test]
fn who_went_back_to_the_old_key_is_switched_again() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
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
    call(update.status(StatusType::Active).send()).unwrap();
    let _output = account.rolecall(&["whoami", "base"]).run().ok();
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn a_profile_that_was_left_with_a_lost_new_key_gets_the_next_one() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let twin =
        format!("{}\n[profile twin]\nrolecall_access_key_id = {old}\n", account.config_text());
    account.sandbox.config(&twin);
    let by_admin = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&[&by_admin[..], &["--keep-old"]].concat()).run().ok();
    for name in ["base", "twin"] {
        let back = format!(", then rolecall profile set {name} rolecall_access_key_id={old}");
        assert!(output.stderr.contains(&back), "{output:?}");
    }
    let new = account.key_ids("u").into_iter().find(|id| *id != old).unwrap();
    let iam = account.iam(&account.admin);
    call(iam.delete_access_key().user_name("u").access_key_id(&new).send()).unwrap();
    let setting = format!("rolecall_access_key_id={old}");
    let _output = account.rolecall(&["profile", "set", "base", &setting]).run().ok();
    let _output = account.rolecall(&by_admin).run().ok();
    let [last] = &account.key_ids("u")[..] else { panic!("not one key") };
    let config = account.config_text();
    assert_eq!(
        config.matches(&format!("rolecall_access_key_id = {last}\n")).count(),
        2,
        "{config}"
    );
}

#[test]
fn a_terminal_shows_that_it_waits() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "GetCallerIdentity",
        skip: 1,
        times: 1,
        fault: Fault::Refuse(403, "InvalidClientTokenId"),
    });
    let terminal = account.rotate_through(&proxy).on_terminal();
    terminal.until("Waiting for AWS to accept the new key AKIA");
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains(&format!("access key {old} is replaced by")), "{}", shown.screen);
}

#[test]
fn what_is_no_stored_key_is_refused() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service").config("[profile base]\nregion = eu-west-1\n");
    for (name, code) in [("base", 5), ("nobody", 5), ("AKIAIOSFODNN7EXAMPLE", 6)] {
        let output = account.rolecall(&["keys", "rotate", name]).run().code(code);
        assert!(output.stderr.contains("'rolecall keys list' shows"), "{output:?}");
    }
    let output = account.rolecall(&["keys", "rotate", "admin"]).run().code(5);
    assert!(output.stderr.contains("'rolecall keys import admin' moves it"), "{output:?}");
    let output = account.rolecall(&["keys", "rotate"]).run().code(2);
    assert!(output.stderr.contains("'rolecall keys rotate --help'"), "{output:?}");
    let output = account.rolecall(&["keys", "rotate", "--help"]).run().ok();
    assert!(output.stdout.contains("--keep-old"), "{output:?}");
}
