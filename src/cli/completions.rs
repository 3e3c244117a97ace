//! `rolecall completions`: the script with which a shell asks [`super::complete`].
//!
//! A script contains no verbs or flags, so it can't be out of date.

use super::args::{self, CompletedShell};
use crate::{error::Result, output::Streams};

pub(super) fn run(args: &args::Completions, streams: &mut Streams<'_>) -> Result<()> {
    streams.print(match args.shell {
        CompletedShell::Bash => include_str!("complete/rolecall.bash"),
        CompletedShell::Zsh => include_str!("complete/rolecall.zsh"),
        CompletedShell::Fish => include_str!("complete/rolecall.fish"),
        CompletedShell::PowerShell => include_str!("complete/rolecall.ps1"),
    })
}
