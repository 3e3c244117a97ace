//! The command line, as clap reads it. Pure: no environment, no files.

mod create;
mod iam;
mod users;

pub use create::*;
pub use iam::*;
pub use users::*;

use clap::{Args, Parser, Subcommand};
use rolecall::cli::args::Rotate;

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
    /// Users, roles and what they may do: barren users, teams from a file
    #[command(subcommand)]
    Iam(Iam),
    /// Long-lived access keys in the keychain
    #[command(subcommand)]
    Keys(Keys),
}

/// `rolecall keys`, as far as it needs IAM.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Replace an access key by a new one
    Rotate(Rotate),
}

/// Who calls AWS, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who calls AWS, and where")]
pub struct Access {
    /// Profile whose credentials call AWS [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where rolecall keeps sessions [default: `ROLECALL_STORE`, else auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,
    /// URL to call in place of AWS's own, for IAM, S3 and STS alike
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region to call [default: AWS_REGION, else the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Access key ID to call with, in place of a profile
    #[arg(long, global = true, value_name = "ID", conflicts_with = "profile")]
    pub access_key: Option<String>,
    /// Read its secret key from stdin, a line; otherwise it is asked for
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub secret_key: Option<GivenSecret>,
    /// Read its session token from stdin, a line behind the secret key's
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub session_token: Option<GivenSecret>,
}

impl Access {
    /// Whether stdin is read for it.
    pub fn reads_stdin(&self) -> bool {
        self.secret_key.is_some() || self.session_token.is_some()
    }
}

/// How a secret is given. Its text is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenSecret {
    /// As it should be.
    OnStdin,
    /// On the command line, where other users of the machine can read it.
    InArguments,
}

/// Never an error, for clap would show the text.
#[expect(clippy::unnecessary_wraps, reason = "that is what clap calls")]
fn secret(text: &str) -> Result<GivenSecret, String> {
    Ok(if text == "-" { GivenSecret::OnStdin } else { GivenSecret::InArguments })
}

/// `rolecall s3`.
#[derive(Debug, Subcommand)]
pub enum S3 {
    /// Make an IAM user who reaches only these buckets, and its access key
    Create(Create),
    /// Print the policy that `create` would give
    Policy(Policy),
    /// List the account's buckets as JSON
    ListBuckets(ListBuckets),
    /// List the account's users as JSON
    ListUsers(ListUsers),
    /// Show the policies of users: inline ones, and the ARNs of those attached
    ListUserPolicies(ListUserPolicies),
    /// Delete users with all that is theirs: policies, keys, sign-in, MFA devices, groups
    DeleteUser(DeleteUser),
    /// Share a bucket with a client who signs in to the console; asks for what is not given
    Share(Share),
}
