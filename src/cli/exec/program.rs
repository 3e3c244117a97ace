//! The program to run: whether it is there, why it could not be started, how it ended.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::{
    context::{Context, Program},
    error::{Error, Kind, Result},
};

/// A program that exists.
pub(super) struct ProgramToRun {
    pub(super) name: OsString,
    /// Where it was found.
    path: PathBuf,
    arguments: Vec<OsString>,
    /// Whether it is the user's shell, because no program is named.
    pub(super) is_shell: bool,
}

impl ProgramToRun {
    /// Returns the program of the command line; by default, the user's shell.
    ///
    /// # Errors
    /// If there is no such program: before any MFA code is spent on a typo.
    pub(super) fn of(context: &Context, command: Vec<OsString>) -> Result<Self> {
        let is_shell = command.is_empty();
        let mut words = command.into_iter();
        let name = words.next().unwrap_or_else(|| shell(context));
        context.will_run(&name);
        match context.look_for_program(&name) {
            Program::There(path) => Ok(Self { name, path, arguments: words.collect(), is_shell }),
            Program::NotExecutable => Err(not_executable(&name)),
            Program::OnlyInRelativeFolder => Err(only_in_relative_folder(&name)),
            Program::Missing => Err(missing(&name)),
        }
    }

    /// Returns where it was found.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the command that runs it in this environment, under the name that the user typed.
    pub(super) fn command(&self, environment: &BTreeMap<OsString, OsString>) -> Command {
        let mut command = Command::new(&self.path);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, &self.name);
        command.args(&self.arguments).env_clear().envs(environment);
        command
    }
}

/// The user's shell.
fn shell(context: &Context) -> OsString {
    let (name, default) = if cfg!(windows) { ("COMSPEC", "cmd.exe") } else { ("SHELL", "/bin/sh") };
    context.var_os(name).unwrap_or(default.as_ref()).to_owned()
}

/// Returns the exit code of a program that no signal ended.
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    // An exit code has one byte: one that does not fit must not look like success.
    u8::try_from(status.code().unwrap_or(1)).unwrap_or(u8::MAX)
}

/// Returns the error for a program that could not be started.
pub(super) fn not_started(program: &OsStr, error: &io::Error) -> Error {
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

fn only_in_relative_folder(program: &OsStr) -> Error {
    let program = program.display();
    let message = format!("program '{program}' is only in a relative directory of PATH");
    Error::new(Kind::NoSuchProgram, message)
        .hint(format!("name it with its directory, such as ./{program}: it gets credentials"))
}

fn not_executable(program: &OsStr) -> Error {
    let message = format!("'{}' is not executable", program.display());
    Error::new(Kind::NotExecutable, message)
        .hint("make it executable (chmod +x), or run another program")
}
