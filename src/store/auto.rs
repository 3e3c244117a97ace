//! The automatic store: uses the best of several stores that works here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store};

/// How long a store that failed isn't called again, so that one that hangs costs one timeout and
/// not one per call.
const COOLDOWN: Duration = Duration::from_secs(30);

/// The name of a store, and the error if it can't be used.
pub(crate) type StoreCheck = (&'static str, Result<(), Error>);

/// The store's name.
pub(crate) const NAME: &str = "auto";

/// Uses several stores in order of preference.
///
/// An item is saved in the first store that accepts it, and searched for in all of them: it may
/// have been saved while a better store could not be used. A store that fails is skipped.
pub(crate) struct Auto {
    stores: Vec<Member>,
    display: bool,
    clock: fn() -> Instant,
}

struct Member {
    store: Box<dyn Store>,
    /// When the store failed, and why. It isn't called again until [`COOLDOWN`] is over.
    failure: Mutex<Option<(Instant, Error)>>,
}

impl Auto {
    /// Creates a store from `stores`, best first. `display` says whether a dialog to unlock one of
    /// them can be shown; `clock` measures the time limits.
    pub(crate) fn new(stores: Vec<Box<dyn Store>>, display: bool, clock: fn() -> Instant) -> Self {
        let member = |store| Member { store, failure: Mutex::new(None) };
        Self { stores: stores.into_iter().map(member).collect(), display, clock }
    }

    /// Returns the result of [`Store::check`] for each store. [`Store::put`] uses the first one
    /// that is `Ok`.
    pub(crate) fn check_each(&self, options: CallOptions) -> Vec<StoreCheck> {
        let deadline = self.deadline(options);
        let check = |member: &Member| {
            (member.store.name(), self.call(member, deadline.left(), |store, p| store.check(p)))
        };
        self.stores.iter().map(check).collect()
    }

    fn deadline(&self, options: CallOptions) -> Deadline {
        // No dialog without a display to show it on.
        let unlock = options.unlock && self.display;
        let limit = options.timeout;
        Deadline { clock: self.clock, start: (self.clock)(), limit, unlock }
    }

    /// Calls one store, or returns its last failure during the cooldown.
    fn call<T>(
        &self,
        member: &Member,
        options: CallOptions,
        work: impl FnOnce(&dyn Store, CallOptions) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut failure = member.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        if let Some((since, error)) = &*failure
            && now.saturating_duration_since(*since) < COOLDOWN
        {
            return Err(error.clone());
        }
        let outcome = work(&*member.store, options);
        *failure = match &outcome {
            // A person who refused or didn't react is not prompted again right away either.
            Err(error) if error.kind == ErrorKind::Unavailable || has_prompted(error, options) => {
                Some(((self.clock)(), error.clone()))
            }
            _ => None,
        };
        outcome
    }
}

/// Whether the call failed after a person was asked to unlock the store.
fn has_prompted(error: &Error, options: CallOptions) -> bool {
    options.unlock && matches!(error.kind, ErrorKind::Locked | ErrorKind::Denied)
}

/// The time limit of one call, shared by all stores.
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

    /// Returns the first item found, starting with the last store. That one answers at once and has
    /// an item only if no better store could save it, whereas a keychain that hangs would delay
    /// every call.
    ///
    /// A store is unlocked only if no other store has the item. A store that fails is skipped
    /// silently, because an item that isn't found is created again; [`Auto::check_each`] reports
    /// why it failed. Only a failure to unlock is returned.
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

    /// Saves the item in the first store that accepts it, and deletes the copies in the stores
    /// after it. The stores before it just failed and are not called again.
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
            // An old copy left behind would be found before the new one until it expires.
            drop(self.call(member, options, |store, p| store.delete(key, p)));
        }
        outcome
    }

    /// Deletes the item from every store. Returns the first error of a store that is locked or
    /// denies access, because it may still have the item. An unavailable store is skipped: many
    /// machines have one.
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
