//! Reading files that a user names: in a setting, a variable or on the command line.
//!
//! That may be a pipe. One given on purpose (`/dev/stdin`, `<(…)`) is read to its end; one that
//! nobody writes to must not block a caller that doesn't know about it. So each reader says how
//! long it waits for a pipe, see [`Pipe`], and how much it reads.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
    time::{Duration, Instant},
};

use crate::{context::steady_now, secret::Bytes};

/// How long to wait for a pipe that a setting or a variable names: even two of them leave some of
/// the 50 s of `credential-process`.
pub(crate) const PIPE_TIMEOUT: Duration = Duration::from_secs(15);

/// What to do with a path that leads to a pipe, or anything else without a length.
#[derive(Clone, Copy, Debug)]
pub enum Pipe {
    /// Refuse it: there is no reason to name one.
    Refuse,
    /// Read it to its end, for at most [`PIPE_TIMEOUT`]: the caller may not know about it.
    WaitShortly,
    /// Read it to its end, however long that takes: the user has just named it.
    Wait,
}

/// Returns the content of the file `path`, symlinks followed.
///
/// # Errors
/// Those of the file system; [`ErrorKind::TimedOut`] for a pipe that did not end in time, and
/// [`ErrorKind::FileTooLarge`] for more than `max_bytes` bytes.
pub fn read(path: &Path, max_bytes: u64, pipe: Pipe) -> io::Result<Bytes> {
    let file = open(path)?;
    let found = file.metadata()?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let size = found.len().min(max_bytes).saturating_add(1);
    let mut bytes = Bytes(Vec::with_capacity(usize::try_from(size).unwrap_or_default()));
    let most = max_bytes.saturating_add(1);
    match pipe {
        _ if found.is_file() => (&file).take(most).read_to_end(&mut bytes.0)?,
        Pipe::Refuse => return Err(io::Error::other("it is not a regular file")),
        Pipe::WaitShortly => {
            PipeReader::new(&file, PIPE_TIMEOUT).take(most).read_to_end(&mut bytes.0)?
        }
        Pipe::Wait => {
            PipeReader { file: &file, deadline: None }.take(most).read_to_end(&mut bytes.0)?
        }
    };
    if bytes.len() as u64 > max_bytes {
        let why = format!("it is larger than {max_bytes} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
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

/// Opens a file without waiting for a writer, as opening a pipe would.
///
/// # Errors
/// Those of the file system.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.read(true).open(path)
}

/// Reads a file from [`open`] that has no length, until a deadline.
#[derive(Debug)]
pub(crate) struct PipeReader<'f> {
    file: &'f File,
    deadline: Option<Instant>,
}

impl<'f> PipeReader<'f> {
    /// Reads `file` for at most `timeout` from now on.
    pub(crate) fn new(file: &'f File, timeout: Duration) -> Self {
        Self { file, deadline: Some(steady_now() + timeout) }
    }
}

#[cfg(unix)]
impl Read for PipeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let left = |deadline: Instant| deadline.saturating_duration_since(steady_now());
        loop {
            let left = self.deadline.map(|deadline| Timespec::try_from(left(deadline))).transpose();
            let left = left.map_err(|_| ErrorKind::TimedOut)?;
            match poll(&mut [PollFd::new(self.file, PollFlags::IN)], left.as_ref()) {
                Ok(0) => {
                    let seconds = PIPE_TIMEOUT.as_secs();
                    let why = format!("it is not a file, and did not end within {seconds} s");
                    return Err(io::Error::new(ErrorKind::TimedOut, why));
                }
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match self.file.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }
}

#[cfg(not(unix))]
impl Read for PipeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}
