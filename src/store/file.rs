//! The file store: plain-text files in the user's cache directory, for containers, and only if the
//! user selects it by name.
//!
//! The AWS CLI stores its own cache the same way: mode 0600, in a folder of mode 0700. A file's
//! name is the item's key. Its first line has the format version and the time the item expires, so
//! that the file alone is enough to find and delete expired items; the secret follows.

use std::{
    fs::{self, DirEntry},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store};
use crate::private;

/// The store's name.
pub(crate) const NAME: &str = "file";

/// The start of an item of this version. The Unix time it expires and a line feed follow.
const MAGIC: &str = "rolecall-item 1 ";
/// The longest valid first line, in bytes.
const MAX_LINE: usize = 64;
/// The largest valid file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// The longest that AWS lets a session last. A file without a time of expiry, because another
/// version wrote it, has expired if it is older than this.
const MAX_LIFETIME: TimeDelta = TimeDelta::hours(36);

/// Stores items in files.
#[derive(Debug, Clone)]
pub(crate) struct FileStore {
    folder: Option<PathBuf>,
    now: fn() -> DateTime<Utc>,
}

impl FileStore {
    /// Creates a store in the folder `sessions` of `cache`, the program's own cache directory. If
    /// `cache` is `None`, every call fails. `now` returns the current time.
    pub(crate) fn new(cache: Option<PathBuf>, now: fn() -> DateTime<Utc>) -> Self {
        Self { folder: cache.map(|cache| cache.join("sessions")), now }
    }

    fn folder(&self) -> Result<&Path, Error> {
        self.folder.as_deref().ok_or_else(|| {
            let message = "no cache directory is available: the home directory is unknown";
            Error::new(ErrorKind::Unavailable, message)
        })
    }

    /// The folder if it exists and belongs to this user.
    fn existing_folder(&self) -> Result<Option<&Path>, Error> {
        let folder = self.folder()?;
        match both(folder, private::check_folder) {
            Ok(()) => Ok(Some(folder)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(store_error(folder, &error)),
        }
    }

    /// The folder, created if it is missing.
    fn create_folder(&self) -> Result<&Path, Error> {
        let folder = self.folder()?;
        let create = || {
            if let Some(parent) = folder.parent().and_then(Path::parent) {
                private::make_parents(parent)?;
            }
            both(folder, private::make_folder)
        };
        create().map_err(|error| store_error(folder, &error))?;
        Ok(folder)
    }

    /// Deletes expired items and the temporary files of killed processes.
    fn sweep(&self, folder: &Path) {
        private::sweep_temporary_files(folder);
        let now = (self.now)();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_key(&entry.file_name().to_string_lossy()) && is_expired(&entry, now) {
                // Another process may have deleted it already.
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
            Ok(item) => {
                Ok(item.filter(|(expires, _)| *expires > (self.now)()).map(|(_, item)| item))
            }
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
        let Some(expires) = item.ends else {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "long-lived secrets can't be stored in plain-text files",
            ));
        };
        if expires <= (self.now)() {
            self.delete(key, options)?;
            return Ok(self.name());
        }
        let folder = self.create_folder()?;
        self.sweep(folder);
        let line = format!("{MAGIC}{}\n", expires.timestamp());
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
        private::sweep_temporary_files(folder);
        let path = folder.join(key);
        match fs::remove_file(&path) {
            Err(error) if !is_gone(&error) => Err(store_error(&path, &error)),
            _ => Ok(()),
        }
    }

    fn check(&self, _options: CallOptions) -> Result<(), Error> {
        self.create_folder().map(drop)
    }
}

/// Calls `what` for the program's cache directory, then for the folder in it.
fn both(folder: &Path, what: fn(&Path) -> io::Result<()>) -> io::Result<()> {
    folder.parent().map_or(Ok(()), what)?;
    what(folder)
}

/// Returns when the item expires (UTC) and its secret; `None` if the file is truncated, from
/// another version, or not an item.
fn read(path: &Path) -> io::Result<Option<(DateTime<Utc>, Item)>> {
    let file = private::open_to_read(path)?;
    let size = file.metadata()?.len();
    if size > MAX_BYTES {
        return Ok(None);
    }
    // One byte more than will be read, so the buffer never moves and leaves a copy of the secret.
    let capacity = usize::try_from(size).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(size).read_to_end(&mut bytes)?;
    let Some((expires, length)) = first_line(&bytes) else {
        return Ok(None);
    };
    bytes.drain(..length);
    Ok(Some((expires, bytes)))
}

/// Parses the first line. Returns when the item expires (UTC) and the line's length in bytes.
fn first_line(bytes: &[u8]) -> Option<(DateTime<Utc>, usize)> {
    let length = bytes.iter().take(MAX_LINE).position(|&byte| byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..length]).ok()?;
    let expires = DateTime::from_timestamp(line.strip_prefix(MAGIC)?.parse().ok()?, 0)?;
    Some((expires, length + 1))
}

/// Whether an item has expired. Without a time in the file, its age decides: see [`MAX_LIFETIME`].
fn is_expired(entry: &DirEntry, now: DateTime<Utc>) -> bool {
    let line = private::open_to_read(&entry.path()).and_then(|file| {
        let mut line = Vec::new();
        file.take(MAX_LINE as u64).read_to_end(&mut line)?;
        Ok(Zeroizing::new(line))
    });
    if let Some((expires, _)) = line.ok().and_then(|line| first_line(&line)) {
        return expires <= now;
    }
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|time| now - DateTime::<Utc>::from(time) > MAX_LIFETIME)
}

/// Whether a file with this name is an item.
fn is_key(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

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
    // Our own errors already contain the path.
    let message = match error.get_ref() {
        Some(inner) => inner.to_string(),
        None => format!("{} {what}: {error}", path.display()),
    };
    Error::new(kind, message)
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
