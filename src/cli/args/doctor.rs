//! The command line of `rolecall doctor`.

use clap::Args;

use super::settings::Output;

/// `rolecall doctor`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Doctor {
    /// Check only this profile and the ones it gets its credentials from [default: all profiles]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Show each safe repair of the AWS files as a diff, and ask whether to make it
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: make all repairs without asking
    #[arg(long, requires = "fix")]
    pub(crate) yes: bool,
    /// Also call AWS and, with a PROFILE, run the AWS CLI and boto3 once; may prompt for an MFA code
    #[arg(long)]
    pub(crate) online: bool,
    /// Replace account IDs, ARNs, key IDs and the home directory with placeholders, so the report can be shared
    #[arg(long)]
    pub(crate) share: bool,
    /// Show all findings, even thousands of one kind
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 if there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
}
