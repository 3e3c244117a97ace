//! Explains why AWS refused to let a role be assumed.

use super::{
    call::{Refusal, denied},
    session_token::mfa_refused,
    signer::SignerKind,
};
use crate::{
    error::Error,
    plan::Hop,
    rules::{is_access_denied, is_expired},
};

/// Returns the error of a refused AssumeRole.
pub(super) fn role_refused(refusal: &Refusal<'_>, hop: &Hop) -> Error {
    let Refusal { code, message, call } = *refusal;
    if code == "PackedPolicyTooLarge" || code == "MalformedPolicyDocument" {
        return policy_refused(refusal, hop);
    }
    let (role, signer, mfa) = (&hop.role_arn, &call.signer, call.plan.mfa.as_ref());
    let said = refusal.text();
    if call.signer.kind == SignerKind::WebIdentity {
        return denied(format!("AWS refused to let the token of {signer} assume {role}"))
            .quoting(&said)
            .at(hop.places.role_arn.clone())
            .hint(match code {
                code if is_expired(code) => "check that the program that writes the token file renews it",
                _ => "check the role's trust policy: the identity provider, its audience, the subject",
            });
    }
    if let Some(mfa) = mfa.filter(|_| message.contains("MultiFactorAuthentication failed")) {
        return mfa_refused(refusal, mfa);
    }
    if is_access_denied(code) {
        return access_denied(refusal, hop);
    }
    if code == "ValidationError" && message.contains("DurationSeconds") {
        return duration_refused(refusal, hop).at(hop.places.duration_seconds.clone());
    }
    denied(format!("AWS refused to let {signer} assume {role}"))
        .quoting(&said)
        .at(hop.places.role_arn.clone())
}

/// Returns the error of a session policy that is invalid or too large. AWS packs policies and tags
/// into the session token, which has little room for them.
fn policy_refused(refusal: &Refusal<'_>, hop: &Hop) -> Error {
    let (said, role, code) = (refusal.text(), &hop.role_arn, refusal.code);
    let refused = |why: String| denied(why).at(hop.places.role_arn.clone());
    if code == "MalformedPolicyDocument" {
        return refused(format!("AWS refused the session's policy for {role}"))
            .quoting(&said)
            .hint("correct the session policy: it is valid JSON, but not a valid policy");
    }
    let error = match percent(refusal.message) {
        Some(percent) => refused(format!(
            "the policies and tags of the session for {role} are too large: packed, they take \
             {percent} % of the room that AWS has for them ({code})"
        )),
        None => refused(format!("AWS refused the session's policy for {role}")).quoting(&said),
    };
    error.hint("shorten the session policy, or pass fewer policy ARNs and tags")
}

/// Returns the number before the first percent sign.
fn percent(message: &str) -> Option<u32> {
    let (before, _) = message.split_once('%')?;
    before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Returns the error of a denial. AWS doesn't say which condition of a trust policy failed, or
/// whether it has any.
fn access_denied(refusal: &Refusal<'_>, hop: &Hop) -> Error {
    let (said, call) = (refusal.text(), refusal.call);
    let (signer, name) = (&call.signer, &call.signer.name);
    let with_mfa = call.plan.mfa.is_some();
    let place = match hop.external_id {
        Some(_) => &hop.places.external_id,
        None => &hop.places.role_arn,
    };
    let error = denied(format!("AWS refused to let {signer} assume {}", hop.role_arn))
        .quoting(&said)
        .at(place.clone());
    if refusal.message.contains("MultiFactorAuthentication") {
        return error.hint("the role requires MFA: add 'rolecall_mfa_serial = …' to the profile");
    }
    let external_id = match hop.external_id {
        Some(_) => {
            "AWS doesn't say why: check the external ID against the role's trust policy, which \
             may require a different one or none"
        }
        None => {
            "AWS doesn't say why: the role's trust policy may require an external ID, and this \
             profile has none (rolecall_external_id)"
        }
    };
    error.hint(external_id).hint(format!(
        "or it {} or does not trust '{name}', or '{name}' is not allowed to call sts:AssumeRole \
         on it",
        if with_mfa { "requires another MFA device" } else { "requires MFA (rolecall_mfa_serial)" }
    ))
}

/// Returns the error of a duration that AWS refused.
fn duration_refused(refusal: &Refusal<'_>, hop: &Hop) -> Error {
    let (said, message) = (refusal.text(), refusal.message);
    let asked = hop.duration_seconds;
    let asked = asked.map_or_else(|| "STS's default duration".to_owned(), |s| format!("{s} s"));
    let role = &hop.role_arn;
    if message.contains("role chaining") {
        return denied(format!(
            "AWS limits role chaining to 1 hour: {asked} was requested for {role}"
        ))
        .hint("remove the duration, or set it to 3600 s or less");
    }
    if message.contains("MaxSessionDuration") {
        return denied(format!(
            "{asked} is longer than the role {role} allows (MaxSessionDuration)"
        ))
        .hint("set the duration to 3600 s, or have the role's maximum raised");
    }
    denied(format!("AWS refused the session's duration for {role}")).quoting(&said)
}
