//! Reads many small files of one folder, with as few system calls as that takes.

use std::{fs::Metadata, io, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[cfg(unix)]
use {
    super::{SAFELY, check_file, not_opened, refusal, user},
    rustix::{
        fs::{Dir, Mode, OFlags, openat},
        io::{Errno, read},
    },
    std::{fs::File, os::unix::fs::MetadataExt as _},
};

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

/// An open folder. Its files are opened relative to it, so the path to it is walked only once.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Folder {
    opened: File,
    user: u32,
    /// The content of the file that was read last.
    buffer: Vec<u8>,
}

#[cfg(unix)]
impl Folder {
    /// Opens the folder `path`, which must not be a symlink.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { opened: opened.into(), user: user(), buffer: Vec::new() })
    }

    /// Returns the state of the folder; `None` if the system doesn't tell.
    pub(crate) fn state(&self) -> Option<Stamp> {
        Stamp::of(&self.opened.metadata().ok()?)
    }

    /// Returns the names that are UTF-8, in no order. What can't be listed is left out.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = Dir::read_from(&self.opened).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some(entry.file_name().to_str().ok()?.to_owned())).collect()
    }

    /// Returns the content of the file `name`, under the conditions of [`super::read`].
    pub(crate) fn read(&mut self, name: &str, max_bytes: u64) -> io::Result<&[u8]> {
        let path = Path::new(name);
        let opened = openat(&self.opened, name, SAFELY | OFlags::CLOEXEC, Mode::empty());
        let file = File::from(opened.map_err(|error| not_opened(path, error.into()))?);
        let size = check_file(&file, path, self.user)?;
        if size > max_bytes {
            return Err(refusal(path, "too large"));
        }
        self.buffer.clear();
        self.buffer.resize(usize::try_from(size).map_err(io::Error::other)?, 0);
        let mut filled = 0;
        // Such files are replaced, never changed, so it ends where its size says.
        while filled < self.buffer.len() {
            match read(&file, &mut self.buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(&self.buffer[..filled])
    }
}

/// A folder whose files are read.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Folder {
    path: std::path::PathBuf,
    buffer: Vec<u8>,
}

#[cfg(not(unix))]
impl Folder {
    /// Returns the folder `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        super::check_folder(path)?;
        Ok(Self { path: path.to_owned(), buffer: Vec::new() })
    }

    /// Returns `None`: there are no times to rely on.
    #[expect(clippy::unused_self, reason = "as on the other systems")]
    pub(crate) fn state(&self) -> Option<Stamp> {
        None
    }

    /// Returns the names that are UTF-8, in no order. What can't be listed is left out.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Returns the content of the file `name`, under the conditions of [`super::read`].
    pub(crate) fn read(&mut self, name: &str, max_bytes: u64) -> io::Result<&[u8]> {
        self.buffer = super::read(&self.path.join(name), max_bytes)?;
        Ok(&self.buffer)
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
