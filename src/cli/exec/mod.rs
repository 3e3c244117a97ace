//! `rolecall exec`: runs a program with the credentials in its environment, or with a server that hands them
//! out.

mod program;
mod served;

use std::{collections::BTreeMap, ffi::OsString};

use super::{
    args,
    hand_out::{Asked, Change, HandedOut, shell_note},
    serve::start::Service,
};
use crate::{
    app::{Recipient, Way},
    cli::invocation::Invocation,
    error::{Error, Kind, Result},
    output::Streams,
    serve::Place,
};
#[cfg(not(unix))]
use program::exit_code;
use program::{ProgramToRun, not_started};

/// Returns the program's exit code on systems where it does not replace this process.
pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Exec,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let Invocation { context, selection } = invocation;
    if args.confine.keep_profiles && !args.narrow.is_given() {
        return Err(needs_narrowing());
    }
    let keep_profiles = args.confine.keep_profiles;
    if args.serve {
        let names: Vec<String> = args.name.into_iter().collect();
        let place = Place::Loopback(args.server.port.unwrap_or_default());
        let (settings, narrow, server) = (&args.settings, &args.narrow, &args.server);
        let (names, once) = (&*names, false);
        let verb = "exec --serve";
        let is_confined = narrow.is_given() && !keep_profiles;
        let service = Service {
            context,
            selection,
            names,
            settings,
            narrow,
            server,
            place,
            once,
            verb,
            is_confined,
        };
        return run_served(&service, args.command, streams);
    }
    if let Some(flag) = args.server.first_given() {
        return Err(Error::new(Kind::Usage, format!("{flag} only works with --serve")));
    }
    let program = ProgramToRun::of(context, args.command)?;
    let way = Way { verb: "exec", to: Recipient::Program(program.path()) };
    let args::Exec { name, ref settings, ref narrow, at_least, .. } = args;
    let asked = Asked { way, name, settings, narrow, at_least };
    let mut change = Change::of_profile(invocation, asked, streams)?;
    // A person will type there; a script on stdin reads nothing.
    if let Some(HandedOut { name, ends }) = &change.session
        && program.is_shell
        && context.stdin_is_terminal()
    {
        streams.note(&shell_note(name, *ends, context.now()));
    }
    if let Some(HandedOut { name, .. }) = &change.session
        && narrow.is_given()
        && !keep_profiles
    {
        let name = name.clone();
        change = change.confined(&name);
    }
    start(&program, &change.applied(context))
}

/// Returns the error for `--keep-profiles` without a flag that narrows the session.
pub(super) fn needs_narrowing() -> Error {
    Error::new(Kind::Usage, "--keep-profiles only works with --read-only or --policy")
}

/// Runs `command` with the session that `service` describes. Returns its exit code.
pub(super) fn run_served(
    service: &Service<'_>,
    command: Vec<OsString>,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    served::run(service, ProgramToRun::of(service.context, command)?, streams)
}

/// Replaces this process by the program, which then owns signals, the terminal and the exit code.
#[cfg(unix)]
fn start(program: &ProgramToRun, environment: &BTreeMap<OsString, OsString>) -> Result<u8> {
    use std::os::unix::process::CommandExt as _;
    let error = program.command(environment).exec();
    Err(not_started(&program.name, &error))
}

/// Runs the program and waits for it. Ctrl-C reaches it without us.
#[cfg(not(unix))]
fn start(program: &ProgramToRun, environment: &BTreeMap<OsString, OsString>) -> Result<u8> {
    let _held = crate::prompt::SignalGuard::start();
    let status = program.command(environment).status();
    Ok(exit_code(status.map_err(|error| not_started(&program.name, &error))?))
}
