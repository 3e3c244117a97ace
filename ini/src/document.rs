//! A file that keeps every byte, and in which single keys can be changed.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::edit::Draft;
use super::lines::trim;
use super::merge::merge;
use super::pieces::{Pieces, SectionId};
use super::properties::KeyPath;
use super::refusal::{EditError, check_key, check_section_name, check_value};
use super::scan::Section;
use super::search::line_ends;
use super::verify::EditedSection;

/// A file open for editing.
///
/// Any bytes are a document. Lines that can't be read are kept as they are, and prevent only edits of
/// their own section.
#[derive(Clone)]
pub struct Document(Content);

#[derive(Clone)]
enum Content {
    Text(Pieces),
    /// Not UTF-8 from `line` on.
    Binary {
        bytes: Vec<u8>,
        line: usize,
    },
}

/// A section to add.
#[derive(Clone, Debug)]
pub struct NewSection<'a> {
    /// The text between the brackets of its header.
    pub header_name: String,
    /// Its keys with their values.
    pub properties: Vec<(&'a str, String)>,
}

/// The header of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The section.
    pub id: SectionId,
    /// The text between the brackets, as written.
    pub name: &'a str,
    /// Its line, counted from 1.
    pub line: usize,
}

impl Document {
    /// Parses a file, which may be any bytes.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let line = 1 + line_ends(&bytes[..error.valid_up_to()]);
                return Self(Content::Binary { bytes: bytes.to_owned(), line });
            }
        };
        Self(Content::Text(Pieces::parse(text)))
    }

    /// Returns the bytes that were parsed, with the edits since.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Content::Text(pieces) => pieces.iter().collect::<String>().into_bytes(),
            Content::Binary { bytes, .. } => bytes.clone(),
        }
    }

    /// Returns the first line that is not UTF-8, counted from 1. Such a document can't be edited.
    pub fn invalid_utf8_line(&self) -> Option<usize> {
        match &self.0 {
            Content::Text(_) => None,
            Content::Binary { line, .. } => Some(*line),
        }
    }

    /// Returns the headers that can be read, in their order.
    pub fn sections(&self) -> impl Iterator<Item = Header<'_>> {
        let pieces = match &self.0 {
            Content::Text(pieces) => pieces.sections.as_slice(),
            Content::Binary { .. } => &[],
        };
        pieces.iter().enumerate().filter_map(|(at, piece)| {
            let name = piece.section().ok()?.name;
            Some(Header { id: SectionId(at), name, line: piece.line })
        })
    }

    /// Returns a section to read; `None` if it was removed or the id is from another document.
    pub fn section(&self, id: SectionId) -> Option<Section<'_>> {
        match &self.0 {
            Content::Text(pieces) => pieces.section(id).ok(),
            Content::Binary { .. } => None,
        }
    }

    /// Appends a section after a blank line.
    ///
    /// # Errors
    /// A section with this name already exists, or one of the arguments can't be written.
    pub fn add_section(
        &mut self,
        header_name: &str,
        properties: &[(&str, &str)],
    ) -> Result<SectionId, EditError> {
        check_new(header_name, properties)?;
        if let Some(Header { line, .. }) = self.sections().find(|it| trim(it.name) == header_name) {
            return Err(EditError::SectionExists { line });
        }
        self.pieces_mut()?.append(header_name, properties)
    }

    /// Appends many sections, each after a blank line.
    ///
    /// # Errors
    /// As for [`Self::add_section`]. Some of them may have been added then.
    pub fn add_sections(&mut self, sections: &[NewSection<'_>]) -> Result<(), EditError> {
        let known = self.sections().map(|it| (trim(it.name).to_owned(), it.line));
        let mut known: HashMap<String, usize> = known.collect();
        for NewSection { header_name, properties } in sections {
            let properties: Vec<(&str, &str)> =
                properties.iter().map(|(key, value)| (*key, &**value)).collect();
            check_new(header_name, &properties)?;
            if let Some(line) = known.get(header_name) {
                return Err(EditError::SectionExists { line: *line });
            }
            let pieces = self.pieces_mut()?;
            let id = pieces.append(header_name, &properties)?;
            known.insert(header_name.clone(), pieces.sections[id.0].line);
        }
        Ok(())
    }

    /// Gives all of `sections`, which readers merge into one, the same name.
    ///
    /// Comments after a header stay, and so does the body, even if it can't be read.
    ///
    /// # Errors
    /// Another section already has this name, or it can't be written.
    pub fn rename_sections(
        &mut self,
        sections: &[SectionId],
        header_name: &str,
    ) -> Result<(), EditError> {
        check_section_name(header_name)?;
        let is_taken = |it: &Header<'_>| trim(it.name) == header_name && !sections.contains(&it.id);
        if let Some(Header { line, .. }) = self.sections().find(is_taken) {
            return Err(EditError::SectionExists { line });
        }
        let pieces = self.pieces_mut()?;
        let renamed = sections.iter().map(|id| Ok((*id, pieces.renamed(*id, header_name)?)));
        for (id, text) in renamed.collect::<Result<Vec<_>, EditError>>()? {
            pieces.replace(id, text);
        }
        Ok(())
    }

    /// Gives each of `sections` a new header. They can change places, and those that readers merge into one
    /// can have the same.
    ///
    /// # Errors
    /// Another section already has a new name, or it can't be written.
    pub fn rename_all_sections(
        &mut self,
        sections: &[(SectionId, String)],
    ) -> Result<(), EditError> {
        let renamed: HashSet<SectionId> = sections.iter().map(|(id, _)| *id).collect();
        let others = self.sections().filter(|it| !renamed.contains(&it.id));
        let others: HashMap<String, usize> =
            others.map(|it| (trim(it.name).to_owned(), it.line)).collect();
        for (id, header_name) in sections {
            check_section_name(header_name)?;
            if let Some(line) = others.get(header_name) {
                return Err(EditError::SectionExists { line: *line });
            }
            let pieces = self.pieces_mut()?;
            let text = pieces.renamed(*id, header_name)?;
            pieces.replace(*id, text);
        }
        Ok(())
    }

    /// Removes a section with its header, its properties, everything between them, and the comments
    /// directly below them if a blank line follows.
    ///
    /// Comments above its header and above the next one stay. A blank line is removed only where two
    /// gaps would meet, or at the end of the document.
    pub fn remove_section(&mut self, section: SectionId) -> Result<(), EditError> {
        self.remove_sections(&[section])
    }

    /// Removes many sections as [`Self::remove_section`] does.
    pub fn remove_sections(&mut self, sections: &[SectionId]) -> Result<(), EditError> {
        self.pieces_mut()?.remove(sections)
    }

    /// Sets a key. Setting the value that it already has changes no byte. Of several keys with the same
    /// name, the last is set, since that one counts.
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

    /// Removes a key with all lines of its value, and all keys of the same name in the section.
    /// Returns whether there was one.
    pub fn unset(&mut self, section: SectionId, key: &KeyPath<'_>) -> Result<bool, EditError> {
        self.edit(section, key, None)
    }

    /// Removes all duplicates of a key in the section but the last, which counts. Returns whether there
    /// were any.
    ///
    /// # Errors
    /// The key has a nested block, or the section can't be read.
    pub fn keep_last(&mut self, section: SectionId, key: &str) -> Result<bool, EditError> {
        check_key(key)?;
        let path = KeyPath::top(key);
        let pieces = self.pieces_mut()?;
        let found = pieces.section(section)?;
        let mut draft = Draft::new(&found, pieces.style())?;
        let value = draft.text(&path).ok_or(EditError::ReadsBackDifferently)?;
        if !draft.keep_last(key) {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        let edited = EditedSection { name: found.name, text: &text, before: &before };
        edited.check_value(&path, Some(&value))?;
        pieces.replace(section, text);
        Ok(true)
    }

    /// Moves the comments behind the values of a key into lines of their own above them. Returns whether
    /// there were any.
    ///
    /// # Errors
    /// The section can't be read.
    pub fn separate_comments(&mut self, section: SectionId, key: &str) -> Result<bool, EditError> {
        let pieces = self.pieces_mut()?;
        let found = pieces.section(section)?;
        let mut draft = Draft::new(&found, pieces.style())?;
        if !draft.separate_comments(key) {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        EditedSection { name: found.name, text: &text, before: &before }.check_same()?;
        pieces.replace(section, text);
        Ok(true)
    }

    /// Moves the lines of all but the first of `sections` to the end of that one, and removes their
    /// headers. Of a key that several of them have, only the last stays, as readers merge them.
    ///
    /// # Errors
    /// One of the sections can't be read, or several have the same key with a nested block. Some of them
    /// may have been merged then.
    pub fn merge_sections(&mut self, sections: &[SectionId]) -> Result<(), EditError> {
        let Some((first, others)) = sections.split_first() else { return Ok(()) };
        for key in merge(self.pieces_mut()?, *first, others)? {
            self.keep_last(*first, &key)?;
        }
        Ok(())
    }

    /// Renames a key, and all keys of the same name in the section, in place: spacing, value and
    /// nested block stay. Returns whether there was one.
    ///
    /// # Errors
    /// Another key of the section, or of the block, is called `new`.
    pub fn rename_key(
        &mut self,
        section: SectionId,
        key: &KeyPath<'_>,
        new: &str,
    ) -> Result<bool, EditError> {
        check_key(new)?;
        let pieces = self.pieces_mut()?;
        let found = pieces.section(section)?;
        let mut draft = Draft::new(&found, pieces.style())?;
        if !draft.rename(key, new)? {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        let edited = EditedSection { name: found.name, text: &text, before: &before };
        edited.check_rename(key, new)?;
        pieces.replace(section, text);
        Ok(true)
    }

    /// Sets a key, or removes it if `value` is `None`, and checks the result before replacing anything.
    fn edit(
        &mut self,
        id: SectionId,
        path: &KeyPath<'_>,
        value: Option<&str>,
    ) -> Result<bool, EditError> {
        let pieces = self.pieces_mut()?;
        let section = pieces.section(id)?;
        let mut draft = Draft::new(&section, pieces.style())?;
        let changed = match value {
            Some(value) => draft.set(path, value)?,
            None => draft.unset(path),
        };
        if !changed {
            return Ok(false);
        }
        let (text, before) = draft.finish();
        let edited = EditedSection { name: section.name, text: &text, before: &before };
        edited.check_value(path, value)?;
        pieces.replace(id, text);
        Ok(true)
    }

    fn pieces_mut(&mut self) -> Result<&mut Pieces, EditError> {
        match &mut self.0 {
            Content::Text(pieces) => Ok(pieces),
            Content::Binary { line, .. } => Err(EditError::NotUtf8 { line: *line }),
        }
    }
}

/// Checks whether a section can be written.
fn check_new(header_name: &str, properties: &[(&str, &str)]) -> Result<(), EditError> {
    check_section_name(header_name)?;
    let mut keys = HashSet::new();
    for (key, value) in properties {
        check_key(key)?;
        check_value(value)?;
        if !keys.insert(key.to_ascii_lowercase()) {
            return Err(EditError::DuplicateKey);
        }
    }
    Ok(())
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sections().map(|it| (it.line, it.name))).finish()
    }
}
