//! `TEAM.toml`: what is to be in an account, as people write it down.
//!
//! Pure: text in, [`Wanted`] or all that is wrong with it out, each with its line and column. First the
//! text is taken apart ([`parts`]), each word with where it stands; then what the words mean is looked
//! for ([`resolve`]): names of the same file, AWS's policies, ARNs.

mod document;
mod names;
mod parts;
mod reader;
mod resolve;
mod source;
mod trusts;

use std::{io, path::Path};

use rolecall::error::Error;
use toml::de::DeTable;

pub(crate) use resolve::Team;

/// Reads the file `path`, whose text is `text`. `read` reads the files that it names, whose paths
/// start where the file lies.
///
/// # Errors
/// All that is wrong with it, in the order of the file.
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

/// What to do about an error of the parser.
fn hint_of(message: &str) -> &'static str {
    if message.starts_with("cannot extend") {
        "a list or { … } above can't have [tables] below: write them all as tables"
    } else if message.starts_with("duplicate key") {
        "put both into one"
    } else {
        "see https://toml.io: texts stand in quotes"
    }
}

/// The text that a file's bytes are.
///
/// # Errors
/// Where they are none.
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
