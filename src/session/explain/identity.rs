//! Explains why credentials can't be used for GetCallerIdentity or to sign in to the web console.

use chrono::{DateTime, Utc};

use super::{
    call::{FailedCall, denied},
    signer::Signer,
};
use crate::{
    aws::Failure,
    error::Error,
    plan::Plan,
    unanswered::{Called, unanswered},
};

/// Returns the error of a failed GetCallerIdentity with the credentials of `plan`. `now` is this
/// machine's time (UTC).
pub(crate) fn explain_identity(failure: &Failure, plan: &Plan, now: DateTime<Utc>) -> Error {
    let call = FailedCall { plan, signer: Signer::of_plan(plan), now };
    let error =
        call.error(failure, |refusal| denied("AWS refused".to_owned()).quoting(&refusal.text()));
    error.naming_doctor(plan.profile.as_deref())
}

/// A sign-in to the web console.
pub(crate) struct ConsoleSignIn<'s> {
    /// The name of the session: its profile or role.
    pub(crate) name: &'s str,
    /// The URL of AWS Sign-In.
    pub(crate) url: &'s str,
    /// The requested length of the console session.
    pub(crate) seconds: Option<u32>,
}

/// Returns the error of a failed sign-in to the web console.
pub(crate) fn explain_console(failure: &Failure, sign_in: &ConsoleSignIn<'_>) -> Error {
    let ConsoleSignIn { name, url, seconds } = *sign_in;
    let Failure::Refused { code, .. } = failure else {
        return unanswered(failure, Called::in_region(&format!("AWS Sign-In at {url}")));
    };
    let error = denied(format!("AWS refused to sign '{name}' in to the console (HTTP {code})"));
    match seconds {
        // Rule: IAM user guide, "Enable custom identity broker access to the AWS console".
        Some(_) => error.hint(
            "omit --duration: AWS only accepts it for roles that are assumed directly with an \
             IAM user's long-lived keys",
        ),
        None => error.hint(
            "the console accepts sessions from AssumeRole and IAM Identity Center, but not those \
             from GetSessionToken or revoked ones: try 'rolecall login --force'",
        ),
    }
}
