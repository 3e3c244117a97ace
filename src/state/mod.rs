//! The state directory: locks, the log, and records. It never holds a secret.
//!
//! Below `session` and `profile`, which both take locks here.

mod lock;
mod log;
mod records;

pub use lock::{Backoff, Lock};

pub(crate) use records::{Records, StateRecord};

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    private,
};

const LOCKS: &str = "locks";
/// The folder of the sessions' records.
pub(crate) const SESSIONS: &str = "sessions";
/// The folder of the records of long-lived keys.
pub(crate) const KEYS: &str = "keys";

/// Our folder in the platform's state directory, with mode 0700.
#[derive(Clone, Debug)]
pub struct StateDirectory {
    path: PathBuf,
}

impl StateDirectory {
    /// Opens the first usable state directory of the context, and creates it if it is missing.
    /// Returns `None` if none can be used; the caller then continues without locks and records.
    pub fn open(context: &Context) -> Option<Self> {
        context.state_directories().into_iter().find_map(|path| Self::at(path).ok())
    }

    /// Like [`Self::open`], if `what` must be recorded, such as `the progress of a rotation`.
    ///
    /// # Errors
    /// Of kind `Other` if no directory can be used.
    pub(crate) fn needed(context: &Context, what: &str) -> Result<Self> {
        Self::open(context).ok_or_else(|| {
            Error::new(Kind::Other, format!("no state directory is writable to record {what}"))
                .hint("set XDG_STATE_HOME to a folder that you own")
        })
    }

    /// Returns the context's state directories that exist and belong to this user, best first. For
    /// readers: nothing is created. More than one may have been used over time.
    pub(crate) fn existing(context: &Context) -> Vec<Self> {
        let directories = context.state_directories().into_iter().map(|path| Self { path });
        let is_ours = |state: &Self| {
            private::is_folder_of_ours(&state.path)
                && private::is_folder_of_ours(&state.path.join(SESSIONS))
        };
        directories.filter(is_ours).collect()
    }

    /// Opens or creates `path`, which must be a writable folder of this user and not a symlink, and
    /// makes it private.
    pub fn at(path: PathBuf) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        private::make_folder(&path)?;
        for name in [LOCKS, SESSIONS, KEYS] {
            private::make_folder(&path.join(name))?;
        }
        Ok(Self { path })
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the lock with this name. Its file is created if it is missing and never removed,
    /// because a lock on a removed file has no effect.
    pub fn lock(&self, name: &str) -> io::Result<Lock> {
        let path = self.path.join(LOCKS).join(format!("{name}.lock"));
        Ok(Lock::new(private::open_to_write(
            OpenOptions::new().create(true).truncate(false),
            &path,
        )?))
    }

    /// Adds a line to the log. A failure to write it is ignored.
    pub(crate) fn log(&self, context: &Context, message: &str) {
        drop(log::append(&self.path, context.now(), message));
    }

    /// Returns the log's last `most` lines, oldest first.
    pub(crate) fn last_log_lines(&self, most: usize) -> Vec<String> {
        log::last_lines(&self.path, most)
    }

    /// Removes temporary files of processes that were killed while they wrote a record.
    pub(crate) fn sweep_temporary_files(&self) {
        for name in [SESSIONS, KEYS, ""] {
            private::sweep_temporary_files(&self.path.join(name));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

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
        fs::File::create(state.path().join(".new-3")).unwrap(); // somebody may be at it
        state.sweep_temporary_files();
        assert_eq!(paths.map(|path| path.exists()), [false, false, true, true]);
        assert!(state.path().join(".new-3").exists());
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
