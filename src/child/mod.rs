//! Another program that gives credentials: run as the SDKs run it, within limits.
//!
//! Rules: AWS SDKs and Tools reference, "Process credential provider". The line goes to a shell, as
//! with most SDKs; the AWS CLI, which splits it itself, understands less. stdin and the terminal are
//! ours, so the program can ask a human there. What it says on stderr is for an error alone: some
//! callers read our stderr and stdout as one.

mod document;
mod kill;

pub use document::parse;

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

/// The most that is read of a program's output; the SDK for Java takes 64,000 bytes.
const MOST_OUTPUT: usize = 64 * 1024;
/// How much of what it says on stderr is kept.
const MOST_WORDS: usize = 4 * 1024;
/// How long its words may stay open behind it: a process that it left in the background may hold them.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long we wait at most without a look at the clock and at the caller's mind.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What a program wrote to stdout before it ended well.
pub type Output = Bytes;

/// Why a program gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramFailure {
    /// It could not be started.
    NotStarted(String),
    /// It ran for longer than it may, and was ended.
    TooSlow(Duration),
    /// It wrote more than credentials are long.
    TooMuch,
    /// It failed.
    Failed {
        /// How it ended: `exit code 3`, `signal 9`.
        how: String,
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
        /// What it said on stderr, cut off where it is long.
        words: String,
    },
}

/// Runs `command` in a shell and gives what it writes to stdout.
pub fn run(
    command: &str,
    environment: &BTreeMap<OsString, OsString>,
    limit: Duration,
) -> Result<Output, ProgramFailure> {
    let mut shell = shell(command);
    shell.env_clear().envs(environment).stdin(Stdio::inherit()).stderr(Stdio::piped());
    watch(shell, &[], limit, &|| false).expect("BUG: nobody gave up")
}

/// Runs `command` and gives what it writes to stdout; `None` where the caller gave up, and it was
/// ended. Where its stdin is piped, it reads `input`, which must be short. Where its stderr is
/// piped, that is for an error alone.
pub fn watch(
    mut command: Command,
    input: &[u8],
    limit: Duration,
    given_up: &dyn Fn() -> bool,
) -> Option<Result<Output, ProgramFailure>> {
    let deadline = steady_now() + limit;
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return Some(Err(ProgramFailure::NotStarted(error.to_string()))),
    };
    if let Some(mut stdin) = child.stdin.take() {
        // It may well end without reading all of it.
        drop(stdin.write_all(input));
    }
    let output = reader(child.stdout.take(), MOST_OUTPUT);
    let words = reader(child.stderr.take(), MOST_WORDS);
    let status = match wait(&mut child, deadline, given_up) {
        Wait::Ended(status) => status,
        Wait::Late => {
            kill::with_descendants(&mut child);
            return Some(Err(ProgramFailure::TooSlow(limit)));
        }
        Wait::GivenUp => {
            kill::with_descendants(&mut child);
            return None;
        }
    };
    if !status.success() {
        let (words, _) = words.recv_timeout(LAST_WORDS).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).trim().to_owned();
        return Some(Err(ProgramFailure::Failed { how: how(status), code: status.code(), words }));
    }
    // As with the SDKs, its output ends when the last of those that it started has closed it.
    loop {
        let left = deadline.saturating_duration_since(steady_now());
        match output.recv_timeout(left.min(LONGEST_PAUSE)) {
            Ok((_, true)) => return Some(Err(ProgramFailure::TooMuch)),
            Ok((output, false)) => return Some(Ok(output)),
            Err(_) if given_up() => return None,
            Err(_) if left.is_zero() => return Some(Err(ProgramFailure::TooSlow(limit))),
            Err(_) => {}
        }
    }
}

/// The shell that reads `command`, not yet started.
#[cfg(not(windows))]
pub fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

/// The shell that reads `command`, not yet started.
#[cfg(windows)]
pub fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd.exe");
    // As it stands: the usual quoting is not what cmd.exe reads.
    shell.arg("/C").raw_arg(command);
    shell
}

/// Reads a pipe to its end on a thread of its own, for a full pipe would stop the program. Gives the
/// first `most` bytes, and whether there were more.
fn reader(pipe: Option<impl Read + Send + 'static>, most: usize) -> mpsc::Receiver<(Bytes, bool)> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut start = Bytes(Vec::with_capacity(most + 1));
        let more = pipe.is_some_and(|mut pipe| {
            let whole = (&mut pipe).take(most as u64 + 1).read_to_end(&mut start.0).is_ok();
            whole && start.len() > most && io::copy(&mut pipe, &mut io::sink()).is_ok()
        });
        start.0.truncate(most);
        // Nobody may be waiting any more.
        drop(sender.send((start, more)));
    });
    receiver
}

enum Wait {
    Ended(ExitStatus),
    Late,
    GivenUp,
}

fn wait(child: &mut Child, deadline: Instant, given_up: &dyn Fn() -> bool) -> Wait {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Wait::Ended(status),
            Ok(None) if given_up() => return Wait::GivenUp,
            Ok(None) if steady_now() < deadline => thread::sleep(pause),
            _ => return Wait::Late,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
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
    "an unknown end".to_owned()
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
    fn a_failure_has_the_programs_words() {
        let failure = run_for("echo not today >&2; exit 3", LONG).unwrap_err();
        let ProgramFailure::Failed { how, code, words } = failure else { panic!("{failure:?}") };
        assert_eq!((&*how, code, &*words), ("exit code 3", Some(3), "not today"));
        let failure = run_for("kill -9 $$", LONG).unwrap_err();
        assert!(matches!(failure, ProgramFailure::Failed { how, .. } if how == "signal 9"));
    }

    #[test]
    fn endless_output_is_refused_and_does_not_stop_the_program() {
        let failure = run_for("head -c 1000000 /dev/zero", LONG).unwrap_err();
        assert_eq!(failure, ProgramFailure::TooMuch);
        let words = run_for("head -c 1000000 /dev/zero >&2; exit 1", LONG).unwrap_err();
        assert!(matches!(words, ProgramFailure::Failed { words, .. } if words.len() == MOST_WORDS));
    }

    #[test]
    fn what_it_leaves_in_the_background_does_not_keep_us() {
        let before = steady_now();
        let output = run_for("sleep 60 >/dev/null 2>&1 & echo done", LONG);
        assert_eq!(output.unwrap(), "done\n");
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn one_that_hangs_is_ended_with_all_that_it_started() {
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
