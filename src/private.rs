//! Private folders and files: created with their final mode, never reached through a symlink,
//! replaced atomically.

mod busy;
mod folder;
mod stamp;

pub(crate) use busy::FileRetries;
pub(crate) use folder::Folder;
pub(crate) use stamp::Stamp;

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
    time::Duration,
};

use tempfile::NamedTempFile;

/// How the names of temporary files start.
const TEMPORARY: &str = ".new-";
/// Where there are no locks, a temporary file older than this has been abandoned.
const ABANDONED: Duration = Duration::from_mins(1);

/// Creates the folder `path` if it is missing (mode 0700), and checks that it is writable and
/// passes [`check_folder`]. Its parent must exist.
#[cfg(unix)]
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
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

/// Creates the folder `path` and its parents if they are missing, with mode 0700 whatever the umask.
///
/// Rule: XDG Base Directory Specification, "Referencing this specification".
pub(crate) fn make_parents(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates the folder `path` if it is missing.
#[cfg(not(unix))]
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    // The application data folder's inherited access list excludes other users.
    DirBuilder::new().recursive(true).create(path)
}

/// Checks that `path` is a folder owned by this user and not a symlink, and removes others' access.
#[cfg(unix)]
pub(crate) fn check_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(refusal(path, "not a directory"));
    }
    if found.uid() != user() {
        return Err(refusal(path, "another user's"));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Checks that `path` is a folder.
#[cfg(not(unix))]
pub(crate) fn check_folder(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Whether `path` is a folder owned by this user, not a symlink, and not writable by others.
/// Changes nothing, so it works on a read-only disk.
#[cfg(unix)]
pub(crate) fn is_folder_of_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    fs::symlink_metadata(path)
        .is_ok_and(|found| found.is_dir() && found.uid() == user() && found.mode() & 0o022 == 0)
}

/// Whether `path` is a folder.
#[cfg(not(unix))]
pub(crate) fn is_folder_of_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Opens a regular file for writing, created with mode 0600, never through a symlink.
pub(crate) fn open_to_write(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(SAFELY.bits().cast_signed());
    }
    let file = options.read(true).write(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(refusal(path, "not a regular file"));
    }
    Ok(file)
}

/// Follows no symlink and waits for no pipe.
#[cfg(unix)]
const SAFELY: rustix::fs::OFlags = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK);

/// Opens a regular file of this user for reading, never through a symlink. Removes others'
/// permission to read it, and refuses a file that others can write, whose content can't be trusted.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    open_checked(path).map(|(file, _)| file)
}

/// Opens a file like [`open_to_read`], and returns its size, too.
fn open_checked(path: &Path) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(SAFELY.bits().cast_signed());
    }
    let file = options.read(true).open(path).map_err(|error| not_opened(path, error))?;
    let size = check_file(&file, path, user())?;
    Ok((file, size))
}

/// The error for a file that was not opened: without [`SAFELY`], a symlink would have been followed.
fn not_opened(path: &Path, error: io::Error) -> io::Error {
    #[cfg(unix)]
    if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
        return refusal(path, "a symlink");
    }
    #[cfg(not(unix))]
    let _ = path;
    error
}

/// This user.
#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// This user, whom nothing here asks for.
#[cfg(not(unix))]
fn user() {}

#[cfg(not(unix))]
fn check_file(file: &File, path: &Path, (): ()) -> io::Result<u64> {
    let found = file.metadata()?;
    if found.is_file() { Ok(found.len()) } else { Err(refusal(path, "not a regular file")) }
}

/// Checks that an opened file is a regular one of `user` that others can't write, and removes their
/// permission to read it. Returns its size.
#[cfg(unix)]
fn check_file(file: &File, path: &Path, user: u32) -> io::Result<u64> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refusal(path, "not a regular file"));
    }
    if found.uid() != user {
        return Err(refusal(path, "another user's"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(refusal(path, "writable by others"));
    }
    if found.mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(found.len())
}

/// Returns the content of a file that [`open_to_read`] accepts, in memory that isn't moved; an
/// error for one of more than `max_bytes` bytes.
pub(crate) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let (file, size) = open_checked(path)?;
    let size = size.min(max_bytes) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(refusal(path, "too large"));
    }
    Ok(bytes)
}

/// Replaces the file `path` atomically: readers see the old or the new one, which has mode 0600.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut temporary = temporary_in(folder)?;
    temporary.as_file().write_all(bytes)?;
    let mut retries = FileRetries::default();
    loop {
        match temporary.persist(path) {
            Ok(_) => return Ok(()),
            Err(failure) if retries.wait(&failure.error) => temporary = failure.file,
            Err(failure) => return Err(failure.error),
        }
    }
}

/// Writes a new file `path` atomically, with mode 0600. It is an error if there is one already.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let temporary = temporary_in(folder.unwrap_or(Path::new(".")))?;
    temporary.as_file().write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Creates a temporary file with mode 0600, and locks it, which tells others that it is in use.
fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    const MOST_ATTEMPTS: usize = 16;
    for _ in 0..MOST_ATTEMPTS {
        // Its error names the temporary file, which helps nobody.
        let temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder);
        let temporary = temporary.map_err(|error| error.kind())?;
        // Another process may have removed it before it was locked.
        if is_free(temporary.as_file()) != Some(false)
            && fs::symlink_metadata(temporary.path()).is_ok()
        {
            return Ok(temporary);
        }
    }
    Err(io::Error::other("other processes keep removing the new file before it is complete"))
}

/// Removes temporary files that killed processes left in `folder` during [`replace`]. One that is locked is
/// in use, and stays; where there are no locks, so does a recent one.
pub(crate) fn sweep_temporary_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        // Locked until it is removed, so that a process that has just created it notices.
        if is_temporary
            && let Ok(file) = open_to_write(&mut OpenOptions::new(), &entry.path())
            && is_abandoned(&file)
        {
            // Another process may have removed it first.
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Whether nobody uses a temporary file that was opened.
fn is_abandoned(file: &File) -> bool {
    is_free(file).unwrap_or_else(|| {
        let changed = file.metadata().and_then(|found| found.modified());
        let age = changed.ok().and_then(|time| time.elapsed().ok());
        age.is_some_and(|age| age > ABANDONED)
    })
}

/// Locks a file unless another process has locked it. Returns whether it was free; `None` where there are no
/// locks.
#[cfg(unix)]
fn is_free(file: &File) -> Option<bool> {
    match file.try_lock() {
        Ok(()) => Some(true),
        Err(fs::TryLockError::WouldBlock) => Some(false),
        Err(fs::TryLockError::Error(_)) => None,
    }
}

/// Returns `None`: there, a locked file can't be read by others, and this one is still locked for a moment when
/// it has its final name.
#[cfg(not(unix))]
fn is_free(_: &File) -> Option<bool> {
    None
}

fn refusal(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is {why}", path.display()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_written_survives_those_who_remove_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sweepers = [(); 2].map(|()| {
                scope.spawn(|| {
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        sweep_temporary_files(folder.path());
                    }
                })
            });
            for i in 0..2000 {
                replace(&path, format!("{i}").as_bytes()).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            for sweeper in sweepers {
                sweeper.join().unwrap();
            }
        });
        assert_eq!(read(&path, 10).unwrap(), b"1999");
        create(&folder.path().join(".new-left"), b"").unwrap();
        sweep_temporary_files(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
