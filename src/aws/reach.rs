//! Whether anything answers at an address, for the doctor.

use std::time::Duration;

use aws_smithy_runtime_api::client::{http::HttpConnector as _, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;

use super::{
    Aws as _, Budget, Call, ConnectionProblem, Endpoint, Failure, Grant, Provider, Registration,
    Sdk, SsoRoleCredentials,
    client::{block_on, connector},
    create_token,
    failure::request_failure,
};
use crate::{context::wall_now, secret::Secret};

/// How long an answer may take, with one attempt.
const BUDGET: Budget = Budget::new(Duration::from_secs(6), 1);
/// A token that nobody has.
const NOBODY: &str = "rolecall-doctor";

/// The layer at which a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// The name of the host has no address.
    Name,
    /// The proxy from the environment.
    Proxy,
    /// No connection, or none that lasted.
    Network,
    /// The certificates.
    Tls,
    /// Something answered, but not as AWS does.
    Http,
}

impl Layer {
    /// Returns the word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Proxy => "proxy",
            Self::Network => "network",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
        }
    }
}

impl Failure {
    /// Returns the layer that failed; `None` if AWS answered.
    pub(crate) fn layer(&self) -> Option<Layer> {
        Some(match self {
            Self::Refused { .. } | Self::SignIn { .. } | Self::Interrupted => return None,
            Self::Unreachable { problem, cause, .. } => match problem {
                ConnectionProblem::Name => Layer::Name,
                ConnectionProblem::Proxy => Layer::Proxy,
                ConnectionProblem::Certificate | ConnectionProblem::CertificateTime => Layer::Tls,
                ConnectionProblem::Network if cause.starts_with("no secure connection") => {
                    Layer::Tls
                }
                ConnectionProblem::Network => Layer::Network,
            },
            Self::Broken { cause } if cause.starts_with("the CA bundle") => Layer::Tls,
            Self::Unable { .. } | Self::Foreign { .. } | Self::Broken { .. } => Layer::Http,
        })
    }
}

/// Asks the access portal at `endpoint` with a token that nobody has: any refusal is an answer.
///
/// # Errors
/// What kept the portal from answering.
pub(crate) fn reach_portal(endpoint: &Endpoint) -> Result<(), Failure> {
    let role = SsoRoleCredentials {
        access_token: Secret::from(NOBODY),
        account_id: "000000000000".to_owned(),
        role_name: NOBODY.to_owned(),
    };
    let call = Call { endpoint, budget: BUDGET };
    answered(Sdk.fetch(call, &Provider::Sso(role)))
}

/// Asks the OIDC service at `endpoint` to renew a token that nobody has.
///
/// # Errors
/// What kept the service from answering.
pub(crate) fn reach_oidc(endpoint: &Endpoint) -> Result<(), Failure> {
    let call = Call { endpoint, budget: BUDGET };
    let client = Registration {
        client_id: NOBODY.to_owned(),
        client_secret: Secret::from(NOBODY),
        ends: wall_now(),
        authorization_endpoint: None,
    };
    answered(create_token(call, &client, &Grant::RefreshToken(&Secret::from(NOBODY))))
}

/// Gets the URL of `endpoint`: any status below 500 is an answer.
///
/// # Errors
/// What kept the server from answering.
pub(crate) fn reach_url(endpoint: &Endpoint) -> Result<(), Failure> {
    let call = Call { endpoint, budget: BUDGET };
    let url = endpoint.url.clone().unwrap_or_default();
    let mut request = HttpRequest::new(SdkBody::empty());
    let settled = request.set_uri(url).and_then(|()| request.set_method("GET"));
    settled.map_err(|_| Failure::broken("its address is not a URL"))?;
    block_on(call.budget.limit, async {
        let answer = connector(call)?.call(request).await;
        match answer.map_err(|error| request_failure(&error))?.status().as_u16() {
            status @ 500.. => Err(Failure::Unable { cause: format!("HTTP {status}") }),
            _ => Ok(()),
        }
    })
}

/// A refusal is an answer.
fn answered<T>(answer: Result<T, Failure>) -> Result<(), Failure> {
    match answer {
        Err(failure) if failure.layer().is_some() => Err(failure),
        _ => Ok(()),
    }
}
