//! Opening a URL in the user's browser when the URL itself is a secret.
//!
//! A browser gets the URL as an argument, which every program on this machine can read. So it gets
//! another URL: of a local port, with a random path. The port answers one request for it, with a
//! redirect to the real URL.

mod redirect;

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{context::Context, credentials::CREDENTIAL_VARIABLES, secret::Secret};
use redirect::Redirect;

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
    arguments: &'static [&'static str],
}

impl Browser {
    /// Returns the user's browser; `None` if there is none, or no display for it.
    pub(crate) fn find(context: &Context) -> Option<Self> {
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
        Some(Self { program, arguments })
    }

    /// Opens `url` and returns as soon as the browser has it, which must be within `limit`.
    pub(crate) fn open(
        &self,
        context: &Context,
        url: &Secret,
        limit: Duration,
    ) -> Result<(), BrowserFailure> {
        let deadline = context.elapsed() + limit;
        let redirect = Redirect::new(url).map_err(BrowserFailure::NoPort)?;
        let mut child = self.start(context, &redirect.url())?;
        let mut running = true;
        while context.elapsed() < deadline {
            if redirect.serve() {
                return Ok(());
            }
            // The program may end at once, and the browser send its request later.
            if running && let Ok(Some(status)) = child.try_wait() {
                if !status.success() {
                    return Err(BrowserFailure::NotStarted(format!("it ended with {status}")));
                }
                running = false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(BrowserFailure::TooSlow)
    }

    fn start(&self, context: &Context, url: &str) -> Result<Child, BrowserFailure> {
        let mut environment = context.environment().clone();
        // A browser does not need credentials.
        environment
            .retain(|name, _| name.to_str().is_none_or(|n| !CREDENTIAL_VARIABLES.contains(&n)));
        Command::new(&self.program)
            .args(self.arguments)
            .arg(url)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| BrowserFailure::NotStarted(error.to_string()))
    }
}
