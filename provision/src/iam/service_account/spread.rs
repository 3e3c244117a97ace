//! Waiting until the new key can assume the new role everywhere.
//!
//! Rule: IAM User Guide, "Changes that I make are not always immediately visible".

use std::time::Duration;

use rolecall::{
    aws::{AssumeRole, Failure},
    cli::Streams,
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    output::escape,
};

use super::terms::Terms;
use crate::{
    caller::{Caller, explain},
    progress::Progress,
    undo::is_refused_with,
};

/// How long it is waited for.
const LIMIT: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a figure of the spinner is shown.
const TURN: Duration = Duration::from_millis(100);
const FIGURES: [char; 4] = ['|', '/', '-', '\\'];
const WAITING: &str = "Waiting for IAM to spread the role";
/// What STS says as long as it does not know a role, and a key.
const NOT_YET: [&str; 2] = ["AccessDenied", "InvalidClientTokenId"];
const LEAST_SECONDS: u32 = 900;

/// Waits until `keys` can assume the role; with MFA, for which nobody is asked here, until they work
/// at all.
///
/// # Errors
/// That it did not come to that. What was made stays.
pub(super) fn wait(
    context: &Context,
    caller: &Caller,
    terms: &Terms,
    keys: &Credentials,
    streams: &mut Streams<'_>,
) -> Result<()> {
    caller.hold_signals()?;
    let spinner = Spinner::start(context, streams);
    let outcome =
        tries(caller, terms, keys, &mut |caller, time| spinner.turn(caller, time, streams));
    spinner.progress.wipe(streams);
    caller.heed_signal();
    caller.release_signals();
    outcome.map_err(|error| made_all_the_same(error, terms))
}

fn tries(
    caller: &Caller,
    terms: &Terms,
    keys: &Credentials,
    pause: &mut dyn FnMut(&Caller, Duration) -> bool,
) -> Result<()> {
    let (mut left, mut next) = (LIMIT, FIRST_PAUSE);
    loop {
        let Err(failure) = attempt(caller, terms, keys) else { return Ok(()) };
        let what = format!("assume the role {}", terms.role);
        if !is_refused_with(&failure, &NOT_YET) || left.is_zero() {
            return Err(explain(&failure, &what));
        }
        let time = next.min(left);
        if !pause(caller, time) {
            return Err(crate::caller::interrupted());
        }
        left -= time;
        next = (next * 2).min(LONGEST_PAUSE);
    }
}

fn attempt(caller: &Caller, terms: &Terms, keys: &Credentials) -> std::result::Result<(), Failure> {
    if terms.mfa.is_some() {
        return caller.identity_with(keys).map(drop);
    }
    let role = AssumeRole {
        role_arn: terms.role_arn.clone(),
        session_name: "rolecall".to_owned(),
        external_id: terms.external_id.clone(),
        duration_seconds: Some(LEAST_SECONDS),
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        mfa: None,
    };
    caller.assume_with(keys, &role).map(drop)
}

/// It is not undone: all is made, and may work in a moment.
fn made_all_the_same(error: Error, terms: &Terms) -> Error {
    let (name, role) = (&terms.name, &terms.role);
    let text = match error.kind() {
        Kind::Interrupted => "interrupted: all is made, but not yet known to work".to_owned(),
        _ => format!("all is made, but does not work yet: {error}"),
    };
    Error::new(error.kind(), text)
        .hint(format!("try it in a minute: 'rolecall login {role}'"))
        .hint(format!("'rolecall iam remove {name}' takes it down"))
}

/// A figure that turns, on a terminal; elsewhere one line.
struct Spinner {
    progress: Progress,
    is_on: bool,
}

impl Spinner {
    fn start(context: &Context, streams: &mut Streams<'_>) -> Self {
        let is_on = context.stderr_is_terminal();
        let spinner = Self { progress: Progress::new(context), is_on };
        if is_on {
            spinner.show(0, streams);
        } else {
            // Nobody is left to be told when stderr is gone.
            drop(writeln!(streams.stderr, "{}", escape(WAITING)));
        }
        spinner
    }

    fn show(&self, turn: usize, streams: &mut Streams<'_>) {
        let figure = FIGURES[turn % FIGURES.len()];
        self.progress.show(&format!("{figure} {WAITING}"), streams);
    }

    /// Waits; `false`: a signal came.
    fn turn(&self, caller: &Caller, time: Duration, streams: &mut Streams<'_>) -> bool {
        if !self.is_on {
            return caller.pause(time);
        }
        let (mut left, mut turn) = (time, 0);
        while !left.is_zero() {
            turn += 1;
            self.show(turn, streams);
            let part = TURN.min(left);
            if !caller.pause(part) {
                return false;
            }
            left -= part;
        }
        true
    }
}
