//! Opening a URL in the user's browser when the URL itself is a secret.
//!
//! A browser gets the URL as an argument, which every program on this machine can read. So it gets
//! another URL: of a local port, with a random path. The port answers one request for it, with a
//! redirect to the real URL.
//!
//! The address of a sign-in to IAM Identity Center is no secret: only what comes back is
//! ([`CallbackListener`]).

mod callback;
mod redirect;
mod requests;

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{context::Context, credentials::CREDENTIAL_VARIABLES, secret::Secret};
pub(crate) use callback::{Callback, CallbackListener, Reply};
use redirect::Redirect;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use {callback::Verdict, redirect::asks_for};

/// Why the browser does not have the URL.
#[derive(Debug)]
pub(crate) enum BrowserFailure {
    /// The browser could not be started, or it failed.
    NotStarted(String),
    /// No local port could be used.
    NoPort(io::Error),
    /// The browser did not request the URL in time.
    TooSlow,
}

/// The program that opens URLs on this system.
pub(crate) struct Browser {
    program: PathBuf,
    /// With `%s` in place of the URL, which otherwise comes last.
    arguments: Vec<String>,
}

impl Browser {
    /// Returns the user's browser; `None` if there is none, or no display for it.
    pub(crate) fn find(context: &Context) -> Option<Self> {
        if let Some(chosen) = Self::chosen(context) {
            return Some(chosen);
        }
        let (name, arguments): (_, &[&str]) = if cfg!(target_os = "macos") {
            ("open", &[])
        } else if cfg!(windows) {
            ("rundll32", &["url.dll,FileProtocolHandler"])
        } else {
            ("xdg-open", &[])
        };
        // `xdg-open` starts the program in `BROWSER` even without a display.
        let can_show = context.has_display() || context.var_os("BROWSER").is_some();
        let program = context.find_program(name).filter(|_| can_show)?;
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Some(Self { program, arguments })
    }

    /// Returns the first program in `BROWSER` that exists.
    ///
    /// Rule: xdg-open(1) and Python's `webbrowser`: commands separated by colons, with `%s` for the
    /// URL.
    fn chosen(context: &Context) -> Option<Self> {
        if cfg!(windows) {
            return None;
        }
        context.var("BROWSER")?.split(':').find_map(|command| {
            let mut words = command.split_whitespace().map(str::to_owned);
            let program = context.find_program(&words.next()?)?;
            Some(Self { program, arguments: words.collect() })
        })
    }

    /// Returns the program that opens Windows' browser from the Windows Subsystem for Linux.
    pub(crate) fn of_windows(context: &Context) -> Option<Self> {
        if let Some(program) = context.find_program("wslview") {
            return Some(Self { program, arguments: Vec::new() });
        }
        let program = context.find_program("rundll32.exe")?;
        Some(Self { program, arguments: vec!["url.dll,FileProtocolHandler".to_owned()] })
    }

    /// Opens `url` and returns as soon as the browser has it, which must be within `limit`.
    pub(crate) fn open(
        &self,
        context: &Context,
        url: &Secret,
        limit: Duration,
    ) -> Result<(), BrowserFailure> {
        let deadline = context.elapsed() + limit;
        let mut redirect = Redirect::new(url).map_err(BrowserFailure::NoPort)?;
        let mut child = self.start(context, &redirect.url())?;
        let mut running = true;
        while context.elapsed() < deadline {
            if redirect.serve() {
                return Ok(());
            }
            // The program may end at once, and the browser send its request later.
            if running && let Ok(Some(status)) = child.try_wait() {
                if !status.success() {
                    return Err(BrowserFailure::NotStarted(format!("it exited with {status}")));
                }
                running = false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(BrowserFailure::TooSlow)
    }

    /// Starts to open `url`, which is no secret, and does not wait for the browser.
    pub(crate) fn start(&self, context: &Context, url: &str) -> Result<Child, BrowserFailure> {
        let mut environment = context.environment().clone();
        // A browser does not need credentials.
        environment
            .retain(|name, _| name.to_str().is_none_or(|n| !CREDENTIAL_VARIABLES.contains(&n)));
        let mut arguments: Vec<String> =
            self.arguments.iter().map(|argument| argument.replace("%s", url)).collect();
        if arguments == self.arguments {
            arguments.push(url.to_owned());
        }
        Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| BrowserFailure::NotStarted(error.to_string()))
    }
}
