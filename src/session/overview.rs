//! An overview of all sessions from the state files. Reading it asks no store, never prompts and
//! never waits.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    by_profile::{ProfileSessions, records_for},
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
        Self::read_by(context, log_lines, |state| SessionRecords::new(state).all())
    }

    /// Like [`Self::read`], but leaves out most records that are not `wanted`: a shell prompt asks for one profile, and there may be hundreds. May write one
    /// file, which makes the next such call faster.
    pub(crate) fn read_for(
        context: &Context,
        log_lines: usize,
        wanted: ProfileSessions<'_>,
    ) -> Self {
        Self::read_by(context, log_lines, |state| records_for(context, state, wanted))
    }

    fn read_by(
        context: &Context,
        log_lines: usize,
        records: impl FnOnce(StateDirectory) -> Vec<(SessionKey, SessionRecord)>,
    ) -> Self {
        let Some(state) = StateDirectory::existing(context) else { return Self::default() };
        let log = state.last_log_lines(log_lines);
        let mut records = records(state);
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
