//! Finds the sections of a text that arrives in chunks, without keeping it in memory.
//!
//! It finds the same headers as [`super::sections`]. A caller that needs few of many bodies reads
//! those afterwards, at the offsets in the index.

use std::ops::Range;

use super::lines::{BOM, is_blank_or_comment, without_ending};
use super::scan::header_name_range;
use super::search::{find, find_bracket, find_of_three, line_ends};
use super::syntax_error::{SyntaxError, SyntaxErrorKind};

/// The least distance in bytes between two marks.
///
/// Line endings are counted fastest in long stretches. To get the line of a header, a caller counts
/// from the mark before it, which is at most this far and one chunk away.
const MARK_DISTANCE: u64 = 1024;

/// The most bytes of a text that memory is reserved for in advance.
const MOST_RESERVED: u64 = 4 * 1024 * 1024;

/// The start of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Start {
    offset: u64,
    name_end: usize,
}

/// An offset, and the number of lines that end before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    offset: u64,
    lines: usize,
}

/// The offsets and names of a text's sections.
#[derive(Clone, Debug, Default)]
pub struct Index {
    starts: Vec<Start>,
    /// All names, one after the other.
    names: String,
    /// Sorted by offset.
    marks: Vec<Mark>,
    length: u64,
}

impl Index {
    /// Returns the number of sections.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns whether the file has no section.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the text between the brackets of section `i`, as in [`Section::name`](super::Section::name).
    ///
    /// # Panics
    /// If there is no such section. The same holds for the methods below.
    #[inline] // a hit asks for each of 5,000 names
    pub fn name(&self, i: usize) -> &str {
        let start = i.checked_sub(1).map_or(0, |before| self.starts[before].name_end);
        &self.names[start..self.starts[i].name_end]
    }

    /// Returns the sections whose names end with one of these bytes, and those without a name. The
    /// last byte tells most of many sections apart, so who searches for a name has few left to look at.
    pub fn ending_with(&self, bytes: &[u8]) -> EndingWith<'_> {
        let mut is_wanted = [false; 256];
        for byte in bytes {
            is_wanted[usize::from(*byte)] = true;
        }
        EndingWith { index: self, next: 0, is_wanted }
    }

    /// Returns what is needed for the line of section `i`: the number of lines that end before a range
    /// of bytes, and that range. The header's line is that number, plus the lines that end in the
    /// range, plus 1.
    pub fn lines_before(&self, i: usize) -> (usize, Range<u64>) {
        let offset = self.starts[i].offset;
        let place = self.marks.partition_point(|mark| mark.offset <= offset);
        let mark = place.checked_sub(1).map_or(Mark { offset: 0, lines: 0 }, |at| self.marks[at]);
        (mark.lines, mark.offset..offset)
    }

    /// Returns the bytes of section `i`, from its header to the next.
    pub fn range(&self, i: usize) -> Range<u64> {
        let end = self.starts.get(i + 1).map_or(self.length, |next| next.offset);
        self.starts[i].offset..end
    }
}

/// An iterator over sections. [`Index::ending_with`] returns it.
#[derive(Clone, Debug)]
pub struct EndingWith<'i> {
    index: &'i Index,
    next: usize,
    is_wanted: [bool; 256],
}

impl Iterator for EndingWith<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let names = self.index.names.as_bytes();
        let mut before = self.next.checked_sub(1).map_or(0, |at| self.index.starts[at].name_end);
        for (at, start) in self.index.starts.iter().enumerate().skip(self.next) {
            let end = start.name_end;
            let last = end.checked_sub(1).and_then(|last| names.get(last));
            let is_wanted = last.is_none_or(|last| self.is_wanted[usize::from(*last)]);
            if is_wanted || end == before {
                self.next = at + 1;
                return Some(at);
            }
            before = end;
        }
        self.next = self.index.starts.len();
        None
    }
}

/// Makes an [`Index`] from chunks of text.
#[derive(Debug)]
pub struct Indexer {
    index: Index,
    /// The names for the index, not yet checked to be UTF-8 as a whole.
    names: Vec<u8>,
    place: Place,
    /// The offset of the line that is being read.
    line_offset: u64,
    /// The number of lines that end before the chunk that is being read.
    lines: usize,
    /// The start of a line whose end is in a later chunk.
    partial: Vec<u8>,
    /// The last byte of the previous chunk.
    last: u8,
}

/// What the next byte is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A header, or a line above the first one.
    Line,
    /// A body, which is skipped.
    Body,
}

impl Default for Indexer {
    fn default() -> Self {
        Self {
            index: Index::default(),
            names: Vec::new(),
            place: Place::Line,
            line_offset: 0,
            lines: 0,
            partial: Vec::new(),
            last: b'\n',
        }
    }
}

impl Indexer {
    /// Returns an indexer with memory reserved for a text of about `length` bytes. Reserved memory that
    /// is not used costs nothing, and growing step by step copies everything each time.
    pub fn for_length(length: u64) -> Self {
        let length = usize::try_from(length.min(MOST_RESERVED)).unwrap_or_default();
        let mut new = Self::default();
        new.index.starts.reserve(length / 64);
        new.index.marks.reserve(length / 1024);
        new.names.reserve(length / 8);
        new
    }

