//! The command lines of `rolecall profile`.

use clap::{Args, Subcommand, ValueEnum};

use super::settings::{Output, Settings};

/// `rolecall profile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// List the profiles in the config and credentials files
    List(ProfileList),
    /// Show a profile's settings and the roles it assumes
    Show(ProfileShow),
    /// Show all role chains as a tree
    Tree(ProfileTree),
    /// Add a profile for a role, prompting for missing settings in a terminal
    Add(ProfileAdd),
    /// Let rolecall provide the credentials of existing role profiles
    Adopt(ProfileAdopt),
    /// Restore adopted profiles to exactly what they were
    Release(ProfileRelease),
    /// Change settings of a profile
    Set(ProfileSet),
    /// Remove settings from a profile
    Unset(ProfileUnset),
    /// Remove profiles
    Remove(ProfileRemove),
    /// Rename a profile and update every reference to it
    Rename(ProfileRename),
}

/// `rolecall profile tree`.
#[derive(Debug, Args)]
pub(crate) struct ProfileTree {
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: TreeOutput,
}

/// `rolecall profile adopt`.
#[derive(Debug, Args)]
pub(crate) struct ProfileAdopt {
    /// The profiles to adopt.
    #[command(flatten)]
    pub(crate) which: ProfileSelection,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `rolecall profile release`.
#[derive(Debug, Args)]
#[command(
    mut_arg("names", |arg| arg.help("Profiles to restore")),
    mut_arg("all", |arg| arg.help("Restore all adopted profiles; report those that can't be"))
)]
pub(crate) struct ProfileRelease {
    /// The profiles to restore.
    #[command(flatten)]
    pub(crate) which: ProfileSelection,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Profiles by name, or all of them.
#[derive(Debug, Args)]
pub(crate) struct ProfileSelection {
    /// Profiles to adopt
    #[arg(value_name = "PROFILE")]
    pub(crate) names: Vec<String>,
    /// Adopt all role profiles; report those that can't be
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
}

/// `rolecall profile list`.
#[derive(Debug, Args)]
pub(crate) struct ProfileList {
    /// Only list profiles whose name, account or role contains this text (case-insensitive)
    pub(crate) filter: Option<String>,
    /// Only list profiles of this kind, or of several, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    pub(crate) kind: Vec<ProfileKind>,
    /// Only list profiles whose credential_process is rolecall
    #[arg(long)]
    pub(crate) managed: bool,
    /// Only list profiles of this AWS account
    #[arg(long, value_name = "ACCOUNT_ID")]
    pub(crate) account: Option<String>,
    /// Order of the profiles
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) sort: ProfileOrder,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `rolecall profile show`.
#[derive(Debug, Args)]
pub(crate) struct ProfileShow {
    /// Profile to show [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Include secret access keys and session tokens
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `rolecall profile add`.
#[derive(Debug, Args)]
#[command(
    mut_arg("mfa_serial", |arg| {
        arg.help("Serial number or ARN of the MFA device; auto looks it up in IAM")
    }),
    mut_arg("region", |arg| arg.help("AWS region of the profile"))
)]
pub(crate) struct ProfileAdd {
    /// Name of the new profile: letters, digits and _ / . % @ : + -
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The new profile's settings.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `rolecall profile set`.
#[derive(Debug, Args)]
pub(crate) struct ProfileSet {
    /// Profile to change; created if it does not exist
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
    /// Settings to change; for a nested one, s3.max_queue_size=100
    #[arg(value_name = "KEY=VALUE", required = true)]
    pub(crate) settings: Vec<String>,
    /// The file to edit, and whether to.
    #[command(flatten)]
    pub(crate) edit: EditOptions,
}

/// `rolecall profile unset`.
#[derive(Debug, Args)]
pub(crate) struct ProfileUnset {
    /// Profile to change
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
    /// Settings to remove; for a nested one, s3.max_queue_size
    #[arg(value_name = "KEY", required = true)]
    pub(crate) keys: Vec<String>,
    /// The file to edit, and whether to.
    #[command(flatten)]
    pub(crate) edit: EditOptions,
}

/// `rolecall profile remove`.
#[derive(Debug, Args)]
pub(crate) struct ProfileRemove {
    /// Profiles to remove
    #[arg(value_name = "PROFILE", required = true)]
    pub(crate) names: Vec<String>,
    /// Remove them even if other profiles use them as their source profile
    #[arg(long)]
    pub(crate) force: bool,
    /// The file to edit, and whether to.
    #[command(flatten)]
    pub(crate) edit: EditOptions,
}

/// `rolecall profile rename`.
#[derive(Debug, Args)]
pub(crate) struct ProfileRename {
    /// Profile to rename
    pub(crate) old: String,
    /// New name: letters, digits and _ / . % @ : + -
    pub(crate) new: String,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How a profile is edited.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct EditOptions {
    /// Edit the credentials file instead of the config file
    #[arg(long)]
    pub(crate) credentials_file: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The kinds of profiles, named as in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileKind {
    /// Assumes a role from another profile
    Role,
    /// Signs in to IAM Identity Center
    Sso,
    /// Has access keys
    Keys,
    /// Runs another program
    Process,
    /// Assumes a role with a token file
    WebIdentity,
    /// Assumes a role with the credentials of the environment, instance or container
    CredentialSource,
    /// Signs in with 'aws login'
    Login,
    /// Is an alias of another profile
    Alias,
    /// Has no credentials
    None,
}

/// The order of `rolecall profile list`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileOrder {
    /// In the order of the files
    #[default]
    File,
    /// By name
    Name,
    /// Most recently created session first
    Recent,
}

/// The output formats of `rolecall profile tree`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TreeOutput {
    /// Human-readable
    #[default]
    Tree,
    /// A Mermaid flowchart, for Markdown pages
    Mermaid,
    /// For scripts
    Json,
}
