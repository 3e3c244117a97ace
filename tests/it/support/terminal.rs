//! Running programs of a sandbox on a real pseudo-terminal, as a person at it would.
//!
//! ```text
//! let terminal = sandbox.rolecall(&["login", "my-role"]).on_terminal();
//! terminal.until("Enter MFA code for ");
//! assert!(!terminal.echoes());
//! terminal.type_keys("123456\r");
//! terminal.finish().code(0);
//! ```
//!
//! The program leads a session of its own, with the terminal as controlling terminal and as stdin,
//! stdout and stderr. For other files there, or for jobs and `fg`, run a shell on it: [`shell`].

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcgetpgrp, tcsetwinsize};

use super::run::{Pipe, Run, until_some};
use super::sandbox::{Sandbox, find_program, pid};

/// Ctrl-C.
pub(crate) const CTRL_C: &str = "\x03";
/// Ctrl-D.
pub(crate) const CTRL_D: &str = "\x04";
/// Ctrl-Z.
pub(crate) const CTRL_Z: &str = "\x1a";
/// Ctrl-\.
pub(crate) const CTRL_BACKSLASH: &str = "\x1c";

/// The prompt of [`shell`].
pub(crate) const SHELL_PROMPT: &str = "ready> ";

/// What the rig itself writes last; no program would.
const LAST: &str = "\u{241c}\u{2404}";

/// A program on a terminal; it and its session are killed when this is dropped.
#[must_use]
pub(crate) struct Terminal<'a> {
    run: Run<'a>,
    child: Child,
    has_ended: bool,
    /// Where a person sits.
    person: File,
    /// The end of the program: held open, so that the terminal outlives it and can be looked at.
    program: OwnedFd,
    screen: Arc<Pipe>,
    /// Up to where [`Terminal::until`] has read.
    seen: AtomicUsize,
}

impl<'a> Run<'a> {
    /// Starts it on a terminal.
    #[track_caller]
    pub(crate) fn on_terminal(self) -> Terminal<'a> {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a pseudo-terminal");
        grantpt(&person).expect("ours");
        unlockpt(&person).expect("ours");
        let name = ptsname(&person, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let program = rustix::fs::open(&name, flags, Mode::empty()).expect("it was unlocked");
        let stdio = || program.try_clone().expect("a descriptor");
        // It becomes the leader of a session in its own process, so the id holds.
        let setsid = find_program("setsid").expect("util-linux has setsid");
        let mut command = Self::with_default_signals(setsid);
        command.arg("--ctty").arg(&self.program);
        let child = self
            .prepare(command)
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.shown()));
        let screen = Pipe::drain(File::from(person.try_clone().expect("a descriptor")));
        Terminal {
            run: self,
            child,
            has_ended: false,
            person: person.into(),
            program,
            screen,
            seen: AtomicUsize::new(0),
        }
    }
}

/// An interactive shell on a terminal: with jobs, `fg`, `bg` and Ctrl-Z. It has shown its prompt.
#[track_caller]
pub(crate) fn shell(sandbox: &Sandbox) -> Terminal<'_> {
    let bash = find_program("bash").expect("bash is everywhere");
    let terminal = sandbox
        .program(bash, &["--norc", "--noprofile", "--noediting", "-i"])
        .env("PS1", SHELL_PROMPT)
        .env("HISTFILE", "/dev/null")
        .on_terminal();
    terminal.until(SHELL_PROMPT);
    terminal
}

