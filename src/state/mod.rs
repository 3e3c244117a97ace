//! The state directory: locks, the log, and records. It never holds a secret.
//!
//! Below `session` and `profile`, which both take locks here.

mod fault;
mod layout;
mod lock;
mod log;
mod records;

pub(crate) use lock::LockWait;
pub use lock::{Backoff, Lock};

pub(crate) use crate::private::Stamp;
pub(crate) use fault::{ForeignFile, StateFault, foreign_file};
pub(crate) use layout::{KEYS, SESSIONS};
pub(crate) use log::Log;
pub(crate) use records::{Records, StateRecord};

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
};

use self::layout::{FOLDERS, LOCKS};
use crate::{
    context::{Context, StateFolder},
    credentials::rfc3339,
    error::{Error, Kind, Result},
    output::escape,
    private, redact,
};

/// Our folder in the platform's state directory, with mode 0700, or one that takes its place while
/// that can't be used.
#[derive(Clone, Debug)]
pub struct StateDirectory {
    path: PathBuf,
    is_lasting: bool,
    /// Other directories that were used at some time. They are only read.
    elsewhere: Vec<PathBuf>,
    /// Where to take a lock that can't be taken here.
    spare: Vec<StateFolder>,
}

impl StateDirectory {
    /// Opens the first usable state directory of the context, and creates it if it is missing.
    /// Returns `None` if none can be used; the caller then continues without locks and records.
    pub fn open(context: &Context) -> Option<Self> {
        let mut folders = context.state_directories();
        let own = folders.iter().position(|folder| create(folder).is_ok())?;
        let elsewhere = folders.iter().enumerate().filter(|(at, _)| *at != own);
        let elsewhere =
            elsewhere.map(|(_, folder)| folder.path.clone()).filter(|path| is_ours(path));
        let elsewhere = elsewhere.collect();
        let spare = folders.split_off(own + 1);
        let StateFolder { path, is_lasting, .. } = folders.swap_remove(own);
        Some(Self { path, is_lasting, elsewhere, spare })
    }

    /// Like [`Self::open`], if `what` must be recorded, such as `the progress of a rotation`.
    ///
    /// # Errors
    /// Of kind `Other` if no directory can be used.
    pub(crate) fn needed(context: &Context, what: &str) -> Result<Self> {
        let state = Self::open(context);
        let is_lasting = state.as_ref().is_some_and(Self::is_lasting);
        let fault = if is_lasting { None } else { StateFault::find(context) };
        if let Some(state) = state {
            if let Some(fault) = fault {
                context.warn_later(fault.warning());
            }
            return Ok(state);
        }
        let message = format!("no state directory is writable to record {what}");
        let remedy = fault.map(|fault| fault.remedy);
        let remedy =
            remedy.unwrap_or_else(|| "set XDG_STATE_HOME to a directory that you own".to_owned());
        Err(Error::new(Kind::Other, message).hint(remedy))
    }

    /// Returns the context's state directories that exist and belong to this user, as one. For
    /// readers: nothing is created. More than one may have been used over time.
    pub(crate) fn existing(context: &Context) -> Option<Self> {
        let folders = context.state_directories();
        let mut folders = folders.into_iter().filter(|folder| is_ours(&folder.path));
        let StateFolder { path, is_lasting, .. } = folders.next()?;
        let elsewhere = folders.map(|folder| folder.path).collect();
        Some(Self { path, is_lasting, elsewhere, spare: Vec::new() })
    }

