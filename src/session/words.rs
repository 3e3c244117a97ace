//! AWS's refusals in plain words, with what to do.

use chrono::{DateTime, TimeDelta, Utc};

use super::{mfa_words::no_mfa, no_answer::without_answer};
use crate::{
    aws::Failure,
    error::{Error, Kind},
    output::shorten,
    plan::{Hop, Mfa, Plan, Source as BaseSource, Step},
    rules::{self, is_expired, is_unknown_access_key},
};

/// The most of AWS's own words that is shown. Some of its messages quote the whole request.
pub(super) const MOST_WORDS: usize = 300;
/// STS takes a signature whose time is off by less than this.
pub(super) const SIGNATURE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Whether `failure` speaks of the credentials that signed the call, not of the role.
pub(super) fn is_about_the_source(failure: &Failure) -> bool {
    let Failure::Refused { code, .. } = failure else {
        return false;
    };
    is_expired(code) || is_unknown_access_key(code)
}

/// The error of a role, step `i`, that was not assumed. `now` is this machine's time.
pub(super) fn explain(failure: &Failure, plan: &Plan, i: usize, now: DateTime<Utc>) -> Error {
    let Step::Assume(hop) = plan.step(i) else { unreachable!("BUG: this step assumes no role") };
    let source = Source::of(plan, i);
    match failure {
        Failure::Refused { code, message, date } => {
            let skew = date.map(|date| now - date).filter(|skew| skew.abs() > SIGNATURE_TOLERANCE);
            refused(code, message, hop, &source, skew, plan.mfa.as_ref())
        }
        other => without_answer(other, &sts_place(plan)),
    }
}

/// Whether AWS said no to who asks, whatever its reason.
pub(super) fn is_access_denied(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if rules::is_access_denied(code))
}

/// The error of a session that was not made in place of keys.
pub(super) fn explain_session(failure: &Failure, plan: &Plan, now: DateTime<Utc>) -> Error {
    let source = Source::of(plan, 0);
    match failure {
        Failure::Refused { code, message, date } => {
            let skew = date.map(|date| now - date).filter(|skew| skew.abs() > SIGNATURE_TOLERANCE);
            about_the_call(code, &source, skew).unwrap_or_else(|| {
                let (said, name) = (words(code, message), &source.name);
                denied(format!("AWS refused a session for the keys of '{name}': {said}"))
            })
        }
        other => without_answer(other, &sts_place(plan)),
    }
    .at(plan.session.as_ref().and_then(|session| session.at.clone()))
}

/// The error of a failed GetCallerIdentity for `name`.
pub fn explain_identity(failure: &Failure, plan: &Plan, now: DateTime<Utc>) -> Error {
    let source =
        Source { name: plan.name().to_owned(), is_session: plan.steps() > 0, is_token: false };
    match failure {
        Failure::Refused { code, message, date } => {
            let skew = date.map(|date| now - date).filter(|skew| skew.abs() > SIGNATURE_TOLERANCE);
            about_the_call(code, &source, skew)
                .unwrap_or_else(|| denied(format!("AWS refused: {}", words(code, message))))
        }
        other => without_answer(other, &sts_place(plan)),
    }
}

/// What a hop is assumed with, as the user knows it.
pub(super) struct Source {
    name: String,
    is_session: bool,
    /// A web identity's token, and no keys.
    is_token: bool,
}

impl Source {
    pub(super) fn of(plan: &Plan, i: usize) -> Self {
        if let Some(inner) = i.checked_sub(1) {
            return Self {
                name: plan.step(inner).name().to_owned(),
                is_session: true,
                is_token: false,
            };
        }
        let source = &plan.base.source;
        Self {
            name: plan.base.profile.clone(),
            is_session: source.is_temporary(),
            is_token: matches!(source, BaseSource::WebIdentity { .. }),
        }
    }
}

pub(super) fn denied(message: String) -> Error {
    Error::new(Kind::Denied, message)
}

pub(super) fn words(code: &str, message: &str) -> String {
    let first_line = message.lines().next().unwrap_or_default().trim();
    let text = shorten(first_line, MOST_WORDS);
    if text.is_empty() { code.to_owned() } else { format!("{text} ({code})") }
}

