//! What a plan depends on besides the two files.

use std::{io, path::Path};

use crate::{
    context::Context,
    input::{self, Pipe},
    profile::Key,
};

/// The longest file that is read, in bytes. STS accepts policies of 2,048 characters, not counting
/// white space between the parts.
const LARGEST_FILE: u64 = 64 * 1024;

/// The variable in which `exec` and `env` repeat the region that they set as `AWS_REGION`, so that
/// it can be distinguished from one that the user chose.
pub(crate) const HANDED_OUT_REGION: &str = "ROLECALL_REGION";

/// The environment variables, as a plan reads them.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'c> {
    context: &'c Context,
}

impl<'c> Environment<'c> {
    /// Returns the environment of `context`.
    pub(crate) fn of(context: &'c Context) -> Self {
        Self { context }
    }

    pub(super) fn context(self) -> &'c Context {
        self.context
    }

    /// Returns a variable that is set and not empty.
    pub(super) fn var(self, name: &str) -> Option<&'c str> {
        self.context.var(name)
    }

    /// Returns the region from the variables. It does not count if `exec` or `env` set it for
    /// another profile.
    pub(super) fn region(self) -> Option<&'c str> {
        let handed_out = self.var(HANDED_OUT_REGION);
        let regions = Key::Region.variables().iter();
        regions.filter_map(|name| self.var(name)).find(|region| Some(*region) != handed_out)
    }
}

/// Reads the text of a file. It may be a pipe, for example from `--session-policy <(…)`.
pub(super) fn read(path: &Path) -> io::Result<String> {
    input::read_text(path, LARGEST_FILE, Pipe::WaitShortly)
}
