//! The verbs that set things up in AWS. Another program, `rolecall-provision`, carries them out; it
//! reads its command line with this description.

mod create;
mod iam;
mod users;

pub use create::*;
pub use iam::*;
pub use users::*;

use clap::{Args, Subcommand};

/// Whose credentials call AWS, and where. `profile` and `store` are those of `GlobalFlags`, too.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "AWS access")]
pub struct CallerFlags {
    /// Profile to call AWS with [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(long, global = true, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Store for sessions and access keys [default: ROLECALL_STORE, or auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,
    /// Endpoint URL to use instead of AWS's, for IAM, S3 and STS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region to call [default: AWS_REGION, else the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Call AWS with this access key instead of a profile
    #[arg(long, global = true, value_name = "ID", conflicts_with = "profile")]
    pub access_key: Option<String>,
    /// Read the key's secret from stdin, one line, instead of prompting for it
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub secret_key: Option<SecretSource>,
    /// Read the key's session token from stdin, on the line after the secret
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub session_token: Option<SecretSource>,
}

impl CallerFlags {
    /// Returns whether a secret comes from stdin.
    pub fn reads_stdin(&self) -> bool {
        self.secret_key.is_some() || self.session_token.is_some()
    }
}

/// Where a secret was given. The flag's value itself is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `-`: on stdin.
    Stdin,
    /// On the command line, which other users of the machine can read: not allowed.
    CommandLine,
}

/// Never an error, because clap would print the text in it.
#[expect(clippy::unnecessary_wraps, reason = "the signature that clap expects")]
fn secret(text: &str) -> Result<SecretSource, String> {
    Ok(if text == "-" { SecretSource::Stdin } else { SecretSource::CommandLine })
}

/// `rolecall s3`.
#[derive(Debug, Subcommand)]
pub enum S3 {
    /// Create an IAM user with access to only these buckets, and an access key
    Create(Create),
    /// Print the policy that 'create' would use
    Policy(Policy),
    /// List the account's buckets as JSON
    ListBuckets(ListBuckets),
    /// List the account's IAM users as JSON
    ListUsers(ListUsers),
    /// Print users' inline policies, and the ARNs of their attached ones
    ListUserPolicies(ListUserPolicies),
    /// Delete IAM users with their policies, access keys, passwords and MFA devices
    DeleteUser(DeleteUser),
    /// Share a bucket with a client who signs in to the web console
    Share(Share),
}
