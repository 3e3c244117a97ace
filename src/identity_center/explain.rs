//! Explains why a call to IAM Identity Center failed: in the same words for every command.

use chrono::{DateTime, Utc};

use crate::{
    aws::Failure,
    error::{Error, Kind, Quote},
    plan::SsoSession,
    rules::region_of_start_url,
    unanswered::{Called, clock_skew, message_of, off_by, unanswered},
};

/// The portal's error code for a role that is not assigned, misspelled, or new.
///
/// Rule: no reference has it; AWS's answer to GetRoleCredentials.
pub(crate) const FORBIDDEN: &str = "ForbiddenException";
/// Its error code for an account that it does not know.
///
/// Rule: IAM Identity Center Portal API reference, GetRoleCredentials, "Errors".
pub(crate) const UNKNOWN: &str = "ResourceNotFoundException";

/// A failed call to one of the two services.
pub(crate) struct FailedSsoCall<'c> {
    /// The sign-in.
    pub(crate) session: &'c SsoSession,
    /// What the call was for.
    pub(crate) goal: SsoGoal<'c>,
    /// This machine's time (UTC).
    pub(crate) now: DateTime<Utc>,
}

/// What a call was for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SsoGoal<'c> {
    /// To sign in.
    SignIn,
    /// To sign out.
    SignOut,
    /// To list accounts and roles.
    Listing,
    /// To get credentials for this profile.
    Role(&'c str),
}

impl FailedSsoCall<'_> {
    /// Returns the error of `failure`.
    pub(crate) fn error(&self, failure: &Failure) -> Error {
        let error = self.explained(failure);
        match self.goal {
            // The caller knows which profile was asked for.
            SsoGoal::Role(_) => error,
            _ => error.naming_doctor(None),
        }
    }

    fn explained(&self, failure: &Failure) -> Error {
        let session = self.session;
        match failure {
            Failure::Refused { code, message, date } => {
                let skew = clock_skew(*date, self.now);
                let clock =
                    skew.map(|skew| format!("; this machine's clock is {} AWS's", off_by(skew)));
                let reason = message_of(code, message).and(&clock.unwrap_or_default());
                self.refused(code, &reason)
            }
            Failure::SignIn { cause } => {
                let (who, profile) = match self.goal {
                    SsoGoal::Role(profile) => (format!("profile '{profile}'"), profile),
                    _ => (format!("'{}'", session.token_name()), "PROFILE"),
                };
                Error::new(Kind::NeedsHuman, format!("{who} is not signed in: {cause}"))
                    .hint(format!("run '{}'", session.login_command(profile)))
            }
            Failure::Interrupted => {
                let what = match self.goal {
                    SsoGoal::SignIn => "the sign-in",
                    SsoGoal::SignOut => "the sign-out",
                    SsoGoal::Listing => "the listing",
                    SsoGoal::Role(_) => "the call",
                };
                Error::new(Kind::Interrupted, format!("{what} was cancelled"))
            }
            other => {
                unanswered(other, Called { place: &self.place(), region_setting: "sso_region" })
            }
        }
    }

    fn refused(&self, code: &str, reason: &Quote) -> Error {
        let place = self.place();
        let denied = |message: String| Error::new(Kind::Denied, message).quoting(reason);
        match self.goal {
            SsoGoal::SignIn => {
                denied(format!("{place} refused the sign-in")).hint(self.sign_in_hint())
            }
            SsoGoal::SignOut => denied(format!("{place} refused to sign out")),
            SsoGoal::Listing => denied(format!("{place} refused to list accounts and roles")),
            SsoGoal::Role(profile) => {
                let hint = format!("check sso_account_id and sso_role_name of '{profile}'");
                let hint = if code == FORBIDDEN || code == UNKNOWN {
                    format!("{hint}: the role must be assigned to you in that account")
                } else {
                    hint
                };
                denied(format!("{place} returned no credentials for profile '{profile}'"))
                    .hint(hint)
            }
        }
    }

    fn sign_in_hint(&self) -> String {
        let (url, region) = (&self.session.start_url, &self.session.region);
        match region_of_start_url(url).filter(|named| named != region) {
            Some(named) => format!("sso_region is {region}, but the start URL is of {named}"),
            None => "check sso_start_url and sso_region: the access portal shows both under \
                     'Access keys'"
                .to_owned(),
        }
    }

    fn place(&self) -> String {
        format!("IAM Identity Center in {}", self.session.region)
    }
}
