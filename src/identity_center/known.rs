//! What is known of a sign-in without a person, a store or AWS: from its record and from the file
//! that `aws sso login` leaves.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{
    aws_cache::AwsCache,
    record::{SignInId, SignInRecord, SignInRecords},
};
use crate::{context::Context, plan::SsoSession, state::StateDirectory};

/// A sign-in that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownSignIn {
    /// When its access token expires (UTC).
    pub(crate) ends: DateTime<Utc>,
    /// Whether it can be renewed after that.
    pub(crate) renewal: Renewal,
}

/// Whether a sign-in can be renewed without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// It can, until this time (UTC) at most; `None` if that is not known.
    Possible(Option<DateTime<Utc>>),
    /// The registration that its refresh token belongs to ended at this time (UTC).
    RegistrationEnded(DateTime<Utc>),
    /// There is no refresh token: the sign-in was made without the scope for it.
    NoToken,
    /// The service refused the refresh token.
    Refused,
}

impl KnownSignIn {
    /// Returns what is known of `session`: of its token that expires last; `None` if nothing is.
    pub(crate) fn of(context: &Context, session: &SsoSession) -> Option<Self> {
        let states = StateDirectory::existing(context).into_iter();
        let read = |state| SignInRecords::new(state).read(&SignInId::of(session));
        let record = states.filter_map(read).max_by_key(|record| record.ends);
        let own = record.as_ref().and_then(|record| Self::of_record(record, context.now()));
        let other = Self::of_file(context, session, record.as_ref());
        own.into_iter().chain(other).max_by_key(|known| known.ends)
    }

    /// The token that a store of ours has.
    fn of_record(record: &SignInRecord, now: DateTime<Utc>) -> Option<Self> {
        record.store.as_ref()?;
        let renewal = match record.renewable_until {
            Some(until) if until > now => Renewal::Possible(Some(until)),
            Some(until) => Renewal::RegistrationEnded(until),
            None if record.refused.is_some() => Renewal::Refused,
            None => Renewal::NoToken,
        };
        Some(Self { ends: record.ends?, renewal })
    }

    /// The token in the AWS CLI's folder.
    fn of_file(
        context: &Context,
        session: &SsoSession,
        record: Option<&SignInRecord>,
    ) -> Option<Self> {
        let token = AwsCache::of(context, session)?.read()?;
        let is_refused = |token| record.is_some_and(|record| record.has_refused(token));
        let renewal = match (&token.refresh_token, &token.registration) {
            (Some(refresh_token), _) if is_refused(refresh_token) => Renewal::Refused,
            (Some(_), Some(client)) if client.ends > context.now() => {
                Renewal::Possible(Some(client.ends))
            }
            (Some(_), Some(client)) => Renewal::RegistrationEnded(client.ends),
            _ => Renewal::NoToken,
        };
        Some(Self { ends: token.ends, renewal })
    }

    /// Whether a person must sign in before there are credentials again.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.ends <= now && !matches!(self.renewal, Renewal::Possible(_))
    }
}

/// Returns the file of `session` in the AWS CLI's folder, whether it exists or not; `None` without a
/// home folder.
pub(crate) fn aws_cache_file(context: &Context, session: &SsoSession) -> Option<PathBuf> {
    AwsCache::of(context, session).map(|cache| cache.path().to_owned())
}
