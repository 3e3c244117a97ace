//! The store that is made of others: the best one that works here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store};

/// A store that failed is left alone for this long, so that one that hangs makes us wait once,
/// not once a call.
const REST: Duration = Duration::from_secs(30);

/// The name of a store, and why it can't be used if it can't.
pub type StoreCheck = (&'static str, Result<(), Error>);

/// Its name.
pub const NAME: &str = "auto";

/// Uses several stores in order of preference.
///
/// An item is kept in the first store that takes it, and looked for in all of them: it may have
/// been stored while an earlier one could not be used. A store that fails is passed over.
pub struct Auto {
    stores: Vec<Member>,
    display: bool,
    clock: fn() -> Instant,
}

struct Member {
    store: Box<dyn Store>,
    /// Why the store is left alone, and since when.
    resting: Mutex<Option<(Instant, Error)>>,
}

impl Auto {
    /// A store made of `stores`, best first. `display` tells whether a dialog could be shown to
    /// unlock one of them; `clock` is what the time limits are taken by.
    pub fn new(stores: Vec<Box<dyn Store>>, display: bool, clock: fn() -> Instant) -> Self {
        let member = |store| Member { store, resting: Mutex::new(None) };
        Self { stores: stores.into_iter().map(member).collect(), display, clock }
    }

    /// What each store says when asked whether it could keep an item now. The first that says
    /// `Ok` is the one that [`Store::put`] uses.
    pub fn check_each(&self, options: CallOptions) -> Vec<StoreCheck> {
        let deadline = self.deadline(options);
        let ask = |member: &Member| {
            (member.store.name(), self.call(member, deadline.left(), |store, p| store.check(p)))
        };
        self.stores.iter().map(ask).collect()
    }

    fn deadline(&self, options: CallOptions) -> Deadline {
        // No dialog without a display to show it on.
        let unlock = options.unlock && self.display;
        let limit = options.timeout;
        Deadline { clock: self.clock, start: (self.clock)(), limit, unlock }
    }

    /// Asks one store, unless it is to be left alone.
    fn call<T>(
        &self,
        member: &Member,
        options: CallOptions,
        ask: impl FnOnce(&dyn Store, CallOptions) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut resting = member.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        if let Some((since, error)) = &*resting
            && now.saturating_duration_since(*since) < REST
        {
            return Err(error.clone());
        }
        let outcome = ask(&*member.store, options);
        *resting = match &outcome {
            // A human who said no, or did not come, is not asked again at once either.
            Err(error)
                if error.kind == ErrorKind::Unavailable || was_human_asked(error, options) =>
            {
                Some(((self.clock)(), error.clone()))
            }
            _ => None,
        };
        outcome
    }
}

/// Whether a human was asked to unlock the store, in vain.
fn was_human_asked(error: &Error, options: CallOptions) -> bool {
    options.unlock && matches!(error.kind, ErrorKind::Locked | ErrorKind::Denied)
}

/// The time of one call, shared by several stores.
#[derive(Clone, Copy)]
struct Deadline {
    clock: fn() -> Instant,
    start: Instant,
    limit: Duration,
    unlock: bool,
}

impl Deadline {
    fn left(&self) -> CallOptions {
        let spent = (self.clock)().saturating_duration_since(self.start);
        CallOptions { timeout: self.limit.saturating_sub(spent), unlock: self.unlock }
    }
}

impl Store for Auto {
    fn name(&self) -> &'static str {
        NAME
    }

    /// The first item found, the last store asked first: it answers at once and keeps something
    /// only because a better one could not when that was stored, whereas a keychain that hangs
    /// would keep every call waiting for what lies ready elsewhere.
    ///
    /// No store is unlocked as long as another one might have the item. A
    /// store that could not be asked is passed over in silence: an item that isn't found is made
    /// anew, and [`Auto::check_each`] tells the rest. Only when unlocking was tried is its failure
    /// told.
    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error> {
        let deadline = self.deadline(options);
        let mut locked = None;
        for member in self.stores.iter().rev() {
            let options = CallOptions { unlock: false, ..deadline.left() };
            match self.call(member, options, |store, p| store.get(key, p)) {
                Ok(Some(item)) => return Ok(Some(item)),
                Err(error) if error.kind == ErrorKind::Locked => {
                    locked = Some(member);
                }
                Ok(None) | Err(_) => {}
            }
        }
        match locked {
            Some(member) if deadline.unlock => {
                self.call(member, deadline.left(), |store, p| store.get(key, p))
            }
            _ => Ok(None),
        }
    }

    /// Keeps the item in the first store that takes it. Those after it are told to forget theirs,
    /// which costs next to nothing; those before it just failed, and are not asked again.
    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        let deadline = self.deadline(options);
        let mut outcome = Err(Error::new(ErrorKind::Unavailable, "no store is configured"));
        let mut members = self.stores.iter();
        for member in members.by_ref() {
            outcome = self.call(member, deadline.left(), |store, p| store.put(key, item, p));
            if outcome.is_ok() {
                break;
            }
        }
        for member in members {
            let options = CallOptions { unlock: false, ..deadline.left() };
            // An old copy that stays would be found before the new one, until it ends.
            drop(self.call(member, options, |store, p| store.delete(key, p)));
        }
        outcome
    }

    /// Deletes the item everywhere. A store that is locked or says no may still hold it: that is
    /// an error, told after all the others were asked. One that is unavailable is passed over,
    /// since on many machines there is one that always is.
    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error> {
        let deadline = self.deadline(options);
        let mut first = Ok(());
        for member in &self.stores {
            match self.call(member, deadline.left(), |store, p| store.delete(key, p)) {
                Err(error) if error.kind != ErrorKind::Unavailable => {
                    first = first.and(Err(error));
                }
                _ => {}
            }
        }
        first
    }

    fn check(&self, options: CallOptions) -> Result<(), Error> {
        let mut last = Err(Error::new(ErrorKind::Unavailable, "no store is configured"));
        for (_, outcome) in self.check_each(options) {
            last = outcome;
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn lasting(&self) -> Option<&dyn Store> {
        self.stores.iter().find_map(|member| member.store.lasting())
    }
}

#[cfg(test)]
mod tests;
