//! Systems other than Unix: a file that another program has open can't be replaced, so nobody writes
//! into the old one. For the same reason, it isn't kept open here.

#![allow(
    dead_code,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "on Unix there is more to do"
)]

use std::{fs::Metadata, io, path::Path};

use crate::{input, secret::Bytes};

/// What other programs did while a file was replaced.
pub(super) enum Late {
    /// Nothing.
    Nothing,
    /// Never happens here.
    WroteOld(Bytes),
    /// Never happens here.
    WroteNew,
}

/// A file that is about to be replaced.
pub(super) struct OldFile;

impl OldFile {
    /// Returns `None` if there is none.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        match input::open(path) {
            Ok(_) => Ok(Some(Self)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns `true`: the comparison before the rename tells.
    pub(super) fn is(&self, _: &Metadata) -> bool {
        true
    }

    /// Does nothing.
    pub(super) fn watch_new(&mut self, _: &Path) {}

    /// Returns that they did nothing.
    pub(super) fn late(self, _: &[u8]) -> io::Result<Late> {
        Ok(Late::Nothing)
    }
}
