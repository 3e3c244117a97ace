//! The command lines of `rolecall profile`.

use clap::{Args, Subcommand, ValueEnum};

use super::{Output, Settings};

/// `rolecall profile`.
#[derive(Debug, Subcommand)]
pub enum Profile {
    /// List the profiles of both files
    List(ProfileList),
    /// Show what the files say of a profile, and what it comes to
    Show(ProfileShow),
    /// Draw all chains, from the first credentials down to the last roles
    Tree(ProfileTree),
    /// Add a profile for a role to the config file; in a terminal, asks for what is missing
    Add(ProfileAdd),
    /// Let rolecall give the credentials of profiles whose role other tools assume themselves
    Adopt(ProfileAdopt),
    /// Give adopted profiles back, to the byte
    Release(ProfileRelease),
    /// Set keys of a profile
    Set(ProfileSet),
    /// Take keys out of a profile
    Unset(ProfileUnset),
    /// Remove profiles
    Remove(ProfileRemove),
    /// Give a profile another name, wherever it is named
    Rename(ProfileRename),
}

/// `rolecall profile tree`.
#[derive(Debug, Args)]
pub struct ProfileTree {
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: TreeOutput,
}

/// `rolecall profile adopt`.
#[derive(Debug, Args)]
pub struct ProfileAdopt {
    /// Which profiles.
    #[command(flatten)]
    pub which: Profiles,
    /// Write `rolecall` alone into `credential_process`, not its path: for configs that are shared
    #[arg(long)]
    pub bare: bool,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `rolecall profile release`.
#[derive(Debug, Args)]
pub struct ProfileRelease {
    /// Which profiles.
    #[command(flatten)]
    pub which: Profiles,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Profiles that are named, or all of them.
#[derive(Debug, Args)]
pub struct Profiles {
    /// Profiles to change
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// All that can be; says which can't, and why
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
}

/// `rolecall profile list`.
#[derive(Debug, Args)]
pub struct ProfileList {
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `rolecall profile show`.
#[derive(Debug, Args)]
pub struct ProfileShow {
    /// Profile to show [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    pub name: Option<String>,
    /// Print secret access keys and session tokens too
    #[arg(long)]
    pub show_secrets: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `rolecall profile add`.
#[derive(Debug, Args)]
pub struct ProfileAdd {
    /// Name of the new profile: letters, digits and _ / . % @ : + -
    pub name: Option<String>,
    /// Write `rolecall` alone into `credential_process`, not its path: for configs that are shared
    #[arg(long)]
    pub bare: bool,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The new profile's settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// `rolecall profile set`.
#[derive(Debug, Args)]
pub struct ProfileSet {
    /// Profile to change; one that does not exist is added
    pub name: String,
    /// Keys with their new values; s3.max_queue_size=100 for a key of a nested block
    #[arg(value_name = "KEY=VALUE", required = true)]
    pub settings: Vec<String>,
    /// Where and how.
    #[command(flatten)]
    pub edit: Edit,
}

/// `rolecall profile unset`.
#[derive(Debug, Args)]
pub struct ProfileUnset {
    /// Profile to change
    pub name: String,
    /// Keys to take out; s3.max_queue_size for a key of a nested block
    #[arg(value_name = "KEY", required = true)]
    pub keys: Vec<String>,
    /// Where and how.
    #[command(flatten)]
    pub edit: Edit,
}

/// `rolecall profile remove`.
#[derive(Debug, Args)]
pub struct ProfileRemove {
    /// Profiles to remove
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Remove them even where other profiles name them as their source
    #[arg(long)]
    pub force: bool,
    /// Where and how.
    #[command(flatten)]
    pub edit: Edit,
}

/// `rolecall profile rename`.
#[derive(Debug, Args)]
pub struct ProfileRename {
    /// Profile to rename, in both files and wherever another profile names it
    pub old: String,
    /// Its new name: letters, digits and _ / . % @ : + -
    pub new: String,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What is edited, and whether it is.
#[derive(Clone, Copy, Debug, Args)]
pub struct Edit {
    /// Edit the credentials file instead of the config file
    #[arg(long)]
    pub credentials_file: bool,
    /// Show what would change as a diff, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How chains are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TreeOutput {
    /// For people
    #[default]
    Tree,
    /// As a flowchart for Mermaid, which Markdown pages draw
    Mermaid,
    /// For programs
    Json,
}
