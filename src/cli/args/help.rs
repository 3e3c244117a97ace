//! The command lines of `completions`, `shell-init` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `rolecall completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to print the script for
    #[arg(value_enum)]
    pub shell: CompletedShell,
}

/// `rolecall shell-init`.
#[derive(Debug, Args)]
pub struct ShellInit {
    /// Shell to print the function for
    #[arg(value_enum)]
    pub shell: CompletedShell,
}

/// The shells that can complete rolecall's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "they are names")]
pub enum CompletedShell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

/// `rolecall man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Verb whose page to print [default: rolecall itself]
    pub verb: Vec<String>,
    /// Write all pages to this directory instead
    #[arg(long, conflicts_with = "verb")]
    pub dir: Option<PathBuf>,
}
