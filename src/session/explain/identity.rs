//! Why a session can't be used: for GetCallerIdentity, or to sign in to the web console.

use chrono::{DateTime, Utc};

use super::call::{FailedCall, Signer, denied, message_of, without_answer};
use crate::{aws::Failure, error::Error, plan::Plan};

/// The error of a failed GetCallerIdentity with the credentials of `plan`. `now` is this machine's
/// time.
pub(crate) fn explain_identity(failure: &Failure, plan: &Plan, now: DateTime<Utc>) -> Error {
    let (name, is_session) = (plan.name().to_owned(), plan.steps() > 0);
    let call = FailedCall { plan, signer: Signer { name, is_session, is_token: false }, now };
    call.error(failure, |code, message| {
        denied(format!("AWS refused: {}", message_of(code, message)))
    })
}

/// The error of a sign-in at `url` with the session of `name`. `seconds`: the length that was asked for.
pub(crate) fn explain_console(
    failure: &Failure,
    name: &str,
    url: &str,
    seconds: Option<u32>,
) -> Error {
    let Failure::Refused { code, .. } = failure else {
        return without_answer(failure, &format!("AWS Sign-In at {url}"));
    };
    let error = denied(format!("AWS refused to sign '{name}' in to the console (HTTP {code})"));
    match seconds {
        // Rule: IAM user guide, "Enable custom identity broker access to the AWS console".
        Some(_) => error.hint(
            "omit --duration: AWS only accepts it for roles that are assumed directly with an \
             IAM user's long-lived keys",
        ),
        None => error.hint(
            "AWS takes sessions of AssumeRole and of IAM Identity Center, none of GetSessionToken, and \
             none that was ended: try 'rolecall login --force'",
        ),
    }
}
