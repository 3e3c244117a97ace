//! The command lines of the verbs of `rolecall s3` for users and lists.

use clap::Args;

/// The format of a list. Without a flag: pretty-printed JSON objects, one after the other.
#[derive(Clone, Copy, Debug, Args)]
pub struct ListFormat {
    /// Print each object on one line
    #[arg(long, conflicts_with = "array")]
    pub nl: bool,
    /// Print one JSON array
    #[arg(long)]
    pub array: bool,
}

/// `rolecall s3 list-buckets`.
#[derive(Debug, Args)]
pub struct ListBuckets {
    /// List only these buckets
    #[arg(value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// Include ACL, public access block, website and region; makes four more calls for each bucket
    #[arg(long)]
    pub details: bool,
    /// The format.
    #[command(flatten)]
    pub format: ListFormat,
}

/// `rolecall s3 list-users`.
#[derive(Debug, Args)]
pub struct ListUsers {
    /// The format.
    #[command(flatten)]
    pub format: ListFormat,
}

/// `rolecall s3 list-user-policies`.
#[derive(Debug, Args)]
pub struct ListUserPolicies {
    /// Print only the policies of these users
    #[arg(value_name = "USER")]
    pub users: Vec<String>,
}

/// `rolecall s3 delete-user`.
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// Users to delete
    #[arg(value_name = "USER", required = true)]
    pub users: Vec<String>,
    /// Print what would be deleted without deleting it
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall s3 share`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Share {
    /// Bucket to share; created if it does not exist
    #[arg(value_name = "BUCKET")]
    pub bucket: Option<String>,
    /// Client's name; the sign-in details are written to NAME.txt in the current directory
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// IAM user for the client [default: derived from the client's name]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// User's password: '-' reads it from stdin, 'generate' creates one [default: generate]
    #[arg(long, value_name = "-|generate")]
    pub password: Option<String>,
    /// Share only this folder of the bucket
    #[arg(long, value_name = "FOLDER/")]
    pub prefix: Option<String>,
    /// Require a new password at the first sign-in, and allow the client to change it
    #[arg(long)]
    pub must_change_password: bool,
    /// Set a new password for a client who already has one
    #[arg(long)]
    pub new_password: bool,
    /// Don't ask: use the defaults, and share the bucket even if it already exists
    #[arg(long)]
    pub yes: bool,
    /// If a step fails, keep and report what was created, instead of deleting it
    #[arg(long)]
    pub keep: bool,
    /// Print what would change without changing it
    #[arg(long)]
    pub dry_run: bool,
}
