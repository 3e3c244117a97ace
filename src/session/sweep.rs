//! Removes sessions that have expired or been replaced, whenever a session is created.

use std::time::Duration;

use chrono::TimeDelta;

use super::{find::Finder, key::SessionKey, record::SessionRecord};
use crate::store::{CallOptions, auto, file};

/// The record of a failure is kept this long, for `status`.
const KEEP_FAILURES: TimeDelta = TimeDelta::days(1);
/// The maximum number of sessions that one call removes.
const MOST_SWEPT: usize = 20;
/// The options of each call to the store.
const OPTIONS: CallOptions = CallOptions { timeout: Duration::from_secs(5), unlock: false };

/// Removes expired sessions, and those that `newest` replaces: older sessions of the same profile
/// under the same circumstances, from before the profile was edited.
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
        let has_expired = match (record.ends, &record.failure) {
            (Some(ends), _) => ends <= now,
            (None, Some(failure)) => now - failure.at > KEEP_FAILURES,
            // These credentials have no expiration.
            (None, None) => record.minted.is_some_and(|minted| now - minted > KEEP_FAILURES),
        };
        let is_replaced = record.profile.is_some()
            && record.profile == newest.profile
            && record.circumstances == newest.circumstances
            && !newest.circumstances.adjusted
            && record.ends.is_some();
        // Sessions in a store that this call doesn't use are left to a call that does.
        let name = finder.store.name();
        let mut places = record.places();
        let is_reachable =
            places.all(|place| place == name || name == auto::NAME && place != file::NAME);
        is_reachable && (has_expired || is_replaced)
    };
    let stale = records.all().into_iter().filter(|(key, record)| is_stale(key, record));
    for (key, _) in stale.take(MOST_SWEPT) {
        // A session that can't be removed now is found again by the next sweep.
        if finder.store.delete(key.as_str(), OPTIONS).is_ok() {
            records.remove(&key);
        }
    }
}
