//! Errors of AWS calls, and their messages.

use std::{error::Error as StdError, fmt::Display};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rolecall::{Error, Failure, Kind, NOT_FOUND, Quote, Result, failure};

/// Returns why a call failed. Also finds the reason where servers other than AWS's put it.
pub(crate) fn of_sdk<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let found = failure(error, None);
    let (Failure::Broken { .. }, SdkError::ServiceError(service)) = (&found, error) else {
        return found;
    };
    let body = service.raw().body().bytes().and_then(|body| std::str::from_utf8(body).ok());
    let element = |name: &str| {
        let (_, rest) = body?.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    };
    match element("Code") {
        Some(code) => {
            let message = element("Message").unwrap_or_default();
            Failure::Refused { code, message, date: None }
        }
        None => found,
    }
}

/// Returns the error for a command that a signal interrupted.
pub(crate) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
}

/// Returns whether AWS refused with one of these error codes.
pub(crate) fn is_refused_with(failure: &Failure, codes: &[&str]) -> bool {
    matches!(failure, Failure::Refused { code, .. } if codes.contains(&&**code))
}

/// Returns the answer; `None` if AWS says that it doesn't exist.
pub(crate) fn if_exists<T>(
    answer: std::result::Result<T, Failure>,
) -> std::result::Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if is_refused_with(&failure, &NOT_FOUND) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Turns a failed call into an error with the message of [`explain`].
pub(crate) trait OrCannot<T> {
    /// `what` is what could not be done: `list the buckets`.
    fn or_cannot(self, what: impl Display) -> Result<T>;
}

impl<T> OrCannot<T> for std::result::Result<T, Failure> {
    fn or_cannot(self, what: impl Display) -> Result<T> {
        self.map_err(|failure| explain(&failure, &what.to_string()))
    }
}

/// Returns the error message for a failed call; `what` is what failed: `list the buckets`.
pub(crate) fn explain(failure: &Failure, what: &str) -> Error {
    let (kind, cause) = match failure {
        Failure::Refused { code, message, .. } if message.is_empty() => {
            (Kind::Denied, code.clone())
        }
        Failure::Refused { code, message, .. } => (Kind::Denied, format!("{code}: {message}")),
        Failure::Unable { cause } => (Kind::Unreachable, format!("AWS can't answer now: {cause}")),
        Failure::Unreachable { cause, .. } => {
            (Kind::Unreachable, format!("AWS can't be reached: {cause}"))
        }
        Failure::SignIn { cause } => (Kind::NeedsHuman, cause.clone()),
        Failure::Interrupted => return interrupted(),
        Failure::Broken { cause } | Failure::Foreign { cause } => (Kind::Other, cause.clone()),
    };
    // The cause may be what a server said.
    Error::new(kind, format!("can't {what}")).quoting(&Quote::new(&cause))
}
