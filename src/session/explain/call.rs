//! Explains the failures that all calls to AWS share: wrong keys, a wrong clock, no network.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    aws::Failure,
    error::{Error, Kind},
    plan::{Plan, Source, Step},
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
                let about_keys =
                    if self.signer.is_token { None } else { about_keys(code, &self.signer, skew) };
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
    pub(super) fn text(&self) -> String {
        message_of(self.code, self.message)
    }
}

/// The credentials that a call is signed with.
pub(super) struct Signer {
    /// Its profile or role.
    pub(super) name: String,
    /// Whether it is the MFA session of its keys.
    pub(super) has_mfa: bool,
    pub(super) is_session: bool,
    /// Whether the call carries a web identity token instead of a signature.
    pub(super) is_token: bool,
}

impl Signer {
    /// Returns the signer of the call for step `i` of `plan`.
    pub(super) fn of_step(plan: &Plan, i: usize) -> Self {
        if let Some(before) = i.checked_sub(1) {
            // An MFA session is known by the profile whose keys it belongs to, not by its device.
            let (name, has_mfa) = match plan.step(before) {
                Step::Mfa(_) => (plan.base.profile.as_str(), true),
                step => (step.name(), false),
            };
            return Self { name: name.to_owned(), has_mfa, is_session: true, is_token: false };
        }
        let source = &plan.base.source;
        Self {
            name: plan.base.profile.clone(),
            has_mfa: false,
            is_session: source.is_temporary(),
            is_token: matches!(source, Source::WebIdentity { .. }),
        }
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'{}", self.name, if self.has_mfa { " (with MFA)" } else { "" })
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
fn about_keys(code: &str, signer: &Signer, skew: Option<TimeDelta>) -> Option<Error> {
    let new_keys = if signer.is_session {
        format!("get new credentials for {signer}: a session can be revoked before it expires")
    } else {
        format!("check whether the access key of {signer} was deleted, deactivated or mistyped")
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
        code if is_expired(code) => denied(format!("the credentials of {signer} have expired"))
            .hint(if signer.is_session {
                new_keys
            } else {
                format!("put new credentials into profile {signer}")
            }),
        code if is_unknown_access_key(code) => {
            denied(format!("AWS does not know the access key of {signer} ({code})")).hint(new_keys)
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
        None => format!("STS in {}", plan.aws.region),
    }
}
