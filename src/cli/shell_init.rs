//! `rolecall shell-init`: the shell function `assume`, which switches the shell that it runs in.
//!
//! A program can't change its shell's environment, so the function runs the commands that
//! [`super::assume`] prints.

use zeroize::Zeroizing;

use super::args::{self, CompletedShell};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    output::{Language, Streams},
};

/// Stands for the quoted path of this program in the scripts.
const PROGRAM: &str = "@rolecall@";

pub(super) fn run(
    context: &Context,
    args: &args::ShellInit,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let script = match args.shell {
        CompletedShell::Bash => include_str!("shell_init/assume.bash"),
        CompletedShell::Zsh => include_str!("shell_init/assume.zsh"),
        CompletedShell::Fish => include_str!("shell_init/assume.fish"),
        CompletedShell::PowerShell => include_str!("shell_init/assume.ps1"),
    };
    let path = context.executable();
    let path = path.as_deref().and_then(|path| path.to_str());
    let mut word = Zeroizing::default();
    if !path.is_some_and(|path| language(args.shell).quote(path, &mut word)) {
        return Err(Error::new(
            Kind::Other,
            "the path of this program can't be written in a script",
        )
        .hint("install rolecall in a directory whose path is valid UTF-8"));
    }
    streams.print(&script.replace(PROGRAM, &word))
}

/// Returns the syntax of a shell.
pub(super) fn language(shell: CompletedShell) -> Language {
    match shell {
        CompletedShell::Bash | CompletedShell::Zsh => Language::Posix,
        CompletedShell::Fish => Language::Fish,
        CompletedShell::PowerShell => Language::PowerShell,
    }
}
