//! The folders of a state directory.

/// The folder of the lock files.
pub(super) const LOCKS: &str = "locks";
/// The folder of the sessions' records.
pub(crate) const SESSIONS: &str = "sessions";
/// The folder of the records of long-lived keys.
pub(crate) const KEYS: &str = "keys";
/// All of them.
pub(super) const FOLDERS: [&str; 3] = [LOCKS, SESSIONS, KEYS];
