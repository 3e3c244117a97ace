//! What a plan takes from outside the two files.

use std::{io, path::Path};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    input::{self, Pipe},
};

/// The most that is read of a policy file: STS takes 2,048 characters, white space apart.
const LARGEST_FILE: u64 = 64 * 1024;

/// The region that `exec` and `env` set for a profile, beside `AWS_REGION`, so that it can be told from
/// one that the user chose.
pub const HANDED_OUT_REGION: &str = "ROLECALL_REGION";

/// The environment that a plan is made in: its variables, and the text of files that settings name.
#[derive(Clone, Copy)]
pub struct Environment<'c> {
    context: &'c Context,
}

impl<'c> Environment<'c> {
    /// The environment of `context`; files are read from the disk.
    pub fn of(context: &'c Context) -> Self {
        Self { context }
    }

    pub(super) fn context(self) -> &'c Context {
        self.context
    }

    /// A variable that is set and not empty.
    pub(super) fn var(self, name: &str) -> Option<&'c str> {
        self.context.var(name)
    }

    /// The region that a variable chooses. What `exec` or `env` put there for the profile that they were
    /// called for chooses none for another.
    pub(super) fn region(self) -> Option<&'c str> {
        let handed_out = self.var(HANDED_OUT_REGION);
        let regions = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
        regions.filter_map(|name| self.var(name)).find(|region| Some(*region) != handed_out)
    }

    /// A variable that is `true` or `false`, in any case of letters.
    pub(super) fn flag(self, name: &str) -> Result<Option<bool>> {
        let Some(value) = self.var(name) else {
            return Ok(None);
        };
        let wrong = || Error::new(Kind::Usage, format!("{name} is neither true nor false"));
        boolean(value).ok_or_else(wrong).map(Some)
    }
}

/// The text of a file. A profile may name a pipe, and `--session-policy` may be given one on purpose.
pub(super) fn read(path: &Path) -> io::Result<String> {
    input::read_text(path, LARGEST_FILE, Pipe::WaitShortly)
}

/// Reads `true` or `false`, without regard to case; `None` for anything else.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
