//! Deletes sessions on request, from any store.

use std::time::Duration;

use super::{
    confirm::{ConfirmationRecord, Confirmations},
    key::SessionKey,
    known::known_keys,
    record::{SessionRecord, SessionRecords, sort},
};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{Plan, Step},
    store::{CallOptions, ErrorKind, Store, auto, file},
};

/// The options of each call to the store.
const OPTIONS: CallOptions = CallOptions { timeout: Duration::from_secs(5), unlock: false };

/// Returns the store with this name, so that `logout` can delete a session from any store.
pub(crate) type StoreByName = fn(&Context, &str) -> Result<Box<dyn Store>>;

/// The word of a record for credentials that IAM Identity Center issued.
const SSO_KIND: &str = "sso";

/// The sessions that a sign-in to IAM Identity Center led to.
pub(crate) struct SignInSessions<'s> {
    /// The start URL.
    pub(crate) start_url: &'s str,
    /// The profiles that name its roles.
    pub(crate) profiles: &'s [String],
}

/// Removes sessions from their stores.
pub(crate) struct Forgetter<'a> {
    context: &'a Context,
    store_by_name: StoreByName,
    records: Option<SessionRecords>,
}

/// The result of deleting sessions.
pub(crate) struct Forgotten {
    /// The records of the sessions that were still valid.
    pub(crate) records: Vec<SessionRecord>,
    /// Profiles whose approval was removed, so that the next hand-out needs one again.
    pub(crate) confirmations: Vec<String>,
    /// The first failure. The other sessions are removed nevertheless.
    pub(crate) outcome: Result<()>,
}

impl Forgotten {
    /// Nothing is removed yet.
    pub(crate) fn nothing() -> Self {
        Self { records: Vec::new(), confirmations: Vec::new(), outcome: Ok(()) }
    }
}

impl<'a> Forgetter<'a> {
    /// Opens the records of this user's sessions.
    pub(crate) fn new(context: &'a Context, store_by_name: StoreByName) -> Self {
        let records = SessionRecords::find(context).or_else(|| SessionRecords::existing(context));
        Self { context, store_by_name, records }
    }

    /// Whether there is a state directory with records. Without it, only sessions whose plan is
    /// known are found.
    pub(crate) fn has_records(&self) -> bool {
        self.records.is_some()
    }

    /// Whether there is a record of a session that is still valid.
    pub(crate) fn has_sessions(&self) -> bool {
        let now = self.context.now();
        let records = self.records.as_ref().map(SessionRecords::all).unwrap_or_default();
        records.iter().any(|(_, record)| record.kept_until().is_some_and(|ends| ends > now))
    }

    /// Removes the session of `plan`'s last role and every other session that was created for
    /// `profile` (or for the role with that ARN), whichever store it is in. With `mfa`, also removes
    /// the plan's MFA session, which other profiles share, and those of `profile`'s own keys.
    pub(crate) fn forget(&self, profile: &str, plan: Option<&Plan>, mfa: bool) -> Forgotten {
        let keys = plan.and_then(|plan| known_keys(self.context, plan));
        let mut keys = keys.unwrap_or_default();
        let own = keys.pop();
        let shared =
            plan.filter(|plan| mfa && plan.steps() > 1 && matches!(plan.step(0), Step::Mfa(_)));
        let shared = shared.and_then(|_| keys.into_iter().next());
        // A session whose record was lost may be in any store.
        let is_unknown = |key: &&SessionKey| {
            let record = self.records.as_ref().and_then(|records| records.read(key));
            record.is_none_or(|record| record.kept_until().is_none())
        };
        let unknown: Vec<_> = [&own, &shared].into_iter().flatten().filter(is_unknown).collect();
        let mut forgotten = self.forget_where(|key, record| {
            Some(key) == own.as_ref()
                || Some(key) == shared.as_ref()
                || record.profile.as_deref() == Some(profile)
                || record.role_arn == profile
                || mfa && record.mfa_serial().is_some() && record.source == profile
        });
        forgotten.confirmations = self.forget_confirmations(|record| record.is_about(profile));
        // Then the profile was edited, and its session from before was removed.
        let was_edited = !forgotten.records.is_empty();
        for key in unknown {
            let is_own = Some(key) == own.as_ref();
            if is_own && was_edited {
                continue;
            }
            let mut found = false;
            for name in [auto::NAME, file::NAME] {
                let removed = (self.store_by_name)(self.context, name)
                    .and_then(|store| remove_unrecorded(&*store, key));
                found |= matches!(removed, Ok(true));
                forgotten.outcome = forgotten.outcome.and(removed.map(drop));
            }
            if found {
                let profile = is_own.then(|| profile.to_owned());
                let source = plan.map(|plan| plan.base.profile.clone()).unwrap_or_default();
                let record = SessionRecord { profile, source, ..SessionRecord::default() };
                forgotten.records.push(record);
            }
        }
        forgotten
    }

