//! `TEAM.toml`: the users, groups, policies and roles that an account should have.
//!
//! No I/O: text in, the wanted state or every error with its line and column out. First the text is
//! split into words with their positions ([`parts`]). Then the words are resolved ([`resolve`]) to
//! names in the same file, AWS's policies, or ARNs.

mod document;
mod names;
mod parts;
mod reader;
mod resolve;
mod source;
mod trusts;

use std::{io, path::Path};

use rolecall::Error;
use toml::de::DeTable;

pub(crate) use resolve::Team;
pub(crate) use source::At;

/// Parses `text`, the content of the file `path`. `read` reads the files that it names; their paths
/// are relative to that file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub(crate) fn parse(
    path: &Path,
    text: &str,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Team, Vec<Error>> {
    let mut source = source::Source::new(path, text);
    let (file, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        source.fault(at, error.message(), hint_of(error.message()));
    }
    if !errors.is_empty() {
        return Err(source.into_errors());
    }
    let none = DeTable::new();
    let parts = parts::of(&mut source, file.get_ref(), &none);
    let team = resolve::team(&mut source, &parts, read);
    let faults = source.into_errors();
    if faults.is_empty() { Ok(team) } else { Err(faults) }
}

/// Returns what to do about an error from the TOML parser.
fn hint_of(message: &str) -> &'static str {
    if message.starts_with("cannot extend") {
        "a list or { … } above can't have [tables] below: write all of them as tables"
    } else if message.starts_with("duplicate key") {
        "merge them into one"
    } else {
        "see https://toml.io: strings need quotes"
    }
}

/// Returns a file's bytes as text.
///
/// # Errors
/// If they are not UTF-8.
pub(crate) fn text_of<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b str, Error> {
    str::from_utf8(bytes).map_err(|error| {
        let end = error.valid_up_to();
        let before = str::from_utf8(&bytes[..end]).unwrap_or_default();
        let at = source::Source::new(path, before).at(end);
        at.error("the file is not UTF-8", "save it as UTF-8")
    })
}

#[cfg(test)]
mod tests;
