//! The command line of `rolecall doctor`.

use clap::Args;

use super::settings::Output;

/// `rolecall doctor`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
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
    /// Also ask AWS, and run the AWS CLI and boto3 once with PROFILE; may prompt for an MFA code
    #[arg(long)]
    pub(crate) online: bool,
    /// Replace account IDs, ARNs, key IDs and the home folder, for a report that others may read
    #[arg(long)]
    pub(crate) share: bool,
    /// Show all findings, even thousands of one kind
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 if there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
}