/// Refusals that speak of the caller's keys or clock, whatever was asked.
pub(super) fn about_the_call(
    code: &str,
    source: &Source,
    skew: Option<TimeDelta>,
) -> Option<Error> {
    let name = &source.name;
    let new_keys = if source.is_session {
        format!("get new credentials for '{name}': a session can be ended before its time")
    } else {
        format!("look whether the access key of '{name}' was deleted, deactivated or mistyped")
    };
    let error = match code {
        "SignatureDoesNotMatch" | "RequestExpired" | "IncompleteSignature" if skew.is_some() => {
            let skew = skew.unwrap_or_default();
            denied(format!(
                "AWS refused the request: this machine's clock is {} AWS's",
                off_by(skew)
            ))
            .hint("set the clock right (timedatectl set-ntp true), then try again")
        }
        code if is_expired(code) => denied(format!("the credentials of '{name}' have expired"))
            .hint(if source.is_session {
                new_keys
            } else {
                format!("put new credentials into profile '{name}'")
            }),
        code if is_unknown_access_key(code) => {
            denied(format!("AWS does not know the access key of '{name}' ({code})")).hint(new_keys)
        }
        // AWS's own words may quote the request with its token here: they are left out.
        "SignatureDoesNotMatch" => {
            denied(format!("AWS refused the signature made with the keys of '{name}'"))
                .hint(format!("look whether the secret access key of '{name}' was mistyped"))
        }
        "RegionDisabledException" => {
            denied("STS is not active in this region for the account".to_owned())
                .hint("set another region, or have the administrator activate STS there")
        }
        _ => return None,
    };
    Some(error)
}

fn refused(
    code: &str,
    message: &str,
    hop: &Hop,
    source: &Source,
    skew: Option<TimeDelta>,
    mfa: Option<&Mfa>,
) -> Error {
    if !source.is_token
        && let Some(error) = about_the_call(code, source, skew)
    {
        return error;
    }
    if code == "PackedPolicyTooLarge" || code == "MalformedPolicyDocument" {
        return about_the_policy(code, message, hop);
    }
    let (role, name) = (&hop.role_arn, &source.name);
    let said = words(code, message);
    if source.is_token {
        return denied(format!("AWS refused to let the token of '{name}' assume {role}: {said}"))
            .at(hop.places.role_arn.clone())
            .hint(match code {
                code if is_expired(code) => "have the token file renewed by whoever writes it",
                _ => "look at the role's trust policy: the identity provider, its audience, the subject",
            });
    }
    if let Some(mfa) = mfa.filter(|_| message.contains("MultiFactorAuthentication failed")) {
        return no_mfa(code, message, mfa);
    }
    if rules::is_access_denied(code) {
        return access_denied(&said, message, hop, name, mfa.is_some());
    }
    if code == "ValidationError" && message.contains("DurationSeconds") {
        return too_long(message, hop, &said).at(hop.places.duration_seconds.clone());
    }
    denied(format!("AWS refused to let '{name}' assume {role}: {said}"))
        .at(hop.places.role_arn.clone())
}

/// AWS packs policies and tags into the session's token, and its room is small.
fn about_the_policy(code: &str, message: &str, hop: &Hop) -> Error {
    let (said, role) = (words(code, message), &hop.role_arn);
    let refused = |why: String| denied(why).at(hop.places.role_arn.clone());
    if code == "MalformedPolicyDocument" {
        return refused(format!("AWS refused the session's policy for {role}: {said}"))
            .hint("correct the session policy: its JSON is right, its grammar is not");
    }
    let error = match percent(message) {
        Some(percent) => refused(format!(
            "the policies and tags of the session for {role} are too large: packed, they take \
             {percent} % of the room that AWS has for them ({code})"
        )),
        None => refused(format!("AWS refused the session's policy for {role}: {said}")),
    };
    error.hint("shorten the session policy, or pass fewer policy ARNs and tags")
}

