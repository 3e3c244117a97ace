//! The words for calls to AWS that brought nothing, the same for every service.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    aws::{ConnectionProblem, Failure},
    error::{Error, Kind, Quote, resource_hint},
    output::shorten,
};

/// At most this many characters of AWS's message are shown. Some messages quote the whole request.
const MAX_MESSAGE: usize = 300;
/// STS accepts a signature if its time differs by less than this from the present.
const SIGNATURE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The service that was called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called<'c> {
    /// The service and where it is, such as `STS in eu-west-1`.
    pub(crate) place: &'c str,
    /// What the user calls the setting of its region.
    pub(crate) region_setting: &'c str,
}

impl<'c> Called<'c> {
    /// Returns a service that is called in the region of the profile.
    pub(crate) fn in_region(place: &'c str) -> Self {
        Self { place, region_setting: "the region" }
    }
}

/// Returns the error of a call that AWS did not answer.
pub(crate) fn unanswered(failure: &Failure, called: Called<'_>) -> Error {
    let Called { place, region_setting: region } = called;
    match failure {
        // It never left this machine.
        Failure::Unreachable { cause, .. } | Failure::Broken { cause }
            if let Some(hint) = resource_hint(cause) =>
        {
            Error::new(Kind::Other, format!("{place} could not be called: {cause}")).hint(hint)
        }
        Failure::Unreachable { cause, problem, .. } => {
            Error::new(Kind::Unreachable, format!("{place} could not be reached: {cause}"))
                .hint(hint(*problem, region))
        }
        Failure::Unable { cause } => {
            Error::new(Kind::Unreachable, format!("{place} can't answer now: {cause}"))
                .hint("try again in a minute")
        }
        Failure::Foreign { cause } => {
            Error::new(Kind::Other, format!("{place} could not be used: {cause}")).hint(
                "sign in to the network in a browser, or check the proxy and the endpoint URL",
            )
        }
        Failure::Broken { cause } => {
            Error::new(Kind::Other, format!("{place} could not be used: {cause}"))
                .hint(format!("check {region}, the endpoint URL and the CA bundle"))
        }
        Failure::Refused { code, message, .. } => {
            Error::new(Kind::Denied, "").quoting(&message_of(code, message))
        }
        Failure::SignIn { cause } => Error::new(Kind::NeedsHuman, cause.clone()),
        Failure::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
    }
}

fn hint(problem: ConnectionProblem, region: &str) -> String {
    match problem {
        ConnectionProblem::Certificate => {
            "set AWS_CA_BUNDLE or ca_bundle to the file with your network's CA certificates"
                .to_owned()
        }
        ConnectionProblem::CertificateTime => {
            "check this machine's clock (timedatectl), then try again".to_owned()
        }
        ConnectionProblem::Name => {
            format!("check the network, and the spelling of {region} and the endpoint URL")
        }
        ConnectionProblem::Network => {
            format!("check the network, the proxy and {region}, then try again")
        }
        ConnectionProblem::Proxy => {
            "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment".to_owned()
        }
    }
}

/// Returns AWS's message, shortened, with its code. Only the code is recorded.
pub(crate) fn message_of(code: &str, message: &str) -> Quote {
    let first_line = message.lines().next().unwrap_or_default().trim();
    let text = shorten(first_line, MAX_MESSAGE);
    let said = if text.is_empty() { code.to_owned() } else { format!("{text} ({code})") };
    Quote::new(&said).recorded_as(code)
}

/// Returns how far this machine's clock is ahead of AWS's, if that is too much for a signature.
pub(crate) fn clock_skew(date: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<TimeDelta> {
    date.map(|date| now - date).filter(|skew| skew.abs() > SIGNATURE_TOLERANCE)
}

/// Returns a clock's error in words, such as `1 h 2 min ahead of` or `3 min behind`.
pub(crate) fn off_by(skew: TimeDelta) -> String {
    // To the nearest minute: the `Date` header has whole seconds.
    let minutes = if skew.num_minutes() == 0 { 0 } else { (skew.num_seconds().abs() + 30) / 60 };
    let length = match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} s", skew.num_seconds().abs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let side = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    format!("{length} {side}")
}
