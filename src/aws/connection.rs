//! The HTTP connections below the SDK: they look up names, read whole answers, and find out why a
//! call failed. Only here the error types and the proxy are known.

use std::{error::Error as StdError, fmt, io, net::IpAddr};

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::{
    dns::{DnsFuture, ResolveDns, ResolveDnsError},
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use hyper_util::client::{legacy, proxy::matcher::Matcher};

use super::{ConnectionProblem, Failure};

/// The longest answer that is read, in bytes. STS's answers have a few KiB, including tokens.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Connections whose errors say what the problem was.
#[derive(Debug)]
pub(super) struct Connections {
    inner: Connector,
    proxies: Matcher,
}

impl Connections {
    /// Wraps `inner`, which uses the proxy from the environment.
    pub(super) fn new(inner: Connector) -> Self {
        Self { inner, proxies: Matcher::from_env() }
    }

    /// The host and port of the proxy for `uri`. The rest of its URL may contain a password.
    fn proxy(&self, uri: &str) -> Option<String> {
        let found = self.proxies.intercept(&uri.parse().ok()?)?;
        let authority = found.uri().authority()?;
        let port = authority.port_u16().map(|port| format!(":{port}"));
        Some(format!("{}{}", authority.host(), port.unwrap_or_default()))
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxy = self.proxy(request.uri());
        let answer = self.inner.call(request);
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
            let failure = Failure::broken("the answer is far longer than any of AWS's");
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
        (ConnectionProblem::Name, format!("the name '{name}' could not be found ({why})"))
    } else if error.is_timeout() {
        (ConnectionProblem::Network, "no connection was established in time".to_owned())
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
        return format!("the proxy {proxy} asks for a user and a password (407)");
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