/// The number in front of the first percent sign.
fn percent(message: &str) -> Option<u32> {
    let (before, _) = message.split_once('%')?;
    before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// AWS tells neither which condition of a trust policy failed nor whether there is one.
fn access_denied(said: &str, message: &str, hop: &Hop, source: &str, with_mfa: bool) -> Error {
    let place = match hop.external_id {
        Some(_) => &hop.places.external_id,
        None => &hop.places.role_arn,
    };
    let error = denied(format!("AWS refused to let '{source}' assume {}: {said}", hop.role_arn))
        .at(place.clone());
    if message.contains("MultiFactorAuthentication") {
        return error.hint("the role asks for MFA: add 'rolecall_mfa_serial = …' to the profile");
    }
    let external_id = match hop.external_id {
        Some(_) => {
            "AWS does not say why: compare the external ID with the role's trust policy, \
                    where it may be another or none"
        }
        None => {
            "AWS does not say why: the role's trust policy may ask for an external ID, and \
                 this profile gives none (rolecall_external_id)"
        }
    };
    error.hint(external_id).hint(format!(
        "or it {} or does not trust '{source}', or '{source}' may not call sts:AssumeRole on it",
        if with_mfa { "wants another MFA device" } else { "asks for MFA (rolecall_mfa_serial)" }
    ))
}

fn too_long(message: &str, hop: &Hop, said: &str) -> Error {
    let asked = hop.duration_seconds;
    let asked = asked.map_or_else(|| "what STS takes by default".to_owned(), |s| format!("{s} s"));
    let role = &hop.role_arn;
    if message.contains("role chaining") {
        return denied(format!(
            "AWS gives at most 1 hour to a role that is assumed from a role: {asked} was asked for {role}"
        ))
        .hint("take the duration out, or set it to 3600 s or less");
    }
    if message.contains("MaxSessionDuration") {
        return denied(format!(
            "{asked} is longer than the role {role} allows (MaxSessionDuration)"
        ))
        .hint("set the duration to 3600 s, or have the role's maximum raised");
    }
    denied(format!("AWS refused the session's duration for {role}: {said}"))
}

pub(super) fn sts_place(plan: &Plan) -> String {
    match &plan.aws.endpoint_url {
        Some(url) => format!("STS at {url}"),
        None => format!("STS in {}", plan.aws.region),
    }
}

/// A clock's error in words: `1 h 2 min ahead of`, `3 min behind`.
pub(super) fn off_by(skew: TimeDelta) -> String {
    // To the nearest minute: the header that it is taken from has whole seconds.
    let minutes = if skew.num_minutes() == 0 { 0 } else { (skew.num_seconds().abs() + 30) / 60 };
    let length = match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} s", skew.num_seconds().abs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let side = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    format!("{length} {side}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ConnectionProblem;
    use crate::session::key::tests::{hop, plan};

    fn explained(code: &str, message: &str, change: impl FnOnce(&mut Plan)) -> Error {
        let mut plan = plan(vec![hop("a")]);
        change(&mut plan);
        let failure = Failure::Refused {
            code: code.into(),
            message: message.into(),
            date: DateTime::from_timestamp(0, 0),
        };
        let last = plan.hops.len() - 1;
        explain(&failure, &plan, last, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_denial_speaks_of_the_external_id_that_is_wrong_or_missing() {
        let missing = explained("AccessDenied", "User: u is not authorized", |_| {});
        assert!(missing.hints()[0].contains("gives none"), "{missing:?}");
        let wrong = explained("AccessDenied", "User: u is not authorized", |plan| {
            plan.hops[0].external_id = Some("ext-42".into());
        });
        assert!(wrong.hints()[0].contains("compare the external ID"), "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("ext-42"), "the ID itself is not shown");
        assert_eq!(wrong.kind(), Kind::Denied);
    }

    #[test]
    fn durations_are_explained_by_their_limit() {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        let role = explained("ValidationError", message, |plan| {
            plan.hops[0].duration_seconds = Some(7200);
        });
        assert!(role.to_string().starts_with("7200 s is longer than the role"), "{role}");
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                       assumed by role chaining.";
        let chain = explained("ValidationError", message, |_| {});
        assert!(chain.to_string().contains("at most 1 hour"), "{chain}");
    }

    #[test]
    fn a_policy_that_is_too_large_is_told_with_its_share_of_the_room() {
        let message = "Packed policy consumes 112% of allotted space, please use smaller policy.";
        let error = explained("PackedPolicyTooLarge", message, |_| {});
        assert!(error.to_string().contains("they take 112 % of the room"), "{error}");
        let error = explained("PackedPolicyTooLarge", "PackedPolicySize too large", |_| {});
        assert!(error.to_string().contains("PackedPolicySize too large"), "{error}");
    }

    #[test]
    fn the_words_of_a_signature_error_are_not_repeated() {
        let error = explained("SignatureDoesNotMatch", "The Canonical String … SECRET", |_| {});
        assert!(!format!("{error:?}").contains("SECRET"));
        assert!(error.hints()[0].contains("'base'"), "{error:?}");
    }

    #[test]
    fn a_signature_error_with_a_wrong_clock_is_the_clocks_fault() {
        let failure = Failure::Refused {
            code: "SignatureDoesNotMatch".into(),
            message: "Signature expired".into(),
            date: DateTime::from_timestamp(7260, 0),
        };
        let error = explain(&failure, &plan(vec![hop("a")]), 0, DateTime::UNIX_EPOCH);
        assert!(error.to_string().contains("clock is 2 h 1 min behind AWS's"), "{error}");
    }

    #[test]
    fn the_source_of_a_later_hop_is_the_hop_before() {
        let error = explained("ExpiredToken", "", |plan| plan.hops.push(hop("b")));
        assert_eq!(error.to_string(), "the credentials of 'a' have expired");
    }

    #[test]
    fn no_answer_is_not_a_denial() {
        let failure = Failure::Unreachable {
            cause: "connection refused".into(),
            problem: ConnectionProblem::Network,
            sent: false,
        };
        let error = explain(&failure, &plan(vec![hop("a")]), 0, DateTime::UNIX_EPOCH);
        assert_eq!(error.kind(), Kind::Unreachable);
        assert!(!error.hints().is_empty());
    }
}
