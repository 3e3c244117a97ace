//! Calls that AWS gave no answer to, in plain words, with what to do.

use super::words::{denied, words};
use crate::{
    aws::{ConnectionProblem, Failure},
    error::{Error, Kind},
};

/// The error of a call that AWS gave no answer to.
pub(super) fn without_answer(failure: &Failure, place: &str) -> Error {
    match failure {
        Failure::Unreachable { cause, problem, .. } => Error::new(
            Kind::Unreachable,
            format!("{place} could not be reached: {cause}"),
        )
        .hint(match problem {
            ConnectionProblem::Certificate => {
                "name the file of your network's CA certificates in AWS_CA_BUNDLE or ca_bundle"
            }
            ConnectionProblem::Name => {
                "look at the network, and whether the region or the endpoint URL is mistyped"
            }
            ConnectionProblem::Network => {
                "look at the network, the proxy and the region, then try again"
            }
            ConnectionProblem::Proxy => {
                "look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment"
            }
        }),
        Failure::Unable { cause } => {
            Error::new(Kind::Unreachable, format!("{place} can't answer now: {cause}"))
                .hint("try again in a minute")
        }
        Failure::Foreign { cause } => {
            Error::new(Kind::Other, format!("{place} could not be used: {cause}")).hint(
                "sign in to the network in a browser, or look at the proxy and the endpoint URL",
            )
        }
        Failure::Broken { cause } => {
            Error::new(Kind::Other, format!("{place} could not be used: {cause}"))
                .hint("look at the region, the endpoint URL and the CA bundle")
        }
        Failure::Refused { code, message, .. } => denied(words(code, message)),
        Failure::SignIn { cause } => Error::new(Kind::NeedsHuman, cause.clone()),
        Failure::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
    }
}
