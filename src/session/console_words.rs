//! Why AWS did not sign a session in to the console, in plain words.

use super::{no_answer::without_answer, words::denied};
use crate::{aws::Failure, error::Error};

/// The error of a sign-in at `url` with the session of `name`. `seconds`: the length that was asked for.
pub fn explain_console(failure: &Failure, name: &str, url: &str, seconds: Option<u32>) -> Error {
    let Failure::Refused { code, .. } = failure else {
        return without_answer(failure, &format!("AWS Sign-In at {url}"));
    };
    let error = denied(format!("AWS refused to sign '{name}' in to the console (HTTP {code})"));
    match seconds {
        // Rule: IAM user guide, "Enable custom identity broker access to the AWS console".
        Some(_) => error.hint(
            "leave --duration out: AWS takes it for roles alone that are assumed straight from an \
             IAM user's long-lived keys",
        ),
        None => error.hint(
            "AWS takes sessions of AssumeRole and of IAM Identity Center, none of GetSessionToken, and \
             none that was ended: try 'rolecall login --force'",
        ),
    }
}
