//! Finds the section headers of a text and leaves the bodies alone.

use std::{fmt, ops::Range};

use memchr::{memchr, memchr_iter, memchr2};

use super::properties::{Property, read};

/// Some editors on Windows put this in front of a UTF-8 file.
pub(super) const BOM: &str = "\u{feff}";

/// The least distance between two places whose line number is counted in advance.
///
/// Few callers ask for a line, so most headers get none; the distance bounds what asking costs.
const CHECKPOINT_DISTANCE: usize = 4096;

/// What is wrong with a text, and where.
///
/// It displays what is wrong; the file and the line are for the caller to place. The line's text is
/// left out on purpose, for it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: SyntaxErrorKind,
}

/// The ways in which a line can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A line starts with `[`, and no `]` follows.
    HeaderNotClosed,
    /// Something other than a comment follows the `]` of a header.
    TextAfterHeader,
    /// A line stands above all headers that is neither blank nor a comment.
    BeforeFirstSection,
    /// A line should be a property but has no `=`.
    NoEquals,
    /// Nothing stands before the `=`.
    NoKey,
    /// An indented line has no property above it that it could continue.
    NothingToContinue,
    /// An indented line below an empty value has no `=`.
    NestedNoEquals,
    /// An indented line below an empty value has nothing before its `=`.
    NestedNoKey,
    /// A line is not UTF-8.
    NotUtf8,
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeaderNotClosed => "section header without ']'",
            Self::TextAfterHeader => "text after the ']' of a section header",
            Self::BeforeFirstSection => "text before the first section header",
            Self::NoEquals => "line without '='",
            Self::NoKey => "nothing before '='",
            Self::NothingToContinue => "indented line without a property above it",
            Self::NestedNoEquals => "line without '=' in a nested block",
            Self::NestedNoKey => "nothing before '=' in a nested block",
            Self::NotUtf8 => "text that is not UTF-8",
        })
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for SyntaxError {}

/// A place whose line number is known.
#[derive(Clone, Copy)]
pub(super) struct Checkpoint {
    pub(super) offset: usize,
    pub(super) line: usize,
}

impl Checkpoint {
    fn line_at(self, text: &str, offset: usize) -> usize {
        self.line + count_lines(&text[self.offset..offset])
    }
}

/// A section: its header and, not looked into yet, its body.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    /// What stands between the brackets, as written: neither trimmed nor unquoted.
    pub name: &'a str,
    text: &'a str,
    start: usize,
    header_end: usize,
    end: usize,
    checkpoint: Checkpoint,
}

impl<'a> Section<'a> {
    /// Reads the header that starts at `start`; the section goes on to `end`.
    pub(super) fn at(
        text: &'a str,
        start: usize,
        end: usize,
        checkpoint: Checkpoint,
    ) -> Result<Self, SyntaxError> {
        let whole = &text[start..end];
        let header_len = memchr(b'\n', whole.as_bytes()).map_or(whole.len(), |at| at + 1);
        let name = header_name(split_ending(&whole[..header_len]).0)
            .map_err(|kind| SyntaxError { line: checkpoint.line_at(text, start), kind })?;
        Ok(Self { name, text, start, header_end: start + header_len, end, checkpoint })
    }

    /// The header's line, counted from 1. Counted on demand.
    pub fn line(&self) -> usize {
        self.checkpoint.line_at(self.text, self.start)
    }

    /// The properties in the order of the text, duplicates included.
    pub fn properties(&self) -> Result<Vec<Property<'a>>, SyntaxError> {
        read(self.body(), self.line() + 1)
    }

    /// The header's line with its ending.
    pub(super) fn header(&self) -> &'a str {
        &self.text[self.start..self.header_end]
    }

    /// Whether its last line has an ending.
    pub(super) fn is_ended(&self) -> bool {
        self.text[..self.end].ends_with('\n')
    }

    /// Everything between this header's line and the next header.
    pub(super) fn body(&self) -> &'a str {
        &self.text[self.header_end..self.end]
    }
}

impl fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The sections of a text, from the top. Made by [`sections`].
#[derive(Clone)]
pub struct Sections<'a> {
    text: &'a str,
    /// Where the next header starts; the text's length when there is none.
    next: usize,
    checkpoint: Checkpoint,
    preamble: Option<&'a str>,
}

