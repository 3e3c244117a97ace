//! All findings of one examination.

use std::{cmp::Reverse, collections::HashSet};

use super::finding::{Finding, Severity};

/// The findings, and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// The profile that was examined; `None` if it was all of them.
    pub(crate) profile: Option<String>,
    /// The findings, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// Questions for whoever owns a role that was denied.
    pub(crate) questions: Vec<String>,
    /// Values in the texts that are replaced in a report for others.
    pub(super) private: Vec<String>,
}

impl Report {
    /// Returns the report about `profile`, or about all profiles, with each finding once.
    pub(super) fn new(profile: Option<String>, findings: Vec<Finding>) -> Self {
        let mut findings = findings;
        let mut known = HashSet::new();
        findings.retain(|finding| {
            let place = finding.at.as_ref().map(|at| (at.file.clone(), at.line));
            known.insert((finding.check, place, finding.text.clone()))
        });
        let order = |one: &Finding| (Reverse(one.severity), one.check.topic());
        findings.sort_by_key(order);
        Self { profile, findings, questions: Vec::new(), private: Vec::new() }
    }

    /// Returns how many findings have this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Returns the exit code: that of the worst problem; without problems 0, or 1 if there are
    /// warnings and they count.
    pub(crate) fn exit_code(&self, warnings_count: bool) -> u8 {
        let problems = self.findings.iter().filter(|it| it.severity == Severity::Problem);
        let worst = problems.map(|problem| problem.kind.exit_code()).max();
        let warned = warnings_count && self.count(Severity::Warning) > 0;
        worst.unwrap_or_else(|| u8::from(warned))
    }
}
