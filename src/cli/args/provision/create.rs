//! The command lines of `rolecall s3 create` and `rolecall s3 policy`.

use crate::cli::args::duration;
use clap::{Args, ValueEnum};

/// `rolecall s3 create`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Create {
    /// Buckets that the credentials reach, and nothing else
    #[arg(required = true, value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// What may be done.
    #[command(flatten)]
    pub grant: Grant,
    /// Create the buckets that do not exist; otherwise a missing one is an error
    #[arg(short, long)]
    pub create_bucket: bool,
    /// Region in which buckets are created [default: the profile's]
    #[arg(long, value_name = "REGION")]
    pub bucket_region: Option<String>,
    /// A created bucket is public: whoever knows the name of a file can download it
    #[arg(long, requires = "create_bucket")]
    pub public: bool,
    /// A created bucket is public, and a website with index.html and error.html
    #[arg(long, requires = "create_bucket")]
    pub website: bool,
    /// IAM user that gets the access key; made where it does not exist [default:
    /// s3.read-write.BUCKETS, or read-only, write-only, custom]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Permissions boundary of a user that is made: a policy's ARN, or none [default:
    /// AmazonS3FullAccess, with --read-only AmazonS3ReadOnlyAccess]
    #[arg(long, value_name = "ARN|none")]
    pub user_permissions_boundary: Option<String>,
    /// Make no user: temporary credentials from a shared role that last so long (900, 15m, 1h; from
    /// 15 minutes to 12 hours)
    #[arg(short, long, value_name = "DURATION", value_parser = duration,
        conflicts_with_all = ["username", "user_permissions_boundary", "save_as"])]
    pub duration: Option<u32>,
    /// Put the secret key into the keychain and write this profile, and don't print it
    #[arg(long, value_name = "PROFILE", conflicts_with = "format")]
    pub save_as: Option<String>,
    /// How to print the credentials
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,
    /// Say nothing on stderr, save for an error
    #[arg(long)]
    pub silent: bool,
    /// Print every call and policy, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// If it fails half-way, leave what was made, and say what that is
    #[arg(long)]
    pub keep: bool,
}

/// What may be done with the buckets.
#[derive(Debug, Args)]
pub struct Grant {
    /// Only allow reading
    #[arg(long, conflicts_with = "write_only")]
    pub read_only: bool,
    /// Only allow writing
    #[arg(long, conflicts_with = "policy")]
    pub write_only: bool,
    /// Only allow objects whose names begin so; a folder's prefix ends with a /
    #[arg(long, value_name = "PREFIX", conflicts_with = "policy")]
    pub prefix: Option<String>,
    /// A policy of your own: a file, JSON, or - for stdin; $!BUCKET_NAME!$ in it stands for the bucket
    #[arg(long, value_name = "FILE|JSON|-")]
    pub policy: Option<String>,
    /// A statement (JSON) to add to the policy; may be given more than once
    #[arg(long = "statement", value_name = "JSON", conflicts_with = "policy")]
    pub statements: Vec<String>,
}

/// `rolecall s3 policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// Buckets that the policy is for
    #[arg(required = true, value_name = "BUCKET")]
    pub buckets: Vec<String>,
    /// What may be done.
    #[command(flatten)]
    pub grant: Grant,
    /// Print the bucket policy that makes a bucket public
    #[arg(long, conflicts_with_all = ["read_only", "write_only", "prefix", "policy", "statements"])]
    pub public_bucket: bool,
}

/// How credentials are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A JSON object
    #[default]
    Json,
    /// A profile for ~/.aws/credentials
    Ini,
}
