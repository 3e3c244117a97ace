//! The command lines of the verbs that edit profiles.

use clap::Args;

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
