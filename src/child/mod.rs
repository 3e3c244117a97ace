//! Running another program within limits, and reading the credentials that it prints.
//!
//! Rules: AWS SDKs and Tools Reference Guide, "Process credential provider". A shell reads the
//! command line, as with most SDKs; the AWS CLI splits it itself and understands less.

mod ancestors;
mod document;
mod kill;
mod processes;

pub(crate) use document::parse;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{context::steady_now, secret::Bytes};
use ancestors::Adoption;

/// How many bytes of a program's output are accepted; the SDK for Java accepts 64,000.
const MAX_OUTPUT: usize = 64 * 1024;
/// How many bytes of its stderr are kept.
const MAX_STDERR: usize = 4 * 1024;
/// How long to wait for the end of stderr after the program has ended: a process that it left in
/// the background may still have it open.
const STDERR_LIMIT: Duration = Duration::from_millis(500);

/// How long to wait at most before checking the clock and whether the caller has cancelled.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// What a program that succeeded wrote to stdout.
pub(crate) type Output = Bytes;

/// Why there is no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProgramFailure {
    /// It could not be started.
    NotStarted(String),
    /// It ran longer than this, and was killed.
    TooSlow(Duration),
    /// It wrote more than any credentials need.
    TooMuch,
    /// It failed.
    Failed {
        /// How it ended: `exit code 3`, `signal 9`.
        how: String,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// The beginning of what it wrote to stderr.
        stderr: String,
    },
    /// The caller cancelled it, and it was killed.
    Cancelled,
    /// It was not started: so many rolecall processes already wait for each other that they run in a
    /// circle.
    Circle,
}

/// Runs `command` in a shell and returns what it writes to stdout.
///
/// It shares our stdin and terminal, so it can ask a human there. Its stderr is only for an error:
/// some of our callers read our stdout and stderr as one.
pub(crate) fn run(
    command: &str,
    environment: &BTreeMap<OsString, OsString>,
    limit: Duration,
) -> Result<Output, ProgramFailure> {
    let mut shell = shell(command);
    shell.env_clear().envs(environment).stdin(Stdio::inherit()).stderr(Stdio::piped());
    ChildProgram { command: shell, input: &[], limit, is_cancelled: &|| false }.output()
}

/// A program to run, and its limits.
pub(crate) struct ChildProgram<'p> {
    /// The program with all but its stdout, which is read. Its stderr can be piped; then it is only
    /// for an error.
    pub(crate) command: Command,
    /// What it reads, if its stdin is piped. Must fit into a pipe.
    pub(crate) input: &'p [u8],
    /// How long it may run.
    pub(crate) limit: Duration,
    /// Whether the caller has cancelled it.
    pub(crate) is_cancelled: &'p dyn Fn() -> bool,
}

impl ChildProgram<'_> {
    /// Runs it and returns what it writes to stdout.
    pub(crate) fn output(self) -> Result<Output, ProgramFailure> {
        let Self { mut command, input, limit, is_cancelled } = self;
        if ancestors::are_too_many() {
            return Err(ProgramFailure::Circle);
        }
        let _adoption = Adoption::new();
        let deadline = steady_now() + limit;
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| ProgramFailure::NotStarted(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may end without reading all of it.
            drop(stdin.write_all(input));
        }
        let output = reader(child.stdout.take(), MAX_OUTPUT);
        let stderr = reader(child.stderr.take(), MAX_STDERR);
        let status = wait(&mut child, deadline, is_cancelled).ok_or_else(|| {
            kill::with_descendants(&mut child);
            if is_cancelled() { ProgramFailure::Cancelled } else { ProgramFailure::TooSlow(limit) }
        })?;
        if !status.success() {
            let (stderr, _) = stderr.recv_timeout(STDERR_LIMIT).unwrap_or_default();
            let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
            return Err(ProgramFailure::Failed { how: how(status), code: status.code(), stderr });
        }
        // As with the SDKs, the output ends when the last process that has it open closes it.
        loop {
            let left = deadline.saturating_duration_since(steady_now());
            match output.recv_timeout(left.min(CHECK_INTERVAL)) {
                Ok((_, true)) => return Err(ProgramFailure::TooMuch),
                Ok((output, false)) => return Ok(output),
                Err(_) if is_cancelled() => return Err(ProgramFailure::Cancelled),
                Err(_) if left.is_zero() => return Err(ProgramFailure::TooSlow(limit)),
                Err(_) => {}
            }
        }
    }
}

