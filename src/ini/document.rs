//! A whole file, kept to the byte, of which single keys can be changed.

use std::collections::HashSet;
use std::fmt;

use super::edit::Draft;
use super::pieces::Pieces;
use super::properties::KeyPath;
use super::refusal::{EditError, check_key, check_section_name, check_value};
use super::scan::{Section, trim};
use super::verify::{check_edit, check_rename};

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

/// A section of the document that gave out the id, for as long as the document lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SectionId(pub(super) usize);

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
        Self(Content::Text(Pieces::parse(text)))
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
            Content::Text(pieces) => pieces.section(id).ok(),
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

    /// Renames sections: those that are one to their reader, in whatever spelling, get one name. It
    /// must be new to all others.
    ///
    /// What stands behind a header stays, a comment for instance; so does the body, whatever it says.
    pub fn rename_sections(
        &mut self,
        sections: &[SectionId],
        header_name: &str,
    ) -> Result<(), EditError> {
        check_section_name(header_name)?;
        let taken = self
            .sections()
            .find(|(id, name, _)| trim(name) == header_name && !sections.contains(id));
        if let Some((_, _, line)) = taken {
            return Err(EditError::SectionExists { line });
        }
        let pieces = self.pieces_mut()?;
        let renamed = sections.iter().map(|id| Ok((*id, pieces.renamed(*id, header_name)?)));
        for (id, text) in renamed.collect::<Result<Vec<_>, EditError>>()? {
            pieces.replace(id, text);
        }
        Ok(())
    }

    /// Removes a section: its header, its properties, what stands between these, and comments right
    /// below them that a blank line sets off from what follows.
    ///
    /// Comments above the header stay; so do those in front of the next one, which speak of that.
    /// Blank lines are taken along only where two gaps would become one, or the document's end.
    pub fn remove_section(&mut self, section: SectionId) -> Result<(), EditError> {
        self.pieces_mut()?.remove(section)
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
        let found = pieces.section(section)?;
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
        let section = pieces.section(id)?;
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
