//! Reads many small files of one folder, with as few system calls as that takes.

use std::{io, path::Path};

use super::Stamp;

#[cfg(unix)]
use {
    super::{SAFELY, check_file, not_opened, refusal, user},
    rustix::{
        fs::{Dir, Mode, OFlags, openat},
        io::{Errno, read},
    },
    std::fs::File,
};

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
