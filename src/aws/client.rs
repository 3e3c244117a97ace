//! What every call to AWS needs: a runtime, an HTTP client, time limits.

use std::{
    pin::Pin,
    time::{Duration, SystemTime},
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, provider_config::ProviderConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, default_async_sleep},
    time::TimeSource,
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Budget, Call, Endpoint, Failure,
    connection::{Connections, Names},
    date::DateHeader,
    failure::timed_out,
    proxy::Proxies,
    trust::trust,
};
use crate::{context::wall_now, credentials::Credentials};

/// How long one attempt waits for a connection. Three attempts and their pauses take less than
/// 15 s.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// Runs `call` on its own async runtime, for `limit` at most.
///
/// # Errors
/// Those of `call`; [`Failure::Unreachable`] if the time is over.
pub fn block_on<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut answer = None;
    run(limit, Box::pin(async { answer = Some(call.await) }))?;
    answer.unwrap_or_else(|| Err(timed_out()))
}

/// Sends the request of `call` with an interceptor that reads the date. Returns the answer, and the time
/// at AWS when it answered.
///
/// # Errors
/// As of [`block_on`]; `explain` makes the failure of an error.
pub(super) fn answer<T, E, F: Future<Output = Result<T, E>>>(
    call: Call<'_>,
    explain: impl FnOnce(&E, Option<DateTime<Utc>>) -> Failure,
    send: impl FnOnce(DateHeader) -> F,
) -> Result<(T, Option<DateTime<Utc>>), Failure> {
    let date = DateHeader::default();
    block_on(call.budget.limit, async {
        let answer = send(date.clone()).await.map_err(|error| explain(&error, date.get()))?;
        Ok((answer, date.get()))
    })
}

/// Waits for `call`, for at most `limit`. One function for all calls: the runtime is a large part of the
/// program already.
fn run(limit: Duration, call: Pin<Box<dyn Future<Output = ()> + '_>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::broken(format!("the network can't be used: {error}")))?;
    // Late, it leaves no answer.
    let _in_time = runtime.block_on(async { tokio::time::timeout(limit, call).await });
    // The system's lookup of a name can't be cancelled: its thread is left running.
    runtime.shutdown_background();
    Ok(())
}

/// Returns the settings of a service's client for calls to `endpoint`. Without credentials, calls
/// are not signed.
///
/// # Errors
/// [`Failure::Broken`] if the certificates to trust can't be read, or an endpoint URL is set together with FIPS
/// or dual-stack endpoints.
pub fn sdk_config(
    endpoint: &Endpoint,
    credentials: Option<&Credentials>,
    budget: Budget,
) -> Result<SdkConfig, Failure> {
    // The SDK would say so only when the call is made, as if the service could not be reached.
    if endpoint.url.is_some() && (endpoint.use_fips || endpoint.use_dual_stack) {
        let kind = if endpoint.use_fips { "FIPS" } else { "dual-stack" };
        return Err(Failure::broken(format!("an endpoint URL and {kind} endpoints are both set")));
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(budget.limit))
        .operation_timeout(budget.limit)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(endpoint.region.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(attempts(endpoint, budget)))
        .timeout_config(timeouts)
        .http_client(http_client(endpoint, ProxyMode::ThroughProxies)?)
        .time_source(OffsetClock(budget.clock_offset))
        .use_fips(endpoint.use_fips)
        .use_dual_stack(endpoint.use_dual_stack);
    config.set_credentials_provider(credentials.map(provider_of));
    config.set_endpoint_url(endpoint.url.clone());
    Ok(config.build())
}

/// How often a call is tried. One that must not be repeated, for example because it carries an MFA
/// code, is never repeated.
fn attempts(endpoint: &Endpoint, budget: Budget) -> u32 {
    match endpoint.max_attempts {
        Some(most) if budget.attempts > 1 => most,
        _ => budget.attempts,
    }
}

/// The system's clock, corrected.
#[derive(Clone, Copy, Debug)]
struct OffsetClock(TimeDelta);

impl TimeSource for OffsetClock {
    fn now(&self) -> SystemTime {
        SystemTime::from(wall_now() - self.0)
    }
}

fn provider_of(credentials: &Credentials) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(aws_credential_types::Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "rolecall",
    ))
}

/// Whether calls may go through a proxy.
#[derive(Clone, Copy, Debug)]
pub(super) enum ProxyMode {
    /// Through that of the environment, if it has one for the host.
    ThroughProxies,
    /// Never: what is called belongs to this machine. Elsewhere, a proxy would get the token that is
    /// sent, or give the credentials of its own machine.
    Direct,
}

/// Returns the same settings for aws-config's providers.
pub(super) fn provider_config(
    endpoint: &Endpoint,
    mode: ProxyMode,
) -> Result<ProviderConfig, Failure> {
    Ok(ProviderConfig::without_region()
        .with_region(Some(Region::new(endpoint.region.clone())))
        .with_http_client(http_client(endpoint, mode)?)
        .with_use_fips(Some(endpoint.use_fips))
        .with_use_dual_stack(Some(endpoint.use_dual_stack)))
}

/// An HTTP client over TLS (and plain HTTP, for an endpoint on this machine).
fn http_client(endpoint: &Endpoint, mode: ProxyMode) -> Result<SharedHttpClient, Failure> {
    #[cfg(any(test, feature = "fuzzing"))]
    if let Some(client) = super::canned::client() {
        return Ok(client);
    }
    let trust = trust(endpoint.ca_bundle.as_deref())?;
    Ok(http_client_fn(move |settings, components| {
        let parts = ConnectorParts {
            trust: trust.clone(),
            settings: settings.clone(),
            sleep: components.sleep_impl(),
        };
        SharedHttpConnector::new(parts.connections(mode))
    }))
}

/// Returns the same client for a single request without an SDK.
pub(super) fn connector(call: Call<'_>) -> Result<Connections, Failure> {
    let timeout = CONNECT_TIMEOUT.min(call.budget.limit);
    let settings = HttpConnectorSettings::builder().connect_timeout(timeout).build();
    let trust = trust(call.endpoint.ca_bundle.as_deref())?;
    let parts = ConnectorParts { trust, settings, sleep: default_async_sleep() };
    Ok(parts.connections(ProxyMode::ThroughProxies))
}

/// What every connector of a client is made with, whichever proxy it goes through.
struct ConnectorParts {
    trust: TlsContext,
    settings: HttpConnectorSettings,
    sleep: Option<SharedAsyncSleep>,
}

impl ConnectorParts {
    fn connections(self, mode: ProxyMode) -> Connections {
        let make = move |proxy: ProxyConfig| {
            let mut connector = Connector::builder()
                .proxy_config(proxy)
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.trust.clone());
            connector.set_connector_settings(Some(self.settings.clone()));
            connector.set_sleep_impl(self.sleep.clone());
            connector.build_with_resolver(Names)
        };
        let proxies = match mode {
            ProxyMode::ThroughProxies => Some(Proxies::of_process()),
            ProxyMode::Direct => None,
        };
        Connections::new(Box::new(make), proxies)
    }
}
