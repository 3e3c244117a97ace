//! How often the store is asked for what, with long-lived keys in it: in process, with a store that
//! takes notes.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use crate::{
    aws::{AssumeRole, Aws, Call, Failure, GetSessionToken, Identity, Issued, Provider},
    context::Context,
    credentials::Credentials,
    error::Kind,
    plan::{Environment, Plan, Request, resolve},
    profile::{File, Files, ProfileSet, Which},
    secret::Secret,
    state::StateDirectory,
    store::{CallOptions, Error, ErrorKind, Item, NewItem, Store},
};

use super::{SessionContext, SessionKey, SessionRequest, Sessions};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const CONFIG: &str = "[profile base]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
    [profile role]\nrolecall_role_arn = arn:aws:iam::222222222222:role/R\nrolecall_source_profile = base\n";

/// A store with one session, and perhaps with a lock; it notes which key it was asked for, and
/// whether it was to ask a human.
struct Notes {
    session: Option<(String, String)>,
    locked: bool,
    asked: RefCell<Vec<(String, bool)>>,
}

impl Store for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error> {
        self.asked.borrow_mut().push((key.to_owned(), options.unlock));
        if self.locked {
            return Err(Error::new(ErrorKind::Locked, "it is locked"));
        }
        let session = self.session.as_ref().filter(|(known, _)| known == key);
        Ok(session.map(|(_, item)| item.clone().into_bytes().into()))
    }

    fn put(&self, _: &str, _: &NewItem<'_>, _: CallOptions) -> Result<&'static str, Error> {
        Err(Error::new(ErrorKind::Locked, "it is locked"))
    }

    fn delete(&self, _: &str, _: CallOptions) -> Result<(), Error> {
        Ok(())
    }

    fn check(&self, _: CallOptions) -> Result<(), Error> {
        Ok(())
    }

    fn lasting(&self) -> Option<&dyn Store> {
        Some(self)
    }
}

/// An AWS that nobody may call.
struct Nobody;

impl Aws for Nobody {
    fn assume_role(&self, _: Call<'_>, _: &Credentials, _: &AssumeRole) -> Result<Issued, Failure> {
        panic!("AWS was called")
    }

    fn assume_role_with_web_identity(
        &self,
        _: Call<'_>,
        _: &Secret,
        _: &AssumeRole,
    ) -> Result<Issued, Failure> {
        panic!("AWS was called")
    }

    fn get_session_token(
        &self,
        _: Call<'_>,
        _: &Credentials,
        _: &GetSessionToken,
    ) -> Result<Issued, Failure> {
        panic!("AWS was called")
    }

    fn caller_identity(&self, _: Call<'_>, _: &Credentials) -> Result<Identity, Failure> {
        panic!("AWS was called")
    }

    fn fetch(&self, _: Call<'_>, _: &Provider) -> Result<Issued, Failure> {
        panic!("AWS was called")
    }

    fn sign_in_token(
        &self,
        _: Call<'_>,
        _: &Credentials,
        _: Option<u32>,
    ) -> Result<Secret, Failure> {
        panic!("AWS was called")
    }
}

fn context(home: &str) -> Context {
    let environment = [("HOME", home), ("LOGNAME", "natan"), ("DISPLAY", ":0")];
    Context::made_up(environment, || chrono::DateTime::from_timestamp(1_767_225_600, 0).unwrap())
}

fn plan(context: &Context, profile: &str) -> Plan {
    let file =
        |which, text: &str| File::of_text(which, PathBuf::from("f"), text.to_owned()).unwrap();
    let files =
        Files { config: file(Which::Config, CONFIG), credentials: file(Which::Credentials, "") };
    let set = ProfileSet::new(&files);
    resolve(&Request::profile(profile), &set, Environment::of(context)).unwrap()
}

/// The sessions in `store`, without AWS.
fn sessions_of<'a>(context: &'a Context, store: &'a dyn Store) -> Sessions<'a> {
    Sessions::new(SessionContext { context, store, aws: &Nobody, config_file: String::new() })
}

fn request() -> SessionRequest {
    SessionRequest::by(Duration::from_secs(50))
}

#[test]
fn a_hit_is_one_look_for_the_session_and_none_for_the_key() {
    let home = tempfile::tempdir().unwrap();
    let context = context(home.path().to_str().unwrap());
    let plan = plan(&context, "role");
    let key = SessionKey::of_steps(&plan, None).remove(0).to_string();
    let now = context.now().timestamp();
    let item = serde_json::json!({
        "rolecall": 1, "key": key, "minted": (now - 600) * 1000, "ends": now + 3000,
        "account_id": null, "access_key_id": "ASIA1", "secret_access_key": "s", "session_token": "t",
    });
    let session = Some((key.clone(), item.to_string()));
    let store = Notes { session, locked: false, asked: RefCell::default() };
    let sessions = sessions_of(&context, &store);
    let acquired = sessions.acquire(&plan, request()).unwrap();
    assert_eq!(acquired.credentials.access_key_id, "ASIA1");
    assert_eq!(store.asked.take(), [(key, false)]);
    assert!(!home.path().join(".local").exists(), "nor is there a state directory");
}

#[test]
fn a_human_is_asked_once_to_unlock_whatever_is_needed() {
    for (profile, session_looks) in [("role", 1), ("base", 0)] {
        let home = tempfile::tempdir().unwrap();
        let context = context(home.path().to_str().unwrap());
        let plan = plan(&context, profile);
        let store = Notes { session: None, locked: true, asked: RefCell::default() };
        let sessions = sessions_of(&context, &store);
        let error = sessions.acquire(&plan, request()).unwrap_err();
        assert_eq!(error.kind(), Kind::Store, "{error}");
        let asked = store.asked.take();
        let dialogs: Vec<_> = asked.iter().filter(|(_, unlock)| *unlock).collect();
        assert_eq!(dialogs.len(), 1, "{profile}: {asked:?}");
        let key = format!("access-key:{ID}");
        assert_eq!(asked.iter().filter(|(k, u)| *k == key && *u).count(), 1 - session_looks);
    }
}

#[test]
fn who_waits_for_anothers_dialog_puts_up_none() {
    let home = tempfile::tempdir().unwrap();
    let context = context(home.path().to_str().unwrap());
    let plan = plan(&context, "base");
    let store = Notes { session: None, locked: true, asked: RefCell::default() };
    let sessions = sessions_of(&context, &store);
    let dialog = StateDirectory::open(&context).unwrap().lock("unlocking").unwrap();
    assert!(dialog.try_take().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            drop(dialog);
        });
        let error = sessions.acquire(&plan, request()).unwrap_err();
        assert!(error.to_string().contains("it is locked"), "{error}");
    });
    let asked = store.asked.take();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|(_, unlock)| !unlock), "{asked:?}");
}
