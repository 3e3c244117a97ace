//! Whether folders and files that are written later can be.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Why one can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It belongs to another user.
    OfAnother,
    /// It can't be read or written.
    NotWritable,
    /// It is not a directory.
    NoFolder,
}

impl Fault {
    /// Returns the end of a sentence about it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::OfAnother => "belongs to another user",
            Self::NotWritable => "is not readable and writable",
            Self::NoFolder => "is not a directory",
        }
    }
}

/// Returns what keeps a folder in `home` from being used, and which folder it is: this one, or the one
/// above it. `None` if it can be used, or does not exist and can be created.
pub(super) fn fault_of_folder(folder: &Path, home: Option<&Path>) -> Option<(PathBuf, Fault)> {
    let is_in_home = |path: &&Path| {
        *path == folder || home.is_some_and(|home| path.starts_with(home) && *path != home)
    };
    let ours = folder.ancestors().take_while(is_in_home);
    if let Some(path) = ours.filter(|path| is_of_another(path)).last() {
        return Some((path.to_owned(), Fault::OfAnother));
    }
    let found = fs::metadata(folder).ok()?;
    let fault = if found.is_dir() {
        is_read_only(folder).then_some(Fault::NotWritable)?
    } else {
        Fault::NoFolder
    };
    Some((folder.to_owned(), fault))
}

/// Returns what keeps a file from being read and replaced; `None` if it is missing.
pub(super) fn fault_of_file(path: &Path) -> Option<Fault> {
    fs::metadata(path).ok()?;
    match () {
        () if is_of_another(path) => Some(Fault::OfAnother),
        () if is_closed(path) => Some(Fault::NotWritable),
        () => None,
    }
}

#[cfg(unix)]
fn is_of_another(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = rustix::process::geteuid().as_raw();
    fs::metadata(path).is_ok_and(|found| found.uid() != owner)
}

#[cfg(not(unix))]
fn is_of_another(_: &Path) -> bool {
    false
}

/// Whether a folder is one in which nothing can be created.
#[cfg(unix)]
pub(super) fn is_read_only(path: &Path) -> bool {
    use rustix::fs::Access;
    rustix::fs::access(path, Access::WRITE_OK | Access::EXEC_OK).is_err()
}

/// Whether a folder is one in which nothing can be created.
#[cfg(not(unix))]
pub(super) fn is_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().readonly())
}

#[cfg(unix)]
fn is_closed(path: &Path) -> bool {
    use rustix::fs::Access;
    rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK).is_err()
}

#[cfg(not(unix))]
fn is_closed(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().readonly())
}
