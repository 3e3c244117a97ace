use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use super::*;

/// A keychain in memory with at most 2,560 bytes per item.
#[derive(Default)]
struct Fake {
    items: RefCell<BTreeMap<String, Vec<u8>>>,
    /// How many more changes succeed, as if the keychain were full or its client dead after that.
    changes_left: Cell<Option<usize>>,
    /// What another process does before the read with this number, counted down to 0.
    #[expect(clippy::type_complexity, reason = "a number and an action")]
    interruption: RefCell<Option<(usize, Box<dyn Fn(&Fake)>)>>,
}

impl Fake {
    fn change(&self) -> Result<(), Error> {
        match self.changes_left.get() {
            Some(0) => Err(Error::new(ErrorKind::Full, "full")),
            left => {
                self.changes_left.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }

    /// Puts with this many changes at most; returns whether the put was complete.
    fn put_cut_off(&self, secret: &[u8], changes: usize) -> bool {
        self.changes_left.set(Some(changes));
        // A put that only fails to clean up returns Ok; then no change is left.
        let saved = put(self, "k", secret).is_ok();
        saved && self.changes_left.replace(None) != Some(0)
    }

    fn names(&self) -> Vec<String> {
        self.items.borrow().keys().cloned().collect()
    }

    fn got(&self) -> Option<Vec<u8>> {
        get(self, "k").unwrap().map(|item| item.to_vec())
    }
}

impl Short for Fake {
    fn read(&self, name: &str) -> Result<Option<Item>, Error> {
        let due = match &mut *self.interruption.borrow_mut() {
            Some((0, _)) => true,
            Some((left, _)) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if due {
            let (_, interrupt) = self.interruption.take().unwrap();
            interrupt(self);
        }
        Ok(self.items.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        assert!(bytes.len() <= 2560, "{} bytes", bytes.len());
        self.change()?;
        self.items.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        if self.items.borrow().contains_key(name) {
            self.change()?;
        }
        self.items.borrow_mut().remove(name);
        Ok(())
    }
}

fn secret(length: usize, salt: u8) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap() ^ salt).collect()
}

const SIZES: [usize; 9] = [0, 1, 2518, 2519, 2559, 2560, 2561, 5079, 10_000];

#[test]
fn items_of_any_length_are_read_back() {
    for length in SIZES {
        let fake = Fake::default();
        assert_eq!(fake.got(), None);
        put(&fake, "k", &secret(length, 0)).unwrap();
        assert_eq!(fake.got(), Some(secret(length, 0)), "{length}");
    }
    let fake = Fake::default();
    put(&fake, "k", &secret(2518, 0)).unwrap();
    assert_eq!(fake.names(), ["k"], "a secret that fits into one item is one item");
    put(&fake, "k", &secret(2519, 0)).unwrap();
    assert_eq!(fake.names(), ["k", "k.b0"]);
    let too_long = put(&fake, "k", &secret(MAX_ITEM * (MAX_PARTS + 1), 0));
    assert_eq!(too_long.unwrap_err().kind, ErrorKind::Full);
    assert_eq!(fake.got(), Some(secret(2519, 0)), "the old one stays");
}

#[test]
fn replaced_items_leave_no_parts_and_deleted_items_leave_nothing() {
    for old in SIZES {
        for new in SIZES {
            let fake = Fake::default();
            put(&fake, "other", &secret(6000, 9)).unwrap();
            let others = fake.names();
            put(&fake, "k", &secret(old, 0)).unwrap();
            put(&fake, "k", &secret(new, 1)).unwrap();
            assert_eq!(fake.got(), Some(secret(new, 1)), "{old} {new}");
            let parts = new.saturating_sub(MAX_ITEM - HEAD).div_ceil(MAX_ITEM);
            assert_eq!(fake.names().len(), others.len() + 1 + parts, "{old} {new}");
            delete(&fake, "k").unwrap();
            assert_eq!(fake.names(), others);
            delete(&fake, "k").unwrap();
        }
    }
}

#[test]
fn an_interrupted_put_leaves_the_old_item_or_the_new_one() {
    for (old, new) in [(10_000, 9000), (10_000, 10), (10, 10_000), (6000, 6000)] {
        let mut changes = 0;
        loop {
            let fake = Fake::default();
            put(&fake, "k", &secret(old, 0)).unwrap();
            let done = fake.put_cut_off(&secret(new, 1), changes);
            fake.changes_left.set(None);
            let got = fake.got().expect("one of the two");
            assert!(got == secret(old, 0) || got == secret(new, 1), "{old} {new} {changes}");
            assert!(!done || got == secret(new, 1));
            // The next put removes what it left behind.
            put(&fake, "k", &secret(1, 2)).unwrap();
            assert_eq!(fake.names(), ["k"], "{old} {new} {changes}");
            if done {
                break;
            }
            changes += 1;
        }
        assert!(changes > 0);
    }
}

#[test]
fn an_interrupted_delete_hides_the_item_and_can_be_repeated() {
    for changes in 0..6 {
        let fake = Fake::default();
        put(&fake, "k", &secret(10_000, 0)).unwrap();
        fake.changes_left.set(Some(changes));
        let outcome = delete(&fake, "k");
        fake.changes_left.set(None);
        assert_eq!(fake.got().is_some(), changes == 0);
        assert_eq!(outcome.is_ok(), changes >= 4, "{changes}");
        delete(&fake, "k").unwrap();
        assert!(fake.names().is_empty());
    }
}

#[test]
fn a_reader_never_gets_a_mixture_during_a_write() {
    for (old, new) in [(10_000, 9000), (10_000, 10), (10, 10_000), (10_000, 10_000)] {
        for reads in 0..8 {
            let fake = Fake::default();
            put(&fake, "k", &secret(old, 0)).unwrap();
            // Another process writes before one of the reads.
            let interrupt = move |fake: &Fake| put(fake, "k", &secret(new, 1)).unwrap();
            *fake.interruption.borrow_mut() = Some((reads, Box::new(interrupt)));
            let got = fake.got().expect("one of the two");
            assert!(got == secret(old, 0) || got == secret(new, 1), "{old} {new} {reads}");

            // Two writers: the row that is being read is overwritten.
            let fake = Fake::default();
            put(&fake, "k", &secret(old, 0)).unwrap();
            let interrupt = move |fake: &Fake| {
                put(fake, "k", &secret(new, 1)).unwrap();
                put(fake, "k", &secret(new, 2)).unwrap();
            };
            *fake.interruption.borrow_mut() = Some((reads, Box::new(interrupt)));
            let got = fake.got().expect("one of the two");
            assert!(got == secret(old, 0) || got == secret(new, 2), "{old} {new} {reads}");
        }
    }
}

#[test]
fn missing_foreign_and_other_version_data_is_a_miss() {
    let put_new = || {
        let fake = Fake::default();
        put(&fake, "k", &secret(6000, 0)).unwrap();
        fake
    };
    let spoil = |name: &str, bytes: Option<&[u8]>| {
        let fake = put_new();
        match bytes {
            Some(bytes) => fake.items.borrow_mut().insert(name.to_owned(), bytes.to_vec()),
            None => fake.items.borrow_mut().remove(name),
        };
        assert_eq!(fake.got(), None, "{name}");
        put(&fake, "k", &secret(10, 1)).unwrap();
        assert_eq!(fake.got(), Some(secret(10, 1)), "it is replaced");
        delete(&fake, "k").unwrap();
        assert!(fake.names().is_empty(), "{:?}", fake.names());
    };
    let head = put_new().items.borrow()["k"].clone();
    spoil("k.a0", None);
    spoil("k.a1", None);
    spoil("k.a1", Some(b"foreign"));
    spoil("k.a0", Some(&[0; 3000]));
    spoil("k", Some(b""));
    spoil("k", Some(b"{\"rolecall\":1}"));
    for (place, byte) in [(3, b'2'), (4, 2), (5, 1), (5, 200), (6, 1), (9, 1), (10, 0xff)] {
        let mut changed = head.clone();
        changed[place] ^= byte;
        spoil("k", Some(&changed));
    }
    spoil("k", Some(&head[..HEAD - 1]));
}
