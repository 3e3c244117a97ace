//! Why AWS did not let a role be assumed.

use chrono::{DateTime, Utc};

use super::{
    call::{FailedCall, Signer, denied, message_of},
    session_token::mfa_refused,
};
use crate::{
    aws::Failure,
    error::Error,
    plan::{Hop, Plan, Step},
    rules::{is_access_denied, is_expired},
};

/// The error of a role, step `i` of `plan`, that was not assumed. `now` is this machine's time.
pub(in crate::session) fn explain_role(
    failure: &Failure,
    plan: &Plan,
    i: usize,
    now: DateTime<Utc>,
) -> Error {
    let Step::Assume(hop) = plan.step(i) else { unreachable!("BUG: this step assumes no role") };
    let call = FailedCall { plan, signer: Signer::of_step(plan, i), now };
    call.error(failure, |code, message| refused(code, message, &call, hop))
}

fn refused(code: &str, message: &str, call: &FailedCall<'_>, hop: &Hop) -> Error {
    if code == "PackedPolicyTooLarge" || code == "MalformedPolicyDocument" {
        return about_the_policy(code, message, hop);
    }
    let (role, name, mfa) = (&hop.role_arn, &call.signer.name, call.plan.mfa.as_ref());
    let said = message_of(code, message);
    if call.signer.is_token {
        return denied(format!("AWS refused to let the token of '{name}' assume {role}: {said}"))
            .at(hop.places.role_arn.clone())
            .hint(match code {
                code if is_expired(code) => "have the token file renewed by the program that writes it",
                _ => "check the role's trust policy: the identity provider, its audience, the subject",
            });
    }
    if let Some(mfa) = mfa.filter(|_| message.contains("MultiFactorAuthentication failed")) {
        return mfa_refused(code, message, mfa);
    }
    if is_access_denied(code) {
        return access_denied(&said, message, call, hop);
    }
    if code == "ValidationError" && message.contains("DurationSeconds") {
        return too_long(message, hop, &said).at(hop.places.duration_seconds.clone());
    }
    denied(format!("AWS refused to let '{name}' assume {role}: {said}"))
        .at(hop.places.role_arn.clone())
}

/// AWS packs policies and tags into the session's token, and its room is small.
fn about_the_policy(code: &str, message: &str, hop: &Hop) -> Error {
    let (said, role) = (message_of(code, message), &hop.role_arn);
    let refused = |why: String| denied(why).at(hop.places.role_arn.clone());
    if code == "MalformedPolicyDocument" {
        return refused(format!("AWS refused the session's policy for {role}: {said}"))
            .hint("correct the session policy: it is valid JSON, but not a valid policy");
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
fn access_denied(said: &str, message: &str, call: &FailedCall<'_>, hop: &Hop) -> Error {
    let (signer, with_mfa) = (&call.signer.name, call.plan.mfa.is_some());
    let place = match hop.external_id {
        Some(_) => &hop.places.external_id,
        None => &hop.places.role_arn,
    };
    let error = denied(format!("AWS refused to let '{signer}' assume {}: {said}", hop.role_arn))
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
        "or it {} or does not trust '{signer}', or '{signer}' may not call sts:AssumeRole on it",
        if with_mfa { "wants another MFA device" } else { "asks for MFA (rolecall_mfa_serial)" }
    ))
}

fn too_long(message: &str, hop: &Hop, said: &str) -> Error {
    let asked = hop.duration_seconds;
    let asked = asked.map_or_else(|| "STS's default duration".to_owned(), |s| format!("{s} s"));
    let role = &hop.role_arn;
    if message.contains("role chaining") {
        return denied(format!(
            "AWS gives at most 1 hour to a role that is assumed from a role: {asked} was asked for {role}"
        ))
        .hint("remove the duration, or set it to 3600 s or less");
    }
    if message.contains("MaxSessionDuration") {
        return denied(format!(
            "{asked} is longer than the role {role} allows (MaxSessionDuration)"
        ))
        .hint("set the duration to 3600 s, or have the role's maximum raised");
    }
    denied(format!("AWS refused the session's duration for {role}: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::ConnectionProblem,
        error::Kind,
        session::key::tests::{hop, plan},
    };

    fn explained(code: &str, message: &str, change: impl FnOnce(&mut Plan)) -> Error {
        let mut plan = plan(vec![hop("a")]);
        change(&mut plan);
        let failure = Failure::Refused {
            code: code.into(),
            message: message.into(),
            date: DateTime::from_timestamp(0, 0),
        };
        let last = plan.hops.len() - 1;
        explain_role(&failure, &plan, last, DateTime::UNIX_EPOCH)
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
        let error = explain_role(&failure, &plan(vec![hop("a")]), 0, DateTime::UNIX_EPOCH);
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
        let error = explain_role(&failure, &plan(vec![hop("a")]), 0, DateTime::UNIX_EPOCH);
        assert_eq!(error.kind(), Kind::Unreachable);
        assert!(!error.hints().is_empty());
    }
}
