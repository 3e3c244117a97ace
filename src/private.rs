//! Folders and files that are the user's alone: made with their mode, reached through no symlink,
//! replaced at once. What lies in them is others' concern.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
    time::Duration,
};

/// How the names of temporary files begin.
const TEMPORARY: &str = ".new-";
/// A temporary file this old is nobody's any more.
const ABANDONED: Duration = Duration::from_mins(1);

/// Makes the folder `path` where it is missing (mode 0700), and makes sure that it is as
/// [`check_folder`] wants it, and writable. The folder that it lies in must be there.
#[cfg(unix)]
pub fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    use rustix::fs::Access;

    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check_folder(path)?;
    rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?;
    Ok(())
}

/// Makes the folder `path` where it is missing.
#[cfg(not(unix))]
pub fn make_folder(path: &Path) -> io::Result<()> {
    // The application data folder is closed to other users by its inherited access list.
    DirBuilder::new().recursive(true).create(path)
}

/// Makes sure that `path` is a folder, ours, and not a symlink; closes it to others where it is open.
#[cfg(unix)]
pub fn check_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(refusal(path, "not a folder"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(refusal(path, "another user's"));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes sure that `path` is a folder.
#[cfg(not(unix))]
pub fn check_folder(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Whether `path` is a folder, ours, not a symlink, and nothing that others could write into. Changes
/// nothing, so it holds on a disk that can't be written, too.
#[cfg(unix)]
pub fn is_folder_of_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    fs::symlink_metadata(path).is_ok_and(|found| {
        let owner = rustix::process::geteuid().as_raw();
        found.is_dir() && found.uid() == owner && found.mode() & 0o022 == 0
    })
}

/// Whether `path` is a folder.
#[cfg(not(unix))]
pub fn is_folder_of_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Opens a regular file for writing, created with mode 0600, and not through a symlink.
pub fn open_to_write(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(SAFELY);
    }
    let file = options.read(true).write(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(refusal(path, "not a regular file"));
    }
    Ok(file)
}

/// No symlink is followed, and no pipe waited for.
#[cfg(unix)]
const SAFELY: i32 =
    rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK).bits().cast_signed();

/// Opens a file for reading that must be a regular one, ours, and not a symlink. One that others
/// could read is closed to them; one that others could write is refused: who knows what is in it.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(SAFELY);
    }
    let opened = options.read(true).open(path);
    #[cfg(unix)]
    let opened = opened.map_err(|error| match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::LOOP) => refusal(path, "a symlink"),
        _ => error,
    });
    let file = opened?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refusal(path, "not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(refusal(path, "another user's"));
        }
        if found.mode() & 0o022 != 0 {
            return Err(refusal(path, "writable by others"));
        }
        if found.mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Returns the content of a file that [`open_to_read`] accepts, in memory that isn't moved; an error
/// for one of more than `max_bytes` bytes.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let file = open_to_read(path)?;
    let size = file.metadata()?.len().min(max_bytes) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(refusal(path, "too large"));
    }
    Ok(bytes)
}

/// Replaces the file `path` at once: readers see the old or the new one. The new one has mode 0600.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    // tempfile creates with mode 0600. Its error names the temporary file, which tells nobody anything.
    let temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
    let temporary = temporary.map_err(|error| error.kind())?;
    temporary.as_file().write_all(bytes)?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes the file `path` at once, with mode 0600, where there is none yet. One that is there stays as
/// it is, and that is an error.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let temporary =
        tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder.unwrap_or(Path::new(".")));
    let temporary = temporary.map_err(|error| error.kind())?;
    temporary.as_file().write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Removes the temporary files that [`replace`] left in `folder` when its process was killed. One
/// that is young may still be written.
pub fn sweep_temporary_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let age = age.ok().and_then(|time| time.elapsed().ok());
        if is_temporary && age.is_some_and(|age| age > ABANDONED) {
            // Another sweep may have been faster.
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn refusal(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is {why}", path.display()))
}
