//! Running programs in a sandbox: with its environment, without a terminal, and with a look for
//! secrets at whatever they wrote.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process, kill_process_group};

use super::leaks::Secrets;
use super::sandbox::{Sandbox, find_program, lock, pid};

/// A run that has not begun.
#[must_use]
pub(crate) struct Run<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: BTreeMap<OsString, OsString>,
    pub(super) folder: PathBuf,
    pub(super) stdin: Option<Vec<u8>>,
    pub(super) time_limit: Duration,
    pub(super) is_protocol: bool,
    pub(super) may_print_secrets: bool,
}

impl<'a> Run<'a> {
    /// Sets a variable for this run.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Unsets a variable for this run.
    pub(crate) fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    /// Runs in this folder instead of the home.
    pub(crate) fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// What it reads from stdin, which is empty otherwise.
    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Without a file descriptor 0 at all, as some callers leave it.
    pub(crate) fn stdin_closed(mut self) -> Self {
        let program = std::mem::replace(&mut self.program, "sh".into());
        let script = ["-c", r#"exec "$0" "$@" <&-"#].map(OsString::from);
        self.arguments.splice(0..0, script.into_iter().chain([program]));
        self
    }

    /// Fails if it takes longer; 60 s otherwise.
    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Secrets on stdout are what was asked for. `credential-process` needs no such leave.
    pub(crate) fn may_print_secrets(mut self) -> Self {
        self.may_print_secrets = true;
        self
    }

    /// Runs it to its end.
    #[must_use]
    #[track_caller]
    pub(crate) fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn spawn(mut self) -> Running<'a> {
        let stdin = self.stdin.take();
        let mut command = self.command();
        command
            .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.shown()));
        if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
            // It may well end without reading all of it.
            thread::spawn(move || pipe.write_all(&text).ok());
        }
        let stdout = Pipe::drain(child.stdout.take().expect("is piped"));
        let stderr = Pipe::drain(child.stderr.take().expect("is piped"));
        Running { run: self, child, has_ended: false, stdout, stderr }
    }

    /// For a rig of another kind: the program, its arguments, environment and
    /// folder. Such a run is not searched for secrets, save for the files it leaves.
    pub(crate) fn into_command(self) -> Command {
        self.prepare(Self::with_default_signals(&self.program))
    }

    /// The same as it is run here.
    ///
    /// In a session of its own, so that it has no controlling terminal even if the tests have.
    /// A child is no leader of a group, hence `setsid` replaces itself and the process id holds.
    pub(crate) fn command(&self) -> Command {
        match find_program("setsid") {
            Some(setsid) => {
                let mut command = Self::with_default_signals(setsid);
                command.arg(&self.program);
                self.prepare(command)
            }
            None => self.prepare(Self::with_default_signals(&self.program)),
        }
    }

    /// Starts `program` with the signals as they are by default: the tests themselves may have been
    /// started in the background of a script, which ignores SIGINT and SIGQUIT.
    pub(super) fn with_default_signals(program: impl AsRef<OsStr>) -> Command {
        static ARE_IGNORED: OnceLock<bool> = OnceLock::new();
        let are_ignored = *ARE_IGNORED.get_or_init(|| {
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            // Rust ignores SIGPIPE, and gives its children the default.
            mask.unwrap_or(0) & !(1 << (Signal::PIPE.as_raw() - 1)) != 0
        });
        if !are_ignored {
            return Command::new(program);
        }
        let env = find_program("env").expect("coreutils have env");
        let mut command = Command::new(env);
        command.arg("--default-signal").arg(program);
        command
    }

    pub(super) fn prepare(&self, mut command: Command) -> Command {
        command.args(&self.arguments).env_clear().envs(&self.environment).current_dir(&self.folder);
        command
    }

    /// The command line, for messages.
    pub(super) fn shown(&self) -> String {
        let mut line = Path::new(&self.program)
            .file_name()
            .unwrap_or(&self.program)
            .to_string_lossy()
            .into_owned();
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(&argument.to_string_lossy());
        }
        self.sandbox.secrets.redact(&line)
    }
}

/// A run that goes on; it is killed with all that it started when this is dropped.
#[must_use]
pub(crate) struct Running<'a> {
    run: Run<'a>,
    child: Child,
    has_ended: bool,
    stdout: Arc<Pipe>,
    stderr: Arc<Pipe>,
}

