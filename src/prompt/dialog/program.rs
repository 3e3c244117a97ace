//! Running a program that shows a dialog.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use super::super::{asking::Asking, code::without_codes};
use crate::{
    child::{ChildProgram, Output, ProgramFailure},
    context::Context,
    output::shorten,
};

/// The title of each window.
pub(super) const TITLE: &str = "rolecall";
/// How many characters of what a program printed to stderr are shown.
const MAX_STDERR: usize = 100;

/// Why a dialog returned nothing.
pub(super) enum DialogFailure {
    Cancelled,
    TimedOut,
    /// There was no window, and why.
    Broken(String),
}

/// One run of a dialog program.
pub(super) struct Run<'r> {
    pub(super) command: Command,
    /// What it reads on stdin, if that is piped.
    pub(super) input: &'r [u8],
    /// How long it may take, if the question's deadline is not earlier.
    pub(super) limit: Duration,
    /// Whether the human cancelled, if it failed with this exit code and this text on stderr.
    pub(super) is_cancel: &'r dyn Fn(Option<i32>, &str) -> bool,
}

impl Run<'_> {
    /// Runs it and returns what it printed.
    pub(super) fn output(self, asking: &Asking<'_>) -> Result<Output, DialogFailure> {
        let limit = asking.time_left().ok_or(DialogFailure::TimedOut)?.min(self.limit);
        let Self { command, input, is_cancel, .. } = self;
        let is_cancelled = &|| asking.is_cancelled();
        let output = ChildProgram { command, input, limit, is_cancelled }.output();
        output.map_err(|failure| match failure {
            ProgramFailure::Cancelled => DialogFailure::Cancelled,
            ProgramFailure::TooSlow(_) => DialogFailure::TimedOut,
            ProgramFailure::Circle => DialogFailure::Broken("would start itself".to_owned()),
            ProgramFailure::TooMuch => DialogFailure::Broken("wrote too much".to_owned()),
            ProgramFailure::NotStarted(why) => {
                DialogFailure::Broken(format!("could not be started: {why}"))
            }
            ProgramFailure::Failed { code, stderr, .. } if is_cancel(code, &stderr) => {
                DialogFailure::Cancelled
            }
            ProgramFailure::Failed { how, stderr, .. } => match without_codes(&stderr) {
                text if text.is_empty() => DialogFailure::Broken(format!("failed ({how})")),
                text => {
                    DialogFailure::Broken(format!("failed ({how}): {}", shorten(&text, MAX_STDERR)))
                }
            },
        })
    }
}

/// Returns the command that runs `program` with our environment, without the variable that would
/// send it to a terminal.
pub(super) fn command(program: &Path, context: &Context) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(context.environment_of_child(&[]))
        .env_remove("GPG_TTY")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command
}
