//! The folders that this platform has for a program's files.

#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;

/// Our own folders; `None` where the platform has no such folder.
#[derive(Clone, Default)]
pub(super) struct Folders {
    pub(super) state: Option<PathBuf>,
    pub(super) cache: Option<PathBuf>,
}

impl Folders {
    /// Rule: XDG Base Directory Specification, Apple's standard directories, Windows' Known
    /// Folders.
    pub(super) fn of_platform() -> Option<Self> {
        let all = directories::ProjectDirs::from("", "", "rolecall")?;
        Some(Self {
            state: Some(all.state_dir().unwrap_or_else(|| all.data_local_dir()).to_owned()),
            cache: Some(all.cache_dir().to_owned()),
        })
    }

    /// Those of a process that does not exist, below its home.
    #[cfg(test)]
    pub(super) fn made_up(home: Option<&Path>) -> Self {
        let below = |folder: &str| Some(home?.join(folder).join("rolecall"));
        Self { state: below(".local/state"), cache: below(".cache") }
    }
}
