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
use super::programs;
use super::run::Run;

/// The system's own programs and nothing from the home of whoever runs the tests.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Longer than rolecall may take for anything.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A root directory with a home, a runtime directory and an environment.
pub(crate) struct Sandbox {
    root: TempDir,
    environment: Mutex<BTreeMap<OsString, OsString>>,
    pub(super) secrets: Secrets,
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
        self.program(programs::rolecall(), arguments)
    }

    /// Any other program with `arguments`; the leak check is the same.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[A],
    ) -> Run<'_> {
        let arguments: Vec<_> = arguments.iter().map(|a| a.as_ref().to_owned()).collect();
        let is_protocol = program.as_ref() == programs::rolecall()
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

/// A program in the sandbox's PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    find_programs(name).next()
}

/// All programs of that name in the sandbox's PATH.
pub(super) fn find_programs(name: &str) -> impl Iterator<Item = PathBuf> {
    PATH.split(':').map(move |folder| Path::new(folder).join(name)).filter(|path| path.is_file())
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
        let gone = crate::support::run::until_some(Duration::from_secs(5), || {
            let output = sandbox.program("sh", &alive).run();
            (!output.status.success() || !output.stderr.is_empty()).then_some(())
        });
        assert!(gone.is_some() || !cfg!(target_os = "linux"));
    }
}
