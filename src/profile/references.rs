//! Which keys of a profile name another profile, and what they say when that gets another name.

use super::{File, Files, SectionKind, key::Key, process_line::with_profile_renamed, section_kind};
use crate::{
    error::{Location, Result},
    ini::{Property, lookup},
};

/// A key that names a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The profile that it stands in.
    pub profile: String,
    /// The key, in lower case.
    pub key: &'static str,
    /// Where it stands.
    pub at: Location,
}

pub(super) const PROCESS: &str = Key::CredentialProcess.name();

/// The keys of both files that name the profile `to`, but for its own.
pub fn references(files: &Files, to: &str) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    for file in [&files.config, &files.credentials] {
        for place in 0..file.index().len() {
            let kind = section_kind(file.index().name(place), file.which);
            if let SectionKind::Profile { name, .. } = kind
                && name != to
            {
                find(file, place, &name, to, &mut found)?;
            }
        }
    }
    Ok(found)
}

fn find(
    file: &File,
    place: usize,
    profile: &str,
    to: &str,
    found: &mut Vec<Reference>,
) -> Result<()> {
    let properties = file.properties(place)?;
    for (key, _) in renamed(&properties, to, to) {
        let line = lookup(&properties, key).map_or(0, |property| property.line);
        found.push(Reference { profile: profile.to_owned(), key, at: file.location(line) });
    }
    Ok(())
}

/// The keys of a section that name the profile `old`, each with what it says when that is `new`.
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
