//! The keys of a plan's base, and the session that can be returned instead of them.

use chrono::{DateTime, Utc};

use super::maker::{Maker, NewSession, endpoint};
use crate::{
    aws::{Call, GetSessionToken},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::{Base, KeySession, Source},
    progress::waiting_for,
    secret::Secret,
    session::{
        explain::{lasting, unusable},
        find::waiting_for_store,
        long_lived::read_secret,
        request::{PlanRequest, StepRequest},
    },
    store::{self, CallOptions, ErrorKind, Store},
};

/// The name of the lock for the prompt to unlock the keychain.
const UNLOCKING: &str = "unlocking";

impl Maker<'_> {
    /// Returns the keys of the plan's base, from a file or from the store.
    pub(in crate::session) fn own_keys(&self, of: &PlanRequest<'_>) -> Result<Credentials> {
        let base = &of.plan.base;
        match &base.source {
            Source::Keys(credentials) => unexpired(credentials, base, self.now()),
            Source::StoredKeys { access_key_id, account_id } => Ok(Credentials {
                access_key_id: access_key_id.clone(),
                secret_access_key: self.stored_secret(of, access_key_id)?,
                session_token: None,
                expiration: None,
                account_id: account_id.clone(),
            }),
            _ => unreachable!("BUG: other sources have a fetch step"),
        }
    }

    fn stored_secret(&self, of: &PlanRequest<'_>, id: &str) -> Result<Secret> {
        let store = lasting(self.finder.store)?;
        let base = &of.plan.base;
        let profile = &base.profile;
        let options = self.options(of, false);
        let waiting = waiting_for_store(self.finder.context, store, options);
        let found = read_secret(store, id, options);
        drop(waiting);
        let found = match found {
            Err(error) if error.kind == ErrorKind::Locked => {
                self.unlock_and_read(of, store, id).unwrap_or(Err(error))
            }
            found => found,
        };
        let found = found.map_err(|error| {
            let what = format!("the access key {id} of profile '{profile}' can't be read from");
            unusable(&what, store, &error).at(base.at.clone())
        })?;
        found.ok_or_else(|| {
            let name = store.name();
            let message =
                format!("the access key {id} of profile '{profile}' is not in the store '{name}'");
            Error::new(Kind::Store, message)
                .at(base.at.clone())
                .hint(format!("save it there with 'rolecall keys add {profile}'"))
        })
    }

    /// Reads the secret with a prompt to unlock the store. Only one of several processes prompts;
    /// the others wait and then read without a prompt. `None` if no prompt is possible.
    fn unlock_and_read(
        &self,
        of: &PlanRequest<'_>,
        store: &dyn Store,
        id: &str,
    ) -> Option<std::result::Result<Option<Secret>, store::Error>> {
        if !self.options(of, true).unlock {
            return None;
        }
        let state = &self.finder.state;
        let lock = state.directory().and_then(|state| state.lock(UNLOCKING).ok());
        if let Some(lock) = &lock
            && matches!(lock.try_take(), Ok(false))
        {
            let _turn = state.turn(UNLOCKING, of.request.deadline);
            return Some(read_secret(store, id, self.options(of, false)));
        }
        let options = self.options(of, true);
        let waiting = waiting_for_store(self.finder.context, store, options);
        let found = read_secret(store, id, options);
        drop(waiting);
        self.finder.set_unlock_refused(found.is_err());
        Some(found)
    }

    fn options(&self, of: &PlanRequest<'_>, unlock: bool) -> CallOptions {
        self.finder.options(of.request.deadline, unlock && !of.is_early_renewal)
    }

    /// Creates the session that is returned instead of the base's keys.
    pub(super) fn key_session(
        &self,
        step: &StepRequest<'_>,
        session: &KeySession,
    ) -> Result<NewSession> {
        let keys = self.own_keys(&step.of)?;
        let endpoint = endpoint(step.plan());
        let call = Call { endpoint: &endpoint, budget: self.budget(step)? };
        let request = GetSessionToken { duration_seconds: session.seconds, mfa: None };
        let waiting = waiting_for(self.finder.context, "STS");
        let answer = self.aws.get_session_token(call, &keys, &request);
        drop(waiting);
        self.checked(step, answer.map_err(|failure| self.explain(step, &failure))?)
    }
}

/// Returns the keys of a file, unless a note beside them says that their session has expired: nobody is
/// handed what AWS would refuse.
fn unexpired(keys: &Credentials, base: &Base, now: DateTime<Utc>) -> Result<Credentials> {
    expired(keys, base, now).map_or_else(|| Ok(keys.clone()), Err)
}

/// Returns the error of a base whose credentials in a file have expired, as a note beside them says;
/// `None` if they haven't, or it is not known.
pub(crate) fn expired_in_file(base: &Base, now: DateTime<Utc>) -> Option<Error> {
    match &base.source {
        Source::Keys(keys) => expired(keys, base, now),
        _ => None,
    }
}

fn expired(keys: &Credentials, base: &Base, now: DateTime<Utc>) -> Option<Error> {
    let end = base.end.as_ref().filter(|end| end.time <= now)?;
    let (profile, key) = (&base.profile, &end.key);
    let hint = match end.writer {
        _ if keys.expiration.is_some() => {
            format!("run 'rolecall login PROFILE --export-to {profile}' again")
        }
        Some(writer) => format!(
            "run the program that writes such keys, {writer}, again; or remove '{key}' if the keys \
             are newer"
        ),
        None => {
            format!("run the program that writes '{key}' again, or remove it if the keys are newer")
        }
    };
    let message =
        format!("the session in profile '{profile}' has expired: '{key}' is {}", end.text);
    Some(Error::config(message).at(Some(end.at.clone())).hint(hint))
}
