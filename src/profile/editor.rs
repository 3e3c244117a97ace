//! Edits of profiles in a document: which sections belong to a profile, and what an edit does to each.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use super::{
    SectionKind, Which, name::DEFAULT_PROFILE, process_line::check_name, references, section_kind,
};
use crate::{
    error::{Error, Kind, Location, Result},
    ini::{Document, EditError, KeyPath, Part, SectionId, Value, lookup},
};

/// One of the two files, open for editing its profiles.
pub(crate) struct ProfileEditor<'d> {
    document: &'d mut Document,
    which: Which,
    path: &'d Path,
}

/// Returns the header of a profile's section in that file, as all readers accept it.
pub(crate) fn header(name: &str, which: Which) -> String {
    match which {
        Which::Config if name != DEFAULT_PROFILE => format!("profile {name}"),
        _ => name.to_owned(),
    }
}

impl<'d> ProfileEditor<'d> {
    /// Returns an editor for the profiles of `document`, the text of the file `path`.
    ///
    /// # Errors
    /// The document is not UTF-8.
    pub(crate) fn new(document: &'d mut Document, which: Which, path: &'d Path) -> Result<Self> {
        let editor = Self { document, which, path };
        match editor.document.invalid_utf8_line() {
            Some(line) => Err(editor.refused(EditError::NotUtf8 { line })),
            None => Ok(editor),
        }
    }

    /// All sections of this name, and whether each has the word `profile`.
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

    /// The sections that are merged into this profile: `[profile default]` wins over `[default]`.
    fn sections(&self, name: &str) -> Vec<SectionId> {
        let all = self.all_sections(name);
        let any_prefixed = all.iter().any(|(_, prefixed)| *prefixed);
        all.into_iter().filter(|found| found.1 == any_prefixed).map(|found| found.0).collect()
    }

