//! The keys of a profile that refer to another profile, and their values when that is renamed.

use std::collections::HashSet;

use super::{
    File, Files, SectionKind,
    key::Key,
    process_line::{with_profile_renamed, words_of_names},
    section_kind,
};
use crate::{
    error::{Location, Result},
    ini::{Property, lookup},
};

/// A key that refers to a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The profile that has the key.
    pub(crate) profile: String,
    /// The key, in lower case.
    pub(crate) key: &'static str,
    /// Where it is.
    pub(crate) at: Location,
}

pub(super) const PROCESS: &str = Key::CredentialProcess.name();

/// Returns the keys of other profiles, in both files, that refer to the profile `to`.
///
/// # Errors
/// A section can't be read.
pub(crate) fn references(files: &Files, to: &str) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    for file in [&files.config, &files.credentials] {
        for place in 0..file.index().len() {
            let kind = section_kind(file.index().name(place), file.which);
            if let SectionKind::Profile { name, .. } = kind
                && name != to
            {
                let properties = file.properties(place)?;
                for (key, _) in renamed(&properties, to, to) {
                    let line = lookup(&properties, key).map_or(0, |property| property.line);
                    let at = file.location(line);
                    found.push(Reference { profile: name.clone().into_owned(), key, at });
                }
            }
        }
    }
    Ok(found)
}

/// Returns the names of profiles that are in `file`: of its sections, and those that their keys may refer to.
/// Sections that can't be read are skipped.
pub(crate) fn names_mentioned(file: &File) -> HashSet<String> {
    let mut names = HashSet::new();
    for place in 0..file.index().len() {
        if let SectionKind::Profile { name, .. } =
            section_kind(file.index().name(place), file.which)
        {
            names.insert(name.into_owned());
            names.extend(file.properties(place).iter().flat_map(|properties| names_in(properties)));
        }
    }
    names
}

/// The names of profiles that the keys of a section may refer to.
pub(super) fn names_in(properties: &[Property<'_>]) -> impl Iterator<Item = String> {
    let text = |key: &str| lookup(properties, key).and_then(|property| property.value.text());
    let mut names: Vec<String> =
        Key::SourceProfile.names().filter_map(text).map(str::to_owned).collect();
    names.extend(text(PROCESS).into_iter().flat_map(words_of_names));
    names.sort();
    names.dedup();
    names.into_iter()
}

/// The keys of a section that refer to the profile `old`, with their values when that is called `new`.
pub(super) fn renamed(
    properties: &[Property<'_>],
    old: &str,
    new: &str,
) -> impl Iterator<Item = (&'static str, String)> {
    let text = |key: &str| lookup(properties, key).and_then(|property| property.value.text());
    let sources = Key::SourceProfile.names().filter(move |key| text(key) == Some(old));
    let line = text(PROCESS).and_then(|line| with_profile_renamed(line, old, new));
    sources.map(move |key| (key, new.to_owned())).chain(line.map(|line| (PROCESS, line)))
}
