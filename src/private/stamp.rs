//! How to notice that a file or folder has changed.

#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::{fs::Metadata, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which file or folder it is, and when it was last changed: for a folder, when a file was last created,
/// renamed or removed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    /// Its modification time and its change time, each in seconds and nanoseconds.
    changed: [i64; 4],
}

impl Stamp {
    /// Returns the stamp of a file or folder; `None` if the system doesn't tell.
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "as on the other systems")]
    pub(crate) fn of(found: &Metadata) -> Option<Self> {
        let modified = [found.mtime(), found.mtime_nsec()];
        let [seconds, nanoseconds] = [found.ctime(), found.ctime_nsec()];
        let changed = [modified[0], modified[1], seconds, nanoseconds];
        Some(Self { device: found.dev(), inode: found.ino(), changed })
    }

    /// Returns `None`: there are no times to rely on.
    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// Whether its file system seems to note the time of a change in less than seconds.
    pub(crate) fn is_exact(&self) -> bool {
        self.changed[3] != 0
    }

    /// Returns all that it is made of.
    pub(crate) fn numbers(&self) -> [u64; 6] {
        let [a, b, c, d] = self.changed.map(i64::cast_unsigned);
        [self.device, self.inode, a, b, c, d]
    }

    /// Whether it has not changed for longer than `time` at `now`.
    pub(crate) fn is_older_than(&self, time: Duration, now: DateTime<Utc>) -> bool {
        let [modified, modified_ns, changed, changed_ns] = self.changed;
        let last = (modified, modified_ns).max((changed, changed_ns));
        let last = u32::try_from(last.1).ok().and_then(|ns| DateTime::from_timestamp(last.0, ns));
        let age = last.and_then(|last| now.signed_duration_since(last).to_std().ok());
        age.is_some_and(|age| age > time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_both_times_counts() {
        let at = |seconds, ms: u32| DateTime::from_timestamp(seconds, ms * 1_000_000).unwrap();
        let half = Duration::from_millis(500);
        for changed in [[100, 700_000_000, 90, 0], [90, 0, 100, 700_000_000]] {
            let stamp = Stamp { device: 1, inode: 2, changed };
            assert!(stamp.is_older_than(half, at(101, 201)), "{changed:?}");
            for (seconds, ms) in [(101, 200), (100, 999), (99, 0)] {
                assert!(!stamp.is_older_than(half, at(seconds, ms)), "{changed:?}, {seconds}");
            }
        }
    }
}
