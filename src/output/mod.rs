//! Output for people (escaped text, tables, diffs) and for shells.

mod color;
mod diff;
mod escape;
mod few;
mod shell;
mod streams;
mod table;
mod width;

pub use diff::unified_diff;
pub use escape::{escape, shorten};
pub use streams::Streams;

pub(crate) use color::{Colors, Paint, painted};
pub(crate) use few::FewWarnings;
pub(crate) use shell::Language;
pub(crate) use table::{Column, Screen, Table};
pub(crate) use width::{head, tail, width, wrap};

use color::{painted_changes, painted_diff};

use crate::error::Error;

/// The most lines that a failing `credential-process` writes: SDKs paste them into their own error.
const MOST_LINES: usize = 3;

/// Returns `error` as `rolecall: what failed` and at most `hints` lines of hints.
fn report(error: &Error, hints: usize, color: bool) -> String {
    let message = error.to_string();
    let label = painted("rolecall:", Paint::Bad, color);
    let mut text = format!("{label} {}\n", escape(&message));
    let label = painted("hint:", Paint::Hint, color);
    for hint in error.hints().iter().take(hints) {
        text.push_str(&format!("{label} {}\n", escape(hint)));
    }
    text
}

/// Escapes a diff for a terminal, except tabs and line endings. Elsewhere a diff must stay a valid
/// patch, byte for byte.
pub fn escape_diff(diff: &str) -> String {
    let mut shown = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        let parts: Vec<_> = text.split('\t').map(escape).collect();
        shown.push_str(&parts.join("\t"));
        shown.push_str(&line[text.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_three_lines_at_most_and_no_control_characters() {
        let mut error = Error::config("profile 'a\u{1b}[31m\nb' is wrong");
        for hint in ["one", "two", "three"] {
            error = error.hint(hint);
        }
        let text = report(&error, MOST_LINES - 1, false);
        assert_eq!(text, "rolecall: profile 'a\\u{1b}[31m\\nb' is wrong\nhint: one\nhint: two\n");
    }

    #[test]
    fn a_diff_on_a_terminal_has_no_sequences_and_all_its_lines() {
        let diff = "--- f\u{1b}[31m\n-a\u{202e}\tb\r\n+\u{1b}]0;x\u{7}";
        let shown = "--- f\\u{1b}[31m\n-a\\u{202e}\tb\r\n+\\u{1b}]0;x\\u{7}";
        assert_eq!(escape_diff(diff), shown);
    }
}
