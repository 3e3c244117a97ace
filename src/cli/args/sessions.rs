//! The command lines of the verbs that create, show and delete sessions.

use clap::Args;

use super::narrow::Narrow;
use super::settings::{Output, Settings, duration};

/// `rolecall login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Profiles, or ARNs of roles to assume from --source-profile
    #[arg(value_name = "PROFILE|ROLE_ARN")]
    pub(crate) names: Vec<String>,
    /// Create new sessions even if the stored ones are valid, including the MFA session (asks for a new code)
    #[arg(long)]
    pub(crate) force: bool,
    /// Create a new session if the existing one expires sooner than this
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) at_least: Option<u32>,
    /// Wait up to 2 minutes for AWS to answer, instead of 30 s
    #[arg(long)]
    pub(crate) wait: bool,
    /// Also write the session to the credentials file as this profile, for programs that only read that file
    #[arg(long, value_name = "PROFILE")]
    pub(crate) export_to: Option<String>,
    /// Current code of the MFA device, instead of prompting for it
    #[arg(long, value_name = "CODE")]
    pub(crate) mfa_code: Option<String>,
    /// How the sessions are narrowed.
    #[command(flatten)]
    pub(crate) narrow: Narrow,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `rolecall logout`.
#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// Profiles whose sessions to delete
    #[arg(value_name = "PROFILE")]
    pub(crate) names: Vec<String>,
    /// Delete all sessions, including MFA sessions
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// Also delete the MFA sessions that the profiles use, so the next login asks for a code
    #[arg(long)]
    pub(crate) mfa: bool,
}

/// `rolecall status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Show only the sessions that this profile uses, its own first
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Output format (json: fast, for shell prompts)
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// With --output json: also report whether each store can be used
    #[arg(long)]
    pub(crate) stores: bool,
}

/// `rolecall whoami`.
#[derive(Debug, Args)]
pub(crate) struct Whoami {
    /// Profile to show [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}
