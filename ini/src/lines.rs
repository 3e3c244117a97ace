//! The lines of a text: their endings, and what counts as whitespace and as a comment.

use super::search::{find, line_ends};

/// The byte order mark that some Windows editors put at the start of a UTF-8 file.
pub(super) const BOM: &str = "\u{feff}";

/// The lines of a text, each with its ending.
#[derive(Clone)]
pub(super) struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let end = find(b'\n', self.0.as_bytes()).map_or(self.0.len(), |at| at + 1);
        let (line, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(line)
    }
}

/// Splits a line into its text and its ending: `\n`, `\r\n`, or nothing at the end of the file.
pub(super) fn split_ending(raw: &str) -> (&str, &str) {
    raw.split_at(without_ending(raw.as_bytes()).len())
}

/// A line without its ending.
pub(super) fn without_ending(raw: &[u8]) -> &[u8] {
    let Some(line) = raw.strip_suffix(b"\n") else { return raw };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line, without its ending, is blank or a comment.
pub(super) fn is_blank_or_comment(line: &str) -> bool {
    line.starts_with(['#', ';']) || trim(line).is_empty()
}

/// Trims spaces and tabs, the only whitespace of this dialect.
pub(super) fn trim(text: &str) -> &str {
    trim_start(trim_end(text))
}

/// Trims them at the start. By bytes, which is much faster than by characters.
pub(super) fn trim_start(text: &str) -> &str {
    let is_text = |byte: u8| !matches!(byte, b' ' | b'\t');
    &text[text.bytes().position(is_text).unwrap_or(text.len())..]
}

/// Trims them at the end.
fn trim_end(text: &str) -> &str {
    let is_text = |byte: u8| !matches!(byte, b' ' | b'\t');
    &text[..text.bytes().rposition(is_text).map_or(0, |last| last + 1)]
}

/// The number of lines that end within `text`.
pub(super) fn count_lines(text: &str) -> usize {
    line_ends(text.as_bytes())
}
