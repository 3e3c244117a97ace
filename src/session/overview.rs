//! What the state files say of all sessions: read, and nothing made, asked or waited for.

use std::collections::BTreeMap;

use super::{
    key::SessionKey,
    record::{SessionRecord, SessionRecords, sort},
};
use crate::{context::Context, state::StateDirectory};

/// The records of all sessions, and the end of the log.
#[derive(Debug, Default)]
pub struct Overview {
    /// Every record that can be read, by profile and role.
    pub records: Vec<(SessionKey, SessionRecord)>,
    /// The log's last lines, oldest first.
    pub log: Vec<String>,
}

impl Overview {
    /// Reads the state directories, with at most `log_lines` lines of the log. What is not there, or
    /// can't be read, is passed over: no session is known by it.
    pub fn read(context: &Context, log_lines: usize) -> Self {
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
        // Each begins with its time.
        log.sort();
        log.drain(..log.len().saturating_sub(log_lines));
        let mut records: Vec<_> = records.into_iter().collect();
        sort(&mut records);
        Self { records, log }
    }
}
