//! Access keys whose secret goes into the store: killed over them, no secret is lost for good, and
//! nobody else's key is touched.

use std::{
    fs::{self, File},
    path::PathBuf,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rolecall::{Lock, StateDirectory};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    moto::{Account, call, keys},
    proxy::{Fault, Proxy},
    service_account,
    support::{keyring::SessionBus, run::until_some},
};

const CREATE: [&str; 7] = ["s3", "create", "mine", "--username", "u", "--save-as", "mine"];
const PATIENCE: Duration = Duration::from_secs(30);

impl Account {
    /// The ids of the access keys of a user.
    pub(crate) fn key_ids(&self, user: &str) -> Vec<String> {
        let answer = call(self.iam(&self.admin).list_access_keys().user_name(user).send());
        let answer = answer.unwrap();
        let ids = answer.access_key_metadata().iter().filter_map(|key| key.access_key_id());
        ids.map(str::to_owned).collect()
    }

    /// A key that somebody makes without rolecall.
    pub(crate) fn foreign_key(&self, user: &str) -> rolecall::Credentials {
        let made = call(self.iam(&self.admin).create_access_key().user_name(user).send());
        let key = made.unwrap().access_key.unwrap();
        self.sandbox.secret("a key of somebody else", &key.secret_access_key);
        keys(&key.access_key_id, &key.secret_access_key)
    }

    pub(crate) fn delete_key(&self, user: &str, id: &str) {
        let call_it = self.iam(&self.admin).delete_access_key().user_name(user).access_key_id(id);
        call(call_it.send()).unwrap();
    }

    /// The config file as if somebody else were editing it, who takes a while.
    pub(crate) fn hold_config(&self) -> Lock {
        let state = StateDirectory::at(self.sandbox.state()).unwrap();
        let path = self.sandbox.config_path();
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let hash = digest.iter().take(16).fold(String::new(), |name, b| format!("{name}{b:02x}"));
        let lock = state.lock(&format!("file-{hash}")).unwrap();
        assert!(lock.try_take().unwrap());
        lock
    }

    /// The ids of the keys that this machine knows to be in the store.
    pub(crate) fn recorded_keys(&self) -> Vec<String> {
        let entries = fs::read_dir(self.sandbox.state().join("keys")).into_iter().flatten();
        let ids = entries.filter_map(|entry| {
            Some(entry.unwrap().file_name().to_str()?.strip_suffix(".json")?.to_owned())
        });
        ids.collect()
    }

    /// Notes of keys that are being made.
    pub(crate) fn notes(&self) -> Vec<String> {
        let entries = fs::read_dir(self.sandbox.state().join("keys")).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("key-of-")).collect()
    }

    /// The only note.
    fn note(&self) -> Value {
        let path = self.note_path();
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    fn note_path(&self) -> PathBuf {
        let [name] = &self.notes()[..] else { panic!("not one note") };
        self.sandbox.state().join("keys").join(name)
    }

    /// The only note as if its call had begun earlier.
    fn backdate_note(&self, by: TimeDelta) {
        let (path, mut note) = (self.note_path(), self.note());
        let began: DateTime<Utc> = note["began"].as_str().unwrap().parse().unwrap();
        note["began"] = serde_json::json!(began - by);
        note.as_object_mut().unwrap().remove("waited_until");
        fs::write(path, note.to_string()).unwrap();
    }

    /// Has `rolecall s3 create --save-as` killed when IAM has made the key, and not answered yet.
    fn kill_over_the_key(&self) {
        let proxy = Proxy::before(&self.endpoint);
        proxy.fault("CreateAccessKey", Fault::Hold);
        let running = self.rolecall(&CREATE).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
        proxy.until("CreateAccessKey held");
        drop(running);
        assert_eq!(self.notes().len(), 1);
    }

    #[track_caller]
    fn assert_works(&self, profile: &str, id: &str) {
        let output = self.rolecall(&["credential-process", profile]).run().ok();
        assert_eq!(output.json()["AccessKeyId"], id);
        let user = self.created(&output);
        self.put(&user, "mine", "new").unwrap();
    }
}

#[test]
fn a_key_whose_secret_was_lost_is_deleted_by_the_next_run() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    account.kill_over_the_key();
    let lost = account.key_ids("u");
    assert_eq!(lost.len(), 1);
    let output = account.rolecall(&[&CREATE[..], &["--dry-run"]].concat()).run().ok();
    let told = format!("Would delete access key {}, whose secret was lost\n", lost[0]);
    assert!(output.stdout.contains(&told), "{output:?}");
    let output = account.rolecall(&CREATE).run().ok();
    assert!(output.stderr.contains(&format!("Deleted access key {}: ", lost[0])), "{output:?}");
    let [id] = &account.key_ids("u")[..] else { panic!("not one key") };
    assert_ne!(*id, lost[0]);
    account.assert_works("mine", id);
    assert!(account.notes().is_empty());
}

#[test]
fn with_another_key_there_the_lost_one_makes_room() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    let other = account.new_user("u", crate::moto::NOTHING);
    account.kill_over_the_key();
    assert_eq!(account.key_count("u"), 2);
    let _output = account.rolecall(&CREATE).run().ok();
    let ids = account.key_ids("u");
    assert!(ids.len() == 2 && ids.contains(&other.access_key_id), "{ids:?}");
}

#[test]
fn a_key_that_somebody_uses_is_never_taken_for_a_lost_one() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    account.kill_over_the_key();
    account.delete_key("u", &account.key_ids("u")[0]);
    let foreign = account.foreign_key("u");
    account.list(&foreign, "mine").unwrap();
    let _output = account.rolecall(&CREATE).run().ok();
    let ids = account.key_ids("u");
    assert!(ids.len() == 2 && ids.contains(&foreign.access_key_id), "{ids:?}");
}

