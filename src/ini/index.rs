//! Finds the sections of a text that comes in pieces, without holding it.
//!
//! The same headers as [`super::sections`] finds, for whoever has many of them in a file and wants
//! few of their bodies: those are read afterwards, from where the index says they are.

use memchr::{memchr, memchr_iter};

use super::scan::{
    BOM, Checkpoint, Section, Sections, SyntaxError, SyntaxErrorKind, header_name, is_trivia,
    split_ending,
};

/// Where a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    offset: u64,
    line: usize,
    name_end: usize,
}

/// Where the sections of a text are, and what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    heads: Vec<Head>,
    /// All names, one behind the other.
    names: String,
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

    /// The line of the header of section `i`, counted from 1.
    pub fn line(&self, i: usize) -> usize {
        self.heads[i].line
    }

    /// The bytes of section `i`, from its header to the next.
    pub fn range(&self, i: usize) -> std::ops::Range<u64> {
        let end = self.heads.get(i + 1).map_or(self.length, |next| next.offset);
        self.heads[i].offset..end
    }

    /// Section `i`, read from `text`, its bytes. `None`: it is no longer what it was.
    pub fn section<'a>(&self, i: usize, text: &'a str) -> Option<Section<'a>> {
        let checkpoint = Checkpoint { offset: 0, line: self.line(i) };
        let mut sections = Sections::from_header(text, checkpoint);
        let section = sections.next()?.ok()?;
        (section.name == self.name(i) && sections.next().is_none()).then_some(section)
    }
}

/// Makes an [`Index`] of the pieces it is fed.
#[derive(Debug)]
pub struct Indexer {
    index: Index,
    place: Place,
    /// Where the line that is being read began.
    line_offset: u64,
    line: usize,
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
            place: Place::Line,
            line_offset: 0,
            line: 1,
            partial: Vec::new(),
            last: b'\n',
        }
    }
}

impl Indexer {
    /// Reads the next piece of the text; it may end anywhere.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), SyntaxError> {
        let base = self.index.length;
        self.index.length += piece.len() as u64;
        let mut at = 0;
        while at < piece.len() {
            let rest = &piece[at..];
            at += match self.place {
                Place::Line => self.read_line(rest)?,
                Place::Body => self.skip_body(rest, base + at as u64),
            };
        }
        self.last = piece.last().copied().unwrap_or(self.last);
        Ok(())
    }

    /// The index, once all has been fed.
    pub fn finish(mut self) -> Result<Index, SyntaxError> {
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.take_line(&line)?;
        }
        Ok(self.index)
    }

    /// Reads on in a line; gives how many bytes belonged to it.
    fn read_line(&mut self, rest: &[u8]) -> Result<usize, SyntaxError> {
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
    fn take_line(&mut self, raw: &[u8]) -> Result<(), SyntaxError> {
        let wrong = |kind| SyntaxError { line: self.line, kind };
        let text = std::str::from_utf8(raw).map_err(|_| wrong(SyntaxErrorKind::NotUtf8))?;
        let bom = if self.line_offset == 0 && text.starts_with(BOM) { BOM.len() } else { 0 };
        let (line, _) = split_ending(&text[bom..]);
        if line.starts_with('[') {
            self.index.names.push_str(header_name(line).map_err(wrong)?);
            self.index.heads.push(Head {
                offset: self.line_offset + bom as u64,
                line: self.line,
                name_end: self.index.names.len(),
            });
            self.place = Place::Body;
            // What follows is at the start of a line, whatever piece this line ended in.
            self.last = b'\n';
        } else if !is_trivia(line) {
            return Err(wrong(SyntaxErrorKind::BeforeFirstSection));
        }
        self.line_offset += raw.len() as u64;
        self.line += 1;
        Ok(())
    }

    /// Skips to the next header; gives how many bytes that were. `offset` is where `rest` begins.
    fn skip_body(&mut self, rest: &[u8], offset: u64) -> usize {
        let last = if offset == self.line_offset { b'\n' } else { self.last };
        let before = |at: usize| if at == 0 { last } else { rest[at - 1] };
        let header = memchr_iter(b'[', rest).find(|&at| before(at) == b'\n');
        let skipped = header.unwrap_or(rest.len());
        self.line += memchr_iter(b'\n', &rest[..skipped]).count();
        if header.is_some() {
            self.line_offset = offset + skipped as u64;
            self.place = Place::Line;
        }
        skipped
    }
}
