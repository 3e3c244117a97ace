//! The command line of `rolecall keys`.

use clap::{Args, Subcommand, ValueEnum};

use super::settings::Output;

/// `rolecall keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Store an access key in the keychain and set up a profile for it
    ///
    /// Prompts for the key's ID and secret. If stdin is not a terminal, reads them from there: ID and secret
    /// on separate lines, the JSON of 'aws iam create-access-key', or the CSV file of the console.
    Add(KeysAdd),
    /// Move access keys from the AWS files into the keychain
    Import(KeysImport),
    /// List access keys and where they are stored
    List(KeysList),
    /// Replace an access key with a new one
    ///
    /// Creates a new key in IAM, stores it in the keychain, waits until AWS accepts it, switches all
    /// profiles that use the old key to the new one, then deactivates and deletes the old key. If it is
    /// interrupted, run the same command again to continue.
    ///
    /// IAM is called with the key itself, unless --profile names a profile with the permissions.
    ///
    /// Needs rolecall-provision in the same directory as rolecall; './install.sh --provision' installs both.
    Rotate(KeysRotate),
    /// Delete an access key from the keychain
    Remove(KeysRemove),
    /// Print an access key with its secret
    Export(KeysExport),
}

/// `rolecall keys add`.
#[derive(Debug, Args)]
pub(crate) struct KeysAdd {
    /// Profile for the key; created if it does not exist
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
    /// Store the key without checking it with AWS
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Region of the profile
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Serial number or ARN of the user's MFA device; the profile then hands out MFA sessions
    #[arg(long, value_name = "SERIAL")]
    pub(crate) mfa_serial: Option<String>,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `rolecall keys import`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct KeysImport {
    /// Profiles whose access keys to move
    #[arg(value_name = "PROFILE", required_unless_present = "all")]
    pub(crate) names: Vec<String>,
    /// Move the access keys of all profiles
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// Leave the keys in the files too
    #[arg(long)]
    pub(crate) keep: bool,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `rolecall keys list`.
#[derive(Debug, Args)]
pub(crate) struct KeysList {
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `rolecall keys rotate`.
#[derive(Debug, Args)]
pub struct KeysRotate {
    /// Profile whose key to replace, or the key's ID
    #[arg(value_name = "PROFILE|ID")]
    pub name: String,
    /// Keep the old key, inactive, in IAM and in the keychain
    #[arg(long)]
    pub keep_old: bool,
    /// Print what would change without changing it
    #[arg(long)]
    pub dry_run: bool,
    /// Call IAM with this profile's credentials [default: with the key itself]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Endpoint URL to use instead of AWS's, for IAM and STS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Region to call [default: AWS_REGION, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
}

/// `rolecall keys remove`.
#[derive(Debug, Args)]
pub(crate) struct KeysRemove {
    /// Profile whose key to delete, or the key's ID
    #[arg(value_name = "PROFILE|ID")]
    pub(crate) name: String,
    /// Delete it even if profiles use it, and remove it from them
    #[arg(long)]
    pub(crate) force: bool,
}

/// `rolecall keys export`.
#[derive(Debug, Args)]
pub(crate) struct KeysExport {
    /// Profile whose key to print, or the key's ID
    #[arg(value_name = "PROFILE|ID")]
    pub(crate) name: String,
    /// Don't ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: KeyFormat,
}

/// The output formats of an access key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFormat {
    /// A section for the credentials file
    #[default]
    Ini,
    /// For scripts
    Json,
}
