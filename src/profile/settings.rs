//! One profile: its settings, merged, each with where it comes from.

use super::{
    Which,
    key::{Key, PREFIX},
};
use crate::{
    error::{Kind, Location, Result},
    ini::Value,
};

/// A key of a profile with its value and place.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The key in lower case.
    pub key: String,
    /// What stands behind it.
    pub value: Value<'a>,
    /// The file it stands in.
    pub which: Which,
    /// Its line there, from 1.
    pub at: Location,
}

impl Setting<'_> {
    /// The value as text; `None` for a nested block and for an empty value, which says nothing.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text of a sub-key of a nested block; the last one counts, in any case of letters.
    pub fn nested(&self, sub_key: &str) -> Option<&str> {
        let Value::Nested(block) = &self.value else {
            return None;
        };
        let found =
            block.iter().rev().find(|property| property.key.eq_ignore_ascii_case(sub_key))?;
        match &found.value {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// A profile as both files together describe it.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    /// Its name.
    pub name: String,
    /// Where its first section begins.
    pub at: Location,
    /// Its settings, in the order in which their keys are first met.
    pub settings: Vec<Setting<'a>>,
}

impl<'a> Profile<'a> {
    /// The setting under exactly this key (lower case).
    pub fn setting(&self, key: &str) -> Option<&Setting<'a>> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// The text of a setting, under the name that wins; `None` where absent or empty.
    pub fn get(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        key.names().find_map(|name| self.text(name))
    }

    /// The text of a setting, like [`Self::get`], if its value is valid.
    ///
    /// # Errors
    /// The value breaks the setting's rule.
    pub fn checked(&self, key: Key) -> Result<Option<(&str, &Setting<'a>)>> {
        let found = self.get(key);
        if let Some((text, setting)) = found {
            key.check(text).map_err(|invalid| {
                let error = invalid.error(Kind::Config, format!("'{}'", setting.key));
                error.at(Some(setting.at.clone()))
            })?;
        }
        Ok(found)
    }

    /// The number of a setting, like [`Self::checked`].
    pub fn number(&self, key: Key) -> Result<Option<u32>> {
        Ok(self.checked(key)?.and_then(|(text, _)| text.parse().ok()))
    }

    /// The text of a setting under its name with our prefix.
    pub fn prefixed(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        self.text(key.prefixed())
    }

    /// The text of a setting under AWS's name.
    pub fn plain(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        self.text(key.name())
    }

    /// The text under exactly this key, with its setting; `None` where absent or empty.
    pub(super) fn text(&self, key: &str) -> Option<(&str, &Setting<'a>)> {
        let setting = self.setting(key)?;
        Some((setting.text()?, setting))
    }

    /// Whether a `rolecall_` key of any kind is there.
    pub(super) fn has_own_settings(&self) -> bool {
        self.settings.iter().any(|setting| setting.key.starts_with(PREFIX))
    }
}
