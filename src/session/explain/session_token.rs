//! Explains why AWS refused a session for long-lived keys (GetSessionToken), with or without MFA.

use super::call::{Refusal, denied};
use crate::{aws::Failure, error::Error, plan::Mfa};

/// Whether AWS rejected an MFA code.
pub(in crate::session) fn is_wrong_code(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { message, .. }
        if message.contains("MultiFactorAuthentication failed with invalid MFA one time pass code"))
}

/// Returns the error of a refused session that would have replaced long-lived keys.
pub(super) fn key_session_refused(refusal: &Refusal<'_>) -> Error {
    let (said, name) = (refusal.text(), &refusal.call.signer.name);
    denied(format!("AWS refused a session for the keys of '{name}'")).quoting(&said)
}

/// Returns the error if AWS rejected an MFA code or doesn't know the device.
pub(super) fn mfa_refused(refusal: &Refusal<'_>, mfa: &Mfa) -> Error {
    let said = refusal.text();
    let error =
        denied(format!("AWS refused the MFA of {}", mfa.serial)).quoting(&said).at(mfa.at.clone());
    if refusal.message.contains("unable to validate") {
        return error
            .hint("compare the serial with the devices of the user ('aws iam list-mfa-devices')");
    }
    error.hint(
        "use the device's next code; check that it is the right device, and that its clock is right",
    )
}
