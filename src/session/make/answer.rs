//! Checks that an answer is what was asked for. A proxy, or a program that imitates AWS, can answer
//! anything, and what is stored is given out for hours in the name of the role.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    aws::Issued,
    error::{Error, Kind, Result},
    plan::{Hop, Source, Step},
    rules::{Arn, account_of, is_key_id, is_session_of},
    session::{explain::sts_place, request::StepRequest},
};

/// The longest session of a role: 12 hours, and one more for clocks that differ.
///
/// Rules: STS API reference, AssumeRole, `DurationSeconds`; IAM Identity Center user guide, "Set
/// session duration for AWS accounts".
const LONGEST_OF_ROLE: TimeDelta = TimeDelta::hours(13);
/// The longest session of a user's keys, and a few minutes more.
///
/// Rule: STS API reference, GetSessionToken, `DurationSeconds`: 36 hours.
const LONGEST_OF_KEYS: TimeDelta = TimeDelta::minutes(36 * 60 + 5);

/// Checks the answer to the call for `step`.
///
/// # Errors
/// It is not the session that was asked for, or none that AWS can issue.
pub(super) fn check_answer(
    step: &StepRequest<'_>,
    issued: &Issued,
    now: DateTime<Utc>,
) -> Result<()> {
    let problem = match step.step() {
        Step::Assume(hop) => other_role(step, issued, hop)
            .or_else(|| malformed(issued))
            .or_else(|| too_long(issued, LONGEST_OF_ROLE, now)),
        Step::Mfa(_) | Step::Session(_) => {
            malformed(issued).or_else(|| too_long(issued, LONGEST_OF_KEYS, now))
        }
        Step::Fetch(base) => match &base.source {
            Source::Sso(_) => malformed(issued).or_else(|| too_long(issued, LONGEST_OF_ROLE, now)),
            Source::Login { session } => other_account(issued, session),
            // What gives these is free to give anything.
            _ => None,
        },
    };
    let Some(problem) = problem else { return Ok(()) };
    let place = match step.step() {
        Step::Fetch(base) if matches!(base.source, Source::Login { .. }) => {
            "AWS Sign-In".to_owned()
        }
        Step::Fetch(_) => "IAM Identity Center".to_owned(),
        _ => sts_place(step.plan()),
    };
    Err(Error::new(Kind::Other, format!("{place} answered with {problem}")).hint(
        "nothing was stored; check the endpoint URL and the proxy: AWS never answers like this",
    ))
}

/// Returns what is wrong with an answer that is not the session of `hop`.
fn other_role(step: &StepRequest<'_>, issued: &Issued, hop: &Hop) -> Option<String> {
    let role = &hop.role_arn;
    let Some(arn) = issued.arn.as_deref().filter(|arn| !arn.is_empty()) else {
        // Some programs that imitate AWS don't say whose session it is.
        let is_aws = step.plan().aws.endpoint_url.is_none();
        return is_aws.then(|| format!("a session without the role's ARN ({role} was requested)"));
    };
    if is_session_of(arn, role, &hop.session_name) {
        return None;
    }
    let whose = if Arn::parse(arn).is_some() { arn } else { "something else" };
    Some(format!("the session of {whose} instead of session '{}' of {role}", hop.session_name))
}

fn other_account(issued: &Issued, session: &str) -> Option<String> {
    let (given, named) = (issued.credentials.account_id.as_deref()?, account_of(session)?);
    (given != named).then(|| format!("credentials of account {given}, not of {session}"))
}

fn malformed(issued: &Issued) -> Option<String> {
    let credentials = &issued.credentials;
    let is_whole = is_key_id(&credentials.access_key_id)
        && !credentials.secret_access_key.expose().is_empty()
        && credentials.session_token.as_ref().is_some_and(|token| !token.expose().is_empty());
    (!is_whole).then(|| "a malformed or incomplete access key".to_owned())
}

fn too_long(issued: &Issued, longest: TimeDelta, now: DateTime<Utc>) -> Option<String> {
    let ends = issued.credentials.expiration?;
    // Either clock can be wrong.
    let length = (ends - now).min(ends - issued.date.unwrap_or(now));
    (length > longest).then(|| {
        let (hours, limit) = (length.num_hours(), longest.num_hours());
        format!("a session that lasts {hours} hours, and none can last more than {limit}")
    })
}
