//! What stands twice: readers like ours merge it, botocore refuses the whole file for it.

use std::collections::HashMap;

use super::{File, Files};
use crate::error::{Location, Result};

/// A section, or a key within one, that its file has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// What it is, for people.
    pub what: String,
    /// Where it stands for the second time.
    pub at: Location,
}

/// The duplicates of both files, in the order of the files.
///
/// Rule: Python's configparser, as botocore uses it: headers are equal to the letter, keys without
/// regard to case.
pub fn duplicates(files: &Files) -> Result<Vec<Duplicate>> {
    let mut found = Vec::new();
    for file in [&files.config, &files.credentials] {
        find(file, &mut found)?;
    }
    Ok(found)
}

fn find(file: &File, found: &mut Vec<Duplicate>) -> Result<()> {
    let index = file.index();
    let mut headers = HashMap::new();
    for place in 0..index.len() {
        let header = index.name(place);
        if headers.insert(header, place).is_some() {
            let at = file.location(index.line(place));
            found.push(Duplicate { what: format!("section [{header}]"), at });
        }
        let mut keys = HashMap::new();
        for property in file.properties(place)? {
            if keys.insert(property.key.to_ascii_lowercase(), property.line).is_some() {
                let at = file.location(property.line);
                let what = format!("key '{}' of section [{header}]", property.key);
                found.push(Duplicate { what, at });
            }
        }
    }
    Ok(())
}
