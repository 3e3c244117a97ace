//! The findings for people: a line for each, with what it means and what to do below it.

use std::collections::HashMap;

use crate::{
    doctor::{Finding, Report, Severity},
    output::{Paint, Screen, escape, painted, wrap},
    profile::as_word,
};

/// The width of the first column.
const WORD: usize = "problem".len();
/// Where the text of a finding begins.
const INDENT: usize = WORD + 2;
/// What stands before a remedy.
const FIX: &str = "fix:";

/// How many findings of one check are shown, unless all are.
const FEW: usize = 5;

/// Returns the report as text. The worst finding is first. Unless it has `all`, thousands of findings of
/// one check are summed up.
pub(super) fn of_report(report: &Report, all: bool) -> String {
    let command = command(report);
    let most = if all { usize::MAX } else { FEW };
    let mut text = findings(&report.findings, most, &format!("'{command} --all' shows them"));
    if !report.questions.is_empty() {
        text.push_str("\nQuestions for the role's owner:\n");
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
    let fix = format!("'{command} --fix' offers repairs for {fixable}");
    let fix = if fixable > 0 { format!("; {fix}") } else { String::new() };
    text.push_str(&format!("\n{counts}{fix}\n"));
    text
}

/// The command that the report is of, without flags.
fn command(report: &Report) -> String {
    let name = report.profile.as_ref().map(|name| format!(" {}", escape(&as_word(name))));
    format!("rolecall doctor{}", name.unwrap_or_default())
}

/// The findings, at most `most` of each check and severity, then how many more there are, and `remedy`.
fn findings(findings: &[Finding], most: usize, remedy: &str) -> String {
    let kind = |finding: &Finding| (finding.check, finding.severity);
    let mut counts = HashMap::new();
    for finding in findings {
        *counts.entry(kind(finding)).or_insert(0_usize) += 1;
    }
    let (mut text, mut shown) = (String::new(), HashMap::new());
    for finding in findings {
        let number = shown.entry(kind(finding)).or_insert(0_usize);
        *number += 1;
        if *number <= most {
            text.push_str(&of_finding(finding));
        }
        let more = counts[&kind(finding)].saturating_sub(most);
        if *number == most && more > 0 {
            let what = format!("{more} more like these: {remedy}");
            text.push_str(&first_line(finding, &what));
        }
    }
    text
}

/// The line of a finding that says `what`.
fn first_line(finding: &Finding, what: &str) -> String {
    let word = finding.severity.word();
    let blanks = " ".repeat(WORD - word.len());
    format!("{word}{blanks}  {what}  [{}]\n", finding.check.id())
}

fn of_finding(finding: &Finding) -> String {
    let place = finding.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
    let what = format!("{}{}", escape(&finding.text), escape(&place));
    let mut text = first_line(finding, &what);
    let indent = " ".repeat(INDENT);
    if let Some(meaning) = finding.meaning() {
        text.push_str(&format!("{indent}{meaning}\n"));
    }
    if let Some(remedy) = &finding.remedy {
        text.push_str(&format!("{indent}{FIX} {}\n", escape(remedy)));
    }
    text
}

/// Returns a report with lines that fit `screen`; what does not fit in a finding's line continues below
/// its text.
pub(super) fn wrapped(text: &str, screen: Screen) -> String {
    let Some(most) = screen.width else { return text.to_owned() };
    let line = |line: &str| match line.split_at_checked(INDENT) {
        Some((first, rest)) if is_first_column(first) => {
            let parts = wrap(rest.trim_end(), most.saturating_sub(INDENT).max(INDENT));
            format!("{first}{}\n", parts.join(&format!("\n{}", " ".repeat(INDENT))))
        }
        _ => screen.wrapped(line),
    };
    text.split_inclusive('\n').map(line).collect()
}

fn is_first_column(text: &str) -> bool {
    let words = [Severity::Ok, Severity::Warning, Severity::Problem].map(Severity::word);
    let word = text.trim_end();
    text.ends_with("  ") && (word.is_empty() || words.contains(&word))
}

/// Returns a report that is already wrapped with its first words in color, if `color`.
pub(super) fn colored(text: &str, color: bool) -> String {
    let words = [
        (Severity::Ok.word(), Paint::Good),
        (Severity::Warning.word(), Paint::Attention),
        (Severity::Problem.word(), Paint::Bad),
        (FIX, Paint::Hint),
    ];
    let line = |line: &str| {
        let bare = line.trim_start();
        let blanks = &line[..line.len() - bare.len()];
        let begins = |word: &str| bare.strip_prefix(word).filter(|rest| rest.starts_with(' '));
        words.iter().find_map(|(word, paint)| {
            // A word at the start of a wrapped line is a word of the text.
            let is_label = blanks.is_empty() || *word == FIX;
            let rest = begins(word).filter(|_| is_label)?;
            Some(format!("{blanks}{}{rest}", painted(word, *paint, color)))
        })
    };
    text.split_inclusive('\n').map(|it| line(it).unwrap_or_else(|| it.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_continues_below_the_text() {
        let text = "ok       a b\nproblem  one two three four\n         fix: five six seven\n\n1 problem\n";
        let screen = Screen { width: Some(24), color: false };
        assert_eq!(
            wrapped(text, screen),
            "ok       a b\n\
             problem  one two three\n         four\n         fix: five six\n         seven\n\n1 problem\n"
        );
        assert_eq!(wrapped(text, Screen { width: None, color: false }), text);
    }
}
