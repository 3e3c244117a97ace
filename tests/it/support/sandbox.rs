//! A home of its own for each test: files, environment and every program that is run in it.
//!
//! After every run, and once more when the sandbox goes, its files are searched for the secrets
//! that the test knows; so is what each program wrote. See [`super::leaks`].

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::leaks::{Leak, Secrets};

/// The system's own programs and nothing from the home of whoever runs the tests.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Longer than rolecall may take for anything.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A root directory with a home, a runtime directory and an environment.
pub(crate) struct Sandbox {
    root: TempDir,
    environment: Mutex<BTreeMap<OsString, OsString>>,
    secrets: Secrets,
    /// What the test wrote itself, by path: a secret in it is meant to be there.
    written: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    /// Paths below which secrets may lie.
    open: Mutex<Vec<PathBuf>>,
}

impl Sandbox {
    /// An empty home; no store, no terminal, and no instance metadata unless asked for.
    pub(crate) fn new() -> Self {
        // Not TMPDIR: a socket's whole path must fit into 108 bytes.
        let root = tempfile::Builder::new()
            .prefix("rolecall-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in("/tmp")
            .expect("a directory in /tmp");
        let sandbox = Self {
            root,
            environment: Mutex::default(),
            secrets: Secrets::default(),
            written: Mutex::default(),
            open: Mutex::default(),
        };
        for (name, folder) in [
            ("HOME", sandbox.home()),
            ("XDG_RUNTIME_DIR", sandbox.path("run")),
            ("TMPDIR", sandbox.path("tmp")),
        ] {
            make_folder(&folder);
            sandbox.env(name, folder);
        }
        sandbox
            .env("PATH", PATH)
            .env("TZ", "UTC")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .store("none");
        sandbox
    }

    /// The directory that holds all the others.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path in the root directory.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root().join(relative)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// `~/.aws/config`, whether it exists or not.
    pub(crate) fn config_path(&self) -> PathBuf {
        self.home().join(".aws/config")
    }

    /// `~/.aws/credentials`, whether it exists or not.
    pub(crate) fn credentials_path(&self) -> PathBuf {
        self.home().join(".aws/credentials")
    }

    /// Where rolecall keeps its state unless the environment names another place.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/rolecall")
    }

    /// Writes `~/.aws/config`.
    pub(crate) fn config(&self, text: impl AsRef<[u8]>) -> &Self {
        self.file("home/.aws/config", text);
        self
    }

    /// Writes `~/.aws/credentials`.
    pub(crate) fn credentials(&self, text: impl AsRef<[u8]>) -> &Self {
        self.file("home/.aws/credentials", text);
        self
    }

