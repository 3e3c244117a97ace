//! Our own folders: for state, what takes its place, and the cache.

use std::path::PathBuf;
#[cfg(unix)]
use std::{ffi::OsString, path::Path};

use super::{Context, platform::Folders};

/// A folder that may hold our state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateFolder {
    /// The folder itself.
    pub(crate) path: PathBuf,
    /// Whether it is the one for state. The others take its place while it can't be used; what they
    /// hold is lost at logout or when the system starts.
    pub(crate) is_lasting: bool,
    /// Whether its parent must belong to this user, because it is private by rule.
    pub(crate) has_private_parent: bool,
}

impl Context {
    /// Returns the folders that may hold our state, best first: this platform's folder for state
    /// (on macOS and Windows, for application data); the runtime directory, which is lost at logout;
    /// a folder of this user below the folder for temporary files.
    ///
    /// Rule: XDG Base Directory Specification, `$XDG_RUNTIME_DIR`; file-hierarchy(7), `/run/user/`.
    pub(crate) fn state_directories(&self) -> Vec<StateFolder> {
        let lasting = self.folders().state.map(|path| StateFolder {
            path,
            is_lasting: true,
            has_private_parent: false,
        });
        let mut all: Vec<StateFolder> = lasting.into_iter().collect();
        for (path, has_private_parent) in self.passing_directories() {
            if path.is_absolute() && all.iter().all(|other| other.path != path) {
                all.push(StateFolder { path, is_lasting: false, has_private_parent });
            }
        }
        all
    }

    #[cfg(unix)]
    fn passing_directories(&self) -> Vec<(PathBuf, bool)> {
        let user = rustix::process::geteuid().as_raw();
        let set = self.var_os("XDG_RUNTIME_DIR").map(OsString::from);
        let is_made_up = self.made_up_folders.is_some();
        let usual = cfg!(target_os = "linux") && !is_made_up;
        let usual = usual.then(|| OsString::from(format!("/run/user/{user}")));
        let default = (!is_made_up).then(|| OsString::from("/tmp"));
        let temporary = self.var_os("TMPDIR").map(OsString::from).or(default);
        let temporary =
            temporary.map(|folder| (Path::new(&folder).join(format!("rolecall-{user}")), false));
        let runtime = set.into_iter().chain(usual);
        let runtime = runtime.map(|folder| (Path::new(&folder).join("rolecall"), true));
        runtime.chain(temporary).collect()
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "on Unix it reads the environment")]
    fn passing_directories(&self) -> Vec<(PathBuf, bool)> {
        Vec::new()
    }

    /// Returns our folder in the user's cache directory, if the platform names one.
    pub(crate) fn cache_directory(&self) -> Option<PathBuf> {
        self.folders().cache
    }

    /// Asked for only when needed: many a cache hit needs none of them.
    fn folders(&self) -> Folders {
        let made_up = self.made_up_folders.clone();
        made_up.or_else(|| self.home().and_then(|_| Folders::of_platform())).unwrap_or_default()
    }
}
