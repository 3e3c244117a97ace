//! `rolecall exec`: runs a program with the credentials in its environment.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    process::Command,
};

use super::{
    args,
    hand_out::{Change, HandedOut, shell_note},
};
use crate::{
    app::Selection,
    context::{Context, Program},
    error::{Error, Kind, Result},
    output::Streams,
};

/// Returns the program's exit code on systems where it does not replace this process.
pub(super) fn run(
    context: &Context,
    selection: Selection,
    args: args::Exec,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let is_shell = args.command.is_empty();
    let mut words = args.command.into_iter();
    let program = words.next().unwrap_or_else(|| shell(context));
    // Before any MFA code is spent on a typo.
    match context.look_for_program(&program) {
        Program::There => {}
        Program::NotExecutable => return Err(not_executable(&program)),
        Program::Missing => return Err(missing(&program)),
    }
    let (name, at_least) = (args.name, args.at_least);
    let change = Change::of_profile(context, &selection, name, &args.settings, at_least, streams)?;
    // A person will type there; a script on stdin reads nothing.
    if let Some(HandedOut { name, ends }) = &change.session
        && is_shell
        && context.stdin_is_terminal()
    {
        streams.note(&shell_note(name, *ends, context.now()));
    }
    start(&program, words, &change.applied(context))
}

/// The user's shell.
fn shell(context: &Context) -> OsString {
    let (name, default) = if cfg!(windows) { ("COMSPEC", "cmd.exe") } else { ("SHELL", "/bin/sh") };
    context.var_os(name).unwrap_or(default.as_ref()).to_owned()
}

/// Replaces this process by the program, which then owns signals, the terminal and the exit code.
#[cfg(unix)]
fn start(
    program: &OsStr,
    arguments: impl Iterator<Item = OsString>,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<u8> {
    use std::os::unix::process::CommandExt as _;
    let error = Command::new(program).args(arguments).env_clear().envs(environment).exec();
    Err(not_started(program, &error))
}

/// Runs the program and waits for it.
#[cfg(not(unix))]
fn start(
    program: &OsStr,
    arguments: impl Iterator<Item = OsString>,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<u8> {
    let status = Command::new(program).args(arguments).env_clear().envs(environment).status();
    let code = status.map_err(|error| not_started(program, &error))?.code().unwrap_or(1);
    // An exit code has one byte: one that does not fit must not look like success.
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

fn not_started(program: &OsStr, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => missing(program),
        io::ErrorKind::PermissionDenied => not_executable(program),
        io::ErrorKind::ArgumentListTooLong => Error::new(
            Kind::NotExecutable,
            format!(
                "'{}' can't be run: its arguments and environment are too large",
                program.display()
            ),
        ),
        _ => Error::new(
            Kind::NotExecutable,
            format!("'{}' can't be run: {error}", program.display()),
        ),
    }
}

fn missing(program: &OsStr) -> Error {
    let error =
        Error::new(Kind::NoSuchProgram, format!("program '{}' not found", program.display()));
    error.hint("check the spelling and PATH, and for a script its first line")
}

fn not_executable(program: &OsStr) -> Error {
    let message = format!("'{}' is not executable", program.display());
    Error::new(Kind::NotExecutable, message)
        .hint("make it executable (chmod +x), or run another program")
}
