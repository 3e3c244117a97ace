//! A small log for messages that `credential-process` must not print: two files of at most 64 KiB.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use chrono::{DateTime, Utc};

use crate::{credentials::rfc3339, output::escape, private, redact};

/// The log's file name in the state directory; the one before it ends in `.1`.
const LOG_NAME: &str = "rolecall.log";

const ROTATE_AT: u64 = 64 * 1024;
/// A larger log was not written by rolecall.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn append(folder: &Path, now: DateTime<Utc>, message: &str) -> io::Result<()> {
    let path = folder.join(LOG_NAME);
    let mut file = private::open_to_write(
        OpenOptions::new().create(true).truncate(false).append(true),
        &path,
    )?;
    if file.metadata()?.len() > ROTATE_AT {
        fs::rename(&path, folder.join(format!("{LOG_NAME}.1")))?;
        file = private::open_to_write(
            OpenOptions::new().create(true).truncate(false).append(true),
            &path,
        )?;
    }
    // One write: parallel processes append whole lines.
    let message = redact::urls(message);
    file.write_all(format!("{} {}\n", rfc3339(now), escape(&message)).as_bytes())
}

pub(super) fn last_lines(folder: &Path, most: usize) -> Vec<String> {
    let text = private::read(&folder.join(LOG_NAME), MAX_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(most)..].iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_dated_and_escaped() {
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), DateTime::UNIX_EPOCH, "store\nfull").unwrap();
        assert_eq!(last_lines(folder.path(), 5), ["1970-01-01T00:00:00Z store\\nfull"]);
    }

    #[test]
    fn the_log_is_rotated_and_stays_small() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..300 {
            append(folder.path(), DateTime::UNIX_EPOCH, &"x".repeat(1000)).unwrap();
        }
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size(LOG_NAME) <= ROTATE_AT + 2000);
        assert!(size("rolecall.log.1") <= ROTATE_AT + 2000);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
