//! Replaces a file by a new one under the same name.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use tempfile::{NamedTempFile, PersistError};

#[cfg(unix)]
use super::attributes::{Replaced, keep_attributes};
#[cfg(target_os = "linux")]
use super::late::{changed, is_same_file};
use super::{
    late::{Late, OldFile},
    snapshot::Snapshot,
};
#[cfg(unix)]
use crate::input;
use crate::private::{FileRetries, make_parents};
#[cfg(target_os = "linux")]
use crate::secret::Bytes;

/// A replacement that is about to be made.
pub(super) struct Replacement<'r> {
    pub(super) target: &'r Path,
    /// The file as it must still be; `None` if there is none.
    pub(super) old: Option<OldFile>,
    pub(super) before: &'r Snapshot,
    pub(super) after: &'r [u8],
}

/// What became of a replacement.
pub(super) enum Outcome {
    /// Another program changed the file before. Nothing was replaced.
    ChangedBefore,
    /// The file was replaced.
    Replaced {
        /// What other programs did meanwhile.
        late: Late,
        /// What of the old file could not be kept, a sentence each.
        lost: Vec<String>,
    },
}

impl Replacement<'_> {
    /// Replaces the file, if it still is as it was before.
    pub(super) fn make(self) -> io::Result<Outcome> {
        let Self { target, mut old, before, after } = self;
        let folder = target.parent().unwrap_or(Path::new("/"));
        make_parents(folder)?;
        let prefix = format!(".{}.rolecall-", target.file_name().unwrap_or_default().display());
        sweep(folder, &prefix);
        // tempfile creates files with mode 0600. The old file's mode is set before any content is written.
        let mut temporary = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder)?;
        #[cfg(not(unix))]
        let lost = Vec::new(); // it gets what files in this folder have
        #[cfg(unix)]
        let lost = match (&before.metadata, &old) {
            (Some(metadata), Some(old)) => {
                let old = Replaced { path: target, file: old.file(), metadata };
                keep_attributes(temporary.as_file(), &old)?
            }
            _ => Vec::new(),
        };
        // Not through `temporary`, whose errors name a file that nobody knows.
        temporary.as_file().write_all(after)?;
        temporary.as_file().sync_all()?;
        if let Some(old) = &mut old {
            old.watch_new(temporary.path());
        }
        let mut retries = FileRetries::default();
        let swapped = loop {
            if !Snapshot::read(target)?.is_same(before) {
                return Ok(Outcome::ChangedBefore);
            }
            match swap(temporary, target, old.is_some()) {
                // Where that is possible, another program may be writing it.
                Err(failure) if retries.wait(&failure.error) => temporary = failure.file,
                swapped => break swapped.map_err(|failure| failure.error)?,
            }
        };
        let strange = match (swapped, &before.metadata) {
            (Swapped::Not, _) => return Ok(Outcome::ChangedBefore),
            #[cfg(target_os = "linux")]
            (Swapped::Exchanged(displaced), Some(metadata)) => {
                strange(displaced.path(), metadata, before)?
            }
            _ => None,
        };
        #[cfg(unix)]
        input::open(folder)?.sync_all()?;
        let late = match (strange, old) {
            // Another program renamed a file over it a moment ago, as we do.
            (Some(bytes), _) => Late::WroteOld(bytes),
            (None, Some(old)) => old.late(&before.bytes)?,
            (None, None) => Late::Nothing,
        };
        Ok(Outcome::Replaced { late, lost })
    }
}

/// Returns the content of the file that had the name until now, if it is not the one that was read.
#[cfg(target_os = "linux")]
fn strange(
    displaced: &Path,
    metadata: &fs::Metadata,
    before: &Snapshot,
) -> io::Result<Option<Bytes>> {
    // Not opened, unless it must be: the old file is watched for that.
    if is_same_file(&fs::symlink_metadata(displaced)?, metadata) {
        return Ok(None);
    }
    changed(&input::open(displaced)?, &before.bytes)
}

/// What became of the file that had the name until then.
enum Swapped {
    /// It was exchanged for the new one, and is removed when this is dropped.
    #[cfg(target_os = "linux")]
    Exchanged(NamedTempFile),
    /// It was overwritten, or there was none.
    Overwritten,
    /// It still has the name, because another program was faster.
    Not,
}

/// Gives `temporary` the name `target`.
fn swap(temporary: NamedTempFile, target: &Path, exists: bool) -> Result<Swapped, PersistError> {
    let is_gone = |failure: &PersistError| failure.error.kind() == io::ErrorKind::NotFound;
    if !exists {
        return match temporary.persist_noclobber(target) {
            Ok(_) => Ok(Swapped::Overwritten),
            // A process with another state directory, and so another lock, removed it as a leftover.
            Err(failure) if is_gone(&failure) => Ok(Swapped::Not),
            Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Swapped::Not)
            }
            Err(failure) => Err(failure),
        };
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, temporary.path(), CWD, target, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(Swapped::Exchanged(temporary)),
            Err(Errno::NOENT) => return Ok(Swapped::Not),
            // Not every file system can exchange two files.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            Err(error) => return Err(PersistError { error: error.into(), file: temporary }),
        }
    }
    match temporary.persist(target) {
        Ok(_) => Ok(Swapped::Overwritten),
        Err(failure) if is_gone(&failure) => Ok(Swapped::Not),
        Err(failure) => Err(failure),
    }
}

/// Removes the temporary files of a killed edit of the same file. We hold the lock, so nobody uses them.
fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            drop(fs::remove_file(entry.path()));
        }
    }
}
