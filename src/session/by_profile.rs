//! Which records are of which profile, in one file: a shell prompt asks for one profile at each line,
//! and reading hundreds of records for that takes longer than everything else.
//!
//! The file tells for which state of the records' folder it holds. A record is always replaced by
//! renaming another file over it, which changes the folder's times; so the file of another state isn't
//! used. It is written only if the folder has not changed for some time, because of two changes in the
//! same moment the times show only one.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    key::SessionKey,
    record::{SessionRecord, SessionRecords},
};
use crate::{
    context::Context,
    state::{Records, Stamp, StateDirectory, StateRecord},
};

/// Fewer records are read as fast.
const LEAST: usize = 32;
/// For how long the folder must not have changed.
const SETTLED: Duration = Duration::from_secs(2);

/// The profiles of all records.
#[derive(Debug, Serialize, Deserialize)]
struct ByProfile {
    /// The state of the records' folder for which this holds.
    folder: Stamp,
    /// A line for each record: its key, a blank and its profile, which is empty if it has none. One text
    /// is read much faster than a list of hundreds.
    lines: String,
}

/// The name of the only such file.
struct IndexFile;

impl fmt::Display for IndexFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sessions-by-profile")
    }
}

impl StateRecord for ByProfile {
    type Id = IndexFile;
    const FOLDER: &'static str = "";
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);
    const MAX_BYTES: u64 = 1024 * 1024;

    fn parse_id(text: &str) -> Option<IndexFile> {
        (text == IndexFile.to_string()).then_some(IndexFile)
    }

    fn has_id(&self, _: &IndexFile) -> bool {
        true
    }
}

/// What the sessions of a profile are known by.
#[derive(Clone, Copy)]
pub(crate) struct ProfileSessions<'s> {
    /// The profile's name.
    pub(crate) name: &'s str,
    /// The keys of its sessions, as far as they are known.
    pub(crate) keys: &'s [SessionKey],
}

/// Returns the records of these sessions, perhaps with others.
pub(super) fn records_for(
    context: &Context,
    state: StateDirectory,
    wanted: ProfileSessions<'_>,
) -> Vec<(SessionKey, SessionRecord)> {
    let ProfileSessions { name, keys } = wanted;
    let records = SessionRecords::new(state.clone());
    let before = records.folder_state();
    let file = Records::<ByProfile>::new(state);
    if let Some(before) = before
        && let Some(known) = file.read(&IndexFile)
        && known.folder == before
    {
        let lines = known.lines.lines().filter_map(|line| line.split_once(' '));
        let is_wanted = |key: &str, profile: &str| {
            profile == name || keys.iter().any(|wanted| wanted.as_str() == key)
        };
        let wanted = lines.filter(|(key, profile)| is_wanted(key, profile));
        let wanted = wanted.filter_map(|(key, _)| SessionKey::parse(key));
        return wanted.filter_map(|key| records.read(&key).map(|record| (key, record))).collect();
    }
    let is_settled = before.is_some_and(|it| it.is_older_than(SETTLED, context.now()));
    if !is_settled {
        let quoted = format!("\"{name}\"");
        return records.all_that(|key, json| keys.contains(key) || may_contain(json, &quoted));
    }
    let all = records.all();
    if let Some(before) = before
        && all.len() >= LEAST
        && all.len() == records.count_files()
        && records.folder_state() == Some(before)
        && all.iter().all(|(_, record)| is_line(record.profile.as_deref()))
    {
        let profile = |record: &SessionRecord| record.profile.clone().unwrap_or_default();
        let line = |(key, record): &(SessionKey, SessionRecord)| {
            format!("{} {}\n", key.as_str(), profile(record))
        };
        let by_profile = ByProfile { folder: before, lines: all.iter().map(line).collect() };
        // If it can't be written, the next call reads all records again.
        drop(file.write(&IndexFile, &by_profile));
    }
    all
}

/// Whether a profile's name is one line, as all are that a file can have.
fn is_line(profile: Option<&str>) -> bool {
    !profile.is_some_and(|name| name.contains(['\n', '\r']))
}

