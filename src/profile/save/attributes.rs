//! The owner, group and mode of a file that is replaced.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
};

/// A file that is about to be replaced.
pub(super) struct Replaced<'f> {
    pub(super) path: &'f Path,
    pub(super) file: &'f File,
    pub(super) metadata: &'f Metadata,
}

/// Gives `new` the owner, group and mode of the old file, before it has any content. Returns what
/// could not be kept.
#[cfg(unix)]
pub(super) fn keep_attributes(new: &File, old: &Replaced<'_>) -> io::Result<Vec<String>> {
    use std::os::unix::fs::{MetadataExt as _, fchown};

    let Replaced { metadata, .. } = old;
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(new, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    new.set_permissions(metadata.permissions())?;
    Ok(Vec::new())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub(super) fn keep_attributes(_new: &File, _old: &Replaced<'_>) -> io::Result<Vec<String>> {
    Ok(Vec::new())
}
