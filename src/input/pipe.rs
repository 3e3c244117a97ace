//! What is no regular file: pipes, terminals and devices.

use std::{
    fs::File,
    io::{self, Read as _},
};

use super::limits::{Pipe, check_size, not_regular};
use crate::secret::Bytes;

/// Room for most of what is read: a buffer that grows leaves copies behind.
const USUAL: usize = 64 * 1024;

/// Reads `file`, which is not a regular one, to its end.
///
/// # Errors
/// [`ErrorKind::TimedOut`](io::ErrorKind::TimedOut) if it did not end in time,
/// [`ErrorKind::FileTooLarge`](io::ErrorKind::FileTooLarge) for more than `max_bytes` bytes, and an error
/// for a device that has something to read: it may have no end.
pub(crate) fn read_other(file: &File, max_bytes: u64, pipe: Pipe) -> io::Result<Bytes> {
    if pipe == Pipe::Refuse {
        return Err(not_regular());
    }
    let mut bytes = Bytes(Vec::with_capacity(USUAL));
    let most = max_bytes.saturating_add(1);
    if is_device(file)? {
        // `/dev/null` is a way to say "nothing".
        return match (&mut &*file).read(&mut [0]) {
            Ok(0) => Ok(bytes),
            _ => Err(io::Error::other("it is a device, not a file")),
        };
    }
    reader(file, pipe).take(most).read_to_end(&mut bytes.0)?;
    check_size(bytes.len() as u64, max_bytes)?;
    Ok(bytes)
}

/// Whether it is a device, but not a terminal, at which a person ends the input.
#[cfg(unix)]
fn is_device(file: &File) -> io::Result<bool> {
    use std::{io::IsTerminal as _, os::unix::fs::FileTypeExt as _};
    let kind = file.metadata()?.file_type();
    Ok((kind.is_char_device() || kind.is_block_device()) && !file.is_terminal())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn is_device(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
use unix::reader;

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, ErrorKind, IsTerminal as _, Read},
        sync::{Mutex, PoisonError},
        time::{Duration, Instant},
    };

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use crate::{
        context::steady_now,
        input::limits::{PIPE_TIMEOUT, Pipe},
    };

    /// How long to wait for a pipe that the user has just named.
    const LONG: Duration = Duration::from_secs(30);
    /// A server that has read no pipe for so long may wait for one again.
    const PERIOD: Duration = Duration::from_mins(1);

    /// The waiting for pipes that settings and variables name: how long in all, and when it last ended.
    static WAITED: Mutex<Option<(Duration, Instant)>> = Mutex::new(None);

    /// Returns a reader of `file` that gives up in time.
    pub(super) fn reader(file: &File, pipe: Pipe) -> PipeReader<'_> {
        let began = steady_now();
        let is_shared = pipe != Pipe::Wait;
        let (limit, left) = if is_shared {
            (PIPE_TIMEOUT, PIPE_TIMEOUT.saturating_sub(waited(began)))
        } else {
            (LONG, LONG)
        };
        // Whoever sits at a terminal sees that it waits for them.
        let has_end = is_shared || !file.is_terminal();
        PipeReader { file, is_shared, limit, began, deadline: has_end.then(|| began + left) }
    }

    fn waited(now: Instant) -> Duration {
        let waited = *WAITED.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = waited.filter(|(_, ended)| now.saturating_duration_since(*ended) < PERIOD);
        recent.map(|(time, _)| time).unwrap_or_default()
    }

    /// Reads a file that does not block, until a deadline.
    #[derive(Debug)]
    pub(super) struct PipeReader<'f> {
        file: &'f File,
        /// Whether the waiting counts for all pipes.
        is_shared: bool,
        /// The whole limit, for the error.
        limit: Duration,
        began: Instant,
        deadline: Option<Instant>,
    }

    impl Read for PipeReader<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let left = |deadline: Instant| deadline.saturating_duration_since(steady_now());
            loop {
                let left = self.deadline.map(|deadline| Timespec::try_from(left(deadline)));
                let left = left.transpose().map_err(|_| ErrorKind::TimedOut)?;
                match poll(&mut [PollFd::new(self.file, PollFlags::IN)], left.as_ref()) {
                    Ok(0) => {
                        let seconds = self.limit.as_secs();
                        let why = format!(
                            "it is not a regular file, and reading it did not finish within {seconds} s"
                        );
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

    impl Drop for PipeReader<'_> {
        fn drop(&mut self) {
            if self.is_shared {
                let now = steady_now();
                let time = waited(now) + now.saturating_duration_since(self.began);
                *WAITED.lock().unwrap_or_else(PoisonError::into_inner) = Some((time, now));
            }
        }
    }
}

#[cfg(not(unix))]
fn reader(file: &File, _: Pipe) -> &File {
    file
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    fn read(path: &str, pipe: Pipe) -> io::Result<Bytes> {
        read_other(&OpenOptions::new().read(true).open(path)?, 1 << 30, pipe)
    }

    #[test]
    fn a_device_has_nothing_or_is_refused() {
        for pipe in [Pipe::Wait, Pipe::WaitShortly] {
            assert!(read("/dev/null", pipe).unwrap().is_empty());
            let error = read("/dev/zero", pipe).map(drop).unwrap_err();
            assert_eq!(error.to_string(), "it is a device, not a file");
        }
        assert!(read("/dev/null", Pipe::Refuse).is_err());
        assert!(read("/", Pipe::Wait).is_err());
    }

    #[test]
    fn a_pipe_is_read_up_to_its_limit() {
        use std::io::Write as _;
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"0123456789").unwrap();
        drop(writer);
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        let error = read_other(&file, 9, Pipe::Wait).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