/// Whether a JSON document may contain this text, which is in quotes: without a backslash in the
/// document, it stands there as it is.
fn may_contain(json: &[u8], quoted: &str) -> bool {
    let is_plain = !json.contains(&b'\\');
    std::str::from_utf8(json).map_or(true, |json| !is_plain || json.contains(quoted))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use chrono::DateTime;

    use super::*;

    /// A state directory with records whose folder changed an hour ago.
    struct State {
        root: tempfile::TempDir,
    }

    impl State {
        fn with_records(count: usize) -> Self {
            let state = Self { root: tempfile::tempdir().unwrap() };
            for number in 0..count {
                state.put(number, &format!("p{number}"));
            }
            state
        }

        fn path(&self) -> PathBuf {
            self.root.path().join("home/.local/state/rolecall")
        }

        fn file(&self) -> PathBuf {
            self.path().join("sessions-by-profile.json")
        }

        fn key(number: usize) -> SessionKey {
            SessionKey::parse(&format!("{number:064x}")).unwrap()
        }

        fn records(&self) -> SessionRecords {
            SessionRecords::new(StateDirectory::at(self.path()).unwrap())
        }

        fn put(&self, number: usize, profile: &str) {
            let record =
                SessionRecord { profile: Some(profile.to_owned()), ..SessionRecord::default() };
            self.records().write(&Self::key(number), &record).unwrap();
        }

        /// The profiles of the records that are found, `seconds` after now.
        fn found(&self, seconds: i64, name: &str, keys: &[SessionKey]) -> Vec<String> {
            let home = self.root.path().join("home").display().to_string();
            let now = std::time::SystemTime::now();
            let now = DateTime::from(now) + chrono::TimeDelta::seconds(seconds);
            let context = Context::made_up([("HOME", &*home)], move || now);
            let state = StateDirectory::existing(&context).unwrap();
            let found = records_for(&context, state, ProfileSessions { name, keys });
            found.into_iter().filter_map(|(_, record)| record.profile).collect()
        }
    }

    #[test]
    fn the_second_call_reads_only_the_records_of_the_profile_and_of_the_keys() {
        let state = State::with_records(LEAST);
        assert_eq!(state.found(3600, "p7", &[]).len(), LEAST, "all are read once");
        assert!(state.file().exists());
        assert_eq!(state.found(3600, "p7", &[]), ["p7"]);
        assert_eq!(state.found(3600, "p7", &[State::key(3)]), ["p3", "p7"]);
        assert_eq!(state.found(3600, "nobody", &[]), [""; 0]);
    }

    #[test]
    fn whatever_has_changed_since_is_found() {
        let state = State::with_records(LEAST);
        state.found(3600, "p7", &[]);
        let before = state.records().folder_state();
        // The times of a folder are exact to a few milliseconds.
        while state.records().folder_state() == before {
            state.put(LEAST, "p7");
        }
        state.put(0, "p7");
        fs::remove_file(state.path().join(format!("sessions/{}.json", State::key(7)))).unwrap();
        assert_eq!(state.found(3600, "p7", &[]).iter().filter(|name| *name == "p7").count(), 2);
        assert_eq!(state.found(3600, "p7", &[]), ["p7", "p7"]);
        assert_eq!(state.found(3600, "p1", &[]), ["p1"]);
    }

    #[test]
    fn nothing_is_written_while_the_folder_changes_or_if_a_record_can_not_be_read() {
        let state = State::with_records(LEAST);
        assert_eq!(state.found(0, "p7", &[]), ["p7"]);
        assert!(!state.file().exists());
        assert_eq!(state.found(-3600, "p7", &[]), ["p7"], "by a clock that is behind");
        assert!(!state.file().exists());
        fs::write(state.path().join(format!("sessions/{}.json", "f".repeat(64))), "{").unwrap();
        state.found(3600, "p7", &[]);
        assert!(!state.file().exists());
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_not_used() {
        let state = State::with_records(LEAST);
        for text in ["", "{}", "{\"version\":1,\"folder\":{},\"lines\":\"\"}"] {
            fs::write(state.file(), text).unwrap();
            assert!(state.found(0, "p7", &[]).contains(&"p7".to_owned()), "{text}");
        }
    }
}
