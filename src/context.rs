//! The only place that touches process globals: environment, clock, paths, terminal.
//!
//! Everything below takes a [`Context`], so a test can run any verb in process with another
//! environment and another clock, and no code can be surprised by either changing underneath it.

mod agent;
mod boot;
mod caller;
mod certificates;
mod children;
mod confined;
mod folders;
mod notices;
mod platform;
mod programs;
mod progress;
mod restart;

pub(crate) use boot::{BootMoment, boot_moment};
pub(crate) use caller::Caller;
pub(crate) use certificates::CertificatePaths;
pub(crate) use confined::CONFINED;
pub(crate) use folders::StateFolder;
pub(crate) use programs::Program;

use platform::Folders;

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

/// What rolecall knows about the process it runs in.
pub struct Context {
    environment: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
    made_up_folders: Option<Folders>,
    executable: Option<PathBuf>,
    /// The name or path that this program was called by.
    called_as: Option<PathBuf>,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    started: DateTime<Utc>,
    stopwatch: Instant,
    terminal: bool,
    input_terminal: bool,
    error_terminal: bool,
    /// Whether stderr may show what is waited for.
    progress: Cell<bool>,
    user_name: OnceCell<Option<String>>,
    /// The program that this one runs.
    runs: OnceCell<String>,
    /// Warnings that are printed when the verb is done.
    warnings: RefCell<Vec<String>>,
}

impl Context {
    /// Returns the context of the real process.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn from_process() -> Self {
        let stopwatch = Instant::now();
        Self {
            environment: std::env::vars_os().map(|(name, value)| (spelled(name), value)).collect(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            made_up_folders: None,
            executable: std::env::current_exe().ok(),
            called_as: std::env::args_os().next().map(PathBuf::from),
            clock: Arc::new(Utc::now),
            started: Utc::now(),
            stopwatch,
            terminal: std::io::IsTerminal::is_terminal(&std::io::stdout()),
            input_terminal: std::io::IsTerminal::is_terminal(&std::io::stdin()),
            error_terminal: std::io::IsTerminal::is_terminal(&std::io::stderr()),
            progress: Cell::default(),
            user_name: OnceCell::new(),
            runs: OnceCell::new(),
            warnings: RefCell::default(),
        }
    }

