//! The verbs of `rolecall-provision`, a program of its own that lies beside this one: this program
//! neither links nor waits for what it needs.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

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
    let program = program(context)?;
    let mut command = Command::new(&program);
    command.args(arguments.iter().skip(1));
    start(command).map_err(|error| not_started(&program, &error))
}

/// `rolecall help s3 create` as that program understands it. `None`: it is not about its verbs.
pub(super) fn help(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let [program, help, area, verbs @ ..] = arguments else { return None };
    if help != "help" || !(area == "s3" || area == "iam") || verbs.is_empty() {
        return None;
    }
    let words = [program, area].into_iter().chain(verbs).cloned();
    Some(words.chain(["--help".into()]).collect())
}

/// Runs it to its end with these arguments; gives what it writes to stdout. Its error becomes ours,
/// and `warn` is told its warnings.
pub(super) fn ask(
    context: &Context,
    arguments: &[String],
    warn: &mut dyn FnMut(&str),
) -> Result<Vec<u8>> {
    let program = program(context)?;
    let output = Command::new(&program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| not_started(&program, &error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    for warning in said.lines().filter_map(|line| line.strip_prefix("warning: ")) {
        warn(warning);
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = said.lines().find_map(|line| line.strip_prefix("rolecall: "));
    let message = message.map_or_else(|| format!("{NAME} failed"), str::to_owned);
    let error = Error::new(kind_of(output.status.code()), message);
    let hints = said.lines().filter_map(|line| line.strip_prefix("hint: "));
    Err(hints.fold(error, Error::hint))
}

/// The kind whose exit code this is.
fn kind_of(code: Option<i32>) -> Kind {
    let kinds = [
        Kind::Usage,
        Kind::NeedsHuman,
        Kind::Denied,
        Kind::Config,
        Kind::Store,
        Kind::Unreachable,
        Kind::Interrupted,
    ];
    let is_it = |kind: &Kind| code == Some(kind.exit_code().into());
    kinds.into_iter().find(is_it).unwrap_or(Kind::Other)
}

fn program(context: &Context) -> Result<PathBuf> {
    context.beside(NAME).ok_or_else(missing)
}

fn missing() -> Error {
    Error::new(Kind::Other, format!("{NAME} is not beside this program"))
        .hint("./install.sh --provision installs it")
}

fn not_started(program: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        _ => Error::io("start", program, error),
    }
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
