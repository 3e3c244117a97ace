//! A whole file, kept to the byte, of which single keys can be changed.

use std::collections::HashSet;
use std::fmt;

use super::edit::{Draft, Spacing, Surroundings};
use super::properties::KeyPath;
use super::refusal::{EditError, check_key, check_section_name, check_value};
use super::scan::{
    BOM, Checkpoint, Section, SyntaxError, count_lines, first_header, next_header, trim,
};
use super::verify::{check_edit, check_new_section, check_rename};

/// A file as a list of pieces that together are its bytes.
///
/// Any bytes are a document: what makes no sense is kept, printed and left alone, and stands in the
/// way of no edit but one in its own section.
#[derive(Clone)]
pub struct Document(Content);

#[derive(Clone)]
enum Content {
    Text(Pieces),
    /// Not UTF-8; `line` is the first that isn't.
    Opaque {
        bytes: Vec<u8>,
        line: usize,
    },
}

/// A text, cut in front of each header, so that an edit moves no more than its own section.
#[derive(Clone)]
struct Pieces {
    preamble: String,
    /// None is ever removed: an id is an index.
    sections: Vec<Piece>,
}

/// A section's header and body.
#[derive(Clone)]
struct Piece {
    text: String,
    line: usize,
}

/// A section of the document that gave out the id, for as long as the document lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SectionId(usize);

impl Document {
    /// Takes any bytes.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
                return Self(Content::Opaque { bytes: bytes.to_owned(), line });
            }
        };
        let mut start = first_header(text);
        let preamble = text[..start].to_owned();
        let mut line = 1 + count_lines(&preamble);
        let mut sections = Vec::new();
        while start < text.len() {
            let end = next_header(text, start);
            let text = text[start..end].to_owned();
            start = end;
            let lines = count_lines(&text);
            sections.push(Piece { text, line });
            line += lines;
        }
        Self(Content::Text(Pieces { preamble, sections }))
    }

    /// The bytes: those that were parsed, but for the edits since.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Content::Text(pieces) => pieces.iter().collect::<String>().into_bytes(),
            Content::Opaque { bytes, .. } => bytes.clone(),
        }
    }

    /// The first line that is not UTF-8, counted from 1; such a document can't be edited.
    pub fn invalid_utf8_line(&self) -> Option<usize> {
        match &self.0 {
            Content::Text(_) => None,
            Content::Opaque { line, .. } => Some(*line),
        }
    }

    /// The sections whose headers make sense: id, name as written between the brackets, and line.
    pub fn sections(&self) -> impl Iterator<Item = (SectionId, &str, usize)> {
        let pieces = match &self.0 {
            Content::Text(pieces) => pieces.sections.as_slice(),
            Content::Opaque { .. } => &[],
        };
        pieces.iter().enumerate().filter_map(|(at, piece)| {
            let section = piece.section().ok()?;
            Some((SectionId(at), section.name, piece.line))
        })
    }

    /// A section to read; `None` if the id is from another document.
    pub fn section(&self, id: SectionId) -> Option<Section<'_>> {
        match &self.0 {
            Content::Text(pieces) => pieces.sections.get(id.0)?.section().ok(),
            Content::Opaque { .. } => None,
        }
    }

    /// Appends a section, set off by a blank line. Its name must be new to the document.
    pub fn add_section(
        &mut self,
        header_name: &str,
        properties: &[(&str, &str)],
    ) -> Result<SectionId, EditError> {
        check_section_name(header_name)?;
        let mut keys = HashSet::new();
        for (key, value) in properties {
            check_key(key)?;
            check_value(value)?;
            if !keys.insert(key.to_ascii_lowercase()) {
                return Err(EditError::DuplicateKey);
            }
        }
        if let Some((_, _, line)) = self.sections().find(|(_, name, _)| trim(name) == header_name) {
            return Err(EditError::SectionExists { line });
        }
        self.pieces_mut()?.append(header_name, properties)
    }

    /// Sets a key. The value that it has already changes no byte; a key that occurs several times
    /// is set where it is in force.
    pub fn set(
        &mut self,
        section: SectionId,
        key: &KeyPath<'_>,
        value: &str,
    ) -> Result<(), EditError> {
        check_key(key.key)?;
        key.sub.map_or(Ok(()), check_key)?;
        check_value(value)?;
        self.edit(section, key, Some(value)).map(|_| ())
    }

    /// Removes a key with all lines of its value, wherever it occurs in the section; says whether
    /// there was one.
    pub fn unset(&mut self, section: SectionId, key: &KeyPath<'_>) -> Result<bool, EditError> {
        self.edit(section, key, None)
    }

    /// Renames a key where it stands, with its spacing, its value and its nested block; says whether
    /// there was one. A key that occurs several times is renamed wherever it does.
    ///
    /// No other key of the section, or of the block, may be called `new`.
    pub fn rename_key(
        &mut self,
        section: SectionId,
        key: &KeyPath<'_>,
        new: &str,
    ) -> Result<bool, EditError> {
        check_key(new)?;
        let pieces = self.pieces_mut()?;
        let piece = pieces.sections.get(section.0).ok_or(EditError::NoSuchSection)?;
        let found = piece.section().map_err(EditError::Syntax)?;
        let mut draft = Draft::new(&found, pieces.surroundings())?;
        if !draft.rename(key, new)? {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        check_rename(&text, found.name, &before, key, new)?;
        pieces.replace(section, text);
        Ok(true)
    }

    /// Sets or unsets a key, and looks at the outcome before it replaces anything.
    fn edit(
        &mut self,
        id: SectionId,
        path: &KeyPath<'_>,
        value: Option<&str>,
    ) -> Result<bool, EditError> {
        let pieces = self.pieces_mut()?;
        let piece = pieces.sections.get(id.0).ok_or(EditError::NoSuchSection)?;
        let section = piece.section().map_err(EditError::Syntax)?;
        let mut draft = Draft::new(&section, pieces.surroundings())?;
        let changed = match value {
            Some(value) => draft.set(path, value)?,
            None => draft.unset(path),
        };
        if !changed {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        check_edit(&text, section.name, &before, path, value)?;
        pieces.replace(id, text);
        Ok(true)
    }

    fn pieces_mut(&mut self) -> Result<&mut Pieces, EditError> {
        match &mut self.0 {
            Content::Text(pieces) => Ok(pieces),
            Content::Opaque { line, .. } => Err(EditError::NotUtf8 { line: *line }),
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sections().map(|(_, name, line)| (line, name))).finish()
    }
}

impl Piece {
    fn section(&self) -> Result<Section<'_>, SyntaxError> {
        let checkpoint = Checkpoint { offset: 0, line: self.line };
        Section::at(&self.text, 0, self.text.len(), checkpoint)
    }
}

