//! `rolecall doctor --fix`: each safe repair as a diff, one by one.

use crate::{
    context::Context,
    doctor::{Fix, Report},
    error::{Error, Kind, Result},
    output::{Streams, escape},
    profile::Edited,
    prompt::{Question, ask_line, can_ask_line},
};

/// Offers the repairs of `report`, and returns the report of what is left. After each repair,
/// `examined` looks again: a repair may have changed what another was about.
///
/// # Errors
/// If nobody can be asked, or the person ended the questions.
pub(super) fn run(
    context: &Context,
    mut report: Report,
    examined: &dyn Fn() -> Report,
    all: bool,
    streams: &mut Streams<'_>,
) -> Result<Report> {
    let mut seen: Vec<Fix> = Vec::new();
    while let Some(finding) = report.findings.iter().find(|it| is_new(it.fix.as_ref(), &seen)) {
        let Some(fix) = finding.fix.clone() else { break };
        seen.push(fix.clone());
        let place = finding.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        let title = escape(&format!("{}{place}: {}", finding.text, fix.what())).into_owned();
        let diff = match fix.apply(context, true) {
            Ok(Edited::WouldWrite(diff)) => diff,
            Ok(_) => continue,
            Err(error) => {
                streams.warn(&error.to_string());
                continue;
            }
        };
        if all {
            streams.note(&format!("{title}\n"));
        } else {
            can_ask(context)?;
            streams.note(&format!("{title}\n{diff}"));
            if !confirmed(context)? {
                continue;
            }
        }
        match fix.apply(context, false) {
            Ok(_) => report = examined(),
            Err(error) => streams.warn(&error.to_string()),
        }
    }
    Ok(report)
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
    let question = Question { about: &[], prompt: "Make this change? [y/N] ", is_hidden: false };
    let answer = ask_line(&question, context).map_err(|unanswered| -> Error {
        unanswered.into_error("there is no answer", "no further repair was made")
    })?;
    Ok(matches!(answer.expose(), "y" | "Y" | "yes" | "Yes" | "YES"))
}
