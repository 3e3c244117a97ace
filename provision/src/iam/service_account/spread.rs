//! Waiting until the new key can assume the new role everywhere.
//!
//! Rule: IAM User Guide, "Changes that I make are not always immediately visible".

use std::time::Duration;

use rolecall::{
    aws::{AssumeRole, Failure},
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    output::Streams,
};

use super::spec::ServiceAccountSpec;
use crate::{
    caller::{Caller, explain, interrupted, is_refused_with},
    progress::Spinner,
};

/// How long it is waited for.
const LIMIT: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
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
    spec: &ServiceAccountSpec,
    keys: &Credentials,
    streams: &mut Streams<'_>,
) -> Result<()> {
    caller.hold_signals()?;
    let spinner = Spinner::start(context, "Waiting for IAM to spread the role", streams);
    let end = context.elapsed() + LIMIT;
    let mut pauses = Pauses(FIRST_PAUSE);
    let outcome = loop {
        let Err(failure) = attempt(caller, spec, keys) else { break Ok(()) };
        if !is_refused_with(&failure, &NOT_YET) || context.elapsed() > end {
            break Err(explain(&failure, &format!("assume the role {}", spec.role)));
        }
        if !spinner.turn(caller, pauses.next(), streams) {
            break Err(interrupted());
        }
    };
    spinner.end(streams);
    caller.heed_signal();
    caller.release_signals();
    outcome.map_err(|error| made_all_the_same(&error, spec))
}

/// Each twice as long as the one before, up to a limit.
struct Pauses(Duration);

impl Pauses {
    fn next(&mut self) -> Duration {
        let next = self.0;
        self.0 = (next * 2).min(LONGEST_PAUSE);
        next
    }
}

fn attempt(
    caller: &Caller,
    spec: &ServiceAccountSpec,
    keys: &Credentials,
) -> std::result::Result<(), Failure> {
    if spec.mfa.is_some() {
        return caller.identity_with(keys).map(drop);
    }
    let role = AssumeRole {
        role_arn: spec.role_arn.clone(),
        session_name: "rolecall".to_owned(),
        external_id: spec.external_id.clone(),
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
fn made_all_the_same(error: &Error, spec: &ServiceAccountSpec) -> Error {
    let (name, role) = (&spec.name, &spec.role);
    let text = match error.kind() {
        Kind::Interrupted => "interrupted: all is made, but not yet known to work".to_owned(),
        _ => format!("all is made, but does not work yet: {error}"),
    };
    Error::new(error.kind(), text)
        .hint(format!("try it in a minute: 'rolecall login {role}'"))
        .hint(format!("'rolecall iam remove {name}' takes it down"))
}
