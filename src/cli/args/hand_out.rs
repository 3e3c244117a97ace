//! The verbs that hand out credentials to whoever can't call a helper.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::{Settings, duration};

/// `rolecall exec`.
#[derive(Debug, Args)]
pub struct Exec {
    /// Profile whose credentials to use [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    #[arg(value_name = "PROFILE")]
    pub name: Option<String>,
    /// Program to run, with its arguments [default: your shell]
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
    /// How long the session must last at the least; a new one is made where it would end sooner
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub at_least: u32,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// `rolecall env`.
#[derive(Debug, Args)]
pub struct Env {
    /// Profile whose credentials to print [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    #[arg(value_name = "PROFILE")]
    pub name: Option<String>,
    /// Whose language to print [default: from `SHELL`; on Windows powershell]
    #[arg(long, value_enum)]
    pub shell: Option<Shell>,
    /// Print what takes the credentials out of the shell again
    #[arg(long, conflicts_with_all = ["name", "Settings"])]
    pub unset: bool,
    /// How long the session must last at the least; a new one is made where it would end sooner
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub at_least: u32,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// `rolecall console`.
#[derive(Debug, Args)]
pub struct Console {
    /// Profile to sign in with [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    #[arg(value_name = "PROFILE")]
    pub name: Option<String>,
    /// Service whose page to open, by the name in its address: s3, ec2, cloudwatch
    #[arg(long)]
    pub service: Option<String>,
    /// Print the address, which signs in whoever opens it within 15 minutes, and open no browser
    #[arg(long)]
    pub print: bool,
    /// How long the session must last at the least; a new one is made where it would end sooner
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub at_least: u32,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// The languages that `env` speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// `eval "$(rolecall env …)"`
    Bash,
    /// `eval "$(rolecall env …)"`
    Zsh,
    /// Any shell of POSIX: `eval "$(rolecall env …)"`
    Sh,
    /// `rolecall env … | source`
    Fish,
    /// `rolecall env … | Out-String | Invoke-Expression`
    Powershell,
    /// Lines NAME=VALUE, for programs that read a file of variables
    Dotenv,
}
