//! The flags of what serves sessions over HTTP.

use std::path::PathBuf;

use clap::Args;

use super::settings::duration;

/// The flags of `serve` that `exec --serve` has too.
#[derive(Debug, Args)]
pub(crate) struct ServerFlags {
    /// Port to listen on [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Write the token to this file (mode 0600) instead of passing it in a variable; with several profiles,
    /// to a file for each in this directory
    #[arg(long, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,
    /// Stop serving after this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_lifetime: Option<u32>,
    /// Also serve other users of this machine, if they have the token
    #[arg(long)]
    pub(crate) any_user: bool,
}

impl ServerFlags {
    /// Returns the first of these flags that is given.
    pub(in crate::cli) fn first_given(&self) -> Option<&'static str> {
        let Self { port, token_file, max_lifetime, any_user } = self;
        let all = [
            (port.is_some(), "--port"),
            (token_file.is_some(), "--token-file"),
            (max_lifetime.is_some(), "--max-lifetime"),
            (*any_user, "--any-user"),
        ];
        all.into_iter().find_map(|(is_given, flag)| is_given.then_some(flag))
    }
}
