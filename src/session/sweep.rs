//! Removes sessions that have expired or been replaced, whenever a session is created.

use std::time::Duration;

use chrono::TimeDelta;

use super::{find::Finder, key::SessionKey, record::SessionRecord};
use crate::store::{CallOptions, auto, file};

/// A record that never led to a session is kept this long: its failure may still explain something.
const KEEP_FAILURES: TimeDelta = TimeDelta::days(1);
/// The most sessions that one call removes in passing.
const MOST_SWEPT: usize = 20;
/// How long the store may take to forget one.
const OPTIONS: CallOptions = CallOptions { timeout: Duration::from_secs(5), unlock: false };

/// Removes expired sessions, and those that `newest` replaces: an older session of the same
/// profile, made under the same circumstances from settings that have been edited since.
pub(super) fn sweep(finder: &Finder<'_>, newest_key: &SessionKey, newest: &SessionRecord) {
    let Some(records) = finder.state.records() else {
        return;
    };
    records.state().sweep_temporary_files();
    let now = finder.context.now();
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
        // A session in a store that this call does not use is left to a call that does.
        let name = finder.store.name();
        let mut places = record.places();
        let in_reach =
            places.all(|place| place == name || name == auto::NAME && place != file::NAME);
        in_reach && (ended || replaced)
    };
    let stale = records.all().into_iter().filter(|(key, record)| is_stale(key, record));
    for (key, _) in stale.take(MOST_SWEPT) {
        // What can't be removed now is found again by the next sweep, or has ended by then.
        if finder.store.delete(key.as_str(), OPTIONS).is_ok() {
            records.remove(&key);
        }
    }
}
