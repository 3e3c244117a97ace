//! The OIDC service of IAM Identity Center, which signs people in, through the SDK's client. Its
//! calls are not signed: they carry the secret of the client's registration.

use std::{error::Error as StdError, time::Duration};

use aws_sdk_ssooidc::{
    Client,
    config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _},
    error::ProvideErrorMetadata,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::base64;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    Call, Endpoint, Failure,
    client::{answer, block_on, sdk_config},
    failure::failure,
    federation::encode,
};
use crate::secret::Secret;

/// The name of the client that a person sees on the page that asks for consent.
const CLIENT_NAME: &str = "rolecall";
/// Finding the URL of a service needs no network.
const RESOLVE_LIMIT: Duration = Duration::from_secs(1);

/// The parameters of RegisterClient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisterClient<'r> {
    /// `scopes`.
    pub(crate) scopes: &'r [String],
    /// `grantTypes`.
    pub(crate) grant_types: &'r [&'r str],
    /// `redirectUris`: for the authorization code, the address without a port.
    pub(crate) redirect_uri: Option<&'r str>,
    /// `issuerUrl`: the start URL.
    pub(crate) issuer_url: &'r str,
}

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

/// What a person is asked to enter on another device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceAuthorization {
    /// `deviceCode`.
    pub(crate) device_code: Secret,
    /// `userCode`, which the page shows too.
    pub(crate) user_code: String,
    /// `verificationUri`.
    pub(crate) verification_uri: String,
    /// `verificationUriComplete`, which includes the code.
    pub(crate) verification_uri_complete: Option<String>,
    /// `expiresIn`.
    pub(crate) expires_in: TimeDelta,
    /// `interval` between two attempts, in seconds.
    pub(crate) interval_seconds: u32,
}

/// What a token is requested with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant<'g> {
    /// The code that a person confirms on another device.
    DeviceCode(&'g Secret),
    /// The code that the browser brought back.
    AuthorizationCode {
        /// The code.
        code: &'g Secret,
        /// The address that it was brought to, with the port.
        redirect_uri: &'g str,
        /// The PKCE verifier.
        verifier: &'g Secret,
    },
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

/// Calls RegisterClient for a public client.
pub(crate) fn register_client(
    call: Call<'_>,
    client: &RegisterClient<'_>,
) -> Result<Registration, Failure> {
    let sdk = Client::new(&sdk_config(call.endpoint, None, call.budget)?);
    let grant_types = client.grant_types.iter().map(|&grant| grant.to_owned()).collect();
    let request = sdk
        .register_client()
        .client_name(CLIENT_NAME)
        .client_type("public")
        .set_scopes(Some(client.scopes.to_vec()))
        .set_grant_types(Some(grant_types))
        .set_redirect_uris(client.redirect_uri.map(|uri| vec![uri.to_owned()]))
        .issuer_url(client.issuer_url);
    let (given, _) = answer(call, refused, |date| request.customize().interceptor(date).send())?;
    let (Some(client_id), Some(secret)) = (given.client_id, given.client_secret) else {
        return Err(Failure::broken("the answer has half a registration"));
    };
    let ends = DateTime::from_timestamp(given.client_secret_expires_at, 0);
    Ok(Registration {
        client_id,
        client_secret: Secret::new(secret),
        ends: ends.ok_or_else(|| Failure::broken("the registration has no expiration"))?,
        authorization_endpoint: given.authorization_endpoint,
    })
}

/// Calls StartDeviceAuthorization.
pub(crate) fn start_device_authorization(
    call: Call<'_>,
    registration: &Registration,
    start_url: &str,
) -> Result<DeviceAuthorization, Failure> {
    /// What the service uses if it names none.
    ///
    /// Rule: RFC 8628, section 3.2.
    const DEFAULT_INTERVAL: u32 = 5;
    let sdk = Client::new(&sdk_config(call.endpoint, None, call.budget)?);
    let request = sdk
        .start_device_authorization()
        .client_id(&registration.client_id)
        .client_secret(registration.client_secret.expose())
        .start_url(start_url);
    let (given, _) = answer(call, refused, |date| request.customize().interceptor(date).send())?;
    let (Some(device_code), Some(user_code), Some(verification_uri)) =
        (given.device_code, given.user_code, given.verification_uri)
    else {
        return Err(Failure::broken("the answer has no code"));
    };
    let interval = u32::try_from(given.interval).ok().filter(|seconds| *seconds > 0);
    Ok(DeviceAuthorization {
        device_code: Secret::new(device_code),
        user_code,
        verification_uri,
        verification_uri_complete: given.verification_uri_complete,
        expires_in: TimeDelta::seconds(given.expires_in.into()),
        interval_seconds: interval.unwrap_or(DEFAULT_INTERVAL),
    })
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
        Grant::DeviceCode(code) => request.grant_type(DEVICE_CODE_GRANT).device_code(code.expose()),
        Grant::AuthorizationCode { code, redirect_uri, verifier } => request
            .grant_type(AUTHORIZATION_CODE_GRANT)
            .code(code.expose())
            .redirect_uri(*redirect_uri)
            .code_verifier(verifier.expose()),
        Grant::RefreshToken(token) => {
            request.grant_type(REFRESH_TOKEN_GRANT).refresh_token(token.expose())
        }
    };
    // Of a device code, a refusal for too many calls is about the interval.
    let explain = if matches!(grant, Grant::DeviceCode(_)) { with_reason } else { refused };
    let (given, _) = answer(call, explain, |date| request.customize().interceptor(date).send())?;
    let access_token = given.access_token.filter(|token| !token.is_empty());
    Ok(IssuedToken {
        access_token: access_token
            .map(Secret::new)
            .ok_or_else(|| Failure::broken("the answer has no token"))?,
        expires_in: TimeDelta::seconds(given.expires_in.into()),
        refresh_token: given.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
    })
}