#[test]
fn a_key_that_was_created_after_the_run_was_killed_is_not_taken_for_its_own() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    account.kill_over_the_key();
    account.delete_key("u", &account.key_ids("u")[0]);
    account.backdate_note(TimeDelta::minutes(1));
    let foreign = account.foreign_key("u");
    let output = account.rolecall(&CREATE).run().ok();
    assert!(!output.stderr.contains("Deleted"), "{output:?}");
    let ids = account.key_ids("u");
    assert!(ids.len() == 2 && ids.contains(&foreign.access_key_id), "{ids:?}");
}

#[test]
fn once_iam_has_answered_the_note_names_the_key() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service").config("[profile other]\nregion = eu-west-1\n");
    let lock = account.hold_config();
    let running = account.rolecall(&CREATE).spawn();
    let id = until_some(PATIENCE, || account.recorded_keys().pop()).expect("the key is stored");
    let note = account.note();
    assert_eq!(
        (note["id"].as_str(), account.key_ids("u").as_slice()),
        (Some(&*id), &[id.clone()][..])
    );
    drop((running, lock));
}

#[test]
fn a_key_whose_answer_is_long_in_coming_is_known_by_the_time() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Hold);
    let running = account.rolecall(&CREATE).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateAccessKey held");
    let waited =
        until_some(PATIENCE, || account.note()["waited_until"].as_str().map(str::to_owned));
    let began = account.note()["began"].as_str().unwrap().to_owned();
    assert!(waited.expect("it says that it waits") > began);
    drop(running);
}

#[test]
fn of_two_keys_that_could_be_the_lost_one_none_is_touched() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    account.kill_over_the_key();
    let _foreign = account.foreign_key("u");
    let before = account.key_ids("u");
    let output = account.rolecall(&CREATE).run().code(1);
    assert!(output.stderr.contains("user u already has 2 access keys, the most that IAM allows"));
    for id in &before {
        assert!(output.stderr.contains(&format!("{id}: never used")), "{output:?}");
    }
    assert_eq!(account.key_ids("u"), before);
}

#[test]
fn a_refusal_leaves_no_note_that_others_keys_could_be_taken_for() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let run = account.rolecall(&CREATE).env("AWS_ENDPOINT_URL", &proxy.url);
    let _output = run.run().code(4);
    assert!(account.notes().is_empty());
    // Nor does one that was undone.
    account.sandbox.config("[profile other]\nregion = eu-west-1\n");
    proxy.fault("CreateAccessKey", Fault::Hold);
    let running = account.rolecall(&CREATE).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateAccessKey held");
    account.sandbox.config("[profile mine]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    proxy.release();
    let output = running.wait().code(5);
    assert!(output.stderr.contains("Undone: the access key AKIA"), "{output:?}");
    assert!(account.notes().is_empty());
}

#[test]
fn killed_before_the_profile_is_written_the_stored_key_is_used() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service").config("[profile other]\nregion = eu-west-1\n");
    let lock = account.hold_config();
    let running = account.rolecall(&CREATE).spawn();
    let id = until_some(PATIENCE, || account.recorded_keys().pop());
    drop(running);
    drop(lock);
    let id = id.expect("the key is stored");
    let output = account.rolecall(&CREATE).run().ok();
    let told =
        format!("Access key {id} was created by an earlier run; it is stored in secret-service");
    assert!(output.stderr.contains(&told), "{output:?}");
    assert_eq!(account.key_ids("u"), [&*id]);
    account.assert_works("mine", &id);
    assert!(account.notes().is_empty());
}

#[test]
fn killed_after_the_profile_is_written_nothing_is_left_by_the_next_run() {
    let account = need!(service_account::account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Hold);
    let running = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateAccessKey held");
    let (path, mut note) = (account.note_path(), account.note());
    proxy.release();
    let _output = running.wait().ok();
    assert!(account.notes().is_empty());
    // What the run leaves if it is killed before it removes the note.
    for (id, left) in [("AKIAIOSFODNN7EXAMPLE", 1), (&*account.key_ids("ci")[0], 0)] {
        note["id"] = id.into();
        fs::write(&path, note.to_string()).unwrap();
        let output = account.made(&[]);
        assert!(output.stderr.contains("nothing to change"), "{output:?}");
        assert_eq!(account.notes().len(), left, "{id}");
    }
}

#[test]
fn two_at_once_for_the_same_user_wait_for_each_other() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    let _first = account.rolecall(&CREATE).run().ok();
    account.delete_key("u", &account.key_ids("u")[0]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Hold);
    let as_profile = |name| [&CREATE[..6], &[name]].concat();
    let one = account.rolecall(&as_profile("one")).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateAccessKey held");
    let two = account.rolecall(&as_profile("two")).spawn();
    two.until_stderr("Waiting for another rolecall");
    proxy.release();
    let (one, two) = (one.wait().ok(), two.wait().ok());
    assert!(!two.stderr.contains("Deleted"), "{one:?}{two:?}");
    assert_eq!(account.key_count("u"), 2);
}

#[test]
fn without_a_place_for_the_note_no_key_is_made() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    // A file where a folder should be.
    let blocked = account.sandbox.path("blocked");
    File::create(&blocked).unwrap();
    let run = account.rolecall(&CREATE).env("XDG_STATE_HOME", blocked.join("state"));
    let run = run.env("XDG_RUNTIME_DIR", &blocked).env("TMPDIR", &blocked);
    let output = run.run().code(1);
    assert!(output.stderr.contains("XDG_STATE_HOME"), "{output:?}");
    assert!(account.users().is_empty());
}
