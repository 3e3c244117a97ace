//! The verbs of `rolecall-provision`, a program of its own that lies beside this one: this program
//! neither links nor waits for what it needs.

use std::{ffi::OsString, process::Command};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
};

const NAME: &str = "rolecall-provision";

/// Runs it with our own arguments (the program's name in front). On Unix it takes our place; else
/// we wait for it and give its exit code.
///
/// Never looked for in `PATH`: it gets credentials, so it must come from where we come from.
pub(super) fn run(context: &Context, arguments: &[OsString]) -> Result<u8> {
    let missing = || {
        Error::new(Kind::Other, format!("{NAME} is not beside this program"))
            .hint("./install.sh --provision installs it")
    };
    let program = context.beside(NAME).ok_or_else(missing)?;
    let mut command = Command::new(&program);
    command.args(arguments.iter().skip(1));
    start(command).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        _ => Error::io("start", &program, &error),
    })
}

#[cfg(unix)]
fn start(mut command: Command) -> std::io::Result<u8> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn start(mut command: Command) -> std::io::Result<u8> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
