//! The command lines of `completions`, `shell-init` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `rolecall completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell to print the script for
    #[arg(value_enum)]
    pub(crate) shell: CompletedShell,
}

/// `rolecall shell-init`.
#[derive(Debug, Args)]
pub(crate) struct ShellInit {
    /// Shell to print the function for
    #[arg(value_enum)]
    pub(crate) shell: CompletedShell,
}

/// The shells that can complete rolecall's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletedShell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

/// `rolecall man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Command whose page to print [default: rolecall itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) verb: Vec<String>,
    /// Write all pages to this directory instead
    #[arg(long, conflicts_with = "verb")]
    pub(crate) dir: Option<PathBuf>,
}