    /// Writes a file (0600, its folders 0700). Secrets in `text` may stay in that file.
    pub(crate) fn file(&self, relative: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        make_folder(path.parent().expect("a file lies in a folder"));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_ref()))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        lock(&self.written).entry(path.clone()).or_default().extend_from_slice(text.as_ref());
        path
    }

    /// Writes a program (0700), for instance `#!/bin/sh` and what follows.
    pub(crate) fn script(&self, relative: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let relative = relative.as_ref();
        let mut source = relative.as_os_str().to_owned();
        source.push(".source");
        let source = self.file(source, text);
        fs::set_permissions(&source, Permissions::from_mode(0o700)).expect("just written");
        let path = self.path(relative);
        // A process of its own copies it: while this one has a program open for writing, another
        // test may fork and carry that over, and the kernel refuses to start it: "text file busy".
        let copied = Command::new("/bin/cp").arg(&source).arg(&path).status();
        assert!(copied.is_ok_and(|status| status.success()), "cp failed");
        let text = lock(&self.written).remove(&source).unwrap_or_default();
        lock(&self.written).insert(path.clone(), text);
        fs::remove_file(source).expect("just written");
        path
    }

    /// Sets a variable for every run from now on.
    pub(crate) fn env(&self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &Self {
        lock(&self.environment).insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Unsets a variable for every run from now on.
    pub(crate) fn env_remove(&self, name: impl AsRef<OsStr>) -> &Self {
        lock(&self.environment).remove(name.as_ref());
        self
    }

    /// Chooses the store for every run from now on.
    pub(crate) fn store(&self, name: &str) -> &Self {
        self.env("ROLECALL_STORE", name)
    }

    /// From now on `value` must not be seen anywhere but where the test put it.
    pub(crate) fn secret(&self, name: &str, value: &str) -> &Self {
        self.secrets.add(name, value);
        self
    }

    /// The registry of this sandbox's secrets, for a stand-in that hands out more of them.
    pub(crate) fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    /// Secrets may lie in this file or folder: in that of the `file` store, for instance.
    pub(crate) fn may_hold_secrets(&self, path: impl Into<PathBuf>) -> &Self {
        lock(&self.open).push(path.into());
        self
    }

    /// rolecall with `arguments`.
    pub(crate) fn rolecall<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run<'_> {
        self.program(env!("CARGO_BIN_EXE_rolecall"), arguments)
    }

    /// Any other program with `arguments`; the leak check is the same.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[A],
    ) -> Run<'_> {
        let arguments: Vec<_> = arguments.iter().map(|a| a.as_ref().to_owned()).collect();
        let is_protocol = program.as_ref() == env!("CARGO_BIN_EXE_rolecall")
            && arguments.iter().any(|a| a == "credential-process");
        Run {
            sandbox: self,
            program: program.as_ref().to_owned(),
            arguments,
            environment: lock(&self.environment).clone(),
            folder: self.home(),
            stdin: None,
            time_limit: TIME_LIMIT,
            is_protocol,
            may_print_secrets: is_protocol,
        }
    }

    /// Fails if a secret lies in any file, or is part of a file's name.
    #[track_caller]
    pub(crate) fn assert_no_secret_in_files(&self, after: &str) {
        let mut leaks = String::new();
        self.search(self.root(), &mut |path, leak| {
            let path = path.strip_prefix(self.root()).unwrap_or(path);
            let path = self.secrets.redact(&path.to_string_lossy());
            writeln!(leaks, "{leak} in {path}").expect("a string takes all");
        });
        assert!(leaks.is_empty(), "leaked, seen after {}:\n{leaks}", self.secrets.redact(after));
    }

    fn search(&self, folder: &Path, report: &mut dyn FnMut(&Path, Leak)) {
        // What is gone by now, or closed even to us, is nothing to look at.
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if lock(&self.open).iter().any(|open| path.starts_with(open)) {
                continue;
            }
            for leak in self.secrets.found_in(entry.file_name().as_bytes(), b"") {
                report(&path, leak);
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.search(&path, report),
                Ok(kind) if kind.is_file() => {
                    let Ok(bytes) = fs::read(&path) else { continue };
                    let mine = lock(&self.written).get(&path).cloned().unwrap_or_default();
                    for leak in self.secrets.found_in(&bytes, &mine) {
                        report(&path, leak);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.assert_no_secret_in_files("the test");
        }
    }
}

/// A run that has not begun.
#[must_use]
pub(crate) struct Run<'a> {
    sandbox: &'a Sandbox,
    program: OsString,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    folder: PathBuf,
    stdin: Option<Vec<u8>>,
    time_limit: Duration,
    is_protocol: bool,
    may_print_secrets: bool,
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

    /// For a rig of another kind, such as a terminal: the program, its arguments, environment and
    /// folder. Such a run is not searched for secrets, save for the files it leaves.
    pub(crate) fn into_command(self) -> Command {
        self.prepare(Command::new(&self.program))
    }

    /// In a session of its own, so that it has no controlling terminal even if the tests have.
    /// A child is no leader of a group, hence `setsid` replaces itself and the process id holds.
    fn command(&self) -> Command {
        match find_program("setsid") {
            Some(setsid) => {
                let mut command = Command::new(setsid);
                command.arg(&self.program);
                self.prepare(command)
            }
            None => self.prepare(Command::new(&self.program)),
        }
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.args(&self.arguments).env_clear().envs(&self.environment).current_dir(&self.folder);
        command
    }

    /// The command line, for messages.
    fn shown(&self) -> String {
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
struct Pipe {
    state: Mutex<PipeState>,
    changed: Condvar,
}

#[derive(Default)]
struct PipeState {
    bytes: Vec<u8>,
    is_closed: bool,
}

impl Pipe {
    fn drain(mut source: impl Read + Send + 'static) -> Arc<Self> {
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
    fn wait(&self, limit: Duration, is_enough: impl Fn(&str) -> bool) -> String {
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

/// A program in the sandbox's PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    PATH.split(':').map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

pub(super) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn make_folder(path: &Path) {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use rustix::process::Signal;

    use super::{Sandbox, find_program};

    const SECRET: &str = "kept-to-ourselves";

    /// What `script` fails with when sh runs it in a sandbox that knows a secret, `$1`.
    fn failure(script: &str) -> String {
        let sandbox = Sandbox::new();
        sandbox.secret("the key", SECRET);
        let failed = catch_unwind(AssertUnwindSafe(|| {
            sandbox
                .program("sh", &["-c", script, "sh", SECRET])
                .time_limit(Duration::from_millis(200))
                .run()
                .ok()
        }));
        sandbox.may_hold_secrets(sandbox.root());
        let message = match failed {
            Ok(output) => panic!("went unnoticed: {output:?}"),
            Err(payload) => *payload.downcast::<String>().expect("a formatted message"),
        };
        assert!(!message.contains(SECRET), "the message itself leaks");
        message
    }

    #[test]
    fn a_secret_that_gets_out_fails_the_test_without_being_shown() {
        for (script, place) in [
            ("echo $1", "the secret `the key` (as it is) on stdout"),
            ("echo $1 >&2", "the secret `the key` (as it is) on stderr"),
            ("mkdir a; printf %s $1 | base64 > a/b", "the secret `the key` (base64) in home/a/b"),
            (": > $1", "(as it is) in home/<the key>"),
            ("echo $1; exit 3", "on stdout"),
        ] {
            let message = failure(script);
            assert!(message.contains(place), "{message}");
        }
    }

    #[test]
    fn what_does_not_end_or_fails_is_reported() {
        assert!(failure("exec sleep 10").contains("did not end within"));
        assert!(failure("sleep 10 &").contains("did not end within"));
        assert!(failure("echo why >&2; exit 3").contains("stderr: why"));
    }

    #[test]
    fn secrets_may_lie_where_the_test_put_them() {
        let sandbox = Sandbox::new();
        sandbox.secret("the key", SECRET);
        sandbox.credentials(format!("[a]\naws_secret_access_key = {SECRET}\n"));
        let output =
            sandbox.program("cat", &[sandbox.credentials_path()]).may_print_secrets().run().ok();
        assert!(output.stdout.contains(SECRET));
        sandbox.config("[default]\n");
        let copied = catch_unwind(AssertUnwindSafe(|| {
            sandbox.program("cp", &[sandbox.credentials_path(), sandbox.config_path()]).run()
        }));
        assert!(copied.is_err(), "moved to another file");
        sandbox.config("[default]\n");
    }

    #[test]
    fn a_run_has_its_own_home_and_environment_and_no_terminal() {
        let sandbox = Sandbox::new();
        sandbox.env("ONE", "1");
        let script = "pwd; cat; (: < /dev/tty) 2>/dev/null && echo terminal; env";
        let output = sandbox.program("sh", &["-c", script]).stdin("input\n").env("TWO", "2");
        let stdout = output.env_remove("TZ").run().ok().stdout;
        let home = sandbox.home().display().to_string();
        assert!(stdout.starts_with(&format!("{home}\ninput\n")), "{stdout}");
        let mut names: Vec<_> =
            stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        names.sort_unstable();
        let expected = [
            "AWS_EC2_METADATA_DISABLED",
            "HOME",
            "ONE",
            "PATH",
            "PWD",
            "ROLECALL_STORE",
            "TMPDIR",
            "TWO",
            "XDG_RUNTIME_DIR",
        ];
        names.retain(|name| !["OLDPWD", "SHLVL", "_"].contains(name));
        assert_eq!(names, expected);
        assert!(!stdout.contains("terminal\n"), "{stdout}");
    }

    #[test]
    fn a_script_can_be_run_at_once() {
        let sandbox = Sandbox::new();
        let script = sandbox.script("bin/code", "#!/bin/sh\necho 123456\n");
        let output = sandbox.program(script, &[""; 0]).run().ok();
        assert_eq!(output.stdout, "123456\n");
    }

    #[test]
    fn a_signal_reaches_the_program_and_dropping_it_kills_its_children() {
        let sandbox = Sandbox::new();
        let script = "trap 'exit 130' TERM; echo ready; while :; do sleep 0.01; done";
        let running = sandbox.program("sh", &["-c", script]).spawn();
        assert_eq!(running.until_stdout("ready"), "ready\n");
        running.signal(Signal::TERM);
        let status = running.wait().status;
        if find_program("setsid").is_some() {
            assert_eq!(status.code(), Some(130));
        }

        let running = sandbox.program("sh", &["-c", "sleep 100 & echo $!; wait"]).spawn();
        let child = running.until_stdout("\n").trim().to_owned();
        drop(running);
        let alive = ["-c", r#"test "$(cut -d' ' -f3 /proc/$1/stat)" != Z"#, "sh", &child];
        let gone = super::until_some(Duration::from_secs(5), || {
            let output = sandbox.program("sh", &alive).run();
            (!output.status.success() || !output.stderr.is_empty()).then_some(())
        });
        assert!(gone.is_some() || !cfg!(target_os = "linux"));
    }
}