/// Finds the sections of `text`.
///
/// A header that makes no sense, and a line above all headers that should not be there, is an error
/// in its place. The iterator goes on behind it: whoever resolves a profile stops there, whoever
/// examines a file doesn't.
pub fn sections(text: &str) -> Sections<'_> {
    let next = first_header(text);
    Sections {
        text,
        next,
        checkpoint: Checkpoint { offset: 0, line: 1 },
        preamble: Some(&text[..next]),
    }
}

impl<'a> Sections<'a> {
    /// The sections of a text that starts with a header, on the line that `checkpoint` says.
    pub(super) fn from_header(text: &'a str, checkpoint: Checkpoint) -> Self {
        Self { text, next: 0, checkpoint, preamble: None }
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.preamble.take().and_then(stray_line) {
            return Some(Err(error));
        }
        if self.next == self.text.len() {
            return None;
        }
        let start = self.next;
        let end = next_header(self.text, start);
        self.next = end;
        if start - self.checkpoint.offset >= CHECKPOINT_DISTANCE {
            let line = self.checkpoint.line_at(self.text, start);
            self.checkpoint = Checkpoint { offset: start, line };
        }
        Some(Section::at(self.text, start, end, self.checkpoint))
    }
}

impl fmt::Debug for Sections<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sections").field("next", &self.next).finish_non_exhaustive()
    }
}

/// Where the first header starts; the text's length when there is none.
pub(super) fn first_header(text: &str) -> usize {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    if text[start..].starts_with('[') { start } else { next_header(text, start) }
}

/// Where the first header behind the character at `from` starts; the text's length if there is
/// none.
pub(super) fn next_header(text: &str, from: usize) -> usize {
    let bytes = &text.as_bytes()[from..];
    memchr_iter(b'[', bytes)
        .find(|&at| at > 0 && bytes[at - 1] == b'\n')
        .map_or(text.len(), |at| from + at)
}

/// The first line of the text above all headers that has no business there.
fn stray_line(preamble: &str) -> Option<SyntaxError> {
    let preamble = preamble.strip_prefix(BOM).unwrap_or(preamble);
    let at = Lines::new(preamble).position(|raw| !is_trivia(split_ending(raw).0))?;
    Some(SyntaxError { line: at + 1, kind: SyntaxErrorKind::BeforeFirstSection })
}

/// A header's name. Here, other than in a value, a comment needs no whitespace before it.
pub(super) fn header_name(line: &str) -> Result<&str, SyntaxErrorKind> {
    header_name_range(line.as_bytes()).map(|range| &line[range])
}

/// Where that name stands in the line, which has no ending.
pub(super) fn header_name_range(line: &[u8]) -> Result<Range<usize>, SyntaxErrorKind> {
    let end = memchr2(b'#', b';', line).unwrap_or(line.len());
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = line[..end].iter().position(is_text).unwrap_or(end);
    let end = line[..end].iter().rposition(is_text).map_or(start, |last| last + 1);
    match &line[start..end] {
        [b'[', .., b']'] => Ok(start + 1..end - 1),
        header if header.contains(&b']') => Err(SyntaxErrorKind::TextAfterHeader),
        _ => Err(SyntaxErrorKind::HeaderNotClosed),
    }
}

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
        let end = memchr(b'\n', self.0.as_bytes()).map_or(self.0.len(), |at| at + 1);
        let (line, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(line)
    }
}

/// Splits a line from its ending: `\n`, `\r\n`, or nothing at the end of the text.
pub(super) fn split_ending(raw: &str) -> (&str, &str) {
    let Some(line) = raw.strip_suffix('\n') else {
        return (raw, "");
    };
    let line = line.strip_suffix('\r').unwrap_or(line);
    raw.split_at(line.len())
}

/// A line without its ending, as [`split_ending`] splits it.
pub(super) fn split_ending_of_bytes(raw: &[u8]) -> &[u8] {
    let Some(line) = raw.strip_suffix(b"\n") else { return raw };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line is blank or nothing but a comment.
pub(super) fn is_trivia(line: &str) -> bool {
    line.starts_with(['#', ';']) || trim(line).is_empty()
}

/// Trims what this dialect takes for whitespace, which is less than Unicode does.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// How many lines end within `text`.
pub(super) fn count_lines(text: &str) -> usize {
    memchr_iter(b'\n', text.as_bytes()).count()
}
