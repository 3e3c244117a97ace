//! The errors of files that can't be read.

use std::{io, path::Path};

use crate::{
    error::{Error, Kind, Location, Reason},
    ini::{SyntaxError, SyntaxErrorKind},
    input,
};

/// The error for a pipe that nobody writes to or closes.
pub(super) fn silent(path: &Path) -> Error {
    let seconds = input::PIPE_TIMEOUT.as_secs();
    let what = format!(
        "{} is not a regular file, and reading it did not finish within {seconds} s",
        path.display()
    );
    Error::config(what)
        .because(Reason::UnreadableFile)
        .hint("write to that pipe and close it, or name a file")
}

/// The error for a file that the system does not let us read.
pub(super) fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::io("read", path, error).with_kind(Kind::Config).because(Reason::UnreadableFile)
}

/// The error for a line of the file `path` that can't be read.
pub(super) fn syntax(path: &Path, error: &SyntaxError) -> Error {
    let (reason, hint) = match error.kind {
        SyntaxErrorKind::NotUtf8 => {
            (Reason::NotUtf8, "save the file as UTF-8: AWS tools skip or refuse it as it is")
        }
        _ => (Reason::Syntax, "correct that line: AWS tools can't read the file as it is"),
    };
    Error::config(error.kind.to_string())
        .at(Some(Location { file: path.into(), line: error.line }))
        .because(reason)
        .hint(hint)
}

/// The error for a file that is not what it was when this process started to read it.
pub(super) fn changed(path: &Path) -> Error {
    Error::config(format!("{} changed while it was being read", path.display())).hint("try again")
}
