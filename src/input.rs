//! Reading files that are not ours: a setting, a variable or the command line names them.
//!
//! Such a path can lead to anything: to a pipe that nobody writes to, to a device that never ends, to a
//! file of many gigabytes. So every reader says how much it takes at most, and none waits without an
//! end. A pipe given on purpose (`/dev/stdin`, `<(…)`) is read to its end; how long that may take
//! depends on who named it, see [`Pipe`].

mod limits;
mod pipe;

pub use limits::Pipe;
pub(crate) use limits::{PIPE_TIMEOUT, check_size};
pub(crate) use pipe::read_other;

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
};

use crate::secret::Bytes;
use limits::not_regular;

/// Returns the content of the file `path`, symlinks followed.
///
/// # Errors
/// Those of the file system; [`ErrorKind::TimedOut`] for a pipe that did not end in time, and
/// [`ErrorKind::FileTooLarge`] for more than `max_bytes` bytes.
pub fn read(path: &Path, max_bytes: u64, pipe: Pipe) -> io::Result<Bytes> {
    let file = open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return read_other(&file, max_bytes, pipe);
    }
    check_size(found.len(), max_bytes)?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let size = usize::try_from(found.len() + 1).unwrap_or_default();
    let mut bytes = Bytes(Vec::with_capacity(size));
    (&file).take(max_bytes.saturating_add(1)).read_to_end(&mut bytes.0)?;
    // It may have grown meanwhile, and the kernel's own files have no length.
    check_size(bytes.len() as u64, max_bytes)?;
    Ok(bytes)
}

/// Like [`read`], for text.
///
/// # Errors
/// Those of [`read`], and [`ErrorKind::InvalidData`] if it is not UTF-8.
pub fn read_text(path: &Path, max_bytes: u64, pipe: Pipe) -> io::Result<String> {
    let bytes = read(path, max_bytes, pipe)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(io::Error::new(ErrorKind::InvalidData, "it is not UTF-8")),
    }
}

/// Returns the first `max_bytes` bytes of stdin, which may be a secret.
///
/// # Errors
/// Those of reading.
pub fn read_stdin(max_bytes: usize) -> io::Result<Bytes> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Bytes(Vec::with_capacity(max_bytes + 1));
    io::stdin().lock().take(max_bytes as u64).read_to_end(&mut bytes.0)?;
    Ok(bytes)
}

/// Checks that `path` leads to a file of at most `max_bytes` bytes that can be read. For a file that a
/// library reads by itself, without limits.
///
/// # Errors
/// Those of [`read`] with [`Pipe::Refuse`].
pub(crate) fn check(path: &Path, max_bytes: u64) -> io::Result<()> {
    let found = open(path)?.metadata()?;
    if !found.is_file() {
        return Err(not_regular());
    }
    check_size(found.len(), max_bytes)
}

/// Opens a file without waiting for a writer, as opening a pipe would.
///
/// # Errors
/// Those of the file system.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A terminal that is opened must not become ours.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        File::create(&path).unwrap().set_len(2048).unwrap();
        assert_eq!(read(&path, 2048, Pipe::Refuse).unwrap().len(), 2048);
        assert!(check(&path, 2048).is_ok());
        let read_most = |most| read(&path, most, Pipe::Wait).map(drop);
        for error in [read_most(2047).unwrap_err(), check(&path, 2047).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
            assert_eq!(error.to_string(), "it is larger than 1 KiB");
        }
        assert!(check(folder.path(), 2048).is_err());
        assert!(read(folder.path(), 2048, Pipe::Wait).is_err());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernels_files_have_no_length_but_a_limit() {
        let path = Path::new("/proc/self/status");
        assert!(read(path, 1 << 20, Pipe::Refuse).unwrap().len() > 10);
        let error = read(path, 10, Pipe::Refuse).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }
}
