//! The records of sessions in the state directory, without secrets.
//!
//! `status` and `logout` read these; a cache hit does not. Processes that wait for a session read
//! its result from them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    attributes::RecordedAttributes,
    freshness::{Freshness, Lifetime},
    key::SessionKey,
};
use crate::{
    context::Context,
    error::{Error, Kind},
    state::{self, Records, StateRecord},
};

/// The `base_kind` of an MFA session's record.
pub(super) const MFA_KIND: &str = "mfa";
/// The `base_kind` of the record of a session that replaces long-lived keys.
pub(super) const SESSION_KIND: &str = "session";
/// The records of all sessions.
pub(crate) type SessionRecords = Records<SessionRecord>;

/// The record of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    /// Increases with every attempt to create this session, successful or not.
    pub(crate) generation: u64,
    /// The profile that names the role; `None` for a role from the command line.
    pub(crate) profile: Option<String>,
    /// The role; empty for credentials that were not assumed.
    pub(crate) role_arn: String,
    /// For those, the kind of their source.
    #[serde(default)]
    pub(crate) base_kind: Option<String>,
    /// The session's account, if known.
    pub(crate) account_id: Option<String>,
    /// The profile that the first credentials came from.
    pub(crate) source: String,
    /// The name of the store that holds the session; `None` if it could not be stored.
    pub(crate) store: Option<String>,
    /// Other stores that may hold an older session under the same key. There are some if the
    /// session's usual store could not be used for a while.
    #[serde(default)]
    pub(crate) older_copies: Vec<OlderCopy>,
    /// When the session was created (UTC).
    pub(crate) minted: Option<DateTime<Utc>>,
    /// When the session expires (UTC).
    pub(crate) ends: Option<DateTime<Utc>>,
    /// The last failure to create or renew it, until one succeeds.
    pub(crate) failure: Option<RecordedFailure>,
    /// No early renewal is attempted before this time (UTC).
    pub(crate) no_renewal_before: Option<DateTime<Utc>>,
    /// How many early renewals have failed in a row.
    #[serde(default)]
    pub(crate) failed_renewals: u32,
    /// The ID of the process that is creating the session now.
    pub(crate) holder: Option<u32>,
    /// A later session of the same profile under the same circumstances replaces this one.
    #[serde(default)]
    pub(crate) circumstances: Circumstances,
    /// The parameters by which it differs from other sessions of its role; `None` if it has none,
    /// or was created by an earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attributes: Option<RecordedAttributes>,
}

/// A session that was replaced by one in another store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OlderCopy {
    /// The name of the store that may still hold it.
    pub(crate) store: String,
    /// When it expires (UTC).
    pub(crate) ends: DateTime<Utc>,
}

/// What determines a session's key besides the profile's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Circumstances {
    /// The config file.
    pub(crate) config_file: String,
    /// The STS endpoint, if not the region's.
    pub(crate) endpoint_url: Option<String>,
    /// The identity of the first credentials: an access key ID.
    #[serde(default)]
    pub(crate) base: String,
    /// `RoleSessionName`: by default the name of the OS user.
    pub(crate) session_name: String,
    /// Whether flags of that one call overrode settings.
    pub(crate) adjusted: bool,
    /// The number of sessions before it in the chain.
    pub(crate) position: usize,
}

/// A failure, as processes that waited for the same session report it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedFailure {
    /// When it happened (UTC).
    pub(crate) at: DateTime<Utc>,
    /// Determines the exit code.
    pub(crate) kind: Kind,
    /// The error message, with the file and line.
    pub(crate) message: String,
    /// The hints.
    pub(crate) hints: Vec<String>,
}

impl RecordedFailure {
    pub(super) fn of(error: &Error, at: DateTime<Utc>) -> Self {
        Self { at, kind: error.kind(), message: error.for_record(), hints: error.hints().to_vec() }
    }

    /// Whether processes waiting for the same session can report this failure too. Other failures
    /// may not apply to a process that has a terminal or a network.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.kind, Kind::Denied | Kind::Interrupted)
    }

    pub(super) fn to_error(&self) -> Error {
        let error = Error::new(self.kind, self.message.clone());
        self.hints.iter().fold(error, |error, hint| error.hint(hint.clone()))
    }
}

