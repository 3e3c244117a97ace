//! Sources of credentials other than STS, through aws-config's providers and the SDK's clients.

use std::error::Error as StdError;

use aws_config::{
    Region,
    ecs::EcsCredentialsProvider,
    imds::{
        self,
        client::error::{ImdsError, TokenError},
        credentials::ImdsCredentialsProvider,
    },
    login::LoginCredentialsProvider,
    sso::SsoTokenProvider,
};
use aws_credential_types::provider::{
    ProvideCredentials, error::CredentialsError, token::ProvideToken as _,
};
use chrono::DateTime;

use super::{
    Budget, Call, Failure, Issued, Provider, SsoRoleCredentials,
    client::{provider_config, sdk_config},
    failure::{failure, provider_failure},
};
use crate::{credentials::Credentials, secret::Secret};

/// The maximum number of calls to the metadata service. It is near, and answers at once or never.
const METADATA_ATTEMPTS: u32 = 3;

/// Returns credentials from `provider`.
pub(super) async fn fetch(
    Call { endpoint, budget }: Call<'_>,
    provider: &Provider,
) -> Result<Issued, Failure> {
    match provider {
        Provider::Sso(sso) => {
            let token = token(sso, budget).await?;
            role_credentials(sso, &token, budget).await
        }
        Provider::Login { session } => {
            let provider = LoginCredentialsProvider::builder(session)
                .configure(&provider_config(endpoint)?)
                .build();
            issued(&provider, no_console_session).await
        }
        Provider::Container => {
            let config = provider_config(endpoint)?;
            let provider = EcsCredentialsProvider::builder().configure(&config).build();
            issued(&provider, |error| provider_failure(error, Failure::broken)).await
        }
        Provider::InstanceMetadata { endpoint: metadata } => {
            let config = provider_config(endpoint)?;
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

/// The token of a sign-in. It is renewed if that is due and needs no person.
async fn token(sso: &SsoRoleCredentials, budget: Budget) -> Result<Secret, Failure> {
    let provider = SsoTokenProvider::builder()
        .configure(&sdk_config(&sso.oidc, None, budget)?)
        .session_name(&sso.token_name)
        .start_url(&sso.start_url)
        .region(Region::new(sso.oidc.region.clone()))
        .build()
        .await;
    let token = provider.provide_token().await.map_err(|error| {
        let cause = StdError::source(&error).map(ToString::to_string);
        Failure::SignIn { cause: cause.unwrap_or_else(|| "there is no token".to_owned()) }
    })?;
    Ok(Secret::from(token.token()))
}

async fn role_credentials(
    sso: &SsoRoleCredentials,
    token: &Secret,
    budget: Budget,
) -> Result<Issued, Failure> {
    let client = aws_sdk_sso::Client::new(&sdk_config(&sso.portal, None, budget)?);
    let call = client
        .get_role_credentials()
        .account_id(&sso.account_id)
        .role_name(&sso.role_name)
        .access_token(token.expose());
    let output = call.send().await.map_err(|error| match failure(&error, None) {
        Failure::Refused { code, .. } if code == "UnauthorizedException" => {
            Failure::SignIn { cause: "IAM Identity Center no longer accepts the token".to_owned() }
        }
        other => other,
    })?;
    let given =
        output.role_credentials.ok_or_else(|| Failure::broken("the answer has no credentials"))?;
    let (Some(access_key_id), Some(secret), Some(session_token)) =
        (given.access_key_id, given.secret_access_key, given.session_token)
    else {
        return Err(Failure::broken("the answer has half a session"));
    };
    let expiration = DateTime::from_timestamp_millis(given.expiration);
    Ok(Issued {
        credentials: Credentials {
            access_key_id,
            secret_access_key: Secret::new(secret),
            session_token: Some(Secret::new(session_token)),
            expiration: Some(
                expiration.ok_or_else(|| Failure::broken("the session has no expiration"))?,
            ),
            account_id: Some(sso.account_id.clone()),
        },
        date: None,
    })
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
