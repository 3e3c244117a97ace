//! Files in the user's cache directory: for containers, and only when asked for by name.
//!
//! This is what the AWS CLI does with its own cache: plain text, mode 0600, in a folder of mode
//! 0700. An item is a file with the key for its name. Its first line says what it is and when it
//! ends, so that what has ended can be found and deleted without anything else to go by; the secret
//! follows.

use std::{
    fs::{self, DirEntry},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store};
use crate::private;

/// Its name.
pub const NAME: &str = "file";

/// What items of this version begin with; then come the seconds of the end, and a line feed.
const MAGIC: &str = "rolecall-item 1 ";
/// The longest first line that is ours.
const LONGEST_LINE: usize = 64;
/// What is larger is not ours.
const LARGEST: u64 = 64 * 1024;
/// AWS lets no session live longer: a file that does not say when it ends, because another version
/// wrote it, and is older than this, has ended.
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(36);

/// Keeps items in files.
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: Option<PathBuf>,
    now: fn() -> DateTime<Utc>,
}

impl FileStore {
    /// A store in the folder `sessions` of `cache`, the program's own cache directory; `None`: the
    /// user has none, and every call says so. `now` tells what has ended.
    pub fn new(cache: Option<PathBuf>, now: fn() -> DateTime<Utc>) -> Self {
        Self { folder: cache.map(|cache| cache.join("sessions")), now }
    }

    fn folder(&self) -> Result<&Path, Error> {
        self.folder.as_deref().ok_or_else(|| {
            let message = "there is no cache directory: no home folder is known";
            Error::new(ErrorKind::Unavailable, message)
        })
    }

    /// The folder, if it is there and ours.
    fn existing_folder(&self) -> Result<Option<&Path>, Error> {
        let folder = self.folder()?;
        match both(folder, private::check_folder) {
            Ok(()) => Ok(Some(folder)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(store_error(folder, &error)),
        }
    }

    /// The folder, made where it is missing.
    fn made_folder(&self) -> Result<&Path, Error> {
        let folder = self.folder()?;
        let make = || {
            if let Some(parent) = folder.parent().and_then(Path::parent) {
                fs::create_dir_all(parent)?;
            }
            both(folder, private::make_folder)
        };
        make().map_err(|error| store_error(folder, &error))?;
        Ok(folder)
    }

    /// Deletes what has ended, and what a killed process left behind.
    fn sweep(&self, folder: &Path) {
        private::sweep_temporary_files(folder);
        let now = (self.now)();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_key(&entry.file_name().to_string_lossy()) && has_ended(&entry, now) {
                // Another sweep may have been faster.
                drop(fs::remove_file(entry.path()));
            }
        }
    }
}

impl Store for FileStore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, key: &str, _options: CallOptions) -> Result<Option<Item>, Error> {
        let Some(folder) = self.existing_folder()? else {
            return Ok(None);
        };
        let path = folder.join(key);
        match read(&path) {
            Ok(item) => Ok(item.filter(|(ends, _)| *ends > (self.now)()).map(|(_, item)| item)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(store_error(&path, &error)),
        }
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        let Some(ends) = item.ends else {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "plain text is nothing to keep for good",
            ));
        };
        if ends <= (self.now)() {
            self.delete(key, options)?;
            return Ok(self.name());
        }
        let folder = self.made_folder()?;
        self.sweep(folder);
        let line = format!("{MAGIC}{}\n", ends.timestamp());
        let mut bytes = Zeroizing::new(Vec::with_capacity(line.len() + item.secret.len()));
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(item.secret);
        private::replace(&folder.join(key), &bytes).map_err(|error| store_error(folder, &error))?;
        Ok(self.name())
    }

    fn delete(&self, key: &str, _options: CallOptions) -> Result<(), Error> {
        let Some(folder) = self.existing_folder()? else {
            return Ok(());
        };
        let path = folder.join(key);
        match fs::remove_file(&path) {
            Err(error) if !is_gone(&error) => Err(store_error(&path, &error)),
            _ => Ok(()),
        }
    }

    fn check(&self, _options: CallOptions) -> Result<(), Error> {
        self.made_folder().map(drop)
    }
}

/// Does `what` with the program's cache directory, then with the folder in it.
fn both(folder: &Path, what: fn(&Path) -> io::Result<()>) -> io::Result<()> {
    folder.parent().map_or(Ok(()), what)?;
    what(folder)
}

/// The end and the secret of an item; `None`: the file is cut off, of another version, or not ours.
fn read(path: &Path) -> io::Result<Option<(DateTime<Utc>, Item)>> {
    let file = private::open_to_read(path)?;
    let size = file.metadata()?.len();
    if size > LARGEST {
        return Ok(None);
    }
    // One byte of room more than there is to read: so the buffer is not moved with a secret in it.
    let capacity = usize::try_from(size).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(size).read_to_end(&mut bytes)?;
    let Some((ends, length)) = first_line(&bytes) else {
        return Ok(None);
    };
    bytes.drain(..length);
    Ok(Some((ends, bytes)))
}

/// What the first line says of the end, and how long that line is.
fn first_line(bytes: &[u8]) -> Option<(DateTime<Utc>, usize)> {
    let length = bytes.iter().take(LONGEST_LINE).position(|&byte| byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..length]).ok()?;
    let ends = DateTime::from_timestamp(line.strip_prefix(MAGIC)?.parse().ok()?, 0)?;
    Some((ends, length + 1))
}

/// Whether an item has ended; one that does not say so has when no session could be as old.
fn has_ended(entry: &DirEntry, now: DateTime<Utc>) -> bool {
    let line = private::open_to_read(&entry.path()).and_then(|file| {
        let mut line = Vec::new();
        file.take(LONGEST_LINE as u64).read_to_end(&mut line)?;
        Ok(Zeroizing::new(line))
    });
    if let Some((ends, _)) = line.ok().and_then(|line| first_line(&line)) {
        return ends <= now;
    }
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|time| now - DateTime::<Utc>::from(time) > LONGEST_LIFE)
}

/// Whether a file of this name is an item.
fn is_key(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether this says that there is nothing.
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn store_error(path: &Path, error: &io::Error) -> Error {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, StorageFull};
    let (kind, what) = match error.kind() {
        PermissionDenied => (ErrorKind::Denied, "can't be used"),
        StorageFull | QuotaExceeded | FileTooLarge => (ErrorKind::Full, "can't grow"),
        _ => (ErrorKind::Unavailable, "can't be used"),
    };
    // What we refuse ourselves names its path.
    let message = match error.get_ref() {
        Some(ours) => ours.to_string(),
        None => format!("{} {what}: {error}", path.display()),
    };
    Error::new(kind, message)
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