impl Pieces {
    /// The texts of the pieces, in order.
    fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        std::iter::once(self.preamble.as_str())
            .chain(self.sections.iter().map(|piece| piece.text.as_str()))
    }

    /// The line ending and the spacing for lines that have no neighbour to take them from.
    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { spacing: self.spacing(), ending: self.ending() }
    }

    fn spacing(&self) -> Spacing<'_> {
        self.sections
            .iter()
            .filter_map(|piece| piece.section().ok())
            .find_map(|section| Spacing::first_in(section.body()))
            .unwrap_or(Spacing::USUAL)
    }

    /// The ending of the last line that has one.
    fn ending(&self) -> &'static str {
        let last = self.iter().rev().find_map(|text| text.rfind('\n').map(|at| &text[..at]));
        if last.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
    }

    fn append(&mut self, name: &str, properties: &[(&str, &str)]) -> Result<SectionId, EditError> {
        let last = self.iter().next_back().unwrap_or_default();
        let last = last.strip_prefix(BOM).unwrap_or(last);
        let bare_end = !last.is_empty() && !last.ends_with('\n');
        let separator = self.separator(last);
        let ending = self.ending();
        let spacing = self.spacing();

        let mut text = format!("[{name}]");
        for (key, value) in properties {
            text.push_str(ending);
            text.push_str(&spacing.write(key, value));
        }
        if !bare_end {
            text.push_str(ending);
        }
        check_new_section(&text, name, properties)?;

        let previous = match self.sections.last_mut() {
            Some(piece) => &mut piece.text,
            None => &mut self.preamble,
        };
        previous.push_str(&separator);
        let line = match self.sections.last() {
            Some(piece) => piece.line + count_lines(&piece.text),
            None => 1 + count_lines(&self.preamble),
        };
        self.sections.push(Piece { text, line });
        Ok(SectionId(self.sections.len() - 1))
    }

    /// What must follow `last`, the text of the last piece, for a new section to be set off by a
    /// blank line.
    fn separator(&self, last: &str) -> String {
        let mut separator = String::new();
        if last.is_empty() {
            return separator;
        }
        let ending = self.ending();
        let closed = last.strip_suffix('\n');
        if closed.is_none() {
            // A `\r` at the end of the text is no ending but part of the line, and stays so.
            separator.push_str(if last.ends_with('\r') { "\r\n" } else { ending });
        }
        let closed = closed.unwrap_or(last);
        let line = &closed[closed.rfind('\n').map_or(0, |at| at + 1)..];
        if !line.trim().is_empty() {
            separator.push_str(ending);
        }
        separator
    }

    /// Puts a new text in a section's place and moves the line numbers below.
    fn replace(&mut self, id: SectionId, text: String) {
        let Some((piece, below)) = self.sections[id.0..].split_first_mut() else {
            return;
        };
        let (old, new) = (count_lines(&piece.text), count_lines(&text));
        piece.text = text;
        for piece in below {
            piece.line = piece.line + new - old;
        }
    }
}