/// Returns the command that runs a shell on the line `command`.
#[cfg(not(windows))]
pub(crate) fn shell(command: &str) -> Command {
    // Not the first `sh` in PATH, which may be one of the current directory.
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

/// Returns the command that runs a shell on the line `command`.
#[cfg(windows)]
pub(crate) fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd.exe");
    // Unquoted: cmd.exe does not understand the usual quoting.
    shell.arg("/C").raw_arg(command);
    shell
}

/// Reads a pipe to its end on a separate thread, because a full pipe would block the program. Sends
/// the first `max` bytes, and whether there were more.
fn reader(pipe: Option<impl Read + Send + 'static>, max: usize) -> mpsc::Receiver<(Bytes, bool)> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut start = Bytes(Vec::with_capacity(max + 1));
        let more = pipe.is_some_and(|mut pipe| {
            let whole = (&mut pipe).take(max as u64 + 1).read_to_end(&mut start.0).is_ok();
            whole && start.len() > max && io::copy(&mut pipe, &mut io::sink()).is_ok()
        });
        start.0.truncate(max);
        // The receiver may be gone.
        drop(sender.send((start, more)));
    });
    receiver
}

/// Waits for the end of `child`; `None` if it is to be killed.
fn wait(
    child: &mut Child,
    deadline: Instant,
    is_cancelled: &dyn Fn() -> bool,
) -> Option<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if !is_cancelled() && steady_now() < deadline => thread::sleep(pause),
            _ => return None,
        }
        pause = (pause * 2).min(CHECK_INTERVAL);
    }
}

fn how(status: ExitStatus) -> String {
    if let Some(code) = status.code() {
        return format!("exit code {code}");
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    "unknown exit status".to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run_for(command: &str, limit: Duration) -> Result<String, ProgramFailure> {
        let environment = BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]);
        run(command, &environment, limit).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_shell_reads_the_line_and_stderr_is_not_output() {
        assert_eq!(run_for("echo 'a  b' | tr a c; echo x >&2", LONG).unwrap(), "c  b\n");
    }

    #[test]
    fn a_failure_has_what_the_program_wrote_to_stderr() {
        let failure = run_for("echo not today >&2; exit 3", LONG).unwrap_err();
        let ProgramFailure::Failed { how, code, stderr } = failure else { panic!("{failure:?}") };
        assert_eq!((&*how, code, &*stderr), ("exit code 3", Some(3), "not today"));
        let failure = run_for("kill -9 $$", LONG).unwrap_err();
        assert!(matches!(failure, ProgramFailure::Failed { how, .. } if how == "signal 9"));
    }

    #[test]
    fn endless_output_is_refused_and_does_not_block_the_program() {
        let failure = run_for("head -c 1000000 /dev/zero", LONG).unwrap_err();
        assert_eq!(failure, ProgramFailure::TooMuch);
        let failure = run_for("head -c 1000000 /dev/zero >&2; exit 1", LONG).unwrap_err();
        assert!(
            matches!(failure, ProgramFailure::Failed { stderr, .. } if stderr.len() == MAX_STDERR)
        );
    }

    #[test]
    fn what_it_leaves_in_the_background_is_not_waited_for() {
        let before = steady_now();
        let output = run_for("sleep 60 >/dev/null 2>&1 & echo done", LONG);
        assert_eq!(output.unwrap(), "done\n");
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn one_that_hangs_is_killed_with_everything_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let command =
            format!("(echo $BASHPID; sh -c 'echo $$ >>{0}; exec sleep 600'); true", pids.display());
        let failure = run_for(&command, Duration::from_millis(1500)).unwrap_err();
        assert!(matches!(failure, ProgramFailure::TooSlow(_)));
        let pid: u32 = std::fs::read_to_string(&pids).unwrap().trim().parse().unwrap();
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            stat.map_or(true, |stat| stat.contains(") Z "))
        };
        let deadline = steady_now() + Duration::from_secs(20);
        while !gone() && steady_now() < deadline {
            thread::yield_now();
        }
        assert!(gone());
    }
}
