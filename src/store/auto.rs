//! The store that is made of others: the best one that works here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{Error, Item, NewItem, Patience, Store, Trouble};

/// A store that failed is left alone for this long, so that one that hangs makes us wait once,
/// not once a call.
const REST: Duration = Duration::from_secs(30);

/// What one store says of itself: its name, and why it can't be used where it can't.
pub type Verdict = (&'static str, Result<(), Error>);

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
    pub fn survey(&self, patience: Patience) -> Vec<Verdict> {
        let budget = self.budget(patience);
        let ask = |member: &Member| {
            (member.store.name(), self.call(member, budget.left(), |store, p| store.check(p)))
        };
        self.stores.iter().map(ask).collect()
    }

    fn budget(&self, patience: Patience) -> Budget {
        // No dialog without a display to show it on.
        let unlock = patience.unlock && self.display;
        let limit = patience.limit;
        Budget { clock: self.clock, start: (self.clock)(), limit, unlock }
    }

    /// Asks one store, unless it is to be left alone.
    fn call<T>(
        &self,
        member: &Member,
        patience: Patience,
        ask: impl FnOnce(&dyn Store, Patience) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut resting = member.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        if let Some((since, error)) = &*resting
            && now.saturating_duration_since(*since) < REST
        {
            return Err(error.clone());
        }
        let outcome = ask(&*member.store, patience);
        *resting = match &outcome {
            // A human who said no, or did not come, is not asked again at once either.
            Err(error) if error.trouble == Trouble::Unavailable || asked(error, patience) => {
                Some(((self.clock)(), error.clone()))
            }
            _ => None,
        };
        outcome
    }
}

/// Whether a human was asked to unlock the store, in vain.
fn asked(error: &Error, patience: Patience) -> bool {
    patience.unlock && matches!(error.trouble, Trouble::Locked | Trouble::Denied)
}

/// One patience, shared by several stores.
#[derive(Clone, Copy)]
struct Budget {
    clock: fn() -> Instant,
    start: Instant,
    limit: Duration,
    unlock: bool,
}

impl Budget {
    fn left(&self) -> Patience {
        let spent = (self.clock)().saturating_duration_since(self.start);
        Patience { limit: self.limit.saturating_sub(spent), unlock: self.unlock }
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
    /// anew, and [`Auto::survey`] tells the rest. Only when unlocking was tried is its failure
    /// told.
    fn get(&self, key: &str, patience: Patience) -> Result<Option<Item>, Error> {
        let budget = self.budget(patience);
        let mut locked = None;
        for member in self.stores.iter().rev() {
            let patience = Patience { unlock: false, ..budget.left() };
            match self.call(member, patience, |store, p| store.get(key, p)) {
                Ok(Some(item)) => return Ok(Some(item)),
                Err(error) if error.trouble == Trouble::Locked => {
                    locked = Some(member);
                }
                Ok(None) | Err(_) => {}
            }
        }
        match locked {
            Some(member) if budget.unlock => {
                self.call(member, budget.left(), |store, p| store.get(key, p))
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
        patience: Patience,
    ) -> Result<&'static str, Error> {
        let budget = self.budget(patience);
        let mut outcome = Err(Error::new(Trouble::Unavailable, "no store is configured"));
        let mut members = self.stores.iter();
        for member in members.by_ref() {
            outcome = self.call(member, budget.left(), |store, p| store.put(key, item, p));
            if outcome.is_ok() {
                break;
            }
        }
        for member in members {
            let patience = Patience { unlock: false, ..budget.left() };
            // An old copy that stays would be found before the new one, until it ends.
            drop(self.call(member, patience, |store, p| store.delete(key, p)));
        }
        outcome
    }

    /// Deletes the item everywhere. A store that is locked or says no may still hold it: that is
    /// an error, told after all the others were asked. One that is unavailable is passed over,
    /// since on many machines there is one that always is.
    fn delete(&self, key: &str, patience: Patience) -> Result<(), Error> {
        let budget = self.budget(patience);
        let mut first = Ok(());
        for member in &self.stores {
            match self.call(member, budget.left(), |store, p| store.delete(key, p)) {
                Err(error) if error.trouble != Trouble::Unavailable => {
                    first = first.and(Err(error));
                }
                _ => {}
            }
        }
        first
    }

    fn check(&self, patience: Patience) -> Result<(), Error> {
        let mut last = Err(Error::new(Trouble::Unavailable, "no store is configured"));
        for (_, verdict) in self.survey(patience) {
            last = verdict;
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