    /// Whether this file has a section for this profile.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.all_sections(name).is_empty()
    }

    /// Adds an empty section for a profile that has none.
    ///
    /// # Errors
    /// The document can't be edited.
    pub(crate) fn add(&mut self, name: &str) -> Result<()> {
        let added = self.document.add_section(&header(name, self.which), &[]);
        added.map(drop).map_err(|error| self.refused(error))
    }

    /// Sets a key where it takes effect: of several sections of the profile, in the last that has it.
    ///
    /// # Errors
    /// The section can't be edited, or the key or value can't be written.
    pub(crate) fn set(&mut self, name: &str, key: &KeyPath<'_>, value: &str) -> Result<()> {
        let sections = self.sections(name);
        // A section that can't be read is reported by the edit.
        let may_have = |id: &&SectionId| {
            let section = self.document.section(**id);
            section.is_none_or(|section| {
                section.properties().map_or(true, |found| lookup(&found, key.top_key()).is_some())
            })
        };
        let target = sections.iter().rev().find(may_have).or(sections.last());
        let target = *target.expect("BUG: the profile has no section");
        self.document.set(target, key, value).map_err(|error| match error.part() {
            // A wrong key may contain something that must not be shown.
            None | Some(Part::Value) if error.line().is_none() => {
                Error::new(Kind::Usage, format!("'{key}' can't be set: {error}"))
            }
            _ => self.refused(error),
        })
    }

    /// Removes a key from all sections of the profile. Returns whether there was one.
    ///
    /// # Errors
    /// A section can't be edited.
    pub(crate) fn unset(&mut self, name: &str, key: &KeyPath<'_>) -> Result<bool> {
        let mut found = false;
        for section in self.sections(name) {
            found |= self.document.unset(section, key).map_err(|error| self.refused(error))?;
        }
        Ok(found)
    }

    /// Returns the keys of a profile in lower case, and those of a nested block as `block.key`. Sections
    /// that can't be read are skipped.
    pub(crate) fn keys(&self, name: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for id in self.sections(name) {
            let section = self.document.section(id);
            for property in
                section.and_then(|section| section.properties().ok()).unwrap_or_default()
            {
                let key = property.key.to_ascii_lowercase();
                if let Value::Nested(block) = &property.value {
                    let inner = block.iter().map(|sub| sub.key.to_ascii_lowercase());
                    keys.extend(inner.map(|sub| format!("{key}.{sub}")));
                }
                keys.push(key);
            }
        }
        keys
    }

    /// Removes all sections of a profile. Returns whether there was one.
    ///
    /// # Errors
    /// A section can't be edited.
    pub(crate) fn remove(&mut self, name: &str) -> Result<bool> {
        let sections = self.all_sections(name);
        for (section, _) in &sections {
            self.document.remove_section(*section).map_err(|error| self.refused(error))?;
        }
        Ok(!sections.is_empty())
    }

    /// Removes all sections of many profiles.
    ///
    /// # Errors
    /// A section can't be edited.
    pub(crate) fn remove_all(&mut self, names: &HashSet<&str>) -> Result<()> {
        let sections = self.document.sections();
        let found = sections.filter_map(|it| match section_kind(it.name, self.which) {
            SectionKind::Profile { name, .. } => names.contains(&*name).then_some(it.id),
            _ => None,
        });
        let sections: Vec<_> = found.collect();
        self.document.remove_sections(&sections).map_err(|error| self.refused(error))
    }

    /// Renames the profile `old` to `new`, also in every key that refers to it. Returns whether `old` has
    /// a section.
    ///
    /// # Errors
    /// A profile called `new` exists, or a section can't be edited.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Result<bool> {
        if self.has(new) {
            return Err(Error::config(format!("profile '{new}' already exists"))
                .at(self.place_of(new))
                .hint("choose another name, or remove that profile first"));
        }
        let sections = self.all_sections(old);
        if sections.iter().any(|found| found.1 != sections[0].1) {
            return Err(Error::config(
                "there are both [profile default] and [default], of which only the first is used",
            )
            .at(self.place_of(old))
            .hint("remove one of them, then try again"));
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

    /// Renames many profiles, also in every key that refers to one of them. `names` has the new name of each;
    /// they can change places.
    ///
    /// # Errors
    /// Another profile has a new name, or a section can't be edited.
    pub(crate) fn rename_all(&mut self, names: &HashMap<String, String>) -> Result<()> {
        let (mut sections, mut all) = (Vec::new(), Vec::new());
        for it in self.document.sections() {
            let SectionKind::Profile { name, .. } = section_kind(it.name, self.which) else {
                continue;
            };
            all.push(it.id);
            if names.contains_key(&*name) {
                sections.push((it.id, name.into_owned()));
            }
        }
        for id in all {
            let Some(section) = self.document.section(id) else { continue };
            let properties =
                section.properties().map_err(|error| self.refused(EditError::Syntax(error)))?;
            let edits: Vec<_> = references::names_in(&properties)
                .filter_map(|old| names.get_key_value(&*old))
                .flat_map(|(old, new)| references::renamed(&properties, old, new))
                .collect();
            for (key, value) in edits {
                let set = self.document.set(id, &KeyPath::top(key), &value);
                set.map_err(|error| self.refused(error))?;
            }
        }
        let which = self.which;
        let sections: Vec<(SectionId, String)> =
            sections.into_iter().map(|(id, old)| (id, header(&names[&old], which))).collect();
        self.document.rename_all_sections(&sections).map_err(|error| self.refused(error))
    }

    fn place_of(&self, name: &str) -> Option<Location> {
        let (id, _) = *self.all_sections(name).first()?;
        Some(self.location(self.document.section(id)?.line()))
    }

    fn location(&self, line: usize) -> Location {
        Location { file: self.path.into(), line }
    }

    /// The error for a refused edit: of kind `Config` if the file is wrong, or else of kind `Usage`.
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
