//! Why AWS gave no session for long-lived keys (GetSessionToken), with an MFA code or without.

use chrono::{DateTime, Utc};

use super::call::{FailedCall, Signer, denied, message_of};
use crate::{
    aws::Failure,
    error::Error,
    plan::{Mfa, Plan},
};

/// Whether AWS did not take an MFA code.
pub(in crate::session) fn is_wrong_code(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { message, .. }
        if message.contains("MultiFactorAuthentication failed with invalid MFA one time pass code"))
}

/// The error of an MFA session that was not made.
pub(in crate::session) fn explain_mfa(
    failure: &Failure,
    plan: &Plan,
    mfa: &Mfa,
    now: DateTime<Utc>,
) -> Error {
    let call = FailedCall { plan, signer: Signer::of_step(plan, 0), now };
    call.error(failure, |code, message| mfa_refused(code, message, mfa))
}

/// The error of a session that was not made in place of keys.
pub(in crate::session) fn explain_session(
    failure: &Failure,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Error {
    let call = FailedCall { plan, signer: Signer::of_step(plan, 0), now };
    let refused = |code: &str, message: &str| {
        let (said, name) = (message_of(code, message), &call.signer.name);
        denied(format!("AWS refused a session for the keys of '{name}': {said}"))
    };
    call.error(failure, refused).at(plan.session.as_ref().and_then(|session| session.at.clone()))
}

/// AWS did not take a code, or does not know the device.
pub(super) fn mfa_refused(code: &str, message: &str, mfa: &Mfa) -> Error {
    let said = message_of(code, message);
    let error = denied(format!("AWS refused the MFA of {}: {said}", mfa.serial)).at(mfa.at.clone());
    if message.contains("unable to validate") {
        return error.hint(
            "compare the serial with the device of the keys' user (aws iam list-mfa-devices)",
        );
    }
    error.hint(
        "use the device's next code; check that it is this device, and that its clock is right",
    )
}
