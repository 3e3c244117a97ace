//! `rolecall doctor --fix`: each safe repair as a diff, one by one.

use std::collections::HashSet;

use crate::{
    context::Context,
    doctor::{Finding, Fix, Report},
    error::{Kind, Result},
    output::{FewWarnings, Streams, escape},
    profile::Edited,
    prompt::{ask_yes, can_ask_line},
};

/// How many repairs that are made without asking are named.
const MOST_NAMED: usize = 10;

/// The repairs of a report.
pub(super) struct Repairs<'r> {
    pub(super) context: &'r Context,
    pub(super) report: Report,
    /// Looks again.
    pub(super) examined: &'r dyn Fn() -> Report,
}

impl Repairs<'_> {
    /// Makes all of them, and returns the report of what is left. Looks again, as long as that finds
    /// further repairs.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub(super) fn make_all(self, streams: &mut Streams<'_>) -> Result<Report> {
        let Self { context, mut report, examined } = self;
        let (mut seen, mut refused) = (HashSet::new(), Vec::new());
        loop {
            let mut fixes: Vec<Fix> = Vec::new();
            for finding in &report.findings {
                let Some(fix) = finding.fix.as_ref().filter(|fix| !seen.contains(*fix)) else {
                    continue;
                };
                seen.insert(fix.clone());
                fixes.push(fix.clone());
                if fixes.len() <= MOST_NAMED {
                    streams.note(&format!("{}\n", title(finding, fix)));
                }
            }
            if fixes.is_empty() {
                break;
            }
            let more = fixes.len().saturating_sub(MOST_NAMED);
            if more > 0 {
                streams.note(&format!("{more} more repairs like these\n"));
            }
            refused.extend(Fix::apply_all(&fixes, context)?);
            report = examined();
        }
        // Another repair may have done it as well.
        let left: HashSet<&Fix> = report.findings.iter().filter_map(|it| it.fix.as_ref()).collect();
        let mut few = FewWarnings::default();
        for (_, error) in refused.iter().filter(|(fix, _)| left.contains(fix)) {
            few.warn(&error.to_string(), "edit the file by hand", streams);
        }
        few.finish("edit the file by hand", streams);
        Ok(report)
    }

    /// Offers them one by one, and returns the report of what is left. Looks again after each, because
    /// it may have changed what another was about.
    ///
    /// # Errors
    /// If nobody can be asked, or the person ended the questions.
    pub(super) fn offer(self, streams: &mut Streams<'_>) -> Result<Report> {
        let Self { context, mut report, examined } = self;
        let mut seen: Vec<Fix> = Vec::new();
        while let Some(finding) = report.findings.iter().find(|it| is_new(it.fix.as_ref(), &seen)) {
            let Some(fix) = finding.fix.clone() else { break };
            seen.push(fix.clone());
            let title = title(finding, &fix);
            let diff = match fix.apply(context, true) {
                Ok(Edited::WouldWrite(diff)) => diff,
                Ok(_) => continue,
                Err(error) => {
                    streams.warn(&error.to_string());
                    continue;
                }
            };
            can_ask(context)?;
            streams.note(&format!("{title}\n{diff}"));
            if !confirmed(context)? {
                continue;
            }
            match fix.apply(context, false) {
                Ok(_) => report = examined(),
                Err(error) => streams.warn(&error.to_string()),
            }
        }
        Ok(report)
    }
}

/// What is wrong, where, and what the repair does.
fn title(finding: &Finding, fix: &Fix) -> String {
    let place = finding.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
    escape(&format!("{}{place}: {}", finding.text, fix.what())).into_owned()
}

fn is_new(fix: Option<&Fix>, seen: &[Fix]) -> bool {
    fix.is_some_and(|fix| !seen.contains(fix))
}

fn can_ask(context: &Context) -> Result<()> {
    const MISSING: &str = "--yes is missing";
    can_ask_line(context)
        .map_err(|unanswered| unanswered.into_error(MISSING, MISSING).with_kind(Kind::Usage))
}

fn confirmed(context: &Context) -> Result<bool> {
    ask_yes("Make this change?", context).map_err(|unanswered| {
        unanswered.into_error("there is no answer", "no further repair was made")
    })
}
