//! The state directory: locks, the log, and records. It never holds a secret.
//!
//! Below `session` and `profile`, which both take locks here.

mod lock;
mod log;
mod records;

pub use lock::{Backoff, Lock};
pub use records::{Records, StateRecord};

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
pub const SESSIONS: &str = "sessions";
/// The folder of what is known of long-lived keys.
pub const KEYS: &str = "keys";

/// A folder of ours with mode 0700, in the state directory of the platform.
#[derive(Clone, Debug)]
pub struct StateDirectory {
    path: PathBuf,
}

impl StateDirectory {
    /// Opens the first of the context's state directories that can be used, making it where it is
    /// missing. `None`: none can be, and whoever needed one goes on without locks and records.
    pub fn open(context: &Context) -> Option<Self> {
        context.state_directories().into_iter().find_map(|path| Self::at(path).ok())
    }

    /// As [`Self::open`], for what must be recorded.
    ///
    /// # Errors
    /// Of kind `Other` where none can be used. `what` is to be recorded: `the progress of a rotation`.
    pub fn needed(context: &Context, what: &str) -> Result<Self> {
        Self::open(context).ok_or_else(|| {
            Error::new(Kind::Other, format!("no state directory is writable to record {what}"))
                .hint("set XDG_STATE_HOME to a folder of yours")
        })
    }

    /// Those of the context's state directories that are there and ours, best first: for readers, who
    /// make nothing and have no need to write. More than one may have been used over time.
    pub fn existing(context: &Context) -> Vec<Self> {
        let directories = context.state_directories().into_iter().map(|path| Self { path });
        let is_ours = |state: &Self| {
            private::is_folder_of_ours(&state.path)
                && private::is_folder_of_ours(&state.path.join(SESSIONS))
        };
        directories.filter(is_ours).collect()
    }

    /// Opens `path`, a folder that must be ours, not a symlink, writable, and closed to others.
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
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lock of that name; its file is made where it is missing and never removed, because a
    /// lock on a removed file excludes nobody.
    pub fn lock(&self, name: &str) -> io::Result<Lock> {
        let path = self.path.join(LOCKS).join(format!("{name}.lock"));
        Ok(Lock::new(private::open_to_write(
            OpenOptions::new().create(true).truncate(false),
            &path,
        )?))
    }

    /// Adds a line to the log. A log that can't be written is not worth a word.
    pub fn log(&self, context: &Context, message: &str) {
        drop(log::append(&self.path, context.now(), message));
    }

    /// The log's last `most` lines, oldest first.
    pub fn last_log_lines(&self, most: usize) -> Vec<String> {
        log::last_lines(&self.path, most)
    }

    /// Removes what processes left that were killed while they wrote a record.
    pub fn sweep_temporary_files(&self) {
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
