//! Forgetting sessions: on demand, and those that have ended or been replaced.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Record, SessionKey, Sessions};
use crate::{error::Result, plan::Plan, store::Patience};

/// A record that never led to a session is kept this long: its failure may still explain something.
const KEEP_FAILURES: TimeDelta = TimeDelta::days(1);
/// The most sessions that one call removes in passing.
const MOST_SWEPT: usize = 20;
/// How long the store may take to forget one.
const PATIENCE: Patience = Patience { limit: Duration::from_secs(5), unlock: false };

impl Sessions<'_> {
    /// Forgets the session of `plan`'s last role, and every other that was made for that profile.
    /// Gives the records of those there were.
    pub fn forget(&self, profile: Option<&str>, plan: Option<&Plan>) -> Result<Vec<Record>> {
        let own = plan.and_then(|plan| SessionKey::of_hops(plan).pop());
        let mut forgotten = self.forget_where(|key, record| {
            Some(key) == own.as_ref() || profile.is_some() && record.profile.as_deref() == profile
        })?;
        // A session may be stored whose record was lost.
        if let Some(key) = own {
            let known = !forgotten.is_empty();
            let stored = !known && matches!(self.store.get(key.as_str(), PATIENCE), Ok(Some(_)));
            self.drop_from_store(&key)?;
            if stored {
                forgotten.push(Record::default());
            }
        }
        Ok(forgotten)
    }

    /// Forgets every session that there is a record of.
    pub fn forget_all(&self) -> Result<Vec<Record>> {
        self.forget_where(|_, _| true)
    }

    fn forget_where(&self, wanted: impl Fn(&SessionKey, &Record) -> bool) -> Result<Vec<Record>> {
        let mut forgotten = Vec::new();
        let Some(records) = self.records() else {
            return Ok(forgotten);
        };
        for (key, record) in records.all() {
            if wanted(&key, &record) {
                self.drop_from_store(&key)?;
                records.remove(&key);
                forgotten.push(record);
            }
        }
        forgotten.retain(|record| record.ends.is_some_and(|ends| ends > self.context.now()));
        Ok(forgotten)
    }

    fn drop_from_store(&self, key: &SessionKey) -> Result<()> {
        use crate::error::{Error, Kind};
        self.store.delete(key.as_str(), PATIENCE).map_err(|error| {
            Error::new(
                Kind::Store,
                format!("a session could not be removed from the store: {error}"),
            )
            .hint("unlock the keychain, then run it again")
        })
    }

    /// Removes what has ended, and what `newest` replaces: an older session of the same profile,
    /// made under the same circumstances from settings that have been edited since.
    pub(super) fn sweep(&self, newest_key: &SessionKey, newest: &Record) {
        let Some(records) = self.records() else {
            return;
        };
        let now = self.context.now();
        let is_stale = |key: &SessionKey, record: &Record| {
            if key == newest_key {
                return false;
            }
            let ended = match (record.ends, &record.failure) {
                (Some(ends), _) => ends <= now,
                (None, Some(failure)) => now - failure.at > KEEP_FAILURES,
                (None, None) => false,
            };
            let replaced = record.profile.is_some()
                && record.profile == newest.profile
                && record.circumstances == newest.circumstances
                && !newest.circumstances.adjusted
                && record.ends.is_some();
            ended || replaced
        };
        let stale = records.all().into_iter().filter(|(key, record)| is_stale(key, record));
        for (key, _) in stale.take(MOST_SWEPT) {
            // What can't be removed now is found again by the next sweep.
            if self.store.delete(key.as_str(), PATIENCE).is_ok() {
                records.remove(&key);
            }
        }
    }
}
