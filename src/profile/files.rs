//! Where the two files are, and reading them.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    secret::Text,
};

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// `~/.aws/config`, or what `AWS_CONFIG_FILE` names.
    Config,
    /// `~/.aws/credentials`, or what `AWS_SHARED_CREDENTIALS_FILE` names.
    Credentials,
}

impl Which {
    /// Where this file is; an error where the system knows no home folder and nothing names it.
    pub fn path(self, context: &Context) -> Result<PathBuf> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(path) = context.var_os(variable) {
            return Ok(context.expand_home(path));
        }
        match context.home() {
            Some(home) => Ok(home.join(".aws").join(name)),
            None => Err(Error::config("there is no home folder to look for the AWS config in")
                .hint(format!("set HOME or {variable}"))),
        }
    }
}

/// A file's place and text. A file that does not exist is an empty one.
pub struct File {
    /// Which of the two it is.
    pub which: Which,
    /// Its path as named, symlinks not resolved.
    pub path: PathBuf,
    text: Text,
}

impl File {
    /// Reads `path`, which must be UTF-8 where it exists.
    pub fn read(which: Which, path: PathBuf) -> Result<Self> {
        let text = match fs::read(&path) {
            Ok(bytes) => utf8(bytes, &path)?,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                String::new()
            }
            Err(error) => return Err(Error::io("read", &path, &error).with_kind(Kind::Config)),
        };
        Ok(Self::of_text(which, path, text))
    }

    /// A file with this text, wherever that came from.
    pub fn of_text(which: Which, path: PathBuf, text: String) -> Self {
        Self { which, path, text: Text::new(text) }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A place in this file.
    pub fn location(&self, line: usize) -> Location {
        Location { file: self.path.clone(), line }
    }
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = Zeroizing::new(error.into_bytes());
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..good]).count();
        Error::config("this file is not UTF-8")
            .at(Some(Location { file: path.to_owned(), line }))
            .hint("save it as UTF-8: AWS tools skip or refuse it as it is")
    })
}

/// Both files, read once for the whole run.
pub struct Files {
    /// The config file.
    pub config: File,
    /// The credentials file.
    pub credentials: File,
}

impl Files {
    /// Reads both files from where the environment says they are.
    pub fn read(context: &Context) -> Result<Self> {
        let read = |which: Which| File::read(which, which.path(context)?);
        Ok(Self { config: read(Which::Config)?, credentials: read(Which::Credentials)? })
    }

    /// The file of that kind.
    pub fn get(&self, which: Which) -> &File {
        match which {
            Which::Config => &self.config,
            Which::Credentials => &self.credentials,
        }
    }
}
