//! Opening an address in the user's browser when the address itself is a secret.
//!
//! A browser is started with the address among its arguments, where any program of the machine can
//! read it. So it gets another one: of a port of this machine, with a random path, which answers once,
//! with a redirect to the real one.

mod redirect;

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{context::Context, credentials::CREDENTIAL_VARIABLES, secret::Secret};
use redirect::Redirect;

/// Why no browser has the address.
#[derive(Debug)]
pub enum Failure {
    /// It could not be started, or it failed.
    NotStarted(String),
    /// The address could not be laid out for it.
    NoPort(io::Error),
    /// It did not come for the address in time.
    TooSlow,
}

/// What opens addresses on this system.
pub struct Browser {
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Browser {
    /// The user's browser; `None` where none could be shown.
    pub fn find(context: &Context) -> Option<Self> {
        let (name, arguments): (_, &[&str]) = if cfg!(target_os = "macos") {
            ("open", &[])
        } else if cfg!(windows) {
            ("rundll32", &["url.dll,FileProtocolHandler"])
        } else {
            ("xdg-open", &[])
        };
        // `xdg-open` starts what `BROWSER` names, display or not.
        let shown = context.has_display() || context.var_os("BROWSER").is_some();
        let program = context.find_program(name).filter(|_| shown)?;
        Some(Self { program, arguments })
    }

    /// Opens `address`, and returns as soon as the browser has it. It has to come for it within `limit`.
    pub fn open(
        &self,
        context: &Context,
        address: &Secret,
        limit: Duration,
    ) -> Result<(), Failure> {
        let deadline = context.elapsed() + limit;
        let redirect = Redirect::new(address).map_err(Failure::NoPort)?;
        let mut child = self.start(context, &redirect.address())?;
        let mut running = true;
        while context.elapsed() < deadline {
            if redirect.serve() {
                return Ok(());
            }
            // What opens it may end at once, and the browser come later.
            if running && let Ok(Some(status)) = child.try_wait() {
                if !status.success() {
                    return Err(Failure::NotStarted(format!("it ended with {status}")));
                }
                running = false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Failure::TooSlow)
    }

    fn start(&self, context: &Context, address: &str) -> Result<Child, Failure> {
        let mut environment = context.environment().clone();
        // A browser has no use for credentials.
        environment
            .retain(|name, _| name.to_str().is_none_or(|n| !CREDENTIAL_VARIABLES.contains(&n)));
        Command::new(&self.program)
            .args(self.arguments)
            .arg(address)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::NotStarted(error.to_string()))
    }
}
