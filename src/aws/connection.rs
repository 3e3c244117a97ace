//! The HTTP connections below the SDK: they look up names, read whole answers, and find out why a
//! call failed. Only here the error types and the proxy are known.

use std::{error::Error as StdError, fmt, io, net::IpAddr, sync::OnceLock};

use aws_smithy_http_client::{Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::{
    dns::{DnsFuture, ResolveDns, ResolveDnsError},
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use hyper_util::client::legacy;

use super::{
    ConnectionProblem, Failure,
    proxy::{Proxies, Proxy},
};

/// The longest answer that is read, in bytes. STS's answers have a few KiB, including tokens.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Makes the connections through one proxy, or without one.
pub(super) type ConnectorThrough = dyn Fn(ProxyConfig) -> Connector + Send + Sync;

/// Connections, through the proxy that the environment names, whose errors say what the problem was.
pub(super) struct Connections {
    make: Box<ConnectorThrough>,
    /// `None`: no call goes through a proxy.
    proxies: Option<Proxies>,
    /// Those to which no proxy leads, and those to `http` and `https` URLs through their proxies.
    direct: OnceLock<Connector>,
    http: OnceLock<Connector>,
    https: OnceLock<Connector>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

impl Connections {
    /// Returns connections that `make` makes.
    pub(super) fn new(make: Box<ConnectorThrough>, proxies: Option<Proxies>) -> Self {
        let (direct, http, https) = Default::default();
        Self { make, proxies, direct, http, https }
    }

    /// Returns the connector for calls to `uri`, and the address of its proxy.
    fn way_to(&self, uri: &str) -> Result<(&Connector, Option<String>), String> {
        let direct = || (self.direct.get_or_init(|| (self.make)(ProxyConfig::disabled())), None);
        let (Some(proxies), Ok(uri)) = (&self.proxies, uri.parse::<http::Uri>()) else {
            return Ok(direct());
        };
        let Some(proxy) = proxies.proxy_for(&uri)? else { return Ok(direct()) };
        let slot = if uri.scheme_str() == Some("https") { &self.https } else { &self.http };
        let config = config_of(proxy)?;
        let connector = slot.get_or_init(|| (self.make)(config));
        Ok((connector, Some(proxy.address().to_owned())))
    }
}

/// Returns what the HTTP client needs to know of a proxy.
fn config_of(proxy: &Proxy) -> Result<ProxyConfig, String> {
    ProxyConfig::all(proxy.url())
        .map_err(|_| format!("the proxy {} can't be used", proxy.address()))
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, proxy) = match self.way_to(request.uri()) {
            Ok(way) => way,
            Err(cause) => {
                let problem = ConnectionProblem::Proxy;
                let failure = Failure::Unreachable { cause, problem, sent: false };
                let error = ConnectorError::user(TransportError(failure).into());
                return HttpConnectorFuture::ready(Err(error));
            }
        };
        let answer = connector.call(request);
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(answer) => whole(answer, proxy).await,
                Err(error) => Err(with_failure(error, proxy.as_deref())),
            }
        })
    }
}

/// Returns the failure in the chain of causes of an SDK error.
pub(super) fn transport_failure<'a>(
    error: Option<&'a (dyn StdError + 'static)>,
) -> Option<&'a Failure> {
    causes(error).find_map(|cause| Some(&cause.downcast_ref::<TransportError>()?.0))
}

/// A failure as the source of an SDK error.
#[derive(Debug)]
struct TransportError(Failure);

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::Unreachable { cause, .. } | Failure::Broken { cause } => f.write_str(cause),
            _ => f.write_str("no answer"),
        }
    }
}

impl StdError for TransportError {}

/// `error` and all its causes.
fn causes<'a>(
    error: Option<&'a (dyn StdError + 'static)>,
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let cause = |error: &&'a (dyn StdError + 'static)| -> Option<&'a (dyn StdError + 'static)> {
        // The error inside an I/O error is not its source: `source` skips it.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => (*error).source(),
        }
    };
    std::iter::successors(error, cause)
}

