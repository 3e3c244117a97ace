//! The OIDC service of IAM Identity Center, which signs people in, through the SDK's client. Its
//! calls are not signed: they carry the secret of the client's registration.

use std::error::Error as StdError;

use aws_sdk_ssooidc::{Client, error::ProvideErrorMetadata};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    Call, Failure,
    client::{block_on, sdk_config},
    failure::failure,
};
use crate::secret::Secret;

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registration {
    /// `clientId`.
    pub(crate) client_id: String,
    /// `clientSecret`.
    pub(crate) client_secret: Secret,
    /// `clientSecretExpiresAt` (UTC).
    pub(crate) ends: DateTime<Utc>,
    /// `authorizationEndpoint`, if the service names one.
    pub(crate) authorization_endpoint: Option<String>,
}

/// What a token is requested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant<'g> {
    /// The refresh token of an earlier answer.
    RefreshToken(&'g Secret),
}

/// The answer to CreateToken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuedToken {
    /// `accessToken`.
    pub(crate) access_token: Secret,
    /// `expiresIn`.
    pub(crate) expires_in: TimeDelta,
    /// `refreshToken`, if there is one.
    pub(crate) refresh_token: Option<Secret>,
}

/// Calls CreateToken.
pub(crate) fn create_token(
    call: Call<'_>,
    registration: &Registration,
    grant: &Grant<'_>,
) -> Result<IssuedToken, Failure> {
    let sdk = Client::new(&sdk_config(call.endpoint, None, call.budget)?);
    let request = sdk
        .create_token()
        .client_id(&registration.client_id)
        .client_secret(registration.client_secret.expose());
    let request = match grant {
        Grant::RefreshToken(token) => {
            request.grant_type(REFRESH_TOKEN_GRANT).refresh_token(token.expose())
        }
    };
    block_on(call.budget.limit, async {
        let given = request.send().await.map_err(|error| with_reason(&error))?;
        let access_token = given.access_token.filter(|token| !token.is_empty());
        Ok(IssuedToken {
            access_token: access_token
                .map(Secret::new)
                .ok_or_else(|| Failure::broken("the answer has no token"))?,
            expires_in: TimeDelta::seconds(given.expires_in.into()),
            refresh_token: given.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        })
    })
}

/// Rule: IAM Identity Center OIDC API reference, CreateToken, `grantType`.
const REFRESH_TOKEN_GRANT: &str = "refresh_token";

/// The body of an error.
///
/// Rule: RFC 6749, section 5.2.
#[derive(Default, Deserialize)]
struct Reason {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Returns why a call failed. The service's errors have their own names for the code and the
/// message, which the client does not read.
fn with_reason<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let known = failure(error, None);
    let SdkError::ServiceError(service) = error else { return known };
    let body = service.raw().body().bytes().unwrap_or_default();
    let reason: Reason = serde_json::from_slice(body).unwrap_or_default();
    match known {
        Failure::Refused { code, message, date } => {
            let message = if message.is_empty() { reason.error_description } else { message };
            Failure::Refused { code, message, date }
        }
        Failure::Broken { .. } | Failure::Foreign { .. } if !reason.error.is_empty() => {
            let (code, message) = (exception(&reason.error), reason.error_description);
            Failure::Refused { code, message, date: None }
        }
        other => other,
    }
}

/// Returns the name of the exception for an OAuth error: `InvalidGrantException` for
/// `invalid_grant`.
fn exception(error: &str) -> String {
    let words = error.split('_').map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    });
    words.collect::<String>() + "Exception"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oauth_error_is_named_as_the_services_exception() {
        assert_eq!(exception("invalid_grant"), "InvalidGrantException");
        assert_eq!(exception("slow_down"), "SlowDownException");
        assert_eq!(exception("authorization_pending"), "AuthorizationPendingException");
    }
}
