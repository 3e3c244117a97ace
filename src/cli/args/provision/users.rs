//! The arguments of the verbs for users and lists of them.

use clap::Args;

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

/// `rolecall s3 share`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct Share {
    /// Bucket to share; it is made where there is none
    #[arg(value_name = "BUCKET")]
    pub bucket: Option<String>,
    /// Who it is shared with; the sign-in data are written to NAME.txt in this folder
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// The client's user [default: made of the client's name]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// The user's password: '-' reads it from stdin, 'generate' makes one [default: generate]
    #[arg(long, value_name = "-|generate")]
    pub password: Option<String>,
    /// Share this folder of the bucket alone
    #[arg(long, value_name = "FOLDER/")]
    pub prefix: Option<String>,
    /// The client must choose another password when first signing in, and may change it
    #[arg(long)]
    pub must_change_password: bool,
    /// Set another password for a client who was given one before
    #[arg(long)]
    pub new_password: bool,
    /// Ask nothing: take the defaults, and share a bucket that exists
    #[arg(long)]
    pub yes: bool,
    /// Leave what was made where something fails
    #[arg(long)]
    pub keep: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}
