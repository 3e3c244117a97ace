//! The command line of `serve`.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{
    credentials::Shell,
    narrow::{Confine, Narrow},
    server::ServerFlags,
    settings::Settings,
};

/// `rolecall serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Profiles to serve [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default"]
    #[arg(value_name = "PROFILE")]
    pub(crate) names: Vec<String>,
    /// Program to run with the variables set, as 'exec --serve' does; the server stops when it exits
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
    /// How to serve.
    #[command(flatten)]
    pub(crate) server: ServerFlags,
    /// Listen on this address instead: another loopback address, or 169.254.170.2:80 if this machine has it
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "port")]
    pub(crate) bind: Option<SocketAddr>,
    /// Listen on a Unix socket instead
    #[arg(long, value_name = "PATH", conflicts_with_all = ["port", "bind", "command"])]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Stop when the process with this ID exits
    #[arg(
        long = "while",
        value_name = "PID",
        value_parser = clap::value_parser!(u32).range(1..=0x7fff_ffff),
        conflicts_with = "command"
    )]
    pub(crate) while_process: Option<u32>,
    /// Stop after handing out each profile's session once
    #[arg(long)]
    pub(crate) once: bool,
    /// How to print the variables
    #[arg(long, value_enum, default_value = "env")]
    pub(crate) output: ServeOutput,
    /// Shell or format to print them for [default: the shell that runs this, or sh]
    #[arg(long, value_enum)]
    pub(crate) shell: Option<Shell>,
    /// How these sessions are narrowed.
    #[command(flatten)]
    pub(crate) narrow: Narrow,
    /// What else CMD may use.
    #[command(flatten)]
    pub(crate) confine: Confine,
    /// The settings of these sessions.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// The output formats of `serve`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServeOutput {
    /// Environment variables, as 'rolecall env' prints them
    #[default]
    Env,
    /// For scripts
    Json,
}
