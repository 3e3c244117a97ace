//! An overview of all sessions from the state files. Reading it creates nothing, never prompts and
//! never waits.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    key::SessionKey,
    record::{SessionRecord, SessionRecords, sort},
};
use crate::{context::Context, state::StateDirectory};

/// The records of all sessions, and the end of the log.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// Every record that can be read, sorted by profile and role.
    pub(crate) records: Vec<(SessionKey, SessionRecord)>,
    /// The log's last lines, oldest first.
    pub(crate) log: Vec<String>,
}

impl Overview {
    /// Reads the state directories, with at most `log_lines` lines of the log. Files that are
    /// missing or can't be read are skipped.
    pub(crate) fn read(context: &Context, log_lines: usize) -> Self {
        let mut records = BTreeMap::new();
        let mut log = Vec::new();
        for state in StateDirectory::existing(context) {
            log.extend(state.last_log_lines(log_lines));
            for (key, record) in SessionRecords::new(state).all() {
                let known: &mut SessionRecord = records.entry(key).or_default();
                if known.minted <= record.minted {
                    *known = record;
                }
            }
        }
        // Each line begins with its time.
        log.sort();
        log.drain(..log.len().saturating_sub(log_lines));
        let mut records: Vec<_> = records.into_iter().collect();
        sort(&mut records);
        Self { records, log }
    }

    /// Returns when the newest session of each profile of this config file was created (UTC),
    /// including sessions that have expired since, until their records are removed.
    pub(crate) fn last_created(&self, config_file: &str) -> HashMap<&str, DateTime<Utc>> {
        let mut created = HashMap::new();
        for (_, record) in &self.records {
            if let (Some(name), Some(minted)) = (&record.profile, record.minted)
                && record.circumstances.config_file == config_file
            {
                let newest = created.entry(name.as_str()).or_insert(minted);
                *newest = minted.max(*newest);
            }
        }
        created
    }
}
