//! What the SDK's errors mean to a user.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use chrono::{DateTime, Utc};

use super::{ConnectionProblem, Failure, connection};
use crate::rules::is_throttling;

/// No service has a longer error code.
const LONGEST_CODE: usize = 64;
/// The status of a network that requires a sign-in.
///
/// Rule: RFC 6585, section 6: it comes from between us and AWS.
const NETWORK_SIGN_IN: u16 = 511;

/// Returns why a call to a service failed. `date` is the time at AWS when it answered, if known.
pub fn failure<E>(error: &SdkError<E, HttpResponse>, date: Option<DateTime<Utc>>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let (mut code, message) = (text(service.err().code()), text(service.err().message()));
            // Codes are recorded, so whatever else a server sends is none.
            code.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-'));
            code.truncate(LONGEST_CODE);
            let status = service.raw().status().as_u16();
            if status == NETWORK_SIGN_IN {
                return foreign_answer(service.raw());
            }
            if code.is_empty() {
                code = code_elsewhere(service.raw());
            }
            if status >= 500 || is_throttling(&code) || status == 429 {
                let code = if code.is_empty() { "no reason given" } else { &code };
                return Failure::Unable { cause: format!("{code} (HTTP {status})") };
            }
            if code.is_empty() {
                return foreign_answer(service.raw());
            }
            Failure::Refused { code, message, date }
        }
        SdkError::TimeoutError(_) => timed_out(),
        SdkError::DispatchFailure(failure) => {
            let connector = failure.as_connector_error().map(|error| error as _);
            unreachable(connector)
        }
        SdkError::ResponseError(response) => foreign_answer(response.raw()),
        other => Failure::Broken { cause: innermost(Some(other)) },
    }
}

/// Returns why a request without an SDK failed.
pub(super) fn request_failure(error: &ConnectorError) -> Failure {
    unreachable(Some(error))
}

/// The error code of an answer in which the client found none: the answer to HEAD has no body, and
/// servers other than AWS's use the error formats of other services.
fn code_elsewhere(answer: &HttpResponse) -> String {
    // Rule: Smithy, "AWS JSON 1.0 protocol", operation error serialization.
    let header = answer.headers().get("x-amzn-errortype").unwrap_or_default();
    let in_header = header.split(':').next().filter(|code| !code.is_empty());
    let body = answer.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let code = in_header.or_else(|| Some(body.split_once("<Code>")?.1.split_once("</Code>")?.0));
    let is_code = |code: &&str| {
        (1..=64).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    };
    match code.filter(is_code) {
        Some(code) => code.to_owned(),
        // An error page is not from AWS.
        None if answer.status().as_u16() == 403 && body.is_empty() => "AccessDenied".to_owned(),
        None => String::new(),
    }
}

/// The failure of an answer that AWS would not give.
fn foreign_answer(answer: &HttpResponse) -> Failure {
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").unwrap_or_default();
    match status {
        NETWORK_SIGN_IN => {
            Failure::Foreign { cause: format!("the network requires a sign-in (HTTP {status})") }
        }
        500.. => Failure::Unable { cause: format!("no reason given (HTTP {status})") },
        300..=399 => Failure::Foreign {
            cause: format!("the answer redirects elsewhere, which AWS never does (HTTP {status})"),
        },
        _ if kind.starts_with("text/html") => Failure::Foreign {
            cause: format!("the answer was a web page, not AWS's (HTTP {status})"),
        },
        200..=299 => Failure::Broken { cause: format!("the answer is not AWS's (HTTP {status})") },
        _ => Failure::Broken { cause: format!("HTTP {status} without a reason") },
    }
}

pub(super) fn timed_out() -> Failure {
    let cause = "no answer within the time limit".to_owned();
    Failure::Unreachable { cause, problem: ConnectionProblem::Network, sent: true }
}

/// The failure that the connection found, or one with the innermost cause.
fn unreachable(error: Option<&(dyn StdError + 'static)>) -> Failure {
    connection::transport_failure(error).cloned().unwrap_or_else(|| Failure::Unreachable {
        cause: innermost(error),
        problem: ConnectionProblem::Network,
        sent: true,
    })
}

/// The last cause in a chain of errors, which has the plain reason.
fn innermost<'a>(error: Option<&'a (dyn StdError + 'static)>) -> String {
    let next = |error: &&'a (dyn StdError + 'static)| -> Option<&'a (dyn StdError + 'static)> {
        (*error).source()
    };
    std::iter::successors(error, next)
        .last()
        .map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}

/// Returns why a provider failed. `of_provider` makes a failure of the provider's own reason.
pub(super) fn provider_failure(
    error: &CredentialsError,
    of_provider: fn(String) -> Failure,
) -> Failure {
    if let CredentialsError::ProviderTimedOut(_) = error {
        return timed_out();
    }
    let mut causes = std::iter::successors(error.source(), |error| (*error).source());
    if let Some(connector) = causes.clone().find(|cause| cause.is::<ConnectorError>()) {
        return unreachable(Some(connector));
    }
    let cause = causes.next().map_or_else(|| "no reason given".to_owned(), words);
    of_provider(cause)
}

/// A chain of errors in one line, without repetitions.
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
