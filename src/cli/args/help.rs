//! The arguments of `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `rolecall completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to print them for
    #[arg(value_enum)]
    pub shell: CompletedShell,
}

/// The shells that complete rolecall's words.
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
    /// Verb to print the page of
    pub verb: Vec<String>,
    /// Write all pages into this folder
    #[arg(long, conflicts_with = "verb")]
    pub dir: Option<PathBuf>,
}
