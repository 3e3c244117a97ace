//! The command line, as clap reads it. Pure: no environment, no files.

use clap::{Args, Parser, Subcommand};

/// Sets up in AWS what rolecall's profiles need
#[derive(Debug, Parser)]
#[command(name = "rolecall", bin_name = "rolecall", version, max_term_width = 100)]
pub struct Cli {
    /// What to set up
    #[command(subcommand)]
    pub area: Area,
    /// Who calls AWS.
    #[command(flatten)]
    pub access: Access,
}

/// What can be set up.
#[derive(Debug, Subcommand)]
pub enum Area {
    /// Who may reach a bucket: users with keys, policies, clients
    #[command(subcommand)]
    S3(S3),
}

/// Who calls AWS, and where.
#[derive(Debug, Args)]
pub struct Access {
    /// Profile whose credentials call AWS [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where rolecall keeps sessions [default: `ROLECALL_STORE`, else auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,
    /// URL to call in place of AWS's own, for IAM and S3 alike
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

/// `rolecall s3`.
#[derive(Debug, Subcommand)]
pub enum S3 {
    /// List the account's buckets
    ListBuckets,
}
