//! When the sessions of profiles expire, for lists of profiles.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{
    profile::{Key, ProcessLine, Profile},
    session::{Freshness, Overview},
};

/// When a session expires, and whether callers still get it.
#[derive(Clone, Copy)]
pub(super) struct StoredSession {
    pub(super) ends: DateTime<Utc>,
    pub(super) freshness: Freshness,
}

/// When the sessions of profiles expire, from their records, without asking a store.
pub(super) struct Ends {
    pub(super) now: DateTime<Utc>,
    by_profile: HashMap<String, StoredSession>,
}

impl Ends {
    pub(super) fn of(now: DateTime<Utc>, overview: Overview, config_file: &str) -> Self {
        let mut by_profile = HashMap::new();
        for (_, record) in overview.records {
            let ends = record.kept_until().filter(|ends| *ends > now);
            let is_own =
                record.circumstances.config_file == config_file && !record.circumstances.adjusted;
            let freshness = record.freshness(now);
            if let (Some(name), Some(ends), true) = (record.profile, ends, is_own) {
                let session = StoredSession { ends, freshness };
                let last = by_profile.entry(name).or_insert(session);
                if ends > last.ends {
                    *last = session;
                }
            }
        }
        Self { now, by_profile }
    }

    /// Returns when the session expires that the profile's callers get: its own, or that of the
    /// profile it stands for.
    pub(super) fn of_profile(&self, profile: &Profile<'_>) -> Option<StoredSession> {
        match ProcessLine::of(profile) {
            Some(ProcessLine::Ours(name)) if profile.get(Key::RoleArn).is_none() => {
                self.by_profile.get(name)
            }
            _ => self.by_profile.get(&profile.name),
        }
        .copied()
    }
}
