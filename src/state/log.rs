//! Logs in the state directory: lines that many processes append at once, in two files of a limited size.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::private;

/// How often a line is written again if its file was removed meanwhile.
const ATTEMPTS: usize = 3;

/// A log: its newest lines are in one file, those before in another, whose name ends in `.1`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// The name of the file.
    pub(super) name: &'static str,
    /// How large it may grow before it becomes the older one, in bytes.
    pub(super) rotate_at: u64,
}

impl Log {
    /// What `credential-process` must not print.
    pub(super) const MESSAGES: Self = Self { name: "rolecall.log", rotate_at: 64 * 1024 };
    /// Which credentials were handed out, and to whom.
    pub(crate) const HAND_OUTS: Self = Self { name: "audit.log", rotate_at: 5 * 1024 * 1024 };

    /// A larger file was not written by rolecall: all that may be waiting to be rotated is far less.
    fn max_bytes(&self) -> u64 {
        self.rotate_at * 2 + 1024 * 1024
    }

    fn older(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.1", self.name))
    }

    /// Appends a line, with its newline, in one write: parallel processes append whole lines. Returns whether
    /// the file is now large enough to be rotated.
    ///
    /// # Errors
    /// If the line could not be written, or not all of it.
    pub(super) fn append(&self, folder: &Path, line: &str) -> io::Result<bool> {
        let mut attempts = 0;
        loop {
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).append(true);
            let mut file = private::open_to_write(&mut options, &folder.join(self.name))?;
            write_whole(&mut file, line.as_bytes())?;
            let found = file.metadata()?;
            attempts += 1;
            if !is_removed(&found) || attempts == ATTEMPTS {
                return Ok(found.len() > self.rotate_at);
            }
            // It was rotated twice since it was opened, so that nobody will ever read the line.
        }
    }

    /// Makes the file the older one if it is large enough, by a process that has the lock for it.
    pub(super) fn rotate(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(self.name);
        // Another process may have done it just before.
        if fs::symlink_metadata(&path)?.len() <= self.rotate_at {
            return Ok(());
        }
        fs::rename(&path, self.older(folder))
    }

    /// Returns the text of both files, the older one first. What can't be read is missing.
    pub(super) fn text(&self, folder: &Path) -> Vec<u8> {
        let read = |path: &Path| private::read(path, self.max_bytes()).unwrap_or_default();
        let path = folder.join(self.name);
        let mut newest = read(&path);
        let mut text = read(&self.older(folder));
        if !newest.is_empty() && text.starts_with(&newest) {
            // It was rotated between the two: this is the same file, perhaps with more lines.
            newest = read(&path);
        }
        if text.last().is_some_and(|last| *last != b'\n') {
            text.push(b'\n');
        }
        text.append(&mut newest);
        text
    }

    /// Returns the last lines of the newest file, at most so many.
    pub(super) fn last_lines(&self, folder: &Path, most: usize) -> Vec<String> {
        let text = private::read(&folder.join(self.name), self.max_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(most)..].iter().map(|&line| line.to_owned()).collect()
    }
}

/// Writes all of `line` at once; what follows would get between the lines of other processes.
fn write_whole(file: &mut File, line: &[u8]) -> io::Result<()> {
    let written = file.write(line)?;
    if written == line.len() {
        return Ok(());
    }
    // The disk is full. The next line must not continue this one; if that fails too, the reader copes.
    drop(file.write(b"\n"));
    Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full"))
}

#[cfg(unix)]
fn is_removed(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) == 0
}

#[cfg(not(unix))]
fn is_removed(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Log = Log { name: "small.log", rotate_at: 4 * 1024 };

    /// Appends as the state directory does, with the lock.
    fn append(folder: &Path, line: &str) {
        if SMALL.append(folder, line).unwrap() {
            SMALL.rotate(folder).unwrap();
        }
    }

    #[test]
    fn the_log_is_rotated_and_stays_small() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..300 {
            append(folder.path(), &format!("{number:0100}\n"));
        }
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size("small.log") <= SMALL.rotate_at + 101);
        assert!(size("small.log.1") <= SMALL.rotate_at + 101);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let text = String::from_utf8(SMALL.text(folder.path())).unwrap();
        let numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        let first = *numbers.first().unwrap();
        assert_eq!(numbers, (first..300).collect::<Vec<_>>(), "the newest, without a gap");
        assert!(numbers.len() > 40, "{}", numbers.len());
    }

    #[test]
    fn a_second_rotation_at_the_same_moment_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("{}\n", "x".repeat(5000));
        assert!(SMALL.append(folder.path(), &line).unwrap());
        SMALL.rotate(folder.path()).unwrap();
        SMALL.append(folder.path(), "new\n").unwrap();
        SMALL.rotate(folder.path()).unwrap();
        assert_eq!(SMALL.text(folder.path()), [line.as_bytes(), b"new\n"].concat());
    }

    #[test]
    fn a_line_that_was_cut_off_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.log.1"), "whole\ncut o").unwrap();
        fs::write(folder.path().join("small.log"), "next\n").unwrap();
        assert_eq!(SMALL.text(folder.path()), b"whole\ncut o\nnext\n");
    }
}