/// Reads the whole body of an answer.
pub(super) async fn whole(
    mut answer: HttpResponse,
    proxy: Option<String>,
) -> Result<HttpResponse, ConnectorError> {
    if answer.status().as_u16() == 407 {
        let cause = of_proxy(proxy.as_deref().unwrap_or("on the way"), PROXY_AUTHORIZATION);
        let problem = ConnectionProblem::Proxy;
        let failure = Failure::Unreachable { cause, problem, sent: false };
        return Err(ConnectorError::other(TransportError(failure).into(), None));
    }
    let mut parts = ByteStream::new(answer.take_body());
    let mut body = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| {
            let cause = "the connection was lost in the middle of the answer".to_owned();
            let problem = ConnectionProblem::Network;
            ConnectorError::io(
                TransportError(Failure::Unreachable { cause, problem, sent: true }).into(),
            )
        })?;
        if body.len() + part.len() > LONGEST_ANSWER {
            let failure = Failure::broken("the answer is far longer than any that AWS sends");
            return Err(ConnectorError::other(TransportError(failure).into(), None));
        }
        body.extend_from_slice(&part);
    }
    *answer.body_mut() = SdkBody::from(body);
    Ok(answer)
}

/// The reason that a proxy gives when it requires a password.
const PROXY_AUTHORIZATION: &str = "proxy authorization required";

/// `error` with its failure as the source. The SDK retries it as it would retry `error`.
fn with_failure(error: ConnectorError, proxy: Option<&str>) -> ConnectorError {
    let (is_timeout, is_io, is_user) = (error.is_timeout(), error.is_io(), error.is_user());
    let kind = error.as_other();
    let source = TransportError(failure(&error, proxy)).into();
    match () {
        () if is_timeout => ConnectorError::timeout(source),
        () if is_io => ConnectorError::io(source),
        () if is_user => ConnectorError::user(source),
        () => ConnectorError::other(source, kind),
    }
}

fn failure(error: &ConnectorError, proxy: Option<&str>) -> Failure {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let unconnected = causes(Some(error))
        .filter_map(|cause| cause.downcast_ref::<legacy::Error>())
        .any(legacy::Error::is_connect);
    let last = causes(Some(error)).last().map(ToString::to_string).unwrap_or_default();
    let (problem, cause) = if let Some(tls) = find::<rustls::Error>(error) {
        match tls {
            rustls::Error::InvalidCertificate(
                NotValidYet | NotValidYetContext { .. } | Expired | ExpiredContext { .. },
            ) => (ConnectionProblem::CertificateTime, tls.to_string()),
            rustls::Error::InvalidCertificate(_) => {
                (ConnectionProblem::Certificate, tls.to_string())
            }
            _ => (ConnectionProblem::Network, format!("no secure connection: {tls}")),
        }
    } else if let Some(UnresolvedName { name, why }) = find::<UnresolvedName>(error) {
        (ConnectionProblem::Name, format!("the host name '{name}' could not be resolved ({why})"))
    } else if error.is_timeout() {
        (ConnectionProblem::Network, "connecting timed out".to_owned())
    } else {
        (ConnectionProblem::Network, last)
    };
    let (problem, cause) = match proxy.filter(|_| unconnected) {
        Some(proxy)
            if !matches!(
                problem,
                ConnectionProblem::Certificate | ConnectionProblem::CertificateTime
            ) =>
        {
            (ConnectionProblem::Proxy, of_proxy(proxy, &cause))
        }
        _ => (problem, cause),
    };
    Failure::Unreachable { cause, problem, sent: !unconnected }
}

/// The cause of a failure at the proxy. The tunnel's errors have no types, only messages.
fn of_proxy(proxy: &str, cause: &str) -> String {
    if cause.contains(PROXY_AUTHORIZATION) {
        return format!("the proxy {proxy} requires a user and a password (407)");
    }
    match cause.strip_prefix("tunnel error: ") {
        Some("unsuccessful") => format!("the proxy {proxy} refused to connect"),
        Some(_) => format!("the proxy {proxy} did not connect"),
        None => format!("the proxy {proxy} can't be used: {cause}"),
    }
}

fn find<T: StdError + 'static>(error: &ConnectorError) -> Option<&T> {
    causes(Some(error)).find_map(|cause| cause.downcast_ref::<T>())
}

/// Looks up names as the system does. A lookup that hangs is abandoned.
#[derive(Clone, Debug)]
pub(super) struct Names;

impl ResolveDns for Names {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let addresses = tokio::net::lookup_host((name, 0)).await.map_err(|error| {
                let text = error.to_string();
                let why = text.rsplit(": ").next().unwrap_or_default().to_owned();
                ResolveDnsError::new(UnresolvedName { name: name.to_owned(), why })
            })?;
            Ok(addresses.map(|address| address.ip()).collect::<Vec<IpAddr>>())
        })
    }
}

/// A host name without an address.
#[derive(Debug)]
struct UnresolvedName {
    name: String,
    why: String,
}

impl fmt::Display for UnresolvedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)
    }
}

impl StdError for UnresolvedName {}
