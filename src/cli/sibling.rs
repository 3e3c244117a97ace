//! The verbs of `rolecall-provision`, a program of its own that lies beside this one: this program
//! neither links nor waits for what it needs.

use std::{ffi::OsString, process::Command};

use crate::{app, context::Context, error::Result};

/// Runs it with our own arguments (the program's name in front). On Unix it takes our place; else
/// we wait for it and give its exit code.
pub(super) fn run(context: &Context, arguments: &[OsString]) -> Result<u8> {
    let program = app::sibling_path(context)?;
    let mut command = Command::new(&program);
    command.args(arguments.iter().skip(1));
    start(command).map_err(|error| app::not_started(&program, error))
}

#[cfg(unix)]
fn start(mut command: Command) -> std::io::Result<u8> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn start(mut command: Command) -> std::io::Result<u8> {
    // It is for the sibling, which undoes what it has begun.
    let _held = crate::prompt::SignalGuard::start();
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
