//! `rolecall completions`: the script that makes a shell ask [`super::complete`].
//!
//! A script knows nothing of verbs and flags, so it can't be out of date.

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
