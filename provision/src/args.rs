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
    /// List the account's buckets as JSON
    ListBuckets(ListBuckets),
    /// List the account's users as JSON
    ListUsers(ListUsers),
    /// Show the policies of users: inline ones, and the ARNs of those attached
    ListUserPolicies(ListUserPolicies),
    /// Delete users with all that is theirs: policies, keys, sign-in, MFA devices, groups
    DeleteUser(DeleteUser),
}

/// The form of a list: pretty JSON objects, one after the other, if nothing else is said.
#[derive(Clone, Copy, Debug, Args)]
pub struct ListForm {
    /// One line for each
    #[arg(long, conflicts_with = "array")]
    pub nl: bool,
    /// One JSON array
    #[arg(long)]
    pub array: bool,
}

/// `rolecall s3 list-buckets`.
#[derive(Debug, Args)]
pub struct ListBuckets {
    /// Only these
    #[arg(value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// With access list, public access block, website and region: four more calls for each bucket
    #[arg(long)]
    pub details: bool,
    /// How they are written.
    #[command(flatten)]
    pub form: ListForm,
}

/// `rolecall s3 list-users`.
#[derive(Debug, Args)]
pub struct ListUsers {
    /// How they are written.
    #[command(flatten)]
    pub form: ListForm,
}

/// `rolecall s3 list-user-policies`.
#[derive(Debug, Args)]
pub struct ListUserPolicies {
    /// Only of these
    #[arg(value_name = "USER")]
    pub users: Vec<String>,
}

/// `rolecall s3 delete-user`.
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// Users to delete
    #[arg(value_name = "USER", required = true)]
    pub users: Vec<String>,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
}