impl Running<'_> {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to it, and to nothing that it started.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("it is still there, for nobody waited");
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Waits until stdout holds `needle`; all that was written so far.
    #[track_caller]
    pub(crate) fn until_stdout(&self, needle: &str) -> String {
        self.until(&self.stdout, needle, "stdout")
    }

    /// Waits until stderr holds `needle`; all that was written so far.
    #[track_caller]
    pub(crate) fn until_stderr(&self, needle: &str) -> String {
        self.until(&self.stderr, needle, "stderr")
    }

    #[track_caller]
    fn until(&self, pipe: &Pipe, needle: &str, which: &str) -> String {
        let limit = self.run.time_limit;
        let text = pipe.wait(limit, |text| text.contains(needle));
        assert!(
            text.contains(needle),
            "{} did not write {needle:?} to {which}, but:\n{}",
            self.run.shown(),
            self.run.sandbox.secrets.redact(&text)
        );
        text
    }

    /// Waits for its end and looks for leaks.
    #[must_use]
    #[track_caller]
    pub(crate) fn wait(mut self) -> Output {
        let shown = self.run.shown();
        let limit = self.run.time_limit;
        let secrets = &self.run.sandbox.secrets;
        let stdout = self.stdout.wait(limit, |_| false);
        let stderr = self.stderr.wait(limit, |_| false);
        let status = until_some(limit, || {
            if !self.stdout.is_closed() || !self.stderr.is_closed() {
                return None;
            }
            self.child.try_wait().expect("it is our child")
        });
        let Some(status) = status else {
            panic!(
                "{shown} did not end within {} s\nstdout: {}\nstderr: {}",
                limit.as_secs(),
                secrets.redact(&stdout),
                secrets.redact(&stderr)
            );
        };
        self.has_ended = true;
        let output = Output {
            status,
            stdout,
            stderr,
            shown,
            is_protocol: self.run.is_protocol,
            secrets: secrets.clone(),
        };
        output.learn_secrets();
        output.assert_no_secret_in("stderr", &output.stderr);
        if !self.run.may_print_secrets {
            output.assert_no_secret_in("stdout", &output.stdout);
        }
        self.run.sandbox.assert_no_secret_in_files(&output.shown);
        output
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            // Before `setsid` has begun there is no such group yet.
            kill_process_group(pid(&self.child), Signal::KILL).ok();
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// What a run left.
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    shown: String,
    is_protocol: bool,
    secrets: Secrets,
}

impl Output {
    /// Asserts that it succeeded; as `credential-process`, without a byte on stderr.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        let output = self.code(0);
        assert!(!output.is_protocol || output.stderr.is_empty(), "stderr is not empty\n{output:?}");
        output
    }

    /// Asserts that it ended with this exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "the exit code\n{self:?}");
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self:?}"))
    }

    /// The secrets that `credential-process` hands out must be seen nowhere else.
    fn learn_secrets(&self) {
        if !self.is_protocol {
            return;
        }
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&self.stdout) else {
            return;
        };
        for name in ["SecretAccessKey", "SessionToken"] {
            if let Some(value) = json[name].as_str() {
                self.secrets.add(&format!("{name} as handed out"), value);
            }
        }
    }

    #[track_caller]
    fn assert_no_secret_in(&self, which: &str, text: &str) {
        if let Some(leak) = self.secrets.found_in(text.as_bytes(), b"").first() {
            panic!("leaked: {leak} on {which}\n{self:?}");
        }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "of: {}\n{}\nstdout: {}\nstderr: {}",
            self.shown,
            self.status,
            self.secrets.redact(&self.stdout),
            self.secrets.redact(&self.stderr)
        )
    }
}

/// What came out of a pipe so far.
#[derive(Default)]
pub(super) struct Pipe {
    state: Mutex<PipeState>,
    changed: Condvar,
}

#[derive(Default)]
struct PipeState {
    bytes: Vec<u8>,
    is_closed: bool,
}

impl Pipe {
    pub(super) fn drain(mut source: impl Read + Send + 'static) -> Arc<Self> {
        let pipe = Arc::new(Self::default());
        let filled = Arc::clone(&pipe);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = match source.read(&mut buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    result => result.unwrap_or(0),
                };
                let mut state = lock(&filled.state);
                state.bytes.extend_from_slice(&buffer[..count]);
                state.is_closed = count == 0;
                filled.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        pipe
    }

    /// All that came until it was enough, or the pipe was closed, or the time was up.
    pub(super) fn wait(&self, limit: Duration, is_enough: impl Fn(&str) -> bool) -> String {
        let (state, _) = self
            .changed
            .wait_timeout_while(lock(&self.state), limit, |state| {
                !state.is_closed && !is_enough(&String::from_utf8_lossy(&state.bytes))
            })
            .unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&state.bytes).into_owned()
    }

    fn is_closed(&self) -> bool {
        lock(&self.state).is_closed
    }
}

/// Asks again and again until there is an answer; `None` when the time is up.
#[expect(clippy::disallowed_methods, reason = "a test waits for real programs in real time")]
pub(crate) fn until_some<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let answer = ask();
        if answer.is_some() || start.elapsed() > limit {
            return answer;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
