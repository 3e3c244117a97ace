//! `exec --serve`: runs a program beside a server that hands out its credentials.

use std::{
    process::{Child, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::program::{ProgramToRun, exit_code, not_started};
use crate::{
    app,
    cli::{
        hand_out::{Change, shell_note},
        serve::start::{Service, Started},
    },
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
    profile::DEFAULT_PROFILE,
    prompt::SignalGuard,
};

/// How long it takes at most to pass a signal on.
const TICK: Duration = Duration::from_millis(50);

/// Runs `program`, and serves it the session of `service` as long as it runs. Returns its exit code.
pub(super) fn run(
    service: &Service<'_>,
    program: ProgramToRun,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let context = service.context;
    // Where the AWS files are hidden, there is no such profile.
    if !service.is_confined {
        refuse_credentials_of_default(service)?;
    }
    let started = service.start(streams)?;
    let signals = SignalGuard::start().map_err(|error| {
        Error::new(Kind::Other, format!("can't set up signal handlers: {error}"))
    })?;
    let client = &started.clients[0];
    // A person will type there; a script on stdin reads nothing.
    if program.is_shell && context.stdin_is_terminal() {
        streams.note(&shell_note(client.plan.name(), None, context.now()));
    }
    let change = Change::of(context, &client.plan, client.variables());
    let change = if service.is_confined { change.confined(client.plan.name()) } else { change };
    let environment = change.applied(context);
    let status = program
        .command(&environment)
        .spawn()
        .map_err(|error| not_started(&program.name, &error))
        .and_then(|child| Running { started: &started, signals: &signals }.wait(context, child));
    // Removes files, and wipes what is in memory.
    started.close(&signals);
    drop(signals);
    status.map(exit_as)
}

/// Fails if the program would get the credentials of the profile `default` instead: a person who names another
/// profile must not act as that one.
fn refuse_credentials_of_default(service: &Service<'_>) -> Result<()> {
    let Service { context, selection, names, settings, .. } = *service;
    let name = selection.profile_name(context, names.first().cloned())?;
    let is_default = name == DEFAULT_PROFILE && settings.role_arn.is_none();
    match app::credentials_of_default(context)? {
        Some(at) if !is_default => {
            let what = "AWS programs would use the credentials of the profile 'default' instead";
            Err(Error::config(what)
                .at(Some(at))
                .hint("rename that profile; or use 'rolecall exec' without --serve"))
        }
        _ => Ok(()),
    }
}

/// What runs beside the program.
struct Running<'r> {
    started: &'r Started,
    signals: &'r SignalGuard,
}

impl Running<'_> {
    /// Waits for the end of the program. Ctrl-C at the terminal reaches it without us; other signals that would end
    /// us are for it.
    fn wait(&self, context: &Context, child: Child) -> Result<ExitStatus> {
        let id = child.id();
        let ended = in_background(child)?;
        let lost =
            || Error::new(Kind::Other, "lost track of the program: its exit status is unknown");
        loop {
            match ended.recv_timeout(TICK) {
                Ok(status) => return status.map_err(|_| lost()),
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(signal) = self.signals.take_signal() {
                pass_on(signal, id);
            }
            self.started.is_over(context.now());
        }
    }
}

fn in_background(mut child: Child) -> Result<Receiver<std::io::Result<ExitStatus>>> {
    let (sender, receiver) = mpsc::channel();
    let waits = move || drop(sender.send(child.wait()));
    thread::Builder::new()
        .spawn(waits)
        .map(|_| receiver)
        .map_err(|error| Error::new(Kind::Other, format!("a thread can't be started: {error}")))
}

#[cfg(unix)]
fn pass_on(signal: i32, child: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = Signal::from_named_raw(signal)
        .filter(|signal| matches!(*signal, Signal::TERM | Signal::HUP));
    let child = i32::try_from(child).ok().and_then(Pid::from_raw);
    if let (Some(signal), Some(child)) = (signal, child) {
        // It may have just ended.
        let _ = kill_process(child, signal);
    }
}

#[cfg(not(unix))]
fn pass_on(_: i32, _: u32) {}

/// Ends as the program did, so that a caller sees no difference.
#[cfg(unix)]
fn exit_as(status: ExitStatus) -> u8 {
    use rustix::process::{Signal, getpid, kill_process};
    use std::os::unix::process::ExitStatusExt as _;
    if let Some(number) = status.signal() {
        if let Some(signal) = Signal::from_named_raw(number) {
            // Some signals come a moment later, others never end a process.
            let _ = kill_process(getpid(), signal);
            thread::sleep(Duration::from_millis(50));
        }
        return u8::try_from(128 + number).unwrap_or(u8::MAX);
    }
    exit_code(status)
}

#[cfg(not(unix))]
fn exit_as(status: ExitStatus) -> u8 {
    exit_code(status)
}
