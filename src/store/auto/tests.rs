use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    thread::LocalKey,
};

use chrono::DateTime;
use zeroize::Zeroizing;

use super::*;

thread_local! {
    /// A clock that only moves when a test or a slow store moves it.
    static CLOCK: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn clock() -> Instant {
    CLOCK.with(|clock| {
        let now = clock.get().unwrap_or_else(start);
        clock.set(Some(now));
        now
    })
}

#[allow(clippy::disallowed_methods, reason = "there is no other way to create an Instant")]
fn start() -> Instant {
    Instant::now()
}

fn pass(time: Duration) {
    let clock_cell: &'static LocalKey<_> = &CLOCK;
    clock_cell.set(Some(clock() + time));
}

/// A store in memory. Clones are the same store.
#[derive(Clone, Default)]
struct Fake(Rc<State>);

#[derive(Default)]
struct State {
    name: Cell<&'static str>,
    items: RefCell<HashMap<String, Vec<u8>>>,
    /// What every call fails with; a locked store works after it was unlocked.
    kind: Cell<Option<ErrorKind>>,
    /// Whether a person who is asked to unlock it does so.
    unlocks: Cell<bool>,
    /// How long a failing call takes.
    slow: Cell<Duration>,
    calls: RefCell<Vec<&'static str>>,
}

impl Fake {
    fn new(name: &'static str) -> Self {
        let fake = Self::default();
        fake.0.name.set(name);
        fake
    }

    fn failing(name: &'static str, kind: ErrorKind) -> Self {
        let fake = Self::new(name);
        fake.0.kind.set(Some(kind));
        fake
    }

    fn holding(self, text: &str) -> Self {
        self.0.items.borrow_mut().insert("k".to_owned(), text.as_bytes().to_vec());
        self
    }

    fn text(&self) -> Option<String> {
        let items = self.0.items.borrow();
        items.get("k").map(|bytes| String::from_utf8(bytes.clone()).unwrap())
    }

    fn calls(&self) -> Vec<&'static str> {
        self.0.calls.take()
    }

    fn enter(&self, call: &'static str, options: CallOptions) -> Result<(), Error> {
        let state = &self.0;
        state.calls.borrow_mut().push(call);
        let Some(kind) = state.kind.get() else {
            return Ok(());
        };
        pass(state.slow.get().min(options.timeout));
        if kind == ErrorKind::Locked && options.unlock {
            state.calls.borrow_mut().push("dialog");
            if state.unlocks.get() {
                state.kind.set(None);
                return Ok(());
            }
            return Err(Error::new(ErrorKind::Denied, "dismissed"));
        }
        Err(Error::new(kind, "fails"))
    }
}

impl Store for Fake {
    fn name(&self) -> &'static str {
        self.0.name.get()
    }

    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error> {
        self.enter("get", options)?;
        Ok(self.0.items.borrow().get(key).cloned().map(Zeroizing::new))
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        self.enter("put", options)?;
        self.0.items.borrow_mut().insert(key.to_owned(), item.secret.to_vec());
        Ok(self.name())
    }

    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error> {
        self.enter("delete", options)?;
        self.0.items.borrow_mut().remove(key);
        Ok(())
    }

    fn check(&self, options: CallOptions) -> Result<(), Error> {
        let no_dialog = CallOptions { unlock: false, ..options };
        match self.enter("check", no_dialog) {
            Err(error) if error.kind == ErrorKind::Locked && options.unlock => Ok(()),
            outcome => outcome,
        }
    }
}

const DIALOG: CallOptions = CallOptions { timeout: Duration::from_secs(3), unlock: true };
const NO_DIALOG: CallOptions = CallOptions { timeout: Duration::from_secs(3), unlock: false };

fn auto(stores: &[&Fake], display: bool) -> Auto {
    let boxed = stores.iter().map(|&store| Box::new(store.clone()) as Box<dyn Store>);
    Auto::new(boxed.collect(), display, clock)
}

fn item() -> NewItem<'static> {
    NewItem { label: "l", secret: b"new", ends: Some(DateTime::UNIX_EPOCH) }
}

fn got(store: &Auto, options: CallOptions) -> Result<Option<String>, ErrorKind> {
    match store.get("k", options) {
        Ok(item) => Ok(item.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())),
        Err(error) => Err(error.kind),
    }
}

#[test]
fn the_last_store_is_searched_first_and_a_hit_there_is_enough() {
    let (first, second) = (Fake::new("1").holding("a"), Fake::new("2").holding("b"));
    assert_eq!(got(&auto(&[&first, &second], true), DIALOG), Ok(Some("b".into())));
    assert_eq!(second.calls(), ["get"]);
    assert!(first.calls().is_empty());
}

#[test]
fn stores_that_fail_are_skipped() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Locked, ErrorKind::Denied] {
        let (first, second) = (Fake::new("1").holding("a"), Fake::failing("2", kind));
        let store = auto(&[&first, &second], true);
        assert_eq!(got(&store, DIALOG), Ok(Some("a".into())), "{kind:?}");
        assert_eq!(second.calls(), ["get"], "no dialog: another store had it");
    }
}

