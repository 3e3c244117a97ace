//! Explains why a source of credentials other than STS returned none.

use chrono::{DateTime, Utc};

use super::call::{clock_skew, denied, message_of, off_by, without_answer};
use crate::{
    aws::Failure,
    error::{Error, Kind},
    output::shorten,
    plan::{Base, Source},
};

/// At most this many characters of an SDK's message are shown.
const MAX_CAUSE: usize = 300;

/// Returns the error of a base that returned no credentials.
pub(super) fn explain_base(failure: &Failure, base: &Base, now: DateTime<Utc>) -> Error {
    let (place, hint) = match &base.source {
        Source::Sso(role) => (
            format!("IAM Identity Center in {}", role.session.region),
            format!("check sso_account_id and sso_role_name of '{}'", base.profile),
        ),
        Source::Login { .. } => {
            ("AWS Sign-In".to_owned(), format!("run 'aws login --profile {}'", base.profile))
        }
        Source::InstanceMetadata { .. } => (
            "the instance metadata service".to_owned(),
            "attach a role to the instance, and allow its metadata".to_owned(),
        ),
        _ => (
            "the container's credential service".to_owned(),
            "check the AWS_CONTAINER_… variables and the container's role".to_owned(),
        ),
    };
    let profile = &base.profile;
    let error = match failure {
        // The portal's word for a role that is not assigned, misspelled, or new.
        Failure::Refused { code, message, .. }
            if code == "ForbiddenException" && matches!(base.source, Source::Sso(_)) =>
        {
            denied(format!(
                "{place} gave profile '{profile}' no credentials: {}",
                message_of(code, message)
            ))
            .hint(format!("{hint}: the role must be assigned to you in that account"))
        }
        Failure::Refused { code, message, date } => {
            let clock = clock_skew(*date, now)
                .map(|skew| format!("; this machine's clock is {} AWS's", off_by(skew)));
            denied(format!(
                "{place} gave profile '{profile}' no credentials: {}{}",
                message_of(code, message),
                clock.unwrap_or_default()
            ))
            .hint(hint)
        }
        Failure::SignIn { cause } => {
            let command = match &base.source {
                Source::Sso(role) => role.session.login_command(profile),
                _ => format!("aws login --profile {profile}"),
            };
            Error::new(Kind::NeedsHuman, format!("profile '{profile}' is not signed in: {cause}"))
                .hint(format!("run '{command}'"))
        }
        Failure::Broken { cause } => Error::new(
            Kind::Other,
            format!(
                "{place} gave profile '{profile}' no credentials: {}",
                shorten(cause, MAX_CAUSE)
            ),
        )
        .hint(hint),
        other => without_answer(other, &place),
    };
    error.at(base.at.clone())
}
