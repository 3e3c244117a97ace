//! The state directory: whether it can be used, and what earlier calls left in it.

use chrono::TimeDelta;

use super::{check::Check, finding::Finding, profiles::Scope};
use crate::{
    context::Context,
    profile::as_word,
    session::{Overview, SessionRecord},
    state::{ForeignFile, StateDirectory, StateFault, foreign_file},
};

/// How long a failure is of interest.
const RECENT: TimeDelta = TimeDelta::days(1);

/// Returns what is wrong with the state directory. Creates nothing.
pub(super) fn check(context: &Context, overview: &Overview) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(fault) = StateFault::find(context) {
        let text = format!("{}; {}", fault.text(), fault.consequence());
        findings.push(Finding::warning(Check::StateDirectory, text).remedy(fault.remedy));
    } else if let Some(ForeignFile { text, remedy }) = foreign_file(context) {
        findings.push(Finding::warning(Check::StateDirectory, text).remedy(remedy));
    }
    let now = context.now();
    let ended =
        overview.records.iter().filter(|(_, it)| it.kept_until().is_some_and(|end| end <= now));
    let (all, ended) = (overview.records.len(), ended.count());
    let text = match (all, ended) {
        (0, _) => "no session has been created yet".to_owned(),
        (1, 0) => "1 session is recorded".to_owned(),
        (all, 0) => format!("{all} sessions are recorded"),
        (all, ended) => {
            format!(
                "{all} sessions are recorded, {ended} of them expired; those are removed when the \
                 next session is created"
            )
        }
    };
    findings.push(Finding::ok(Check::State, text));
    findings.extend(
        overview.records.iter().filter_map(|(key, record)| held(context, key.as_str(), record)),
    );
    findings
}

/// The process that is creating a session now, if one is.
fn held(context: &Context, key: &str, record: &SessionRecord) -> Option<Finding> {
    let holder = record.holder?;
    let is_held = StateDirectory::existing(context).is_some_and(|state| state.is_locked(key));
    let name = record.profile.as_deref().unwrap_or(&record.role_arn);
    is_held.then(|| {
        Finding::ok(
            Check::HeldLock,
            format!("process {holder} is creating the session of '{name}'"),
        )
    })
}

/// Returns the last failures of the profiles in `scope`, unless a session was created since.
pub(super) fn failures(context: &Context, overview: &Overview, scope: &Scope) -> Vec<Finding> {
    let now = context.now();
    let finding = |record: &SessionRecord| {
        let name = record.profile.as_deref().filter(|name| scope.has(name))?;
        let failure = record.failure.as_ref().filter(|failure| now - failure.at < RECENT)?;
        let minutes = (now - failure.at).num_minutes().max(0);
        let text =
            format!("creating a session of '{name}' failed {minutes} min ago: {}", failure.message);
        let remedy = failure.hints.first().cloned();
        let again = format!("'rolecall login {}' tries again", as_word(name));
        Some(
            Finding::warning(Check::LastFailure, text)
                .of_profile(name)
                .remedy(remedy.unwrap_or(again)),
        )
    };
    overview.records.iter().filter_map(|(_, record)| finding(record)).collect()
}
