//! `exec --serve`: runs a program beside a server that hands out its credentials.

use std::{
    ffi::{OsStr, OsString},
    process::{Child, Command, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::program::{exit_code, not_started};
use crate::{
    app,
    cli::{
        hand_out::Change,
        serve::start::{Service, Started},
    },
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
    prompt::SignalGuard,
};

/// How long it takes at most to pass a signal on.
const TICK: Duration = Duration::from_millis(50);

/// Runs `program` with `arguments`, and serves it the session of `service` as long as it runs. Returns its exit
/// code.
pub(super) fn run(
    service: &Service<'_>,
    program: &OsStr,
    arguments: impl Iterator<Item = OsString>,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let context = service.context;
    let signals = SignalGuard::start()
        .map_err(|error| Error::new(Kind::Other, format!("signals can't be watched: {error}")))?;
    let started = match service.start(streams) {
        Ok(started) => started,
        Err(error) => {
            signals.end_as_signalled();
            return Err(error);
        }
    };
    let client = &started.clients[0];
    if client.plan.name() != "default"
        && let Some(at) = app::credentials_of_default(context)?
    {
        let what = "the program would use the credentials of the profile 'default' instead";
        return Err(Error::config(what)
            .at(Some(at))
            .hint("rename that profile; or use 'exec' without --serve, which takes precedence"));
    }
    let environment = Change::of(context, &client.plan, client.variables()).applied(context);
    let mut command = Command::new(program);
    let child = command.args(arguments).env_clear().envs(environment).spawn();
    let child = child.map_err(|error| not_started(program, &error))?;
    let status = wait(context, child, &started, &signals)?;
    // Removes files, and wipes what is in memory.
    started.close();
    drop(started);
    drop(signals);
    Ok(exit_as(status))
}

/// Waits for the end of the program. Ctrl-C at the terminal reaches it without us; other signals that would end
/// us are for it.
fn wait(
    context: &Context,
    child: Child,
    started: &Started,
    signals: &SignalGuard,
) -> Result<ExitStatus> {
    let id = child.id();
    let ended = in_background(child)?;
    let lost = || Error::new(Kind::Other, "the program's end was not seen");
    loop {
        match ended.recv_timeout(TICK) {
            Ok(status) => return status.map_err(|_| lost()),
            Err(RecvTimeoutError::Disconnected) => return Err(lost()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(signal) = signals.take_signal() {
            pass_on(signal, id);
        }
        started.is_over(context.now());
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
