//! A token in a file, from which SDKs read it with every request.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::token::Token;
use crate::{
    error::{Error, Result},
    private,
};

/// The file, which is removed when this is dropped.
pub(crate) struct TokenFile(PathBuf);

impl TokenFile {
    /// Writes `token` to `path`: mode 0600, atomically, without a newline, which some SDKs would refuse.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn write(path: &Path, token: &Token) -> Result<Self> {
        let failed = |error| Error::io("write the token to", path, error);
        let path = std::path::absolute(path).map_err(failed)?;
        private::replace(&path, token.secret().expose().as_bytes()).map_err(failed)?;
        Ok(Self(path))
    }

    /// Returns the absolute path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        drop(fs::remove_file(&self.0));
    }
}
