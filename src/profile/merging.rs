//! Merges the settings of the sections of one profile.

use std::{borrow::Cow, collections::BTreeMap};

use super::{File, Setting, is_secret_key};
use crate::error::Result;

/// Whether readers ignore a line with this key, because it contains whitespace. If it contains a colon,
/// it may be a line like `aws_session_token: …=`, whose value must not be shown as a key.
fn is_ignored_key(key: &str) -> bool {
    if !key.bytes().any(|byte| matches!(byte, b':' | b' ' | b'\t')) {
        return false;
    }
    let word = key.split([':', ' ', '\t']).next().unwrap_or_default();
    key.contains([' ', '\t']) || word != key && is_secret_key(&word.to_ascii_lowercase())
}

fn lower_case(key: &str) -> Cow<'_, str> {
    if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(key.to_ascii_lowercase())
    } else {
        Cow::Borrowed(key)
    }
}

/// Returns the settings of section `place`, in their order.
///
/// # Errors
/// The section can't be read.
pub(super) fn settings_of(file: &File, place: usize) -> Result<impl Iterator<Item = Setting<'_>>> {
    let properties = file.properties(place)?.into_iter();
    Ok(properties.filter(|property| !is_ignored_key(property.key)).map(move |property| Setting {
        key: lower_case(property.key),
        at: file.location(property.line),
        value: property.value,
        which: file.which,
        overrides: None,
    }))
}

/// Up to this number of settings, a search is faster than a hash table. Most profiles have fewer.
pub(super) const FEW: usize = 64;

/// Settings in the order in which their keys first appear, each key once.
#[derive(Default)]
pub(super) struct Merging<'a> {
    pub(super) list: Vec<Setting<'a>>,
    /// The index of each key; empty while there are few. A hash table would ask the kernel for random
    /// numbers even then.
    places: BTreeMap<Cow<'a, str>, usize>,
}

impl<'a> Merging<'a> {
    /// Adds a setting, which replaces an earlier one with its key.
    pub(super) fn put(&mut self, setting: Setting<'a>) {
        let known = if self.list.len() <= FEW {
            self.list.iter().position(|known| known.key == setting.key)
        } else {
            self.places.get(&*setting.key).copied()
        };
        if let Some(at) = known {
            return self.list[at].override_with(setting);
        }
        self.list.push(setting);
        if self.list.len() > FEW {
            let start = self.places.len();
            let new = self.list[start..].iter().zip(start..);
            self.places.extend(new.map(|(setting, at)| (setting.key.clone(), at)));
        }
    }
}