/// A request for an authorization code, which a browser brings back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    /// The registered client.
    pub(crate) registration: &'a Registration,
    /// The address that the browser is sent back to, with the port.
    pub(crate) redirect_uri: &'a str,
    /// What the browser must bring back.
    pub(crate) state: &'a Secret,
    /// The PKCE verifier, of which the address has a digest.
    pub(crate) verifier: &'a Secret,
    /// The scopes of the registration.
    pub(crate) scopes: &'a [String],
}

/// Returns the address at which a person signs in.
///
/// Rules: RFC 7636, section 4.2, for the challenge; the AWS CLI for the rest, which no reference
/// describes: the parameter is `scopes`, not `scope`.
pub(crate) fn authorization_address(
    endpoint: &Endpoint,
    authorization: &Authorization<'_>,
) -> Result<String, Failure> {
    let Authorization { registration, redirect_uri, state, verifier, scopes } = authorization;
    let digest = Sha256::digest(verifier.expose().as_bytes());
    let challenge = base64::encode(digest).replace('+', "-").replace('/', "_");
    let mut address = match &registration.authorization_endpoint {
        Some(address) => address.clone(),
        None => format!("{}/authorize", service_url(endpoint)?.trim_end_matches('/')),
    };
    address.push(if address.contains('?') { '&' } else { '?' });
    address.push_str("response_type=code");
    let scopes = scopes.join(" ");
    for (name, value) in [
        ("client_id", registration.client_id.as_str()),
        ("redirect_uri", redirect_uri),
        ("state", state.expose()),
        ("code_challenge_method", "S256"),
        ("scopes", &scopes),
        ("code_challenge", challenge.trim_end_matches('=')),
    ] {
        address.push_str(&format!("&{name}="));
        encode(value.as_bytes(), &mut address);
    }
    Ok(address)
}