    /// Reads the next chunk of the text, which may end anywhere.
    ///
    /// # Errors
    /// The first line that can't be read.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), SyntaxError> {
        let base = self.index.length;
        self.index.length += chunk.len() as u64;
        let mut at = 0;
        while at < chunk.len() {
            let rest = &chunk[at..];
            at += match self.place {
                Place::Line => self.read_line(rest).map_err(|kind| {
                    // This chunk has only the end of a line that began in an earlier one.
                    let before = &chunk[..if self.line_offset < base { 0 } else { at }];
                    SyntaxError { line: self.lines + line_ends(before) + 1, kind }
                })?,
                Place::Body => self.skip_body(rest, base + at as u64),
            };
        }
        self.last = chunk.last().copied().unwrap_or(self.last);
        self.count_lines(chunk, base);
        Ok(())
    }

    /// Returns the index after the last chunk.
    ///
    /// # Errors
    /// The last line, if it can't be read.
    pub fn finish(mut self) -> Result<Index, SyntaxError> {
        if !self.partial.is_empty() {
            let raw = std::mem::take(&mut self.partial);
            let line = self.lines + 1;
            self.take_line(&raw).map_err(|kind| SyntaxError { line, kind })?;
        }
        self.index.names = String::from_utf8(self.names).expect("BUG: each was UTF-8");
        Ok(self.index)
    }

    /// Counts the lines that end in a chunk whose first byte is at offset `base`.
    fn count_lines(&mut self, chunk: &[u8], base: u64) {
        let mut offset = base;
        for stretch in chunk.chunks(usize::try_from(MARK_DISTANCE).unwrap_or(usize::MAX)) {
            let marked = self.index.marks.last().map_or(0, |mark| mark.offset);
            if offset - marked >= MARK_DISTANCE {
                self.index.marks.push(Mark { offset, lines: self.lines });
            }
            self.lines += line_ends(stretch);
            offset += stretch.len() as u64;
        }
    }

    /// Reads the rest of a line. Returns the number of its bytes.
    fn read_line(&mut self, rest: &[u8]) -> Result<usize, SyntaxErrorKind> {
        // Nearly all are headers without a comment: one search finds the end, and that there is none.
        if self.partial.is_empty()
            && self.line_offset > 0
            && let Some(end) = find_of_three([b'\n', b'#', b';'], rest)
            && let [b'[', name @ .., b']', b'\n'] = &rest[..=end]
            && name.is_ascii()
        {
            self.take_header(name, self.line_offset);
            self.line_offset += end as u64 + 1;
            return Ok(end + 1);
        }
        let Some(end) = find(b'\n', rest).map(|at| at + 1) else {
            self.partial.extend_from_slice(rest);
            return Ok(rest.len());
        };
        if self.partial.is_empty() {
            self.take_line(&rest[..end])?;
        } else {
            self.partial.extend_from_slice(&rest[..end]);
            let line = std::mem::take(&mut self.partial);
            self.take_line(&line)?;
        }
        Ok(end)
    }

    /// Takes a whole line with its ending: a header, or a line above the first one.
    fn take_line(&mut self, raw: &[u8]) -> Result<(), SyntaxErrorKind> {
        if !raw.is_ascii() && std::str::from_utf8(raw).is_err() {
            return Err(SyntaxErrorKind::NotUtf8);
        }
        let has_bom = self.line_offset == 0 && raw.starts_with(BOM.as_bytes());
        let bom = if has_bom { BOM.len() } else { 0 };
        let line = without_ending(&raw[bom..]);
        if line.first() == Some(&b'[') {
            self.take_header(&line[header_name_range(line)?], self.line_offset + bom as u64);
        } else if !std::str::from_utf8(line).is_ok_and(is_blank_or_comment) {
            return Err(SyntaxErrorKind::BeforeFirstSection);
        }
        self.line_offset += raw.len() as u64;
        Ok(())
    }

    fn take_header(&mut self, name: &[u8], offset: u64) {
        self.names.extend_from_slice(name);
        self.index.starts.push(Start { offset, name_end: self.names.len() });
        self.place = Place::Body;
        // What follows is the start of a line, even if this line began in an earlier chunk.
        self.last = b'\n';
    }

    /// Skips to the next header. Returns the number of bytes skipped. `rest` starts at `offset`.
    fn skip_body(&mut self, rest: &[u8], offset: u64) -> usize {
        let last = if offset == self.line_offset { b'\n' } else { self.last };
        let is_at_start = last == b'\n' && rest.first() == Some(&b'[');
        let header = if is_at_start { Some(0) } else { find_bracket(rest) };
        if let Some(skipped) = header {
            self.line_offset = offset + skipped as u64;
            self.place = Place::Line;
        }
        header.unwrap_or(rest.len())
    }
}