impl SessionRecord {
    /// Returns the names of the stores that may hold a session under this key, including sessions
    /// that have expired by this clock: the clock may be wrong.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        let older = self.older_copies.iter().map(|copy| copy.store.as_str());
        self.store.as_deref().into_iter().chain(older)
    }

    /// Returns the store of the newest stored session; `None` if there is none.
    pub(crate) fn kept_in(&self) -> Option<&str> {
        self.store.as_deref().or_else(|| self.older_copies.last().map(|copy| copy.store.as_str()))
    }

    /// Returns when the last of the stored sessions expires; `None` if there is none.
    pub(crate) fn kept_until(&self) -> Option<DateTime<Utc>> {
        let newest = self.ends.filter(|_| self.store.is_some());
        self.older_copies.iter().map(|copy| copy.ends).chain(newest).max()
    }

    /// Returns what may be done with the stored session at `now`. The creation time of an older
    /// copy is unknown, so that of the session that replaced it is used.
    pub(crate) fn freshness(&self, now: DateTime<Utc>) -> Freshness {
        let times = self.minted.zip(self.kept_until());
        let lifetime = times.map(|(minted, ends)| Lifetime { minted, ends });
        lifetime.map_or(Freshness::Ended, |lifetime| lifetime.freshness(now))
    }

    /// Returns the last failure to create the session if it happened since this process started:
    /// the error to report if no time is left for another attempt.
    pub(super) fn new_failure(&self, context: &Context) -> Option<Error> {
        let failure = self.failure.as_ref().filter(|failure| context.is_since_start(failure.at))?;
        Some(failure.to_error())
    }

    /// Like [`Self::new_failure`], but only a failure that applies to every process that requests
    /// this session.
    pub(super) fn shared_failure(&self, context: &Context) -> Option<Error> {
        self.failure.as_ref().filter(|failure| failure.is_shared())?;
        self.new_failure(context)
    }

    /// Returns the serial of the MFA device if this is an MFA session.
    pub(crate) fn mfa_serial(&self) -> Option<&str> {
        let is_mfa = self.base_kind.as_deref() == Some(MFA_KIND);
        Some(self.circumstances.session_name.as_str()).filter(|_| is_mfa)
    }
}

impl StateRecord for SessionRecord {
    type Id = SessionKey;
    const FOLDER: &'static str = state::SESSIONS;
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);

    fn parse_id(text: &str) -> Option<SessionKey> {
        SessionKey::parse(text)
    }

    /// A record does not repeat its key.
    fn has_id(&self, _: &SessionKey) -> bool {
        true
    }
}

/// Sorts by profile and role.
pub(super) fn sort(records: &mut [(SessionKey, SessionRecord)]) {
    records.sort_by(|(_, one), (_, other)| {
        (&one.profile, &one.role_arn).cmp(&(&other.profile, &other.role_arn))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        session::key::tests::{hop, plan},
        state::StateDirectory,
    };

    #[test]
    fn a_record_has_the_same_json_as_in_earlier_releases() {
        let root = tempfile::tempdir().unwrap();
        let records = SessionRecords::new(StateDirectory::at(root.path().join("state")).unwrap());
        let key = SessionKey::of_steps(&plan(vec![hop("a")]), None).remove(0);
        let failure = RecordedFailure {
            at: DateTime::UNIX_EPOCH,
            kind: Kind::NeedsHuman,
            message: "no".into(),
            hints: vec!["do".into()],
        };
        let record = SessionRecord {
            generation: 3,
            profile: Some("a".into()),
            older_copies: vec![OlderCopy { store: "file".into(), ends: DateTime::UNIX_EPOCH }],
            minted: Some(DateTime::UNIX_EPOCH),
            failure: Some(failure),
            ..SessionRecord::default()
        };
        records.write(&key, &record).unwrap();
        let path = root.path().join(format!("state/sessions/{key}.json"));
        let json = "{\"version\":1,\"generation\":3,\"profile\":\"a\",\"role_arn\":\"\",\"base_kind\":null,\
                    \"account_id\":null,\"source\":\"\",\"store\":null,\"older_copies\":[{\"store\":\"file\",\
                    \"ends\":\"1970-01-01T00:00:00Z\"}],\"minted\":\"1970-01-01T00:00:00Z\",\"ends\":null,\
                    \"failure\":{\"at\":\"1970-01-01T00:00:00Z\",\"kind\":\"needs-human\",\"message\":\"no\",\
                    \"hints\":[\"do\"]},\"no_renewal_before\":null,\"failed_renewals\":0,\"holder\":null,\
                    \"circumstances\":{\"config_file\":\"\",\"endpoint_url\":null,\"base\":\"\",\
                    \"session_name\":\"\",\"adjusted\":false,\"position\":0}}";
        assert_eq!(std::fs::read_to_string(path).unwrap(), json);
        assert_eq!(records.read(&key), Some(record));
    }

    #[test]
    fn only_denied_and_interrupted_are_shared() {
        let shared =
            |kind| RecordedFailure::of(&Error::new(kind, "x"), DateTime::UNIX_EPOCH).is_shared();
        assert!(shared(Kind::Denied) && shared(Kind::Interrupted));
        for kind in [Kind::Other, Kind::NeedsHuman, Kind::Store, Kind::Unreachable, Kind::Config] {
            assert!(!shared(kind), "{kind:?}");
        }
    }
}
