//! Reads a section again after an edit, before the edit counts.
//!
//! What the checks on the arguments let through should read back as given. Should one of them have
//! a hole, the user's file is not where it ought to show.

use super::properties::{KeyPath, Property, Value, lookup};
use super::refusal::EditError;
use super::scan::{SyntaxError, sections};

/// Whether a section's text says that `path` is `value`, and otherwise what it said `before`.
pub(super) fn check_edit(
    text: &str,
    name: &str,
    before: &[Property<'_>],
    path: &KeyPath<'_>,
    value: Option<&str>,
) -> Result<(), EditError> {
    let after = only_section(text, name)?;
    let found = path.find(&after);
    let reads_back = match value {
        Some(value) => found.and_then(Value::text) == Some(value),
        None => found.is_none(),
    };
    accept(reads_back && same(others(before, path), others(&after, path)))
}

/// Whether a section's text says what it said `before`, but that `path` is called `new`.
pub(super) fn check_rename(
    text: &str,
    name: &str,
    before: &[Property<'_>],
    path: &KeyPath<'_>,
    new: &str,
) -> Result<(), EditError> {
    let after = only_section(text, name)?;
    let renamed = |key: &str, property: &Property<'_>| {
        if property.key.eq_ignore_ascii_case(key) {
            new.to_owned()
        } else {
            property.key.to_owned()
        }
    };
    let outcome = match path.sub {
        None => same_keys(before, &after, |property| renamed(path.key, property)),
        Some(sub) => {
            let block = |properties| lookup(properties, path.key).map(|top| top.value.nested());
            let (old, new) = (block(before).unwrap_or(&[]), block(&after).unwrap_or(&[]));
            same_keys(old, new, |property| renamed(sub, property))
                && same(
                    others(before, &KeyPath::top(path.key)),
                    others(&after, &KeyPath::top(path.key)),
                )
        }
    };
    accept(outcome)
}

/// Whether both hold the same values in the same order, under the names that `name` says.
fn same_keys(
    before: &[Property<'_>],
    after: &[Property<'_>],
    name: impl Fn(&Property<'_>) -> String,
) -> bool {
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(old, new)| name(old) == new.key && old.value.same(&new.value))
}

/// Whether the text of a new section says that it is called `name` and holds `properties`.
pub(super) fn check_new_section(
    text: &str,
    name: &str,
    properties: &[(&str, &str)],
) -> Result<(), EditError> {
    let found = only_section(text, name)?;
    accept(
        found.len() == properties.len()
            && found.iter().zip(properties).all(|(found, (key, value))| {
                found.key == *key && found.value.text() == Some(*value)
            }),
    )
}

fn accept(condition: bool) -> Result<(), EditError> {
    if condition { Ok(()) } else { Err(EditError::ReadsBackDifferently) }
}

/// The properties of a text that is one section and no more.
fn only_section<'a>(text: &'a str, name: &str) -> Result<Vec<Property<'a>>, EditError> {
    let found: Result<Vec<_>, SyntaxError> = sections(text).take(2).collect();
    match found.as_deref() {
        Ok([section]) if section.name == name => {
            section.properties().map_err(|_| EditError::ReadsBackDifferently)
        }
        _ => Err(EditError::ReadsBackDifferently),
    }
}

/// All that an edit of `path` must not change: the other keys and, for a nested one, the rest of
/// the block in force.
fn others<'p, 'a>(
    properties: &'p [Property<'a>],
    path: &KeyPath<'_>,
) -> impl Iterator<Item = &'p Property<'a>> {
    let block = match path.sub {
        Some(_) => lookup(properties, path.key).map_or(&[][..], |top| top.value.nested()),
        None => &[],
    };
    let (key, sub) = (path.key, path.sub.unwrap_or_default());
    let top = properties.iter().filter(move |p| !p.key.eq_ignore_ascii_case(key));
    top.chain(block.iter().filter(move |p| !p.key.eq_ignore_ascii_case(sub)))
}

fn same<'p, 'a: 'p, 'b: 'p>(
    before: impl Iterator<Item = &'p Property<'a>>,
    after: impl Iterator<Item = &'p Property<'b>>,
) -> bool {
    let mut after = after;
    before
        .into_iter()
        .all(|old| after.next().is_some_and(|new| old.key == new.key && old.value.same(&new.value)))
        && after.next().is_none()
}
