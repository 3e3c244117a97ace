//! Duplicate sections and keys. Readers like ours merge them; botocore refuses the whole file.

use std::collections::HashMap;

use super::{File, Files, SectionKind, Which, is_secret_key, process_line::as_word, section_kind};
use crate::{error::Location, ini::Property};

/// A section, or a key of a section, that is in its file twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duplicate {
    /// The header of the section that is there twice, or that has a key twice.
    pub(crate) header: String,
    /// The key; `None` if it is the section that is there twice.
    pub(crate) key: Option<String>,
    /// A description of it.
    pub(crate) what: String,
    /// The place of the second one.
    pub(crate) at: Location,
    /// What to do about it.
    pub(crate) hint: String,
}

/// Calls `found` for each duplicate of both files, in the order of the files. There may be a million, so they
/// are not kept here.
///
/// Rule: Python's configparser, as botocore uses it: headers are compared exactly, keys without regard
/// to case.
pub(crate) fn for_each_duplicate(files: &Files, mut found: impl FnMut(Duplicate)) {
    for file in [&files.config, &files.credentials] {
        find(file, &mut found);
    }
}

fn find(file: &File, found: &mut impl FnMut(Duplicate)) {
    let index = file.index();
    let mut headers = HashMap::new();
    for place in 0..index.len() {
        let header = index.name(place);
        if let Some(earlier) = headers.insert(header, place) {
            let at = file.location(file.line(place));
            let first = file.line(earlier);
            let hint = format!("move its lines up into the section in line {first}");
            found(Duplicate {
                header: header.to_owned(),
                key: None,
                what: format!("section [{header}]"),
                at,
                hint,
            });
        }
        // A section that can't be read is reported when it is needed.
        let properties = file.properties(place).unwrap_or_default();
        for again in repeated(&properties) {
            let property = again.property;
            let at = file.location(property.line);
            let what = format!("key '{}' of section [{header}]", property.key);
            found(Duplicate {
                header: header.to_owned(),
                key: Some(property.key.to_owned()),
                what,
                at,
                hint: key_hint(file, header, &again),
            });
        }
    }
}

/// Up to this number of keys, comparing each with all before it is faster than a hash table. Most
/// sections have fewer.
const FEW: usize = 24;

/// A property whose key was there before.
struct Repeated<'p, 'a> {
    property: &'p Property<'a>,
    /// The line of the one before.
    first: usize,
}

/// The properties whose key was there before.
fn repeated<'p, 'a>(properties: &'p [Property<'a>]) -> Vec<Repeated<'p, 'a>> {
    let mut found = Vec::new();
    let mut keys = HashMap::new();
    for (i, property) in properties.iter().enumerate() {
        let before = if properties.len() <= FEW {
            let mut before = properties[..i].iter().rev();
            before.find(|it| it.key.eq_ignore_ascii_case(property.key)).map(|it| it.line)
        } else {
            keys.insert(property.key.to_ascii_lowercase(), property.line)
        };
        found.extend(before.map(|first| Repeated { property, first }));
    }
    found
}

/// What to do about a duplicate key. The last one takes effect. A secret is not set on the command line.
fn key_hint(file: &File, header: &str, again: &Repeated<'_, '_>) -> String {
    let lower = again.property.key.to_ascii_lowercase();
    match section_kind(header, file.which) {
        SectionKind::Profile { name, .. }
            if file.which == Which::Config && !is_secret_key(&lower) =>
        {
            let name = as_word(&name);
            format!(
                "'rolecall profile unset {name} {lower}' removes all of them, and \
                 'rolecall profile set {name} {lower}=VALUE' writes one"
            )
        }
        _ => format!("remove line {}: the last one takes effect", again.first),
    }
}