impl Terminal<'_> {
    /// Waits until the terminal shows `needle` behind what was waited for before; gives what it
    /// has shown from there up to its end.
    #[track_caller]
    pub(crate) fn until(&self, needle: &str) -> String {
        let start = self.seen.load(Ordering::SeqCst);
        let end = |text: &str| Some(text.get(start..)?.find(needle)? + start + needle.len());
        let text = self.screen.wait(self.run.time_limit, |text| end(text).is_some());
        let Some(end) = end(&text) else {
            panic!("{} did not show {needle:?}, but:\n{}", self.run.shown(), self.redacted(&text));
        };
        self.seen.store(end, Ordering::SeqCst);
        text[start..end].to_owned()
    }

    /// All that the terminal has shown so far.
    pub(crate) fn screen(&self) -> String {
        self.screen.wait(std::time::Duration::ZERO, |_| true)
    }

    /// Types these keys, `\r` for Enter.
    #[track_caller]
    pub(crate) fn type_keys(&self, keys: &str) {
        { &self.person }.write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Makes the terminal so many columns wide and lines high.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.person, size).expect("the terminal is there");
    }

    /// Sends a signal to the program, and to nothing that it started.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("it is still there, for nobody waited");
    }

    /// Sends a signal to the job in the foreground.
    pub(crate) fn signal_foreground(&self, signal: Signal) {
        kill_process_group(self.foreground(), signal).expect("it is in the foreground");
    }

    /// The process group in the foreground.
    pub(crate) fn foreground(&self) -> Pid {
        tcgetpgrp(&self.person).expect("the terminal has a session")
    }

    /// Whether this program is in the foreground. From then on it gets the signals that keys
    /// send: a shell's child moves to the foreground first, and ignores them until it becomes the
    /// program.
    pub(crate) fn runs(&self, program: &str) -> bool {
        let name = format!("/proc/{}/comm", self.foreground().as_raw_nonzero());
        std::fs::read_to_string(name).is_ok_and(|name| name.trim_end() == program)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the terminal is set: what `stty -a` shows.
    pub(crate) fn settings(&self) -> Termios {
        tcgetattr(&self.program).expect("the terminal is there")
    }

    /// Whether what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        self.settings().local_modes.contains(LocalModes::ECHO)
    }

    /// Whether the terminal is as it was when it was new: it echoes, edits lines, and makes
    /// signals of keys.
    pub(crate) fn is_as_before(&self) -> bool {
        let modes = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        self.settings().local_modes.contains(modes)
    }

    /// Waits until [`Self::is_as_before`].
    #[track_caller]
    pub(crate) fn until_as_before(&self) {
        let restored = until_some(self.run.time_limit, || self.is_as_before().then_some(()));
        assert!(restored.is_some(), "{} left {:?}", self.run.shown(), self.settings().local_modes);
    }

    /// Waits for the end of the program and looks for leaks: on the screen, unless the run may
    /// print secrets, and in files.
    #[must_use]
    #[track_caller]
    pub(crate) fn finish(mut self) -> Shown {
        let limit = self.run.time_limit;
        let status = until_some(limit, || self.child.try_wait().expect("it is our child"));
        let Some(status) = status else {
            let screen = self.redacted(&self.screen());
            panic!("{} did not end within {} s:\n{screen}", self.run.shown(), limit.as_secs());
        };
        self.has_ended = true;
        let settings = self.settings();
        // All that it wrote has been read when this has: the terminal keeps the order.
        File::from(self.program.try_clone().expect("a descriptor"))
            .write_all(LAST.as_bytes())
            .expect("the terminal is there");
        let screen = self.screen.wait(limit, |text| text.contains(LAST)).replace(LAST, "");
        let shown = Shown { status, screen, settings, line: self.run.shown() };
        let secrets = &self.run.sandbox.secrets;
        if !self.run.may_print_secrets
            && let Some(leak) = secrets.found_in(shown.screen.as_bytes(), b"").first()
        {
            panic!(
                "leaked: {leak} on the terminal of {}:\n{}",
                shown.line,
                self.redacted(&shown.screen)
            );
        }
        self.run.sandbox.assert_no_secret_in_files(&shown.line);
        shown
    }

    fn redacted(&self, text: &str) -> String {
        self.run.sandbox.secrets.redact(text)
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            // Its jobs have groups of their own; without their terminal they end too.
            if let Ok(group) = tcgetpgrp(&self.person) {
                kill_process_group(group, Signal::KILL).ok();
            }
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// What a program left on its terminal.
pub(crate) struct Shown {
    pub(crate) status: ExitStatus,
    pub(crate) screen: String,
    pub(crate) settings: Termios,
    /// The command line, for messages.
    line: String,
}

impl Shown {
    /// Asserts that it ended with this exit code, and left the terminal as it was.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}:\n{}", self.line, self.screen);
        let modes = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        assert!(self.settings.local_modes.contains(modes), "{:?}", self.settings.local_modes);
        self
    }
}
