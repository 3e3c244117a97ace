//! The command lines of `rolecall iam`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `rolecall iam`.
#[derive(Debug, Subcommand)]
pub enum Iam {
    /// Make a user who may do nothing but assume one role, that role for a bucket, and their profiles
    ServiceAccount(ServiceAccount),
    /// Take down what service-account made: role, user, keys, profiles
    Remove(Remove),
    /// Make the account's users, groups, policies and roles what a file says
    Apply(Apply),
    /// Print the MFA devices of the user whose keys a profile starts from, as JSON
    #[command(hide = true)]
    MfaSerial,
}

/// `rolecall iam service-account`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ServiceAccount {
    /// Name of the user and its profile; the role and its profile are NAME-role
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Bucket that the role reaches; it must exist
    #[arg(long, value_name = "BUCKET")]
    pub bucket: String,
    /// The role may list and read, and nothing else
    #[arg(long, conflicts_with_all = ["read_write", "policy"])]
    pub read_only: bool,
    /// The role may list, read, write and delete [default: list, put, and put with an ACL]
    #[arg(long, conflicts_with = "policy")]
    pub read_write: bool,
    /// The role's policy: a file, JSON, or - for stdin; $!BUCKET_NAME!$ in it stands for the bucket
    #[arg(long, value_name = "FILE|JSON|-")]
    pub policy: Option<String>,
    /// The role asks for an external ID: this one, or without a value one that is made
    #[arg(long, value_name = "VALUE", num_args = 0..=1)]
    pub external_id: Option<Option<String>>,
    /// The role asks for an MFA code of the user's device
    #[arg(long)]
    pub require_mfa: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// If it fails half-way, leave what was made, and say what that is
    #[arg(long)]
    pub keep: bool,
}

/// `rolecall iam remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Names that service-account was given
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall iam apply`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// File that says what is to be there
    #[arg(value_name = "TEAM.toml")]
    pub file: PathBuf,
    /// Make an access key for each new user, put it into the keychain, and write a profile for it
    #[arg(long)]
    pub save_keys: bool,
    /// Write a profile for each role of the file that the caller may assume
    #[arg(long)]
    pub profiles: bool,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// If it fails half-way, leave what was done, and say what that is
    #[arg(long)]
    pub keep: bool,
}
