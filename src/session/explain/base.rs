//! Explains why a source of credentials other than STS returned none.

use chrono::{DateTime, Utc};

use super::call::denied;
use crate::{
    aws::Failure,
    error::{Error, Kind, Quote},
    identity_center::{FailedSsoCall, SsoGoal},
    output::shorten,
    plan::{Base, Source},
    unanswered::{Called, clock_skew, message_of, off_by, unanswered},
};

/// At most this many characters of an SDK's message are shown.
const MAX_CAUSE: usize = 300;

/// Returns the error of a base that returned no credentials.
pub(super) fn explain_base(failure: &Failure, base: &Base, now: DateTime<Utc>) -> Error {
    let profile = &base.profile;
    let (place, hint) = match &base.source {
        Source::Sso(role) => {
            let goal = SsoGoal::Role(profile);
            let call = FailedSsoCall { session: &role.session, goal, now };
            return call.error(failure).at(base.at.clone());
        }
        Source::Login { .. } => ("AWS Sign-In", format!("run 'aws login --profile {profile}'")),
        Source::InstanceMetadata { .. } => (
            "the instance metadata service",
            "attach a role to the instance, and allow its metadata".to_owned(),
        ),
        _ => (
            "the container's credential service",
            "check the AWS_CONTAINER_… variables and the container's role".to_owned(),
        ),
    };
    let error = match failure {
        Failure::Refused { code, message, date } => {
            let clock = clock_skew(*date, now)
                .map(|skew| format!("; this machine's clock is {} AWS's", off_by(skew)));
            denied(format!("{place} returned no credentials for profile '{profile}'"))
                .quoting(&message_of(code, message).and(&clock.unwrap_or_default()))
                .hint(hint)
        }
        Failure::SignIn { cause } => {
            Error::new(Kind::NeedsHuman, format!("profile '{profile}' is not signed in"))
                .quoting(&Quote::new(cause))
                .hint(format!("run 'aws login --profile {profile}'"))
        }
        Failure::Broken { cause } => Error::new(
            Kind::Other,
            format!("{place} returned no credentials for profile '{profile}'"),
        )
        .quoting(&Quote::new(&shorten(cause, MAX_CAUSE)))
        .hint(hint),
        other => unanswered(other, Called::in_region(place)),
    };
    error.at(base.at.clone())
}
