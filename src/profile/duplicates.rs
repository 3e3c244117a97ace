//! Duplicate sections and keys. Readers like ours merge them; botocore refuses the whole file.

use std::collections::HashMap;

use super::{File, Files, SectionKind, Which, is_secret_key, process_line::as_word, section_kind};
use crate::error::Location;

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
        let keys = file.section(place).ok().and_then(|section| section.keys().ok());
        for again in repeated(&keys.unwrap_or_default()) {
            let Repeated { key, line, .. } = again;
            found(Duplicate {
                header: header.to_owned(),
                key: Some(key.to_owned()),
                what: format!("key '{key}' of section [{header}]"),
                at: file.location(line),
                hint: key_hint(file, header, &again),
            });
        }
    }
}

/// Up to this number of keys, comparing each with all before it is faster than a hash table. Most
/// sections have fewer.
const FEW: usize = 24;

/// A key that was there before.
struct Repeated<'a> {
    key: &'a str,
    line: usize,
    /// The line of the one before.
    first: usize,
}

/// The keys that were there before. Each comes with its line.
fn repeated<'a>(keys: &[(&'a str, usize)]) -> Vec<Repeated<'a>> {
    let mut found = Vec::new();
    let mut known = HashMap::new();
    for (i, &(key, line)) in keys.iter().enumerate() {
        let before = if keys.len() <= FEW {
            let mut before = keys[..i].iter().rev();
            before.find(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, line)| *line)
        } else {
            known.insert(key.to_ascii_lowercase(), line)
        };
        found.extend(before.map(|first| Repeated { key, line, first }));
    }
    found
}

/// What to do about a duplicate key. The last one takes effect. A secret is not set on the command line.
fn key_hint(file: &File, header: &str, again: &Repeated<'_>) -> String {
    let lower = again.key.to_ascii_lowercase();
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
