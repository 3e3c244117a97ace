//! The command lines of `rolecall s3 create` and `rolecall s3 policy`.

use clap::{Args, ValueEnum};

use crate::cli::args::settings::duration;

/// `rolecall s3 create`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Create {
    /// Buckets to give access to; no others are accessible
    #[arg(required = true, value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// What the policy allows.
    #[command(flatten)]
    pub grant: Grant,
    /// Create the buckets that don't exist, instead of failing
    #[arg(short, long)]
    pub create_bucket: bool,
    /// Region of new buckets [default: the profile's]
    #[arg(long, value_name = "REGION")]
    pub bucket_region: Option<String>,
    /// Make new buckets public: anyone who knows an object's name can download it
    #[arg(long, requires = "create_bucket")]
    pub public: bool,
    /// Make new buckets public websites, with index.html and error.html
    #[arg(long, requires = "create_bucket")]
    pub website: bool,
    /// IAM user for the access key; created if it does not exist [default: s3.read-write.BUCKETS, or
    /// read-only, write-only, custom]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Permissions boundary of a new user: a policy's ARN, or none [default: AmazonS3FullAccess; with
    /// --read-only, AmazonS3ReadOnlyAccess; with --policy or --statement, none]
    #[arg(long, value_name = "ARN|none")]
    pub user_permissions_boundary: Option<String>,
    /// Create no user; print temporary credentials of a shared role instead, valid this long (15m to
    /// 12h)
    #[arg(short, long, value_name = "DURATION", value_parser = duration,
        conflicts_with_all = ["username", "user_permissions_boundary", "save_as"])]
    pub duration: Option<u32>,
    /// Save the secret key in the keychain and write this profile, instead of printing it
    #[arg(long, value_name = "PROFILE", conflicts_with = "format")]
    pub save_as: Option<String>,
    /// Output format of the credentials
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,
    /// Print nothing to stderr except an error
    #[arg(long)]
    pub silent: bool,
    /// Print every call and policy without changing anything
    #[arg(long)]
    pub dry_run: bool,
    /// If a step fails, keep and report what was created, instead of deleting it
    #[arg(long)]
    pub keep: bool,
}

/// What a policy for buckets allows.
#[derive(Debug, Args)]
pub struct Grant {
    /// Allow only reading
    #[arg(long, conflicts_with = "write_only")]
    pub read_only: bool,
    /// Allow only writing
    #[arg(long, conflicts_with = "policy")]
    pub write_only: bool,
    /// Allow only objects whose names start with this; end a folder's prefix with /
    #[arg(long, value_name = "PREFIX", conflicts_with = "policy")]
    pub prefix: Option<String>,
    /// Use your own policy: a file, JSON, or - for stdin, where $!BUCKET_NAME!$ stands for the bucket's name
    #[arg(long, value_name = "FILE|JSON|-")]
    pub policy: Option<String>,
    /// Add a statement to the policy; can be repeated
    #[arg(long = "statement", value_name = "JSON", conflicts_with = "policy")]
    pub statements: Vec<String>,
}

/// `rolecall s3 policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// Buckets that the policy is for
    #[arg(required = true, value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// What the policy allows.
    #[command(flatten)]
    pub grant: Grant,
    /// Print the bucket policy that makes a bucket public
    #[arg(long, conflicts_with_all = ["read_only", "write_only", "prefix", "policy", "statements"])]
    pub public_bucket: bool,
}

/// The output formats of credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A JSON object
    #[default]
    Json,
    /// A section for ~/.aws/credentials
    Ini,
}
