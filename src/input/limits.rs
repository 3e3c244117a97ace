//! How much is read of a file, and how long a pipe is waited for.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

/// How long to wait for all pipes together that settings and variables name: a `credential-process` has
/// 50 s.
pub(crate) const PIPE_TIMEOUT: Duration = Duration::from_secs(15);

/// What to do with a path that leads to a pipe, or anything else without a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipe {
    /// Refuse it: there is no reason to name one.
    Refuse,
    /// Read it to its end, for at most 15 s, in which all such pipes share: the caller may not know
    /// about it.
    WaitShortly,
    /// Read it to its end, for at most 30 s: the user has just named it, and may know what it waits for.
    Wait,
}

/// Checks the size of a file.
///
/// # Errors
/// [`ErrorKind::FileTooLarge`].
pub(crate) fn check_size(size: u64, max_bytes: u64) -> io::Result<()> {
    if size <= max_bytes {
        return Ok(());
    }
    let most = match max_bytes {
        mebibytes if mebibytes >= 1 << 20 => format!("{} MiB", mebibytes >> 20),
        kibibytes => format!("{} KiB", kibibytes >> 10),
    };
    Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {most}")))
}

/// The error for what is no regular file where only such a one makes sense.
pub(super) fn not_regular() -> io::Error {
    io::Error::other("it is not a regular file")
}
