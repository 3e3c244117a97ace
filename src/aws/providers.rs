//! Sources of credentials other than STS, through aws-config's providers and the SDK's clients.

use std::error::Error as StdError;

use aws_config::{
    ecs::EcsCredentialsProvider,
    imds::{
        self,
        client::error::{ImdsError, TokenError},
        credentials::ImdsCredentialsProvider,
    },
    login::LoginCredentialsProvider,
};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use chrono::DateTime;

use super::{
    Call, Failure, Issued, Provider,
    client::{ProxyMode, provider_config},
    failure::provider_failure,
    portal,
};
use crate::{credentials::Credentials, secret::Secret};

/// The maximum number of calls to the metadata service. It is near, and answers at once or never.
const METADATA_ATTEMPTS: u32 = 3;

/// Returns credentials from `provider`.
pub(super) async fn fetch(call: Call<'_>, provider: &Provider) -> Result<Issued, Failure> {
    let Call { endpoint, budget } = call;
    match provider {
        Provider::Sso(role) => portal::role_credentials(call, role).await,
        Provider::Login { session } => {
            let provider = LoginCredentialsProvider::builder(session)
                .configure(&provider_config(endpoint, ProxyMode::ThroughProxies)?)
                .build();
            issued(&provider, no_console_session).await
        }
        Provider::Container => {
            let config = provider_config(endpoint, ProxyMode::Direct)?;
            let provider = EcsCredentialsProvider::builder().configure(&config).build();
            issued(&provider, |error| provider_failure(error, container_failure)).await
        }
        Provider::InstanceMetadata { endpoint: metadata } => {
            let config = provider_config(endpoint, ProxyMode::Direct)?;
            let client = imds::Client::builder()
                .configure(&config)
                .max_attempts(budget.attempts.min(METADATA_ATTEMPTS))
                .endpoint(metadata)
                .map_err(|_| Failure::broken("its address is not a URL"))?
                .build();
            let provider =
                ImdsCredentialsProvider::builder().configure(&config).imds_client(client).build();
            issued(&provider, metadata_failure).await
        }
    }
}

async fn issued(
    provider: &dyn ProvideCredentials,
    explain: impl Fn(&CredentialsError) -> Failure,
) -> Result<Issued, Failure> {
    let given = provider.provide_credentials().await.map_err(|error| explain(&error))?;
    let expiration = given.expiry().map(DateTime::from);
    let account_id = given.account_id().map(|account| account.as_str().to_owned());
    Ok(Issued {
        credentials: Credentials {
            access_key_id: given.access_key_id().to_owned(),
            secret_access_key: Secret::from(given.secret_access_key()),
            session_token: given.session_token().map(Secret::from),
            expiration,
            account_id,
        },
        arn: None,
        date: None,
    })
}

/// The failure to get the keys of a console session. Mostly there is no session.
fn no_console_session(error: &CredentialsError) -> Failure {
    let mut causes = std::iter::successors(StdError::source(error), |error| (*error).source());
    let missing = causes.any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    });
    if missing {
        return Failure::SignIn { cause: "there is no console session".to_owned() };
    }
    provider_failure(error, |cause| Failure::SignIn { cause })
}

/// The failure of the container's endpoint. The SDK has no types for it, only messages:
/// `http_credential_provider.rs` of aws-config.
fn container_failure(cause: String) -> Failure {
    let status = cause.split_once("Non-success status").and_then(|(_, rest)| {
        let digits = rest.trim_matches(|c: char| !c.is_ascii_digit());
        digits.parse::<u16>().ok()
    });
    let refused = cause.split_once("failed to load credentials [").and_then(|(_, rest)| {
        let (code, message) = rest.split_once("]: ")?;
        Some((code.to_owned(), message.to_owned()))
    });
    let (code, message) = match (status, refused) {
        (Some(status @ (429 | 500..)), _) => {
            return Failure::Unable { cause: format!("HTTP {status}") };
        }
        (Some(status), _) => (status.to_string(), "its endpoint refused".to_owned()),
        (None, Some(refused)) => refused,
        (None, None) => return Failure::Broken { cause },
    };
    Failure::Refused { code, message, date: None }
}

/// The failure of the metadata service. Its errors quote whole answers, so only the status is
/// shown.
fn metadata_failure(error: &CredentialsError) -> Failure {
    let refused = |status: u16| match status {
        404 => Failure::Refused {
            code: "404".to_owned(),
            message: "the instance has no role".to_owned(),
            date: None,
        },
        500.. => Failure::Unable { cause: format!("HTTP {status}") },
        _ => Failure::Refused {
            code: status.to_string(),
            message: "the metadata service refused".to_owned(),
            date: None,
        },
    };
    if let CredentialsError::CredentialsNotLoaded(_) = error {
        let not_reached = provider_failure(error, Failure::broken);
        return match not_reached {
            Failure::Broken { cause } if cause.contains("404") => refused(404),
            other => other,
        };
    }
    let source = StdError::source(error);
    match source.and_then(|source| source.downcast_ref::<ImdsError>()) {
        Some(ImdsError::ErrorResponse(context)) => refused(context.response().status().as_u16()),
        Some(error @ ImdsError::FailedToLoadToken(_)) if is_forbidden(error) => refused(403),
        _ => provider_failure(error, Failure::broken),
    }
}

/// The SDK has no type for this error, only a message.
fn is_forbidden(error: &ImdsError) -> bool {
    let first: &(dyn StdError + 'static) = error;
    let mut causes = std::iter::successors(Some(first), |error| (*error).source());
    causes.any(|cause| cause.is::<TokenError>() && cause.to_string().contains("forbidden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_refuses_is_told_from_one_that_is_broken() {
        let of = |cause: &str| container_failure(cause.to_owned());
        let status = |status: &str| {
            of(&format!("Non-success status from HTTP credential provider: {status}"))
        };
        for (status, code) in
            [(status("StatusCode(403)"), "403"), (status("StatusCode(400)"), "400")]
        {
            assert!(matches!(status, Failure::Refused { code: found, .. } if found == code));
        }
        assert!(matches!(status("StatusCode(503)"), Failure::Unable { .. }));
        let refused = of("failed to load credentials [AccessDenied]: not for you");
        assert!(matches!(refused, Failure::Refused { code, message, .. }
            if code == "AccessDenied" && message == "not for you"));
        assert!(matches!(of("invalid JSON"), Failure::Broken { .. }));
    }
}
