//! A file at one moment.

use std::{fs, io, path::Path, time::Duration};

use super::writers::is_open_for_writing;
use crate::{
    input::{self, Pipe},
    profile::LARGEST_FILE,
    secret::Bytes,
};

/// The pause before a file is read again that looks as if another program were writing it.
const SETTLE_PAUSE: Duration = Duration::from_millis(15);
/// A file that was changed more recently may still be being written.
const UNSETTLED: Duration = Duration::from_secs(1);
/// How often in a row a file that looks incomplete must be read with the same result.
const SAME_READS: usize = 3;
/// After this many pauses, the file is used as it is, unless it is known that another program still
/// writes it. The comparison before the rename still protects it.
const SETTLE_ATTEMPTS: usize = 80;
/// After this many, it is used even then.
const MOST_SETTLE_ATTEMPTS: usize = 800;

/// The state of a file at one moment.
pub(super) struct Snapshot {
    pub(super) bytes: Bytes,
    /// `None` if there was no file.
    pub(super) metadata: Option<fs::Metadata>,
}

impl Snapshot {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        // What is no file must not become one.
        match input::read(path, LARGEST_FILE, Pipe::Refuse) {
            Ok(bytes) => Ok(Self { bytes, metadata: Some(fs::metadata(path)?) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { bytes: Bytes::default(), metadata: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads until no other program seems to be writing the file, within a limit.
    ///
    /// Other programs truncate a file before they write it.
    pub(super) fn read_settled(path: &Path) -> io::Result<Self> {
        let mut seen = Self::read(path)?;
        let mut same_reads = 0;
        for attempt in 0..MOST_SETTLE_ATTEMPTS {
            // A file that became empty a moment ago is always read again: on a busy machine its writer
            // may be delayed for long, and everything that it has read would be lost.
            let is_settled =
                !seen.looks_unfinished() || same_reads >= SAME_READS && !seen.bytes.is_empty();
            if attempt == 0 && is_settled {
                break;
            }
            let is_enough = is_settled || attempt >= SETTLE_ATTEMPTS;
            if is_enough && !seen.metadata.as_ref().is_some_and(is_open_for_writing) {
                break;
            }
            std::thread::sleep(SETTLE_PAUSE);
            let again = Self::read(path)?;
            same_reads = if again.is_same(&seen) { same_reads + 1 } else { 0 };
            seen = again;
        }
        Ok(seen)
    }

    fn looks_unfinished(&self) -> bool {
        let Some(metadata) = &self.metadata else {
            return false;
        };
        let cut_off = !self.bytes.ends_with(b"\n") || self.bytes.len() as u64 != metadata.len();
        let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
        (self.bytes.is_empty() || cut_off) && age.is_none_or(|age| age < UNSETTLED)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let identity = |snapshot: &Self| snapshot.metadata.as_ref().map(identity);
        identity(self) == identity(other) && *self.bytes == *other.bytes
    }
}

/// The properties that change with a file's content.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(not(unix))]
fn identity(metadata: &fs::Metadata) -> (u64, Option<std::time::SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}
