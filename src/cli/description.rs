//! The description of the whole command line: what help, usage errors, man pages and completions are
//! made from.

use clap::{Command, CommandFactory as _};

use super::{args::Cli, examples};

/// Returns the whole command line, with examples for each verb.
pub fn command() -> Command {
    examples::with_examples(Cli::command())
}

/// Returns [`command`] with everything that clap itself adds.
pub(super) fn built_command() -> Command {
    let mut command = command();
    command.build();
    command
}
