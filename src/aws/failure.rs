//! The SDK's errors, sorted by what they mean to a user.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use chrono::{DateTime, Utc};

use super::Failure;

/// What became of a call to a service. `date`: the time at AWS when it answered, where it is known.
pub fn failure<E>(error: &SdkError<E, HttpResponse>, date: Option<DateTime<Utc>>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let (mut code, message) = (text(service.err().code()), text(service.err().message()));
            let status = service.raw().status().as_u16();
            if code.is_empty() {
                code = code_without_body(service.raw());
            }
            if status >= 500 || is_throttling(&code) || status == 429 {
                let code = if code.is_empty() { "no reason given" } else { &code };
                return Failure::Unable { cause: format!("{code} (HTTP {status})") };
            }
            if code.is_empty() {
                return Failure::Broken { cause: format!("HTTP {status} without a reason") };
            }
            Failure::Refused { code, message, date }
        }
        SdkError::TimeoutError(_) => {
            Failure::Unreachable { cause: "no answer came in time".to_owned(), sent: true }
        }
        SdkError::DispatchFailure(failure) => {
            let connector = failure.as_connector_error().map(|error| error as _);
            Failure::Unreachable { cause: innermost(connector), sent: !is_unconnected(connector) }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            if status >= 500 {
                return Failure::Unable { cause: format!("HTTP {status}") };
            }
            broken("the answer is not AWS's")
        }
        other => Failure::Broken { cause: innermost(Some(other)) },
    }
}

/// The code of an answer whose body names none: an answer to HEAD has no body, and servers that play
/// AWS write errors in forms of other services.
fn code_without_body(answer: &HttpResponse) -> String {
    // Rule: Smithy, "AWS JSON 1.0 protocol", operation error serialization.
    let header = answer.headers().get("x-amzn-errortype").unwrap_or_default();
    let code = header.split(':').next().unwrap_or_default();
    match answer.status().as_u16() {
        403 if code.is_empty() => "AccessDenied".to_owned(),
        _ => code.to_owned(),
    }
}

fn is_throttling(code: &str) -> bool {
    matches!(code, "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "SlowDown")
}

/// The last cause of a chain of errors, where the plain reason stands.
fn innermost<'a>(error: Option<&'a (dyn StdError + 'static)>) -> String {
    let next = |error: &&'a (dyn StdError + 'static)| -> Option<&'a (dyn StdError + 'static)> {
        (*error).source()
    };
    std::iter::successors(error, next)
        .last()
        .map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}

pub(super) fn broken(cause: &str) -> Failure {
    Failure::Broken { cause: cause.to_owned() }
}

/// What became of asking a provider. `of_provider` tells what an answer that is no answer means.
pub(super) fn provider_failure(
    error: &CredentialsError,
    of_provider: fn(String) -> Failure,
) -> Failure {
    if let CredentialsError::ProviderTimedOut(_) = error {
        return Failure::Unreachable { cause: "no answer came in time".to_owned(), sent: true };
    }
    let mut causes = std::iter::successors(error.source(), |error| (*error).source());
    if let Some(connector) = causes.clone().find(|cause| cause.is::<ConnectorError>()) {
        return Failure::Unreachable { cause: innermost(Some(connector)), sent: true };
    }
    let cause = causes.next().map_or_else(|| "it gave no reason".to_owned(), words);
    of_provider(cause)
}

/// A chain of errors in one line, each part once.
fn words(error: &(dyn StdError + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let mut parts: Vec<String> = Vec::new();
    for part in chain.map(ToString::to_string) {
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

/// Whether there was no connection that a call could have gone over. The HTTP client says so in
/// words alone.
fn is_unconnected(error: Option<&(dyn StdError + 'static)>) -> bool {
    let mut chain = std::iter::successors(error, |error| (*error).source());
    chain.any(|cause| {
        let words = cause.to_string();
        words.contains("(Connect)") || words.contains("connect timeout")
    })
}
