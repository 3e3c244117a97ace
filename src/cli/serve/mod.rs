//! `rolecall serve`: hands out sessions over HTTP until it is told to end.

mod print;
mod process;
mod source;
pub(super) mod start;

use std::{sync::mpsc::RecvTimeoutError, time::Duration};

use super::{
    args::{self, ServeOutput},
    exec,
};
use crate::{
    app::{self},
    cli::invocation::Invocation,
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, escape},
    prompt::SignalGuard,
    serve::{Place, ServerEvent},
};
use print::Usage;
use process::WatchedProcess;
use start::{Service, Started};

/// How long it takes at most to notice a signal, and the end of what is waited for.
const TICK: Duration = Duration::from_millis(100);

/// Returns the exit code.
pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Serve,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let Invocation { context, selection } = invocation;
    let args::Serve { names, server, settings, narrow, once, .. } = &args;
    let keep_profiles = args.confine.keep_profiles;
    if keep_profiles && (args.command.is_empty() || !narrow.is_given()) {
        return Err(exec::needs_narrowing().hint("it is for the program that is run"));
    }
    if args.output == ServeOutput::Json && args.shell.is_some() {
        return Err(Error::new(Kind::Usage, "--shell can't be combined with --output json"));
    }
    let place = match (&args.bind, &args.unix_socket) {
        (Some(address), _) => Place::Address(*address),
        #[cfg(unix)]
        (_, Some(path)) => Place::Socket(path.clone()),
        #[cfg(not(unix))]
        (_, Some(_)) => {
            return Err(Error::new(Kind::Usage, "--unix-socket is only available on Unix"));
        }
        _ => Place::Loopback(server.port.unwrap_or_default()),
    };
    let (once, verb) = (*once, "serve");
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
    if !args.command.is_empty() {
        if names.len() > 1 {
            return Err(Error::new(Kind::Usage, "only one profile can be served to a program"));
        }
        return exec::run_served(&service, args.command.clone(), streams);
    }
    let process = args.while_process.map(WatchedProcess::open).transpose()?;
    let started = service.start(streams)?;
    let signals = SignalGuard::start().map_err(|error| {
        Error::new(Kind::Other, format!("can't set up signal handlers: {error}"))
    })?;
    if let Some(at) = app::credentials_of_default(context)? {
        streams.warn_with_hint(
            &format!("the profile 'default' has credentials, which AWS programs prefer ({at})"),
            "rename that profile, or set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE for these programs",
        );
    }
    Usage { args: &args, started: &started }.print(context, streams)?;
    if context.stderr_is_terminal() {
        let names: Vec<_> =
            started.slots.iter().map(|slot| format!("'{}'", escape(slot.name()))).collect();
        let (names, base) = (names.join(", "), &started.base);
        // A person sees the lines, and may wonder what to do with them.
        let usage = if context.stdout_is_terminal() && args.output == ServeOutput::Env {
            "Run the lines above in the shell that will use it. "
        } else {
            ""
        };
        streams.note(&format!("Serving {names} at {base}. {usage}Press Ctrl-C to stop.\n"));
    }
    let ends = Ends { started: &started, signals: &signals, process: process.as_ref() };
    let code = ends.wait(context, streams);
    started.close(&signals);
    code
}

/// What ends a server.
struct Ends<'e> {
    started: &'e Started,
    signals: &'e SignalGuard,
    process: Option<&'e WatchedProcess>,
}

impl Ends<'_> {
    /// Waits until the server is to end. Returns the exit code.
    fn wait(&self, context: &Context, streams: &mut Streams<'_>) -> Result<u8> {
        let Self { started, signals, process } = *self;
        loop {
            match started.events.recv_timeout(TICK) {
                Ok(ServerEvent::AllSpent) => return Ok(0),
                Ok(ServerEvent::Failed(error)) => {
                    return Err(Error::new(Kind::Other, format!("the server failed: {error}")));
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if let Some(signal) = signals.take_signal() {
                let code = exit_code(signal);
                // The terminal has shown ^C.
                if code != 0 && context.stderr_is_terminal() {
                    streams.note("\n");
                }
                return Ok(code);
            }
            if started.is_over(context.now()) {
                streams.note("Stopped: --max-lifetime is over.\n");
                return Ok(0);
            }
            if process.is_some_and(WatchedProcess::has_ended) {
                return Ok(0);
            }
        }
    }
}

/// A server that is told to end has done what it was asked for; a person who presses Ctrl-C interrupts it.
fn exit_code(signal: i32) -> u8 {
    /// Rule: POSIX, `kill -l`.
    const SIGTERM: i32 = 15;
    const SIGHUP: i32 = 1;
    if matches!(signal, SIGTERM | SIGHUP) { 0 } else { Kind::Interrupted.exit_code() }
}