    /// Removes every session that has a record.
    pub(crate) fn forget_all(&self) -> Forgotten {
        let confirmations = self.forget_confirmations(|_| true);
        Forgotten { confirmations, ..self.forget_where(|_, _| true) }
    }

    /// Removes all approvals; returns the profiles whose credentials could still be handed out without a
    /// prompt.
    fn forget_confirmations(&self, wanted: impl Fn(&ConfirmationRecord) -> bool) -> Vec<String> {
        let Some(records) = &self.records else { return Vec::new() };
        let confirmations = Confirmations::new(records.state().clone());
        let all = confirmations.all().into_iter().filter(|(_, record)| wanted(record));
        let mut names = Vec::new();
        for (key, record) in all {
            confirmations.remove(&key);
            if record.counts(self.context) {
                names.push(record.subject().to_owned());
            }
        }
        names
    }

    /// Removes every session that was created, directly or through others, with this access key.
    pub(crate) fn forget_made_with(&self, access_key_id: &str) -> Forgotten {
        self.forget_where(|_, record| record.circumstances.base == access_key_id)
    }

    /// Removes every session that was created, directly or through others, with a sign-in.
    pub(crate) fn forget_of_sign_in(&self, of: &SignInSessions<'_>) -> Forgotten {
        let base = format!("{} ", of.start_url);
        self.forget_where(|_, record| {
            record.circumstances.base.starts_with(&base)
                || record.base_kind.as_deref() == Some(SSO_KIND)
                    && of.profiles.contains(&record.source)
        })
    }

    fn forget_where(&self, wanted: impl Fn(&SessionKey, &SessionRecord) -> bool) -> Forgotten {
        let mut forgotten = Forgotten::nothing();
        let Some(records) = &self.records else { return forgotten };
        let mut all = records.all();
        sort(&mut all);
        for (key, record) in all.into_iter().filter(|(key, record)| wanted(key, record)) {
            let (mut gone, mut removed) = (Vec::new(), Ok(()));
            for name in record.places() {
                match (self.store_by_name)(self.context, name)
                    .and_then(|store| remove_from(&*store, &key))
                {
                    Ok(()) => gone.push(name.to_owned()),
                    failed => removed = removed.and(failed),
                }
            }
            if removed.is_ok() {
                records.remove(&key);
                forgotten.records.push(record);
            } else {
                // The record must name only the stores that still have the session.
                let mut left = record;
                left.store = left.store.filter(|store| !gone.contains(store));
                left.older_copies.retain(|copy| !gone.contains(&copy.store));
                // If it can't be written, the old record stays.
                drop(records.write(&key, &left));
            }
            forgotten.outcome = forgotten.outcome.and(removed);
        }
        let now = self.context.now();
        forgotten.records.retain(|record| record.kept_until().is_some_and(|ends| ends > now));
        forgotten
    }
}

/// Removes a session without a record from `store`; returns whether it was there.
fn remove_unrecorded(store: &dyn Store, key: &SessionKey) -> Result<bool> {
    match store.get(key.as_str(), OPTIONS) {
        // This system has no such store, and no record says that it ever had one.
        Err(error) if error.kind == ErrorKind::Unavailable => Ok(false),
        found => remove_from(store, key).map(|()| matches!(found, Ok(Some(_)))),
    }
}

fn remove_from(store: &dyn Store, key: &SessionKey) -> Result<()> {
    store.delete(key.as_str(), OPTIONS).map_err(|error| {
        let name = store.name();
        let hint = match error.kind {
            ErrorKind::Locked => "unlock the keychain, then try again",
            _ => "try again where that store can be used",
        };
        let message = format!("a session could not be removed from the store '{name}': {error}");
        Error::new(Kind::Store, message).hint(hint)
    })
}
