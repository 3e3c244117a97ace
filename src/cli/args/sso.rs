//! The command lines of the verbs for IAM Identity Center.

use clap::{Args, Subcommand};

use super::settings::Output;

/// The verbs of `rolecall sso`.
#[derive(Debug, Subcommand)]
pub(crate) enum Sso {
    /// Set up a sign-in, and a profile for one of its roles
    Configure(SsoConfigure),
    /// Sign in to IAM Identity Center, in a browser or with a code
    Login(SsoLogin),
    /// Sign out of IAM Identity Center, and delete the sessions
    Logout(SsoLogout),
    /// List the accounts that a sign-in gives access to
    Accounts(SsoAccounts),
    /// List the roles that a sign-in gives access to
    Roles(SsoRoles),
    /// Write a profile for every account and role
    Populate(SsoPopulate),
}

/// `rolecall sso configure`.
#[derive(Debug, Args)]
pub(crate) struct SsoConfigure {
    /// Name of the sso-session section, new or existing
    #[arg(long, value_name = "SESSION")]
    pub(crate) sso_session: Option<String>,
    /// Start URL, as the access portal shows it
    #[arg(long, value_name = "URL")]
    pub(crate) start_url: Option<String>,
    /// Region of IAM Identity Center
    #[arg(long, value_name = "REGION")]
    pub(crate) sso_region: Option<String>,
    /// ID or name of the account
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Name of the role
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// Region of the profile
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
    /// How to sign in.
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// How a person signs in to IAM Identity Center.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SignIn {
    /// Sign in by entering a code in a browser on any device
    #[arg(long)]
    pub(crate) device_code: bool,
    /// Sign in with a browser even where a code is the default, such as over SSH
    #[arg(long, conflicts_with_all = ["device_code", "no_browser"])]
    pub(crate) browser: bool,
    /// Print the address instead of opening a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Local port for the browser's redirect, such as one forwarded with 'ssh -L'
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..),
        conflicts_with = "device_code")]
    pub(crate) redirect_port: Option<u16>,
}

/// `rolecall sso login`.
#[derive(Debug, Args)]
pub(crate) struct SsoLogin {
    /// sso-session section to use [default: the profile's, or the only one]
    #[arg(value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// How to sign in.
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    /// Also write the token to ~/.aws/sso/cache in plain text, for programs that don't use rolecall
    #[arg(long)]
    pub(crate) aws_cache: bool,
}

/// `rolecall sso logout`.
#[derive(Debug, Args)]
pub(crate) struct SsoLogout {
    /// sso-session section to use [default: the profile's, or the only one]
    #[arg(value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// Sign out of all sso-sessions
    #[arg(long, conflicts_with = "session")]
    pub(crate) all: bool,
}

/// `rolecall sso accounts`.
#[derive(Debug, Args)]
pub(crate) struct SsoAccounts {
    /// sso-session section to use [default: the profile's, or the only one]
    #[arg(value_name = "SESSION", conflicts_with = "sso_session")]
    pub(crate) session: Option<String>,
    /// sso-session to use, instead of naming it as an argument
    #[arg(long, value_name = "SESSION")]
    pub(crate) sso_session: Option<String>,
    /// Show the last listing, without calling IAM Identity Center
    #[arg(long)]
    pub(crate) cached: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `rolecall sso roles`.
#[derive(Debug, Args)]
pub(crate) struct SsoRoles {
    /// ID or name of an account; * and ? are wildcards [default: all accounts]
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// sso-session section to use [default: the profile's, or the only one]
    #[arg(long, value_name = "SESSION")]
    pub(crate) sso_session: Option<String>,
    /// Show the last listing, without calling IAM Identity Center
    #[arg(long)]
    pub(crate) cached: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `rolecall sso populate`.
#[derive(Debug, Args)]
pub(crate) struct SsoPopulate {
    /// sso-session section to use [default: the profile's, or the only one]
    #[arg(value_name = "SESSION", conflicts_with = "sso_session")]
    pub(crate) session: Option<String>,
    /// sso-session to use, instead of naming it as an argument
    #[arg(long, value_name = "SESSION")]
    pub(crate) sso_session: Option<String>,
    /// Only accounts with this ID or name; * and ? are wildcards; can be repeated
    #[arg(long)]
    pub(crate) account: Vec<String>,
    /// Only roles with this name; * and ? are wildcards; can be repeated
    #[arg(long)]
    pub(crate) role: Vec<String>,
    /// What new profiles are like.
    #[command(flatten)]
    pub(crate) new: PopulatedProfiles,
    /// Remove profiles that 'sso populate' wrote and whose roles are gone
    #[arg(long)]
    pub(crate) prune: bool,
    /// Rename profiles written by 'sso populate' to match --template, if their accounts were renamed or you
    /// renamed them
    #[arg(long, conflicts_with_all = ["account", "role"])]
    pub(crate) rename: bool,
    /// Print the changes as a diff without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// What the profiles that `sso populate` writes are like.
#[derive(Debug, Args)]
pub(crate) struct PopulatedProfiles {
    /// Template for new profile names: fields {account_name}, {account_id}, {role_name}, {email} and
    /// {session}, filters |lower, |kebab and |strip:PREFIX [default: {account_name}-{role_name}]
    #[arg(long)]
    pub(crate) template: Option<String>,
    /// Region of new profiles
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Additional setting for new profiles; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Write profiles that AWS programs can use without rolecall
    #[arg(long, conflicts_with = "bare")]
    pub(crate) plain: bool,
    /// Write 'rolecall' to credential_process without its path, for configs shared between machines
    #[arg(long)]
    pub(crate) bare: bool,
}
