//! Finds the sections of a text by their headers, without reading the bodies.

use std::{fmt, ops::Range};

use super::lines::{BOM, Lines, count_lines, is_blank_or_comment, split_ending};
use super::properties::{InlineComment, Property, inline_comments, read, read_keys};
use super::search::{find, find_bracket, find_of_two};
use super::syntax_error::{SyntaxError, SyntaxErrorKind};

/// The distance in bytes after which a line number is counted in advance.
///
/// Few callers ask for a header's line, so it is counted on demand, from the last place whose line is
/// known.
const CHECKPOINT_DISTANCE: usize = 4096;

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

/// A section: its header and its body, which is not parsed yet.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    /// The text between the brackets as written, neither trimmed nor unquoted.
    pub name: &'a str,
    text: &'a str,
    start: usize,
    header_end: usize,
    end: usize,
    checkpoint: Checkpoint,
}

impl<'a> Section<'a> {
    /// Reads the section in `range`, which starts with its header.
    pub(super) fn parse(
        text: &'a str,
        range: Range<usize>,
        checkpoint: Checkpoint,
    ) -> Result<Self, SyntaxError> {
        let Range { start, end } = range;
        let whole = &text[start..end];
        let header_len = find(b'\n', whole.as_bytes()).map_or(whole.len(), |at| at + 1);
        let name = header_name(split_ending(&whole[..header_len]).0)
            .map_err(|kind| SyntaxError { line: checkpoint.line_at(text, start), kind })?;
        Ok(Self { name, text, start, header_end: start + header_len, end, checkpoint })
    }

    /// The line of the header, counted from 1.
    pub fn line(&self) -> usize {
        self.checkpoint.line_at(self.text, self.start)
    }

    /// The properties in the order of the text, including duplicates.
    ///
    /// # Errors
    /// The first line that can't be read.
    pub fn properties(&self) -> Result<Vec<Property<'a>>, SyntaxError> {
        read(self.body(), self.line() + 1)
    }

    /// Returns the keys with their lines, in the order of the text, including duplicates. What is nested
    /// below a key is not among them.
    ///
    /// # Errors
    /// As of [`Self::properties`].
    pub fn keys(&self) -> Result<Vec<(&'a str, usize)>, SyntaxError> {
        read_keys(self.body(), self.line() + 1)
    }

    /// Returns the comments behind values, which not all readers take as comments.
    pub fn inline_comments(&self) -> Vec<InlineComment<'a>> {
        inline_comments(self.body(), self.line() + 1)
    }

    /// The header with the ending of its line.
    pub(super) fn header(&self) -> &'a str {
        &self.text[self.start..self.header_end]
    }

    /// Whether its last line has an ending.
    pub(super) fn has_final_newline(&self) -> bool {
        self.text[..self.end].ends_with('\n')
    }

    /// The lines from this header to the next.
    pub(super) fn body(&self) -> &'a str {
        &self.text[self.header_end..self.end]
    }
}

impl fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An iterator over the sections of a text. [`sections`] returns it.
#[derive(Clone)]
pub struct Sections<'a> {
    text: &'a str,
    /// Where the next header starts; the text's length when there is none.
    next: usize,
    checkpoint: Checkpoint,
    preamble: Option<&'a str>,
}

/// Returns the sections of `text` in their order.
///
/// A header that can't be read, and text above the first header, is an item of its own with the
/// error. The iterator continues after it, so a caller may stop there or ignore it.
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
    /// The sections of a text that starts with a header.
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
        Some(Section::parse(self.text, start..end, self.checkpoint))
    }
}

impl fmt::Debug for Sections<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sections").field("next", &self.next).finish_non_exhaustive()
    }
}

/// Reads the only section of a text that starts with its header, which is in line `line` of the whole file.
/// Returns `None` if the text doesn't start with a header, or has more than one.
pub fn single_section(text: &str, line: usize) -> Option<Section<'_>> {
    let mut sections = Sections::from_header(text, Checkpoint { offset: 0, line });
    let section = sections.next()?.ok()?;
    sections.next().is_none().then_some(section)
}

/// Where the first header starts; the text's length when there is none.
pub(super) fn first_header(text: &str) -> usize {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    if text[start..].starts_with('[') { start } else { next_header(text, start) }
}

/// Where the next header after the character at `from` starts; the text's length if there is none.
pub(super) fn next_header(text: &str, from: usize) -> usize {
    find_bracket(&text.as_bytes()[from..]).map_or(text.len(), |at| from + at)
}

/// The first line above all headers that is neither blank nor a comment.
fn stray_line(preamble: &str) -> Option<SyntaxError> {
    let preamble = preamble.strip_prefix(BOM).unwrap_or(preamble);
    let at = Lines::new(preamble).position(|raw| !is_blank_or_comment(split_ending(raw).0))?;
    Some(SyntaxError { line: at + 1, kind: SyntaxErrorKind::BeforeFirstSection })
}

/// The name in a header. Unlike in a value, a comment needs no whitespace before it.
pub(super) fn header_name(line: &str) -> Result<&str, SyntaxErrorKind> {
    header_name_range(line.as_bytes()).map(|range| &line[range])
}

/// The range of that name in a line without its ending.
pub(super) fn header_name_range(line: &[u8]) -> Result<Range<usize>, SyntaxErrorKind> {
    let end = find_of_two([b'#', b';'], line).unwrap_or(line.len());
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = line[..end].iter().position(is_text).unwrap_or(end);
    let end = line[..end].iter().rposition(is_text).map_or(start, |last| last + 1);
    match &line[start..end] {
        [b'[', .., b']'] => Ok(start + 1..end - 1),
        header if header.contains(&b']') => Err(SyntaxErrorKind::TextAfterHeader),
        _ => Err(SyntaxErrorKind::HeaderNotClosed),
    }
}
