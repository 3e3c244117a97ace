//! What AWS says of MFA codes, in plain words.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    no_answer::without_answer,
    words::{SIGNATURE_TOLERANCE, Source, about_the_call, denied, sts_place, words},
};
use crate::{
    aws::Failure,
    error::Error,
    plan::{Mfa, Plan},
};

/// Whether AWS did not take an MFA code.
pub(super) fn is_wrong_code(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { message, .. }
        if message.contains("MultiFactorAuthentication failed with invalid MFA one time pass code"))
}

/// How far this machine's clock is ahead of AWS's, where that is why a call was refused: it was not
/// judged any further, and an MFA code in it is not used up.
pub(super) fn clock_refusal(failure: &Failure, now: DateTime<Utc>) -> Option<TimeDelta> {
    let Failure::Refused { code, date: Some(date), .. } = failure else { return None };
    let skew = now - *date;
    let is_about_time = matches!(code.as_str(), "SignatureDoesNotMatch" | "RequestExpired");
    (is_about_time && skew.abs() > SIGNATURE_TOLERANCE).then_some(skew)
}

/// The error of an MFA session that was not made.
pub(super) fn explain_mfa(failure: &Failure, plan: &Plan, mfa: &Mfa, now: DateTime<Utc>) -> Error {
    let source = Source::of(plan, 0);
    match failure {
        Failure::Refused { code, message, date } => {
            let skew = date.map(|date| now - date).filter(|skew| skew.abs() > SIGNATURE_TOLERANCE);
            about_the_call(code, &source, skew).unwrap_or_else(|| no_mfa(code, message, mfa))
        }
        other => without_answer(other, &sts_place(plan)),
    }
}

/// AWS did not take a code, or does not know the device.
pub(super) fn no_mfa(code: &str, message: &str, mfa: &Mfa) -> Error {
    let said = words(code, message);
    let error = denied(format!("AWS refused the MFA of {}: {said}", mfa.serial)).at(mfa.at.clone());
    if message.contains("unable to validate") {
        return error.hint(
            "compare the serial with the device of the keys' user (aws iam list-mfa-devices)",
        );
    }
    error.hint("take the device's next code; look whether it is this device, and its clock right")
}
