//! The description of the whole command line: what help, usage errors, man pages and completions are
//! made from.

use clap::{Command, CommandFactory as _};

use super::{args::Cli, examples, topics};

/// Returns the whole command line, with examples for each verb.
pub fn command() -> Command {
    let command = examples::with_examples(Cli::command());
    let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let topics = format!("More: 'rolecall help TOPIC', with TOPIC one of {}.", topics::names());
    command.after_help(format!("{shown}\n\n{topics}"))
}

/// Returns [`command`] with everything that clap itself adds.
pub(super) fn built_command() -> Command {
    let mut command = command();
    command.build();
    command
}
