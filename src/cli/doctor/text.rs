//! The findings for people: a line for each, with what it means and what to do below it.

use crate::{
    doctor::{Finding, Report, Severity},
    output::{Paint, escape, painted},
};

/// The width of the first column.
const WORD: usize = "problem".len();

/// Returns the report as text. The worst finding is first.
pub(super) fn of_report(report: &Report, color: bool) -> String {
    let mut text: String = report.findings.iter().map(|it| of_finding(it, color)).collect();
    if !report.questions.is_empty() {
        text.push_str("\nTo ask whoever owns the role:\n");
        text.extend(report.questions.iter().map(|question| format!("- {}\n", escape(question))));
    }
    let (problems, warnings) = (report.count(Severity::Problem), report.count(Severity::Warning));
    if problems + warnings == 0 {
        return text;
    }
    let many = |count: usize, what: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {what}{plural}")
    };
    let counts = format!("{}, {}", many(problems, "problem"), many(warnings, "warning"));
    let fixable = report.findings.iter().filter(|finding| finding.fix.is_some()).count();
    let name = report.profile.as_ref().map(|name| format!(" {}", escape(name)));
    let fix =
        format!("'rolecall doctor{} --fix' offers repairs for {fixable}", name.unwrap_or_default());
    let fix = if fixable > 0 { format!("; {fix}") } else { String::new() };
    text.push_str(&format!("\n{counts}{fix}\n"));
    text
}

fn of_finding(finding: &Finding, color: bool) -> String {
    let word = finding.severity.word();
    let blanks = " ".repeat(WORD - word.len());
    let paint = match finding.severity {
        Severity::Ok => Paint::Good,
        Severity::Warning => Paint::Attention,
        Severity::Problem => Paint::Bad,
    };
    let place = finding.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
    let mut text = format!(
        "{}{blanks}  {}{}  [{}]\n",
        painted(word, paint, color),
        escape(&finding.text),
        escape(&place),
        finding.check.id()
    );
    let indent = " ".repeat(WORD + 2);
    if let Some(meaning) = finding.meaning() {
        text.push_str(&format!("{indent}{meaning}\n"));
    }
    if let Some(remedy) = &finding.remedy {
        let label = painted("fix:", Paint::Hint, color);
        text.push_str(&format!("{indent}{label} {}\n", escape(remedy)));
    }
    text
}