    /// Returns the context of a made-up process with this environment and clock, and no terminal.
    #[cfg(test)]
    pub(crate) fn made_up<'a>(
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let environment: BTreeMap<OsString, OsString> =
            environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let home = environment.get(OsStr::new("HOME")).map(PathBuf::from);
        Self {
            made_up_folders: Some(Folders::made_up(home.as_deref())),
            home,
            environment,
            executable: Some("/usr/local/bin/rolecall".into()),
            called_as: None,
            started: clock(),
            clock: Arc::new(clock),
            stopwatch: Instant::now(),
            terminal: false,
            input_terminal: false,
            error_terminal: false,
            progress: Cell::default(),
            user_name: OnceCell::new(),
            runs: OnceCell::new(),
            warnings: RefCell::default(),
        }
    }

    /// Returns an environment variable that is set, not empty, and UTF-8.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.var_os(name).and_then(OsStr::to_str)
    }

    /// Returns an environment variable that is set and not empty.
    pub(crate) fn var_os(&self, name: &str) -> Option<&OsStr> {
        self.environment.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// Returns the first variable of AWS's or ours that is not UTF-8: treating it as unset could
    /// select another profile, store or account than the one it names. Paths may be any bytes.
    pub(crate) fn unreadable_variable(&self) -> Option<&str> {
        const PATHS: [&str; 3] =
            ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"];
        let texts =
            self.environment.iter().filter_map(|(name, value)| Some((name.to_str()?, value)));
        let mut wrong = texts
            .filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("ROLECALL_"))
            .filter(|(name, value)| !PATHS.contains(name) && value.to_str().is_none());
        wrong.next().map(|(name, _)| name)
    }

    /// Returns the first of `names` that is set, with its value.
    pub(crate) fn first_var<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &str)> {
        names.iter().find_map(|name| Some((*name, self.var(name)?)))
    }

    /// Returns all variables.
    pub(crate) fn environment(&self) -> &BTreeMap<OsString, OsString> {
        &self.environment
    }

    /// Returns the user's home folder, if the system knows one.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Replaces a leading `~/` (or `~` alone) by the home folder, as the SDKs do for
    /// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`.
    pub(crate) fn expand_home(&self, path: &OsStr) -> PathBuf {
        let path = Path::new(path);
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.to_owned(),
        }
    }

    /// Returns the wall clock's time (UTC).
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Returns whether `time` lies between the start of this process and now. A time that a clock set
    /// back since makes a future one does not.
    pub(crate) fn is_since_start(&self, time: DateTime<Utc>) -> bool {
        (self.started..=self.now()).contains(&time)
    }

    /// Returns how long this process has run, by a monotonic clock.
    pub fn elapsed(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// Whether stdout is a terminal.
    pub fn stdout_is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether stdin is a terminal.
    pub(crate) fn stdin_is_terminal(&self) -> bool {
        self.input_terminal
    }

    /// Returns the width of stdout in columns; `None` if it is not a terminal.
    pub(crate) fn stdout_width(&self) -> Option<usize> {
        if !self.terminal {
            return None;
        }
        let told = self.var("COLUMNS").and_then(|columns| columns.parse().ok());
        let seen = || Some(terminal_size::terminal_size_of(std::io::stdout())?.0.0.into());
        told.or_else(seen).filter(|columns| *columns > 0)
    }

    /// Returns text for people with `~` for the home directory wherever a path begins with it, if
    /// stdout is a terminal.
    pub(crate) fn with_tildes(&self, text: &str) -> String {
        let home = self.home().filter(|home| self.terminal && *home != Path::new("/"));
        let Some(home) = home.and_then(Path::to_str) else { return text.to_owned() };
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(home) {
            let (before, from) = rest.split_at(at);
            let after = &from[home.len()..];
            shown.push_str(before);
            let is_start = shown.is_empty() || shown.ends_with([' ', '(', '\'', '"', '=']);
            shown.push_str(if is_start && after.starts_with('/') { "~" } else { home });
            rest = after;
        }
        shown.push_str(rest);
        shown
    }

    /// Returns `path` as a person at a terminal reads it: with `~` for the home directory. In a pipe
    /// it is whole.
    pub(crate) fn shown_path(&self, path: &Path) -> String {
        let home = self.home().filter(|home| self.terminal && *home != Path::new("/"));
        match home.and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => Path::new("~").join(rest).display().to_string(),
            None => path.display().to_string(),
        }
    }

    /// Whether stderr is a terminal.
    pub fn stderr_is_terminal(&self) -> bool {
        self.error_terminal
    }

    /// Whether there is a display for dialogs. Always true on macOS and Windows.
    pub(crate) fn has_display(&self) -> bool {
        cfg!(not(all(unix, not(target_os = "macos"))))
            || self.first_var(&["DISPLAY", "WAYLAND_DISPLAY"]).is_some()
    }

    /// Returns the OS user's name, from the environment if possible: a lookup in the user database
    /// can take longer than the rest of a cache hit.
    pub(crate) fn user_name(&self) -> Option<String> {
        self.user_name.get_or_init(|| self.look_up_user_name()).clone()
    }

    /// Returns the name of this machine without its domain.
    pub(crate) fn host_name(&self) -> Option<String> {
        if self.made_up_folders.is_some() {
            return self.var("HOSTNAME").map(str::to_owned);
        }
        let name = whoami::hostname().ok()?;
        name.split('.').next().map(str::to_owned).filter(|name| !name.is_empty())
    }

    fn look_up_user_name(&self) -> Option<String> {
        let names: &[&str] = if cfg!(windows) { &["USERNAME"] } else { &["LOGNAME", "USER"] };
        match self.first_var(names) {
            Some((_, name)) => Some(name.to_owned()),
            None => whoami::username().ok().filter(|name| !name.is_empty()),
        }
    }

    /// Returns the address of the D-Bus session bus, from the environment or the runtime directory.
    ///
    /// Rule: D-Bus Specification, "Well-known Message Bus Instances".
    #[cfg(target_os = "linux")]
    pub(crate) fn session_bus_address(&self) -> Option<String> {
        if let Some(address) = self.var("DBUS_SESSION_BUS_ADDRESS") {
            return Some(address.to_owned());
        }
        let socket = Path::new(self.var_os("XDG_RUNTIME_DIR")?).join("bus");
        socket.exists().then(|| format!("unix:path={}", socket.display()))
    }
}

/// Returns a variable's name as it is looked up. Windows finds it in any case, such as `Path`.
fn spelled(name: OsString) -> OsString {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name }
}

/// Keeps secrets out of core dumps and away from other processes of the same user.
///
/// If the system refuses, rolecall goes on: the credentials matter more to the user.
pub fn forbid_core_dumps() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The only failure is a kernel that does not know the call.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Returns a variable of this process's environment, for code that has no [`Context`]: the HTTP client,
/// which is made for each call.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub(crate) fn process_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Returns a monotonic clock's time, for time limits.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub(crate) fn steady_now() -> Instant {
    Instant::now()
}

/// Returns the wall clock's time (UTC), for code that has no [`Context`].
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub(crate) fn wall_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(environment: &[(&str, &str)]) -> Context {
        Context::made_up(environment.iter().copied(), || DateTime::UNIX_EPOCH)
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let context = context(&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "b")]);
        let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        assert_eq!(context.first_var(&names), Some(("AWS_DEFAULT_PROFILE", "b")));
    }

    #[test]
    fn a_home_is_a_tilde_only_where_a_path_begins_and_only_on_a_terminal() {
        let mut context = context(&[("HOME", "/home/u")]);
        let text = "no (/home/u/x:7), /home/user/y, /mnt/home/u/z, '/home/u/a'";
        assert_eq!(context.with_tildes(text), text);
        context.terminal = true;
        let shown = "no (~/x:7), /home/user/y, /mnt/home/u/z, '~/a'";
        assert_eq!(context.with_tildes(text), shown);
    }

    #[test]
    fn a_tilde_is_expanded_only_as_a_whole_first_element() {
        let context = context(&[("HOME", "/home/u")]);
        assert_eq!(context.expand_home("~/x".as_ref()), Path::new("/home/u/x"));
        assert_eq!(context.expand_home("~other/x".as_ref()), Path::new("~other/x"));
        assert_eq!(context.expand_home("a/~/x".as_ref()), Path::new("a/~/x"));
    }
}
