//! Which of the two files, and where it is.

use std::path::PathBuf;

use crate::{
    context::Context,
    error::{Error, Result},
};

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// `~/.aws/config`, or the path in `AWS_CONFIG_FILE`.
    Config,
    /// `~/.aws/credentials`, or the path in `AWS_SHARED_CREDENTIALS_FILE`.
    Credentials,
}

impl Which {
    /// Returns the path of this file.
    ///
    /// # Errors
    /// The environment does not name the file, and there is no home directory.
    pub(crate) fn path(self, context: &Context) -> Result<PathBuf> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(path) = context.var_os(variable) {
            return Ok(context.expand_home(path));
        }
        match context.home() {
            Some(home) => Ok(home.join(".aws").join(name)),
            None => Err(Error::config("no home directory to look for the AWS config in")
                .hint(format!("set HOME or {variable}"))),
        }
    }
}
