//! Parses a section again after an edit, before the document takes the edit over.
//!
//! The checks on an edit's arguments should be enough. If one of them has a gap, this keeps it from
//! damaging the user's file.

use super::properties::{KeyPath, Property, Value, lookup};
use super::refusal::EditError;
use super::scan::sections;
use super::syntax_error::SyntaxError;

/// A section after an edit.
pub(super) struct EditedSection<'t, 'a> {
    /// The name in its header.
    pub(super) name: &'t str,
    /// Its text after the edit.
    pub(super) text: &'t str,
    /// Its properties before the edit.
    pub(super) before: &'t [Property<'a>],
}

impl EditedSection<'_, '_> {
    /// Checks that the key at `path` has `value`, or is missing if that is `None`, and that all else
    /// is as it was.
    pub(super) fn check_value(
        &self,
        path: &KeyPath<'_>,
        value: Option<&str>,
    ) -> Result<(), EditError> {
        let after = only_section(self.text, self.name)?;
        let found = path.find(&after);
        let reads_back = match value {
            Some(value) => found.and_then(Value::text) == Some(value),
            None => found.is_none(),
        };
        accept(reads_back && same(others(self.before, path), others(&after, path)))
    }

    /// Checks that all properties are as they were.
    pub(super) fn check_same(&self) -> Result<(), EditError> {
        let after = only_section(self.text, self.name)?;
        accept(same_values(self.before, &after, |property| property.key.to_owned()))
    }

    /// Checks that the key at `path` is called `new`, and that all else is as it was.
    pub(super) fn check_rename(&self, path: &KeyPath<'_>, new: &str) -> Result<(), EditError> {
        let (before, after) = (self.before, only_section(self.text, self.name)?);
        let renamed = |key: &str, property: &Property<'_>| {
            let is_it = property.key.eq_ignore_ascii_case(key);
            (if is_it { new } else { property.key }).to_owned()
        };
        let outcome = match path.sub {
            None => same_values(before, &after, |property| renamed(path.key, property)),
            Some(sub) => {
                let block = |properties| lookup(properties, path.key).map(|top| top.value.nested());
                let (old, new) = (block(before).unwrap_or(&[]), block(&after).unwrap_or(&[]));
                let top = KeyPath::top(path.key);
                same_values(old, new, |property| renamed(sub, property))
                    && same(others(before, &top), others(&after, &top))
            }
        };
        accept(outcome)
    }
}

/// Whether both have the same values in the same order, with the keys of `before` renamed by `name`.
fn same_values(
    before: &[Property<'_>],
    after: &[Property<'_>],
    name: impl Fn(&Property<'_>) -> String,
) -> bool {
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(old, new)| name(old) == new.key && old.value.is_same(&new.value))
}

/// Checks that `text` is one section with this name and these properties.
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

/// The properties of a text that is exactly one section.
fn only_section<'a>(text: &'a str, name: &str) -> Result<Vec<Property<'a>>, EditError> {
    let found: Result<Vec<_>, SyntaxError> = sections(text).take(2).collect();
    match found.as_deref() {
        Ok([section]) if section.name == name => {
            section.properties().map_err(|_| EditError::ReadsBackDifferently)
        }
        _ => Err(EditError::ReadsBackDifferently),
    }
}

/// The properties that an edit of `path` must not change: the other keys and, for a nested key, the
/// others in its block.
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
    before.into_iter().all(|old| {
        after.next().is_some_and(|new| old.key == new.key && old.value.is_same(&new.value))
    }) && after.next().is_none()
}
