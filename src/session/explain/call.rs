//! Explains the failures that all calls to AWS share: wrong keys, a wrong clock, no network.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    signer::{Signer, SignerKind},
    unknown_key::{UnknownKey, unknown_key},
};
use crate::{
    aws::Failure,
    error::{Error, Kind, Quote},
    plan::Plan,
    rules::{self, is_expired, is_unknown_access_key},
    unanswered::{Called, clock_skew, message_of, off_by, unanswered},
};

/// A failed call to STS.
pub(super) struct FailedCall<'c> {
    pub(super) plan: &'c Plan,
    pub(super) signer: Signer,
    /// This machine's time.
    pub(super) now: DateTime<Utc>,
}

impl FailedCall<'_> {
    /// Returns the error of `failure`. `refused` explains a refusal that is about neither the
    /// signer's keys nor the clock.
    pub(super) fn error(
        &self,
        failure: &Failure,
        refused: impl FnOnce(&Refusal<'_>) -> Error,
    ) -> Error {
        match failure {
            Failure::Refused { code, message, date } => {
                let skew = clock_skew(*date, self.now);
                let about_keys = if self.signer.kind == SignerKind::WebIdentity {
                    None
                } else {
                    about_keys(code, self, skew)
                };
                about_keys.unwrap_or_else(|| refused(&Refusal { code, message, call: self }))
            }
            other => unanswered(other, Called::in_region(&sts_place(self.plan))),
        }
    }
}

/// AWS's refusal of a call.
pub(super) struct Refusal<'r> {
    /// The error code.
    pub(super) code: &'r str,
    /// AWS's message.
    pub(super) message: &'r str,
    /// The call.
    pub(super) call: &'r FailedCall<'r>,
}

impl Refusal<'_> {
    /// Returns AWS's message, shortened, with its code.
    pub(super) fn text(&self) -> Quote {
        message_of(self.code, self.message)
    }
}

/// Whether `failure` is about the credentials that signed the call, not about the request.
pub(in crate::session) fn is_about_the_signer(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if is_expired(code) || is_unknown_access_key(code))
}

/// Whether AWS denied access.
pub(in crate::session) fn is_access_denied(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if rules::is_access_denied(code))
}

/// Returns how far this machine's clock is ahead of AWS's, if that is why a call was refused. Then
/// AWS checked nothing else, so an MFA code in the call is not used up.
pub(in crate::session) fn clock_refusal(
    failure: &Failure,
    now: DateTime<Utc>,
) -> Option<TimeDelta> {
    let Failure::Refused { code, date, .. } = failure else { return None };
    let is_about_time = matches!(code.as_str(), "SignatureDoesNotMatch" | "RequestExpired");
    clock_skew(*date, now).filter(|_| is_about_time)
}

pub(super) fn denied(message: String) -> Error {
    Error::new(Kind::Denied, message)
}

/// Returns the error of a refusal that is about the signer's keys or the clock.
fn about_keys(code: &str, call: &FailedCall<'_>, skew: Option<TimeDelta>) -> Option<Error> {
    let signer = &call.signer;
    let error = match code {
        "SignatureDoesNotMatch" | "RequestExpired" | "IncompleteSignature" if skew.is_some() => {
            let skew = skew.unwrap_or_default();
            denied(format!(
                "AWS refused the request: this machine's clock is {} AWS's",
                off_by(skew)
            ))
            .hint("correct the clock (timedatectl set-ntp true), then try again")
        }
        code if is_expired(code) => denied(format!("the credentials of {signer} have expired"))
            .hint(if signer.kind == SignerKind::Session {
                format!(
                    "get new credentials for {signer}: a session can be revoked before it expires"
                )
            } else {
                format!("put new credentials into profile {signer}")
            }),
        code if is_unknown_access_key(code) => {
            unknown_key(&UnknownKey { code, plan: call.plan, signer })
        }
        // AWS's message is not shown, because it may quote the request with its token.
        "SignatureDoesNotMatch" => {
            denied(format!("AWS refused the signature made with the keys of {signer}"))
                .hint(format!("check the secret access key of {signer} for typos"))
        }
        "RegionDisabledException" => {
            denied("STS is not active in this region for the account".to_owned())
                .hint("use another region, or have an administrator activate STS there")
        }
        _ => return None,
    };
    Some(error)
}

pub(in crate::session) fn sts_place(plan: &Plan) -> String {
    match &plan.aws.endpoint_url {
        Some(url) => format!("STS at {url}"),
        // Rule: AWS SDKs and Tools reference, "AWS STS Regional endpoints".
        None if plan.aws.global_sts => "STS at sts.amazonaws.com".to_owned(),
        None => format!("STS in {}", plan.aws.region),
    }
}
