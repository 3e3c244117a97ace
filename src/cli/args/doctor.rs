//! The command line of `rolecall doctor`.

use clap::Args;

use super::settings::Output;

/// `rolecall doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Examine only this profile, and those that it gets its credentials from [default: all]
    #[arg(value_name = "PROFILE")]
    pub name: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Offer each safe repair of the two files as a diff
    #[arg(long)]
    pub fix: bool,
    /// With --fix: make all repairs without asking
    #[arg(long, requires = "fix")]
    pub yes: bool,
    /// Exit with 1 if there are warnings
    #[arg(long)]
    pub strict: bool,
}
