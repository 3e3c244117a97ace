//! Finds the sections of a text that comes in pieces, without holding it.
//!
//! The same headers as [`super::sections`] finds, for whoever has many of them in a file and wants
//! few of their bodies: those are read afterwards, from where the index says they are.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr3};

use super::scan::{
    BOM, Checkpoint, Section, Sections, SyntaxError, SyntaxErrorKind, header_name_range, is_trivia,
    split_ending_of_bytes,
};

/// The least distance between two places whose line number is known.
///
/// Line ends are counted fastest in long stretches. Who wants the line of a header counts from the
/// place before it, which is no further away than this and one piece.
const MARK_DISTANCE: u64 = 1024;

/// For no more than so many bytes of a text is room made in advance.
const MOST_RESERVED: u64 = 4 * 1024 * 1024;

/// Where a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    offset: u64,
    name_end: usize,
}

/// A place before which so many lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    offset: u64,
    lines: usize,
}

/// Where the sections of a text are, and what they are called.
#[derive(Clone, Debug, Default)]
pub struct Index {
    heads: Vec<Head>,
    /// All names, one behind the other.
    names: String,
    /// By offset.
    marks: Vec<Mark>,
    length: u64,
}

impl Index {
    /// How many sections there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// What stands between the brackets of section `i`, as [`Section::name`] has it.
    ///
    /// # Panics
    /// When there is no such section; so do the others.
    pub fn name(&self, i: usize) -> &str {
        let start = i.checked_sub(1).map_or(0, |before| self.heads[before].name_end);
        &self.names[start..self.heads[i].name_end]
    }

    /// What the line of the header of section `i` follows from: so many lines end before the bytes
    /// that are given, and it is the number of all that end before the header, and 1.
    pub fn lines_before(&self, i: usize) -> (usize, Range<u64>) {
        let offset = self.heads[i].offset;
        let place = self.marks.partition_point(|mark| mark.offset <= offset);
        let mark = place.checked_sub(1).map_or(Mark { offset: 0, lines: 0 }, |at| self.marks[at]);
        (mark.lines, mark.offset..offset)
    }

    /// The bytes of section `i`, from its header to the next.
    pub fn range(&self, i: usize) -> Range<u64> {
        let end = self.heads.get(i + 1).map_or(self.length, |next| next.offset);
        self.heads[i].offset..end
    }

    /// Section `i`, whose header is in line `line`, read from `text`, its bytes. `None`: it is no longer
    /// what it was.
    pub fn section<'a>(&self, i: usize, line: usize, text: &'a str) -> Option<Section<'a>> {
        let checkpoint = Checkpoint { offset: 0, line };
        let mut sections = Sections::from_header(text, checkpoint);
        let section = sections.next()?.ok()?;
        (section.name == self.name(i) && sections.next().is_none()).then_some(section)
    }
}

/// Makes an [`Index`] of the pieces it is fed.
#[derive(Debug)]
pub struct Indexer {
    index: Index,
    /// As the index has them, but not yet known to be text as a whole.
    names: Vec<u8>,
    place: Place,
    /// Where the line that is being read began.
    line_offset: u64,
    /// How many lines end before the piece that is being read.
    lines: usize,
    /// What there is of a line that matters and whose end has not come yet.
    partial: Vec<u8>,
    /// The last byte of the piece before.
    last: u8,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A line that must be read: above all headers, or a header.
    Line,
    /// A body, of which nothing matters but where it ends.
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
    /// For a text of about so many bytes: room for the sections that it may have. What is not used
    /// of it costs nothing; what is got bit by bit is copied again and again.
    pub fn for_length(length: u64) -> Self {
        let length = usize::try_from(length.min(MOST_RESERVED)).unwrap_or_default();
        let mut new = Self::default();
        new.index.heads.reserve(length / 64);
        new.index.marks.reserve(length / 1024);
        new.names.reserve(length / 8);
        new
    }

