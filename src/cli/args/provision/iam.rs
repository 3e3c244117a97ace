//! The command lines of `rolecall iam`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `rolecall iam`.
#[derive(Debug, Subcommand)]
pub enum Iam {
    /// Create a user with no permissions except to assume a new role for one bucket
    ServiceAccount(ServiceAccount),
    /// Delete service accounts with their users, roles, keys and profiles
    Remove(Remove),
    /// Make the account's users, groups, policies and roles match a file
    Apply(Apply),
    /// Print the MFA devices of the user whose keys a profile starts from, as JSON
    #[command(hide = true)]
    MfaSerial,
    /// Print why the role of a profile is denied, as far as policies can be read, as JSON
    #[command(hide = true)]
    WhyDenied,
}

/// `rolecall iam service-account`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ServiceAccount {
    /// Name of the user and its profile; the role and its profile are called NAME-role
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Existing bucket that the role has access to
    #[arg(long, value_name = "BUCKET")]
    pub bucket: String,
    /// Allow the role only to list and read
    #[arg(long, conflicts_with_all = ["read_write", "policy"])]
    pub read_only: bool,
    /// Allow the role to list, read, write and delete [without either flag: list, put, and put with an ACL]
    #[arg(long, conflicts_with = "policy")]
    pub read_write: bool,
    /// Use your own policy: a file, JSON, or - for stdin, where $!BUCKET_NAME!$ stands for the bucket's name
    #[arg(long, value_name = "FILE|JSON|-")]
    pub policy: Option<String>,
    /// Require an external ID: VALUE, or a generated one if it is omitted
    #[arg(long, value_name = "VALUE", num_args = 0..=1)]
    pub external_id: Option<Option<String>>,
    /// Require an MFA code from the user's device
    #[arg(long)]
    pub require_mfa: bool,
    /// Print what would change without changing it
    #[arg(long)]
    pub dry_run: bool,
    /// If a step fails, keep and report what was created, instead of deleting it
    #[arg(long)]
    pub keep: bool,
}

/// `rolecall iam remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Names of the service accounts
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Print what would be deleted without deleting it
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall iam apply`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// File that describes the users, groups, policies and roles
    #[arg(value_name = "TEAM.toml")]
    pub file: PathBuf,
    /// Create an access key for each new user, save it in the keychain, and write a profile for it
    #[arg(long)]
    pub save_keys: bool,
    /// Write a profile for each role in the file that you may assume
    #[arg(long)]
    pub profiles: bool,
    /// Don't ask for confirmation
    #[arg(long)]
    pub yes: bool,
    /// Print what would change without changing it
    #[arg(long)]
    pub dry_run: bool,
    /// If a step fails, keep and report what was changed, instead of undoing it
    #[arg(long)]
    pub keep: bool,
}
