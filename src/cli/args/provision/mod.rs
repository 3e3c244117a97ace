//! The verbs that set things up in AWS. Another program, `rolecall-provision`, carries them out; it
//! reads its command line with this description.

mod create;
mod iam;
mod users;

pub use create::*;
pub use iam::*;
pub use users::*;

use clap::{Args, Subcommand};

/// Whose credentials call AWS, and where.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "AWS access")]
pub struct Access {
    /// Profile whose credentials call AWS [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"]
    #[arg(long, global = true, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Store for sessions and access keys [default: ROLECALL_STORE, else auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,
    /// Call this URL instead of AWS's own, for IAM, S3 and STS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region to call [default: AWS_REGION, else the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Call with this access key instead of a profile
    #[arg(long, global = true, value_name = "ID", conflicts_with = "profile")]
    pub access_key: Option<String>,
    /// Read the access key's secret from stdin (one line) instead of prompting for it
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub secret_key: Option<GivenSecret>,
    /// Read the access key's session token from stdin (the next line)
    #[arg(long, global = true, value_name = "-", value_parser = secret)]
    pub session_token: Option<GivenSecret>,
}

impl Access {
    /// Returns whether the secrets come from stdin.
    pub fn reads_stdin(&self) -> bool {
        self.secret_key.is_some() || self.session_token.is_some()
    }
}

/// How a secret is given. The flag's value itself is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenSecret {
    /// `-`: on stdin, as it should be.
    OnStdin,
    /// On the command line, where other users of the machine can read it.
    InArguments,
}

/// Never an error, because clap would print the text in it.
#[expect(clippy::unnecessary_wraps, reason = "the signature that clap expects")]
fn secret(text: &str) -> Result<GivenSecret, String> {
    Ok(if text == "-" { GivenSecret::OnStdin } else { GivenSecret::InArguments })
}

/// `rolecall s3`.
#[derive(Debug, Subcommand)]
pub enum S3 {
    /// Create an IAM user who can reach only these buckets, and an access key
    Create(Create),
    /// Print the policy that `create` would attach
    Policy(Policy),
    /// List the account's buckets as JSON
    ListBuckets(ListBuckets),
    /// List the account's IAM users as JSON
    ListUsers(ListUsers),
    /// Print users' inline policies and the ARNs of their attached policies
    ListUserPolicies(ListUserPolicies),
    /// Delete IAM users with everything they have: policies, keys, MFA devices, group memberships
    DeleteUser(DeleteUser),
    /// Share a bucket with a client who signs in to the console
    Share(Share),
}
