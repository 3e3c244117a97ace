//! The command line of `rolecall doctor`.

use clap::Args;

use super::settings::Output;

/// `rolecall doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Examine only this profile, and those that it gets its credentials from [default: all]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Offer each safe repair of the two files as a diff
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: make all repairs without asking
    #[arg(long, requires = "fix")]
    pub(crate) yes: bool,
    /// Exit with 1 if there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
}
