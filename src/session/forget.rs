//! Forgetting sessions: on demand, and those that have ended or been replaced.

use std::time::Duration;

use chrono::TimeDelta;

use super::{SessionKey, SessionRecord, Sessions, record::sort};
use crate::{
    error::{Error, Kind, Result},
    plan::{Plan, Step},
    store::{CallOptions, ErrorKind, Store, auto, file},
};

/// A record that never led to a session is kept this long: its failure may still explain something.
const KEEP_FAILURES: TimeDelta = TimeDelta::days(1);
/// The most sessions that one call removes in passing.
const MOST_SWEPT: usize = 20;
/// How long the store may take to forget one.
const OPTIONS: CallOptions = CallOptions { timeout: Duration::from_secs(5), unlock: false };

/// Gives the store of that name; how `logout` reaches a session wherever it was kept.
pub type StoreByName<'s> = dyn Fn(&str) -> Result<Box<dyn Store>> + 's;

impl Sessions<'_> {
    /// Forgets the session of `plan`'s last role, and every other that was made for that profile
    /// (or for the role of that ARN), in whatever store each was kept; with `mfa` the MFA session
    /// too, which other profiles use as well, or those of `profile`'s own keys. Gives the records of
    /// those there were, and the first failure: one session that can't be removed does not keep the
    /// others.
    pub fn forget(
        &self,
        profile: Option<&str>,
        plan: Option<&Plan>,
        mfa: bool,
        stores: &StoreByName<'_>,
    ) -> (Vec<SessionRecord>, Result<()>) {
        let mut keys = plan.map(SessionKey::of_steps).unwrap_or_default();
        let own = keys.pop();
        let shared =
            plan.filter(|plan| mfa && plan.steps() > 1 && matches!(plan.step(0), Step::Mfa(_)));
        let shared = shared.and_then(|_| keys.into_iter().next());
        // A session may be stored whose record was lost, and then anywhere.
        let is_unknown = |key: &&SessionKey| self.record(key).kept_until().is_none();
        let unknown: Vec<_> = [&own, &shared].into_iter().flatten().filter(is_unknown).collect();
        let (mut forgotten, mut outcome) = self.forget_where(stores, |key, record| {
            Some(key) == own.as_ref()
                || Some(key) == shared.as_ref()
                || profile.is_some() && record.profile.as_deref() == profile
                || profile == Some(&record.role_arn)
                || mfa && record.mfa_serial().is_some() && profile == Some(&record.source)
        });
        // The profile was edited since; what it was before is found.
        let was_edited = !forgotten.is_empty();
        for key in unknown {
            let is_own = Some(key) == own.as_ref();
            if is_own && was_edited {
                continue;
            }
            let mut found = false;
            for name in [auto::NAME, file::NAME] {
                let removed = stores(name).and_then(|store| drop_unseen(&*store, key));
                found |= matches!(removed, Ok(true));
                outcome = outcome.and(removed.map(drop));
            }
            if found {
                let profile = profile.filter(|_| is_own).map(str::to_owned);
                let source = plan.map(|plan| plan.base.profile.clone()).unwrap_or_default();
                forgotten.push(SessionRecord { profile, source, ..SessionRecord::default() });
            }
        }
        (forgotten, outcome)
    }

    /// Forgets every session that there is a record of.
    pub fn forget_all(&self, stores: &StoreByName<'_>) -> (Vec<SessionRecord>, Result<()>) {
        self.forget_where(stores, |_, _| true)
    }

    /// Forgets every session that was made with the access key of this id, or goes back to it.
    pub fn forget_made_with(
        &self,
        access_key_id: &str,
        stores: &StoreByName<'_>,
    ) -> (Vec<SessionRecord>, Result<()>) {
        self.forget_where(stores, |_, record| record.circumstances.base == access_key_id)
    }

    fn forget_where(
        &self,
        stores: &StoreByName<'_>,
        wanted: impl Fn(&SessionKey, &SessionRecord) -> bool,
    ) -> (Vec<SessionRecord>, Result<()>) {
        let (mut forgotten, mut outcome) = (Vec::new(), Ok(()));
        let Some(records) = self.records() else { return (forgotten, outcome) };
        let mut all = records.all();
        sort(&mut all);
        for (key, record) in all {
            if !wanted(&key, &record) {
                continue;
            }
            let (mut gone, mut removed) = (Vec::new(), Ok(()));
            for name in record.places() {
                match stores(name).and_then(|store| drop_from(&*store, &key)) {
                    Ok(()) => gone.push(name.to_owned()),
                    failed => removed = removed.and(failed),
                }
            }
            if removed.is_ok() {
                records.remove(&key);
                forgotten.push(record);
            } else {
                // What one store still has must not look as if all had it.
                let mut left = record;
                left.store = left.store.filter(|store| !gone.contains(store));
                left.older_copies.retain(|copy| !gone.contains(&copy.store));
                // A record that can't be written says what it said.
                drop(records.write(&key, &left));
            }
            outcome = outcome.and(removed);
        }
        let now = self.context.now();
        forgotten.retain(|record| record.kept_until().is_some_and(|ends| ends > now));
        (forgotten, outcome)
    }

    /// Removes what has ended, and what `newest` replaces: an older session of the same profile,
    /// made under the same circumstances from settings that have been edited since.
    pub(super) fn sweep(&self, newest_key: &SessionKey, newest: &SessionRecord) {
        let Some(records) = self.records() else {
            return;
        };
        records.state().sweep_temporary_files();
        let now = self.context.now();
        let is_stale = |key: &SessionKey, record: &SessionRecord| {
            if key == newest_key {
                return false;
            }
            let ended = match (record.ends, &record.failure) {
                (Some(ends), _) => ends <= now,
                (None, Some(failure)) => now - failure.at > KEEP_FAILURES,
                // Keys that never end were given.
                (None, None) => record.minted.is_some_and(|minted| now - minted > KEEP_FAILURES),
            };
            let replaced = record.profile.is_some()
                && record.profile == newest.profile
                && record.circumstances == newest.circumstances
                && !newest.circumstances.adjusted
                && record.ends.is_some();
            // One that lies in a store that this call does not use is left to a call that does.
            let name = self.store.name();
            let mut places = record.places();
            let in_reach =
                places.all(|place| place == name || name == auto::NAME && place != file::NAME);
            in_reach && (ended || replaced)
        };
        let stale = records.all().into_iter().filter(|(key, record)| is_stale(key, record));
        for (key, _) in stale.take(MOST_SWEPT) {
            // What can't be removed now is found again by the next sweep, or has ended by then.
            if self.store.delete(key.as_str(), OPTIONS).is_ok() {
                records.remove(&key);
            }
        }
    }
}

/// Removes what `store` may have without a record of it; says whether there was anything.
fn drop_unseen(store: &dyn Store, key: &SessionKey) -> Result<bool> {
    match store.get(key.as_str(), OPTIONS) {
        // There is no such store here, and nobody says that there ever was.
        Err(error) if error.kind == ErrorKind::Unavailable => Ok(false),
        found => drop_from(store, key).map(|()| matches!(found, Ok(Some(_)))),
    }
}

fn drop_from(store: &dyn Store, key: &SessionKey) -> Result<()> {
    store.delete(key.as_str(), OPTIONS).map_err(|error| {
        let name = store.name();
        let hint = match error.kind {
            ErrorKind::Locked => "unlock the keychain, then run it again",
            _ => "run it again where that store can be used",
        };
        let message = format!("a session could not be removed from the store '{name}': {error}");
        Error::new(Kind::Store, message).hint(hint)
    })
}