    /// Opens or creates `path`, which must be a writable folder of this user and not a symlink, and
    /// makes it private.
    pub fn at(path: PathBuf) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            private::make_parents(parent)?;
        }
        make_folders(&path)?;
        Ok(Self { path, is_lasting: true, elsewhere: Vec::new(), spare: Vec::new() })
    }

    /// Whether this is the folder for state, and not one that takes its place.
    pub(crate) fn is_lasting(&self) -> bool {
        self.is_lasting
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder itself if no other was ever used.
    fn only(&self) -> Option<&Path> {
        self.elsewhere.is_empty().then_some(&self.path)
    }

    /// Returns the paths that a file of this name may have, the one to write to first.
    fn places(&self, name: &Path) -> impl Iterator<Item = PathBuf> {
        let own = std::iter::once(&self.path);
        own.chain(&self.elsewhere).map(|folder| folder.join(name)).collect::<Vec<_>>().into_iter()
    }

    /// Returns the lock with this name. Its file is created if it is missing and never removed,
    /// because a lock on a removed file has no effect.
    ///
    /// A file that can't be opened, such as one of another user, can't be opened by any process of
    /// this user: then all of them take the lock in the next directory.
    pub fn lock(&self, name: &str) -> io::Result<Lock> {
        lock_in(&self.path, name).or_else(|error| {
            let spare = self.spare.iter().filter(|folder| create(folder).is_ok());
            spare.flat_map(|folder| lock_in(&folder.path, name)).next().ok_or(error)
        })
    }

    /// Whether a process holds the lock with this name. Creates nothing.
    pub(crate) fn is_locked(&self, name: &str) -> bool {
        let file = Path::new(LOCKS).join(format!("{name}.lock"));
        self.places(&file).any(|path| {
            let opened = private::open_to_write(&mut OpenOptions::new(), &path);
            opened.is_ok_and(|file| matches!(Lock::new(file).try_take(), Ok(false)))
        })
    }

    /// Adds a line to the log of messages. A failure to write it is ignored.
    pub(crate) fn log(&self, context: &Context, message: &str) {
        let (time, message) = (rfc3339(context.now()), redact::urls(message));
        drop(self.append(&Log::MESSAGES, &format!("{time} {}\n", escape(&message))));
    }

    /// Adds a line, with its newline, to a log, and rotates that if it has become large.
    ///
    /// # Errors
    /// If the line could not be written.
    pub(crate) fn append(&self, log: &Log, line: &str) -> io::Result<()> {
        if log.append(&self.path, line)? {
            // If another process has the lock, it does it. Without a lock, two may do it at the same time.
            let lock = self.lock(log.name);
            if lock.as_ref().map_or(Ok(true), Lock::try_take).unwrap_or(true) {
                // The next line tries again.
                drop(log.rotate(&self.path));
            }
        }
        Ok(())
    }

    /// Returns the lines of a log in all state directories, those of one directory oldest first.
    pub(crate) fn log_text(&self, log: &Log) -> Vec<u8> {
        self.places(Path::new("")).flat_map(|folder| log.text(&folder)).collect()
    }

    /// The file that a log's new lines go to.
    pub(crate) fn log_path(&self, log: &Log) -> PathBuf {
        self.path.join(log.name)
    }

    /// Returns the log's last `most` lines, oldest first.
    pub(crate) fn last_log_lines(&self, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = self
            .places(Path::new(""))
            .flat_map(|path| Log::MESSAGES.last_lines(&path, most))
            .collect();
        // Each line begins with its time.
        lines.sort();
        lines.drain(..lines.len().saturating_sub(most));
        lines
    }

    /// Removes temporary files of processes that were killed while they wrote a record.
    pub(crate) fn sweep_temporary_files(&self) {
        for name in [SESSIONS, KEYS, ""] {
            private::sweep_temporary_files(&self.path.join(name));
        }
    }
}

/// Creates the folder if it is missing, and checks that it can be used.
fn create(folder: &StateFolder) -> io::Result<()> {
    match folder.path.parent() {
        Some(parent) if folder.is_lasting => private::make_parents(parent)?,
        Some(parent) if folder.has_private_parent && !private::is_folder_of_ours(parent) => {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        _ => {}
    }
    make_folders(&folder.path)
}

fn make_folders(path: &Path) -> io::Result<()> {
    private::make_folder(path)?;
    FOLDERS.into_iter().try_for_each(|name| private::make_folder(&path.join(name)))
}

fn is_ours(path: &Path) -> bool {
    private::is_folder_of_ours(path) && private::is_folder_of_ours(&path.join(SESSIONS))
}

fn lock_in(folder: &Path, name: &str) -> io::Result<Lock> {
    let path = folder.join(LOCKS).join(format!("{name}.lock"));
    let mut options = OpenOptions::new();
    Ok(Lock::new(private::open_to_write(options.create(true).truncate(false), &path)?))
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    };

    use super::*;

    #[test]
    fn the_directory_is_made_private_and_made_private_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/rolecall");
        StateDirectory::at(path.clone()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        StateDirectory::at(path.clone()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(path.join("locks")).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_symlink_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = root.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let path = root.path().join("rolecall");
        symlink(&elsewhere, &path).unwrap();
        assert!(StateDirectory::at(path).is_err());
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_file_laid_as_a_symlink_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("rolecall")).unwrap();
        let target = root.path().join("target");
        symlink(&target, state.path().join("locks/k.lock")).unwrap();
        assert!(state.lock("k").is_err());
        assert!(!target.exists());
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_swept_wherever_it_lies() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("state")).unwrap();
        let names = ["sessions/.new-1", ".new-2", "sessions/k.json", "mfa-k.json"];
        let paths = names.map(|name| state.path().join(name));
        for path in &paths {
            fs::File::create(path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let used = fs::File::create(state.path().join(".new-3")).unwrap();
        used.lock().unwrap();
        state.sweep_temporary_files();
        assert_eq!(paths.map(|path| path.exists()), [false, false, true, true]);
        assert!(state.path().join(".new-3").exists());
    }

    #[test]
    fn lines_of_the_log_are_dated_and_escaped() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("state")).unwrap();
        let context = Context::made_up([], || chrono::DateTime::UNIX_EPOCH);
        state.log(&context, "store\nfull");
        assert_eq!(state.last_log_lines(5), ["1970-01-01T00:00:00Z store\\nfull"]);
    }

    #[test]
    fn an_unusable_first_directory_leads_to_the_runtime_directory() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        let runtime = root.path().join("run");
        fs::create_dir(&runtime).unwrap();
        fs::File::create(&home).unwrap(); // a file where a folder should be
        let (home, runtime) = (home.to_str().unwrap(), runtime.to_str().unwrap());
        let environment = [("HOME", home), ("XDG_RUNTIME_DIR", runtime)];
        let context = Context::made_up(environment, || chrono::DateTime::UNIX_EPOCH);
        let state = StateDirectory::open(&context).unwrap();
        assert_eq!(state.path(), Path::new(runtime).join("rolecall"));
    }
}