#[test]
fn an_item_that_no_store_has_is_a_miss_and_not_an_error() {
    let (first, second) = (Fake::failing("1", ErrorKind::Unavailable), Fake::new("2"));
    assert_eq!(got(&auto(&[&first, &second], true), DIALOG), Ok(None));
}

#[test]
fn a_locked_store_is_unlocked_only_if_allowed_and_no_other_store_has_the_item() {
    let locked = Fake::failing("1", ErrorKind::Locked).holding("a");
    locked.0.unlocks.set(true);
    let other = Fake::new("2");
    for (display, options) in [(true, NO_DIALOG), (false, DIALOG)] {
        assert_eq!(got(&auto(&[&locked, &other], display), options), Ok(None));
        assert_eq!(locked.calls(), ["get"]);
    }
    assert_eq!(got(&auto(&[&locked, &other], true), DIALOG), Ok(Some("a".into())));
    assert_eq!(locked.calls(), ["get", "get", "dialog"]);
}

#[test]
fn a_refusal_to_unlock_is_remembered_and_the_next_store_is_used() {
    let (locked, other) = (Fake::failing("1", ErrorKind::Locked), Fake::new("2"));
    let store = auto(&[&locked, &other], true);
    assert_eq!(got(&store, DIALOG), Err(ErrorKind::Denied));
    assert_eq!(store.put("k", &item(), DIALOG), Ok("2"));
    assert_eq!(locked.calls(), ["get", "get", "dialog"]);
    assert_eq!(other.text().as_deref(), Some("new"));
}

#[test]
fn put_uses_the_first_usable_store_and_deletes_old_copies_in_later_ones() {
    let (first, second) = (Fake::new("1"), Fake::new("2").holding("old"));
    assert_eq!(auto(&[&first, &second], false).put("k", &item(), NO_DIALOG), Ok("1"));
    assert_eq!((first.text().as_deref(), second.text()), (Some("new"), None));
}

#[test]
fn put_skips_stores_that_are_locked_full_or_missing() {
    let locked = Fake::failing("1", ErrorKind::Locked);
    let full = Fake::failing("2", ErrorKind::Full);
    let last = Fake::new("3");
    let store = auto(&[&locked, &full, &last], false);
    assert_eq!(store.put("k", &item(), DIALOG), Ok("3"));
    assert_eq!(locked.calls(), ["put"], "no display, no dialog");
    let nothing = auto(&[&full], false).put("k", &item(), DIALOG);
    assert_eq!(nothing.unwrap_err().kind, ErrorKind::Full);
}

#[test]
fn a_store_that_hangs_costs_one_timeout() {
    let (hung, other) = (Fake::failing("1", ErrorKind::Unavailable), Fake::new("2"));
    hung.0.slow.set(Duration::from_mins(1));
    let store = auto(&[&hung, &other], true);
    let begin = clock();
    assert_eq!(got(&store, DIALOG), Ok(None));
    assert_eq!(got(&store, DIALOG), Ok(None));
    assert_eq!(store.put("k", &item(), DIALOG), Ok("2"));
    assert_eq!(got(&store, DIALOG), Ok(Some("new".into())));
    assert_eq!(clock() - begin, DIALOG.timeout);
    assert_eq!(hung.calls(), ["get"]);
    pass(COOLDOWN);
    drop(store.delete("k", DIALOG));
    assert_eq!(hung.calls(), ["delete"], "called again after the cooldown");
}

#[test]
fn all_stores_share_one_time_limit() {
    let stores = ["1", "2", "3"].map(|name| Fake::failing(name, ErrorKind::Unavailable));
    for store in &stores {
        store.0.slow.set(Duration::from_secs(2));
    }
    let begin = clock();
    assert_eq!(got(&auto(&stores.each_ref(), true), DIALOG), Ok(None));
    assert_eq!(clock() - begin, DIALOG.timeout);
}

#[test]
fn delete_calls_every_store_and_reports_a_locked_one() {
    let locked = Fake::failing("1", ErrorKind::Locked).holding("a");
    let missing = Fake::failing("2", ErrorKind::Unavailable);
    let third = Fake::new("3").holding("c");
    assert_eq!(auto(&[&missing, &third], true).delete("k", NO_DIALOG), Ok(()));
    let third = third.holding("c");
    let outcome = auto(&[&locked, &missing, &third], true).delete("k", NO_DIALOG);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(third.text(), None);
}

#[test]
fn check_each_reports_which_stores_work_and_why_the_others_do_not() {
    let locked = Fake::failing("1", ErrorKind::Locked);
    let working = Fake::new("2");
    let checks = |display| {
        let checks = auto(&[&locked, &working], display).check_each(DIALOG);
        checks.into_iter().map(|(name, check)| (name, check.map_err(|e| e.kind))).collect()
    };
    let without: Vec<_> = checks(false);
    assert_eq!(without, [("1", Err(ErrorKind::Locked)), ("2", Ok(()))]);
    let with: Vec<_> = checks(true);
    assert_eq!(with, [("1", Ok(())), ("2", Ok(()))]);
    assert_eq!(auto(&[&locked], false).check(DIALOG).unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(auto(&[&locked, &working], false).check(DIALOG), Ok(()));
}
