//! The official STS client, started for one call and blocking.

use std::{
    error::Error as StdError,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_sts::{
    Client, Config,
    config::{BehaviorVersion, Region, SharedCredentialsProvider, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{SharedHttpClient, SharedHttpConnector, http_client_fn},
        interceptors::{
            Intercept, context::BeforeDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, timeout::TimeoutConfig};
use chrono::{DateTime, Utc};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::{AssumeRole, Budget, Endpoint, Failure, Identity, Issued, Sts};
use crate::{credentials::Credentials, secret::Secret};

/// How long one attempt waits for a connection. Three of them and their pauses stay below 15 s.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// STS through the AWS SDK for Rust. Each call starts a runtime of its own on this thread.
#[derive(Debug, Default)]
pub struct SdkSts;

impl Sts for SdkSts {
    fn assume_role(
        &self,
        endpoint: &Endpoint,
        source: &Credentials,
        role: &AssumeRole,
        budget: Budget,
    ) -> Result<Issued, Failure> {
        let client = Client::from_conf(config(endpoint, source, budget)?);
        let date = DateHeader::default();
        let call = client
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(&role.session_name)
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration_seconds.map(u32::cast_signed))
            .customize()
            .interceptor(date.clone())
            .send();
        let output = block_on(call)?.map_err(|error| failure(&error, date.get()))?;
        let issued = output.credentials.ok_or_else(|| broken("the answer has no credentials"))?;
        // The SDK reads an element that is not there as an empty one.
        let parts = [&issued.access_key_id, &issued.secret_access_key, &issued.session_token];
        if parts.iter().any(|part| part.is_empty()) {
            return Err(broken("the answer has half a session"));
        }
        let expiration = Some(issued.expiration.secs()).filter(|&seconds| seconds > 0);
        let expiration = expiration.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let arn = output.assumed_role_user.as_ref().map(|user| user.arn.as_str());
        let account_id = arn.unwrap_or(&role.role_arn).split(':').nth(4).filter(|a| !a.is_empty());
        Ok(Issued {
            credentials: Credentials {
                access_key_id: issued.access_key_id,
                secret_access_key: Secret::new(issued.secret_access_key),
                session_token: Some(Secret::new(issued.session_token)),
                expiration: Some(expiration.ok_or_else(|| broken("the session has no end"))?),
                account_id: account_id.map(str::to_owned),
            },
            date: date.get(),
        })
    }

    fn caller_identity(
        &self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        budget: Budget,
    ) -> Result<Identity, Failure> {
        let client = Client::from_conf(config(endpoint, credentials, budget)?);
        let date = DateHeader::default();
        let call = client.get_caller_identity().customize().interceptor(date.clone()).send();
        let output = block_on(call)?.map_err(|error| failure(&error, date.get()))?;
        Ok(Identity {
            account: output.account.unwrap_or_default(),
            arn: output.arn.unwrap_or_default(),
            user_id: output.user_id.unwrap_or_default(),
        })
    }
}

fn broken(cause: &str) -> Failure {
    Failure::Broken { cause: cause.to_owned() }
}

fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| broken(&format!("the network can't be used: {error}")))?;
    Ok(runtime.block_on(future))
}

fn config(
    endpoint: &Endpoint,
    credentials: &Credentials,
    budget: Budget,
) -> Result<Config, Failure> {
    let keys = aws_sdk_sts::config::Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "rolecall",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(budget.limit))
        .operation_timeout(budget.limit)
        .build();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(endpoint.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .retry_config(RetryConfig::standard().with_max_attempts(budget.attempts))
        .timeout_config(timeouts)
        .http_client(http_client(trust(endpoint.ca_bundle.as_deref())?))
        .use_fips(endpoint.use_fips)
        .use_dual_stack(endpoint.use_dual_stack);
    config.set_endpoint_url(endpoint.url.clone());
    Ok(config.build())
}

/// An HTTP client over TLS (and plain HTTP, for an endpoint on this machine) that goes through the
/// proxy that the environment names.
fn http_client(trust: TlsContext) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(trust.clone());
        connector.set_connector_settings(Some(settings.clone()));
        connector.set_sleep_impl(components.sleep_impl());
        SharedHttpConnector::new(connector.build())
    })
}

/// The certificates to trust: the system's, or those of the bundle alone, as in the AWS CLI.
fn trust(ca_bundle: Option<&Path>) -> Result<TlsContext, Failure> {
    let Some(path) = ca_bundle else { return Ok(TlsContext::default()) };
    let wrong = |why: &str| broken(&format!("the CA bundle {} {why}", path.display()));
    let bytes = fs::read(path).map_err(|error| wrong(&format!("can't be read: {error}")))?;
    // A bundle that makes no sense is a panic in the SDK's client: so it is judged here.
    let certificates = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|_| wrong("is not a PEM file of certificates"))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|_| wrong("has a certificate that can't be read"))?;
    }
    if roots.is_empty() {
        return Err(wrong("has no certificate in it"));
    }
    let trust = TrustStore::empty().with_native_roots(false).with_pem_certificate(bytes);
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|error| wrong(&format!("can't be used: {error}")))
}

/// Sorts the SDK's errors by what they mean to a user.
fn failure<E>(error: &SdkError<E, HttpResponse>, date: Option<DateTime<Utc>>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let (code, message) = (text(service.err().code()), text(service.err().message()));
            let status = service.raw().status().as_u16();
            if status >= 500 || is_throttling(&code) || status == 429 {
                let code = if code.is_empty() { "no reason given" } else { &code };
                return Failure::Unable { cause: format!("{code} (HTTP {status})") };
            }
            if code.is_empty() {
                return Failure::Broken { cause: format!("HTTP {status} without STS's words") };
            }
            Failure::Refused { code, message, date }
        }
        SdkError::TimeoutError(_) => {
            Failure::Unreachable { cause: "no answer came in time".to_owned() }
        }
        SdkError::DispatchFailure(failure) => Failure::Unreachable {
            cause: innermost(failure.as_connector_error().map(|error| error as _)),
        },
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            if status >= 500 {
                return Failure::Unable { cause: format!("HTTP {status}") };
            }
            broken("the answer is not STS's")
        }
        other => Failure::Broken { cause: innermost(Some(other)) },
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

/// Takes down the `Date` header of an answer, of a refusal as well: by it we know how far this
/// machine's clock is off.
#[derive(Clone, Debug, Default)]
struct DateHeader(Arc<Mutex<Option<DateTime<Utc>>>>);

impl DateHeader {
    fn get(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for DateHeader {
    fn name(&self) -> &'static str {
        "DateHeader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let header = context.response().headers().get("date");
        let date = header.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date.map(|date| date.to_utc());
        Ok(())
    }
}