/// Returns the URL of the service at `endpoint`, as the SDK resolves it.
fn service_url(endpoint: &Endpoint) -> Result<String, Failure> {
    let params = Params::builder()
        .region(endpoint.region.clone())
        .use_fips(endpoint.use_fips)
        .use_dual_stack(endpoint.use_dual_stack)
        .set_endpoint(endpoint.url.clone())
        .build();
    let unknown = || Failure::broken(format!("the region '{}' is not known", endpoint.region));
    let params = params.map_err(|_| unknown())?;
    block_on(RESOLVE_LIMIT, async {
        let resolved = DefaultResolver::new().resolve_endpoint(&params).await;
        resolved.map(|endpoint| endpoint.url().to_owned()).map_err(|_| unknown())
    })
}

/// The grant types of the service.
///
/// Rule: IAM Identity Center OIDC API reference, CreateToken, `grantType`.
pub(crate) const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// See [`DEVICE_CODE_GRANT`].
pub(crate) const AUTHORIZATION_CODE_GRANT: &str = "authorization_code";
/// See [`DEVICE_CODE_GRANT`].
pub(crate) const REFRESH_TOKEN_GRANT: &str = "refresh_token";

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
/// message, which the client does not read. `date` is the time at AWS when it answered, if known.
fn with_reason<E>(error: &SdkError<E, HttpResponse>, date: Option<DateTime<Utc>>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let known = failure(error, date);
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
            Failure::Refused { code, message, date }
        }
        other => other,
    }
}

/// Returns why a call failed, like [`with_reason`], or that the service can't answer now if there were too
/// many calls.
fn refused<E>(error: &SdkError<E, HttpResponse>, date: Option<DateTime<Utc>>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match with_reason(error, date) {
        Failure::Refused { code, .. } if code == "SlowDownException" => {
            Failure::Unable { cause: code }
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

    #[test]
    fn the_address_of_a_sign_in_is_at_the_service_of_its_region() {
        let address = |endpoint: &Endpoint, authorization_endpoint: Option<&str>| {
            let registration = Registration {
                client_id: "id".to_owned(),
                client_secret: "secret".into(),
                ends: DateTime::UNIX_EPOCH,
                authorization_endpoint: authorization_endpoint.map(str::to_owned),
            };
            authorization_address(
                endpoint,
                &Authorization {
                    registration: &registration,
                    redirect_uri: "http://127.0.0.1:1/oauth/callback",
                    state: &"s".into(),
                    verifier: &"v".into(),
                    scopes: &["sso:account:access".to_owned(), "b".to_owned()],
                },
            )
        };
        for (region, use_fips, use_dual_stack, host) in [
            ("eu-west-1", false, false, "oidc.eu-west-1.amazonaws.com"),
            ("eu-west-1", false, true, "oidc.eu-west-1.api.aws"),
            ("us-east-2", true, false, "oidc-fips.us-east-2.amazonaws.com"),
            ("us-gov-east-1", false, false, "oidc.us-gov-east-1.amazonaws.com"),
            ("cn-northwest-1", false, false, "oidc.cn-northwest-1.amazonaws.com.cn"),
            ("eusc-de-east-1", false, false, "oidc.eusc-de-east-1.amazonaws.eu"),
        ] {
            let region = region.to_owned();
            let endpoint = Endpoint { region, use_fips, use_dual_stack, ..Endpoint::default() };
            let found = address(&endpoint, None).unwrap();
            let start = format!("https://{host}/authorize?response_type=code&client_id=id&");
            assert!(found.starts_with(&start), "{found}");
            assert!(found.contains("&scopes=sso%3Aaccount%3Aaccess%20b&"), "{found}");
        }
        let region = "eu-west-1".to_owned();
        let url = Some("http://127.0.0.1:2/".to_owned());
        let own = Endpoint { region, url, ..Endpoint::default() };
        let found = address(&own, None).unwrap();
        assert!(found.starts_with("http://127.0.0.1:2/authorize?response_type="), "{found}");
        let named = address(&own, Some("https://signin.example/authorize?x=1")).unwrap();
        assert!(named.starts_with("https://signin.example/authorize?x=1&response_"), "{named}");
    }
}
