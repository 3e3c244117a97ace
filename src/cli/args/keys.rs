//! The command line of `rolecall keys`.

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

/// `rolecall keys`.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Keep an access key in the keychain, and give it to a profile
    ///
    /// It is asked for on the terminal. Where stdin is no terminal it is read from there: the id and
    /// the secret on a line each, the JSON of `aws iam create-access-key`, or the console's CSV file.
    Add(KeysAdd),
    /// Move access keys from the two AWS files into the keychain
    Import(KeysImport),
    /// List access keys and where they are
    List(KeysList),
    /// Replace an access key by a new one (run by rolecall-provision)
    ///
    /// Makes a new key in IAM, puts it into the keychain, waits until AWS takes it, gives it to all
    /// profiles that have the old one, and deactivates and deletes the old one. Interrupted or killed
    /// at any point, the same command goes on from there.
    ///
    /// The key itself calls IAM, unless --profile names a profile that may.
    Rotate(KeysRotate),
    /// Delete an access key from the keychain
    Remove(KeysRemove),
    /// Print an access key with its secret
    Export(KeysExport),
}

/// `rolecall keys add`.
#[derive(Debug, Args)]
pub struct KeysAdd {
    /// Profile that is to have the key; made where it is missing
    pub name: String,
    /// Keep the key without asking AWS whether it is good
    #[arg(long)]
    pub no_verify: bool,
    /// Region of the profile
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Serial number or ARN of the MFA device of the key's user: the profile gives MFA sessions
    #[arg(long, value_name = "SERIAL")]
    pub mfa_serial: Option<String>,
    /// Write `rolecall` alone into `credential_process`, not its path: for configs that are shared
    #[arg(long)]
    pub bare: bool,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall keys import`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct KeysImport {
    /// Profiles whose access keys to move
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub names: Vec<String>,
    /// Move those of every profile
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Leave the keys in the files as well
    #[arg(long)]
    pub keep: bool,
    /// Write `rolecall` alone into `credential_process`, not its path: for configs that are shared
    #[arg(long)]
    pub bare: bool,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall keys list`.
#[derive(Debug, Args)]
pub struct KeysList {
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `rolecall keys rotate`, as the program that does it takes it, too.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Profile whose key to replace, or the key's id
    #[arg(value_name = "NAME|ID")]
    pub name: String,
    /// Leave the old key in IAM and in the keychain, but inactive
    #[arg(long)]
    pub keep_old: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall keys rotate`.
#[derive(Debug, Args)]
pub struct KeysRotate {
    /// What that program does.
    #[command(flatten)]
    pub rotate: Rotate,
    /// URL to call in place of AWS's own, for IAM and STS alike
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region to call [default: `AWS_REGION`, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

/// `rolecall keys remove`.
#[derive(Debug, Args)]
pub struct KeysRemove {
    /// Profile whose key to delete, or the key's id
    #[arg(value_name = "NAME|ID")]
    pub name: String,
    /// Delete it even if profiles use it, and take it out of them
    #[arg(long)]
    pub force: bool,
}

/// `rolecall keys export`.
#[derive(Debug, Args)]
pub struct KeysExport {
    /// Profile whose key to print, or the key's id
    #[arg(value_name = "NAME|ID")]
    pub name: String,
    /// Don't ask first
    #[arg(long)]
    pub yes: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: KeyFormat,
}

/// How a key is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum KeyFormat {
    /// As a section of the credentials file
    #[default]
    Ini,
    /// As JSON
    Json,
}
