//! The keys of a profile that refer to another profile, and their values when that is renamed.

use super::{Files, SectionKind, key::Key, process_line::with_profile_renamed, section_kind};
use crate::{
    error::{Location, Result},
    ini::{Property, lookup},
};

/// A key that refers to a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The profile that has the key.
    pub profile: String,
    /// The key, in lower case.
    pub key: &'static str,
    /// Where it is.
    pub at: Location,
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
