//! Whom the two files can be trusted to come from: who owns them, and who else can change them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Profile, ProfileSet, Setting, Which, as_word, files::stranger};
use crate::{
    context::Context,
    error::{Error, Reason, Result},
};

/// The bits of a mode that let others write: the group and everyone.
const OTHERS_WRITE: u32 = 0o022;
/// The bit of a folder's mode that lets only owners remove what is in it, as in `/tmp`.
const STICKY: u32 = 0o1000;

/// One of the two files, or the folder of one, that somebody else can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exposed {
    /// The file or folder.
    pub(crate) path: PathBuf,
    /// Whether it is a folder.
    pub(crate) is_folder: bool,
    /// Who else can change it.
    pub(crate) by: Other,
}

/// Who can change a file besides this user and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere files have no mode"))]
pub(crate) enum Other {
    /// The user who owns it.
    Owner(u32),
    /// The group or everyone, by this mode.
    Mode(u32),
}

impl Exposed {
    /// Returns what is wrong, in one line.
    pub(crate) fn what(&self) -> String {
        let path = self.path.display();
        match self.by {
            Other::Owner(user) => format!("another user (uid {user}) owns {path}"),
            Other::Mode(mode) => format!("other users can change {path} (mode {mode:o})"),
        }
    }

    /// Returns the mode without the bits that let others write, if the mode is what is wrong.
    pub(crate) fn better_mode(&self) -> Option<u32> {
        match self.by {
            Other::Mode(mode) => Some(mode & !OTHERS_WRITE),
            Other::Owner(_) => None,
        }
    }

    /// Returns what to do about it.
    pub(crate) fn remedy(&self) -> String {
        let word = as_word(&self.path.to_string_lossy()).into_owned();
        match self.better_mode() {
            Some(mode) => format!("'chmod {mode:o} {word}'"),
            None => format!("'sudo chown \"$USER\" {word}', if you trust what is in it"),
        }
    }
}

/// Returns which of the two files and their folders others can change. Of a symlink, both its folder
/// and what it leads to count.
pub(crate) fn exposed(context: &Context) -> Vec<Exposed> {
    let mut found: Vec<Exposed> = Vec::new();
    for which in [Which::Config, Which::Credentials] {
        let Some(path) = which.path(context).ok().and_then(|path| std::path::absolute(path).ok())
        else {
            continue;
        };
        let target = fs::canonicalize(&path).ok();
        let mut folders: Vec<&Path> = [Some(&path), target.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|path| path.parent())
            .collect();
        folders.dedup();
        let is_there = target.is_some();
        let folders = folders.into_iter().filter_map(|folder| folder_exposed(folder, is_there));
        let new = target.as_deref().and_then(file_exposed).into_iter().chain(folders);
        for new in new {
            if !found.contains(&new) {
                found.push(new);
            }
        }
    }
    found
}

fn file_exposed(path: &Path) -> Option<Exposed> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let by = stranger(&metadata).map(Other::Owner).or_else(|| writable(&metadata))?;
    Some(Exposed { path: path.to_owned(), is_folder: false, by })
}

/// In a folder like `/tmp`, others can add a file, but not replace one that is there.
fn folder_exposed(path: &Path, has_file: bool) -> Option<Exposed> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
    let is_safe = |by: &Other| matches!(by, Other::Mode(mode) if mode & STICKY != 0) && has_file;
    let by = stranger(&metadata).map(Other::Owner).or_else(|| writable(&metadata));
    let by = by.filter(|by| !is_safe(by))?;
    Some(Exposed { path: path.to_owned(), is_folder: true, by })
}

#[cfg(unix)]
fn writable(metadata: &fs::Metadata) -> Option<Other> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & OTHERS_WRITE != 0).then_some(Other::Mode(mode))
}

#[cfg(not(unix))]
fn writable(_: &fs::Metadata) -> Option<Other> {
    None
}

impl ProfileSet<'_> {
    /// Checks that the command in a setting of `profile` may be run: not if its file belongs to another
    /// user, who would then run programs as this one.
    ///
    /// # Errors
    /// Which user owns the file.
    pub(crate) fn check_command(&self, profile: &Profile<'_>, setting: &Setting<'_>) -> Result<()> {
        let Some(user) = self.files.get(setting.which).stranger else { return Ok(()) };
        let Setting { key, at, .. } = setting;
        let what = format!(
            "'{key}' of profile '{}' is not run: its file belongs to another user (uid {user})",
            profile.name
        );
        let file = as_word(&at.file.to_string_lossy()).into_owned();
        Err(Error::config(what).at(Some(at.clone())).because(Reason::Stranger).hint(format!(
            "if you trust what is in it, 'sudo chown \"$USER\" {file}' makes it yours"
        )))
    }
}