    /// Reads the next piece of the text; it may end anywhere.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), SyntaxError> {
        let base = self.index.length;
        self.index.length += piece.len() as u64;
        let mut at = 0;
        while at < piece.len() {
            let rest = &piece[at..];
            at += match self.place {
                Place::Line => self.read_line(rest).map_err(|kind| {
                    // Of a line that began in an earlier piece, all that is here is its end.
                    let before = &piece[..if self.line_offset < base { 0 } else { at }];
                    SyntaxError { line: self.lines + count(before) + 1, kind }
                })?,
                Place::Body => self.skip_body(rest, base + at as u64),
            };
        }
        self.last = piece.last().copied().unwrap_or(self.last);
        self.count_lines(piece, base);
        Ok(())
    }

    /// The index, once all has been fed.
    pub fn finish(mut self) -> Result<Index, SyntaxError> {
        if !self.partial.is_empty() {
            let raw = std::mem::take(&mut self.partial);
            let line = self.lines + 1;
            self.take_line(&raw).map_err(|kind| SyntaxError { line, kind })?;
        }
        self.index.names = String::from_utf8(self.names).expect("BUG: each was text");
        Ok(self.index)
    }

    /// Counts the line ends of a piece that begins at `base`.
    fn count_lines(&mut self, piece: &[u8], base: u64) {
        let mut offset = base;
        for stretch in piece.chunks(usize::try_from(MARK_DISTANCE).unwrap_or(usize::MAX)) {
            let marked = self.index.marks.last().map_or(0, |mark| mark.offset);
            if offset - marked >= MARK_DISTANCE {
                self.index.marks.push(Mark { offset, lines: self.lines });
            }
            self.lines += count(stretch);
            offset += stretch.len() as u64;
        }
    }

    /// Reads on in a line; gives how many bytes belonged to it.
    fn read_line(&mut self, rest: &[u8]) -> Result<usize, SyntaxErrorKind> {
        // Nearly all are headers without a comment: one look shows where they end, and that.
        if self.partial.is_empty()
            && self.line_offset > 0
            && let Some(end) = memchr3(b'\n', b'#', b';', rest)
            && let [b'[', name @ .., b']', b'\n'] = &rest[..=end]
            && name.is_ascii()
        {
            self.take_header(name, self.line_offset);
            self.line_offset += end as u64 + 1;
            return Ok(end + 1);
        }
        let Some(end) = memchr(b'\n', rest).map(|at| at + 1) else {
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

    /// Takes a whole line, with its ending: a header, or one above all headers.
    fn take_line(&mut self, raw: &[u8]) -> Result<(), SyntaxErrorKind> {
        if !raw.is_ascii() && std::str::from_utf8(raw).is_err() {
            return Err(SyntaxErrorKind::NotUtf8);
        }
        let has_bom = self.line_offset == 0 && raw.starts_with(BOM.as_bytes());
        let bom = if has_bom { BOM.len() } else { 0 };
        let line = split_ending_of_bytes(&raw[bom..]);
        if line.first() == Some(&b'[') {
            self.names.extend_from_slice(&line[header_name_range(line)?]);
            self.index
                .heads
                .push(Head { offset: self.line_offset + bom as u64, name_end: self.names.len() });
            self.place = Place::Body;
            // What follows is at the start of a line, whatever piece this line ended in.
            self.last = b'\n';
        } else if !std::str::from_utf8(line).is_ok_and(is_trivia) {
            return Err(SyntaxErrorKind::BeforeFirstSection);
        }
        self.line_offset += raw.len() as u64;
        Ok(())
    }

    fn take_header(&mut self, name: &[u8], offset: u64) {
        self.names.extend_from_slice(name);
        self.index.heads.push(Head { offset, name_end: self.names.len() });
        self.place = Place::Body;
        // What follows is at the start of a line, whatever piece this line ended in.
        self.last = b'\n';
    }

    /// Skips to the next header; gives how many bytes that were. `offset` is where `rest` begins.
    fn skip_body(&mut self, rest: &[u8], offset: u64) -> usize {
        let last = if offset == self.line_offset { b'\n' } else { self.last };
        let before = |at: usize| if at == 0 { last } else { rest[at - 1] };
        let header = memchr_iter(b'[', rest).find(|&at| before(at) == b'\n');
        if let Some(skipped) = header {
            self.line_offset = offset + skipped as u64;
            self.place = Place::Line;
        }
        header.unwrap_or(rest.len())
    }
}

/// How many lines end in `bytes`.
fn count(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}
