//! Profiles in a document that is being edited: which of its sections are a profile's, and what an
//! edit of the profile does to each.

use std::path::Path;

use super::{SectionKind, Which, process_line::check_name, references, section_kind};
use crate::{
    error::{Error, Kind, Location, Result},
    ini::{Document, EditError, KeyPath, Part, SectionId, lookup},
};

/// One of the two files, open for edits of its profiles.
pub struct ProfileEditor<'d> {
    document: &'d mut Document,
    which: Which,
    path: &'d Path,
}

/// The profile that has a header of its own in the config file.
const DEFAULT: &str = "default";

/// The header of a profile's section in that file, as all readers take it.
pub fn header(name: &str, which: Which) -> String {
    match which {
        Which::Config if name != DEFAULT => format!("profile {name}"),
        _ => name.to_owned(),
    }
}

impl<'d> ProfileEditor<'d> {
    /// The profiles of `document`, which is the text of `path`.
    pub fn new(document: &'d mut Document, which: Which, path: &'d Path) -> Result<Self> {
        let editor = Self { document, which, path };
        match editor.document.invalid_utf8_line() {
            Some(line) => Err(editor.refused(EditError::NotUtf8 { line })),
            None => Ok(editor),
        }
    }

    /// All sections with the name of this profile, and whether each has the word `profile`.
    fn all_sections(&self, name: &str) -> Vec<(SectionId, bool)> {
        let sections = self.document.sections();
        let found = sections.filter_map(|it| match section_kind(it.name, self.which) {
            SectionKind::Profile { name: found, prefixed } if found == name => {
                Some((it.id, prefixed))
            }
            _ => None,
        });
        found.collect()
    }

    /// The sections that make up this profile: `[profile default]` beats `[default]`.
    fn sections(&self, name: &str) -> Vec<SectionId> {
        let all = self.all_sections(name);
        let any_prefixed = all.iter().any(|(_, prefixed)| *prefixed);
        all.into_iter().filter(|found| found.1 == any_prefixed).map(|found| found.0).collect()
    }

    /// Whether this file has a section of this profile.
    pub fn has(&self, name: &str) -> bool {
        !self.all_sections(name).is_empty()
    }

    /// Adds a section for a profile that has none.
    pub fn add(&mut self, name: &str) -> Result<()> {
        let added = self.document.add_section(&header(name, self.which), &[]);
        added.map(drop).map_err(|error| self.refused(error))
    }

    /// Sets a key where it is in force. Of several sections that are one profile the last that has
    /// the key counts.
    pub fn set(&mut self, name: &str, key: &KeyPath<'_>, value: &str) -> Result<()> {
        let sections = self.sections(name);
        // One that does not parse is told of by the edit.
        let may_have = |id: &&SectionId| {
            let section = self.document.section(**id);
            section.is_none_or(|section| {
                section.properties().map_or(true, |found| lookup(&found, key.top_key()).is_some())
            })
        };
        let target = sections.iter().rev().find(may_have).or(sections.last());
        let target = *target.expect("BUG: a profile that is set has a section");
        self.document.set(target, key, value).map_err(|error| match error.part() {
            // What is wrong with a key may be unfit to be shown.
            None | Some(Part::Value) if error.line().is_none() => {
                Error::new(Kind::Usage, format!("'{key}' can't be set: {error}"))
            }
            _ => self.refused(error),
        })
    }

    /// Removes a key wherever it stands in this profile, so that none comes into force; says whether
    /// there was one.
    pub fn unset(&mut self, name: &str, key: &KeyPath<'_>) -> Result<bool> {
        let mut found = false;
        for section in self.sections(name) {
            found |= self.document.unset(section, key).map_err(|error| self.refused(error))?;
        }
        Ok(found)
    }

    /// Removes all sections of a profile; says whether there was one.
    pub fn remove(&mut self, name: &str) -> Result<bool> {
        let sections = self.all_sections(name);
        for (section, _) in &sections {
            self.document.remove_section(*section).map_err(|error| self.refused(error))?;
        }
        Ok(!sections.is_empty())
    }

    /// Gives the sections of `old` the name `new`, which no profile of this file has, and turns every
    /// key that names `old` to `new`; says whether `old` has a section.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<bool> {
        if self.has(new) {
            return Err(Error::config(format!("profile '{new}' already exists"))
                .at(self.place_of(new))
                .hint("choose another name, or remove that profile first"));
        }
        let sections = self.all_sections(old);
        if sections.iter().any(|found| found.1 != sections[0].1) {
            return Err(Error::config(
                "there are [profile default] and [default], of which only the first counts",
            )
            .at(self.place_of(old))
            .hint("take one of them out, then try again"));
        }
        self.rename_references(old, new)?;
        let sections: Vec<_> = sections.into_iter().map(|found| found.0).collect();
        let renamed = self.document.rename_sections(&sections, &header(new, self.which));
        renamed.map_err(|error| self.refused(error))?;
        Ok(!sections.is_empty())
    }

    fn rename_references(&mut self, old: &str, new: &str) -> Result<()> {
        let sections: Vec<_> =
            self.document.sections().map(|it| (it.id, is_profile(it.name, self.which))).collect();
        for (id, _) in sections.into_iter().filter(|found| found.1) {
            let Some(section) = self.document.section(id) else { continue };
            let properties = match section.properties() {
                Ok(properties) => properties,
                Err(error) => return Err(self.refused(EditError::Syntax(error))),
            };
            let line = section.line();
            let edits: Vec<_> = references::renamed(&properties, old, new).collect();
            for (key, value) in edits {
                if key == references::PROCESS {
                    check_name(new).map_err(|error| error.at(Some(self.location(line))))?;
                }
                let set = self.document.set(id, &KeyPath::top(key), &value);
                set.map_err(|error| self.refused(error))?;
            }
        }
        Ok(())
    }

    fn place_of(&self, name: &str) -> Option<Location> {
        let (id, _) = *self.all_sections(name).first()?;
        Some(self.location(self.document.section(id)?.line()))
    }

    fn location(&self, line: usize) -> Location {
        Location { file: self.path.to_owned(), line }
    }

    /// A refusal in the user's words: the file's fault, or that of what it was to say.
    fn refused(&self, error: EditError) -> Error {
        match error.line() {
            Some(line) => Error::config(error.to_string())
                .at(Some(self.location(line)))
                .hint("correct the file there, then try again"),
            None => Error::new(Kind::Usage, error.to_string()),
        }
    }
}

fn is_profile(header: &str, which: Which) -> bool {
    matches!(section_kind(header, which), SectionKind::Profile { .. })
}
