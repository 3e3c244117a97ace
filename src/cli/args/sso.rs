//! The command lines of the verbs for IAM Identity Center.

use clap::{Args, Subcommand};

/// The verbs of `rolecall sso`.
#[derive(Debug, Subcommand)]
pub enum Sso {
    /// Sign in to IAM Identity Center, in a browser or with a code
    Login(SsoLogin),
    /// End sign-ins to IAM Identity Center, and delete their sessions
    Logout(SsoLogout),
}

/// `rolecall sso login`.
#[derive(Debug, Args)]
pub struct SsoLogin {
    /// Name of an sso-session section [default: that of the profile, or the only one]
    #[arg(value_name = "SESSION")]
    pub session: Option<String>,
    /// Sign in with a code that is entered on any device
    #[arg(long)]
    pub device_code: bool,
    /// Print the address instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Local port that the browser is sent back to, for example one that 'ssh -L' forwards
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..),
        conflicts_with = "device_code")]
    pub redirect_port: Option<u16>,
    /// Also write the token to ~/.aws/sso/cache in plain text, for programs that don't use rolecall
    #[arg(long)]
    pub aws_cache: bool,
}

/// `rolecall sso logout`.
#[derive(Debug, Args)]
pub struct SsoLogout {
    /// Name of an sso-session section [default: that of the profile, or the only one]
    #[arg(value_name = "SESSION")]
    pub session: Option<String>,
    /// End all sign-ins
    #[arg(long, conflicts_with = "session")]
    pub all: bool,
}
