//! The command lines of the verbs that pass a profile's credentials on: to AWS programs, to a program
//! or shell without a credential process, or to a browser.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::{
    narrow::{Confine, Narrow},
    server::ServerFlags,
    settings::{Settings, duration},
};

/// `rolecall credential-process`.
#[derive(Debug, Args)]
pub(crate) struct CredentialProcess {
    /// Profile whose credentials to print [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `rolecall exec`.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Profile whose credentials to use [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Program to run, with its arguments [default: your shell]
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
    /// Serve the credentials over HTTP while CMD runs, and renew them, instead of passing them once
    #[arg(long)]
    pub(crate) serve: bool,
    /// How to serve.
    #[command(flatten)]
    pub(crate) server: ServerFlags,
    /// Create a new session if the existing one expires sooner than this
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub(crate) at_least: u32,
    /// How the session is narrowed.
    #[command(flatten)]
    pub(crate) narrow: Narrow,
    /// What else the program may use.
    #[command(flatten)]
    pub(crate) confine: Confine,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `rolecall env`.
#[derive(Debug, Args)]
pub(crate) struct Env {
    /// Profile whose credentials to print [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Shell or format to print them for [default: the shell that runs this]
    #[arg(long, value_enum)]
    pub(crate) shell: Option<Shell>,
    /// Print commands that remove the credentials from the shell
    #[arg(long, conflicts_with_all = ["name", "Narrow", "Settings"])]
    pub(crate) unset: bool,
    /// Create a new session if the existing one expires sooner than this
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub(crate) at_least: u32,
    /// How the session is narrowed.
    #[command(flatten)]
    pub(crate) narrow: Narrow,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `rolecall console`.
#[derive(Debug, Args)]
pub(crate) struct Console {
    /// Profile to sign in with [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Open the page of this service, as named in console URLs: s3, ec2, cloudwatch
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Print the sign-in URL instead of opening a browser; anyone who opens it within 15 minutes is signed in
    #[arg(long)]
    pub(crate) print: bool,
    /// Create a new session if the existing one expires sooner than this
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub(crate) at_least: u32,
    /// How the session is narrowed.
    #[command(flatten)]
    pub(crate) narrow: Narrow,
    /// The settings of this call.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// The formats of `env`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// eval "$(rolecall env …)"
    Bash,
    /// eval "$(rolecall env …)"
    Zsh,
    /// Any POSIX shell: eval "$(rolecall env …)"
    Sh,
    /// rolecall env … | source
    Fish,
    /// rolecall env … | Out-String | Invoke-Expression
    Powershell,
    /// NAME=VALUE lines, for programs that read an env file
    Dotenv,
}
