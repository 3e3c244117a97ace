//! A profile's settings, merged from both files, each with its place.

use std::{borrow::Cow, cell::OnceCell, ops::Deref, rc::Rc};

use super::{
    ProcessLine, Which,
    key::{Key, PREFIX},
};
use crate::{
    error::{Kind, Location, Reason, Result},
    ini::Value,
    rules::Invalid,
};

/// A key of a profile with its value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Setting<'a> {
    /// The key in lower case.
    pub(crate) key: Cow<'a, str>,
    /// Its value.
    pub(crate) value: Value<'a>,
    /// The file that it is in.
    pub(crate) which: Which,
    /// Its line in that file.
    pub(crate) at: Location,
    /// The setting of the config file that this one of the credentials file overrides.
    pub(crate) overrides: Option<Box<Setting<'a>>>,
}

impl<'a> Setting<'a> {
    /// Replaces this setting by a later one of the same key, which remembers the one of the other file.
    pub(super) fn override_with(&mut self, mut later: Setting<'a>) {
        if later.which == self.which {
            later.overrides = self.overrides.take();
            *self = later;
        } else {
            let overridden = std::mem::replace(self, later);
            self.overrides = Some(Box::new(overridden));
        }
    }

    /// Returns this setting or the one that it overrides, whichever is in that file.
    fn in_file(&self, which: Which) -> Option<&Self> {
        if self.which == which { Some(self) } else { self.overrides.as_deref()?.in_file(which) }
    }

    /// Returns the text of the value; `None` for a nested block or an empty value.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a key in a nested block, without regard to case. The last one wins.
    pub(crate) fn nested(&self, sub_key: &str) -> Option<&str> {
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

/// A profile, merged from both files.
#[derive(Clone, Debug)]
pub(crate) struct Profile<'a> {
    /// Its name.
    pub(crate) name: String,
    /// The header of its first section.
    pub(crate) at: Location,
    /// Its settings.
    pub(crate) settings: Settings<'a>,
}

/// The settings of one profile, in the order in which their keys first appear. Copies share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings<'a>(Rc<Shared<'a>>);

#[derive(Debug, Default)]
struct Shared<'a> {
    list: Vec<Setting<'a>>,
    /// What the `credential_process` runs, once somebody has asked.
    process_line: OnceCell<Option<ProcessLine>>,
}

impl<'a> From<Vec<Setting<'a>>> for Settings<'a> {
    fn from(list: Vec<Setting<'a>>) -> Self {
        Self(Rc::new(Shared { list, process_line: OnceCell::new() }))
    }
}

impl<'a> Deref for Settings<'a> {
    type Target = [Setting<'a>];

    fn deref(&self) -> &[Setting<'a>] {
        &self.0.list
    }
}

impl Settings<'_> {
    /// Returns what the `credential_process` runs; `find` finds it out the first time.
    pub(super) fn process_line(
        &self,
        find: impl FnOnce() -> Option<ProcessLine>,
    ) -> Option<&ProcessLine> {
        self.0.process_line.get_or_init(find).as_ref()
    }
}

impl<'a> Profile<'a> {
    /// Returns the setting with exactly this key (lower case).
    pub(crate) fn setting(&self, key: &str) -> Option<&Setting<'a>> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// Returns the text of a setting, under the name that wins, and where it is; `None` if it is missing
    /// or empty.
    pub(crate) fn get(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        key.names().find_map(|name| self.text(name))
    }

    /// Returns the text of a setting, like [`Self::get`], after checking that there are no quotes and
    /// nothing invisible around it.
    ///
    /// # Errors
    /// There are.
    pub(crate) fn unquoted(&self, key: Key) -> Result<Option<(&str, &Setting<'a>)>> {
        judged(self.get(key), |text| key.check_ends(text).map(|()| text))
    }

    /// Returns the text of a setting under AWS's name in the file that `other` is in, like
    /// [`Self::unquoted`], whether or not the other file overrides it.
    ///
    /// # Errors
    /// As of [`Self::unquoted`].
    pub(crate) fn beside(
        &self,
        other: &Setting<'_>,
        key: Key,
    ) -> Result<Option<(&str, &Setting<'a>)>> {
        let setting = self.setting(key.name()).and_then(|setting| setting.in_file(other.which));
        let found = setting.and_then(|setting| Some((setting.text()?, setting)));
        judged(found, |text| key.check_ends(text).map(|()| text))
    }

    /// Returns the text of a setting, like [`Self::get`], after checking it.
    ///
    /// # Errors
    /// The value breaks the setting's rule.
    pub(crate) fn checked(&self, key: Key) -> Result<Option<(&str, &Setting<'a>)>> {
        judged(self.get(key), |text| key.check(text).map(|()| text))
    }

    /// Returns the value of a setting, like [`Self::checked`], as `parse` reads it, which is the
    /// setting's check in the table.
    ///
    /// # Errors
    /// The value breaks the setting's rule.
    pub(crate) fn parsed<T>(
        &self,
        key: Key,
        parse: fn(&str) -> std::result::Result<T, Invalid>,
    ) -> Result<Option<(T, &Setting<'a>)>> {
        judged(self.get(key), |text| key.parse(text, parse))
    }

    /// Returns the text of a setting under its name with our prefix, and where it is.
    pub(crate) fn prefixed(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        self.text(key.prefixed())
    }

    /// Returns the text of a setting under AWS's name, and where it is.
    pub(crate) fn plain(&self, key: Key) -> Option<(&str, &Setting<'a>)> {
        self.text(key.name())
    }

    /// Returns the text with exactly this key, and where it is; `None` if it is missing or empty.
    pub(super) fn text(&self, key: &str) -> Option<(&str, &Setting<'a>)> {
        let setting = self.setting(key)?;
        Some((setting.text()?, setting))
    }

    /// Whether the profile has a key with our prefix, apart from those that profiles of other programs may
    /// have.
    pub(super) fn has_own_settings(&self) -> bool {
        let others = [Key::ProcessCache, Key::Audit, Key::Confirm, Key::AgentPolicy];
        let others = others.map(Key::prefixed);
        let mut keys = self.settings.iter().map(|setting| &*setting.key);
        keys.any(|key| key.starts_with(PREFIX) && !others.contains(&key))
    }
}

/// What a profile says, with its place.
type Found<'p, 'a> = Option<(&'p str, &'p Setting<'a>)>;

/// Returns what `judge` makes of the text that was found, unless it refuses that.
fn judged<'p, 'a, T>(
    found: Found<'p, 'a>,
    judge: impl FnOnce(&'p str) -> std::result::Result<T, Invalid>,
) -> Result<Option<(T, &'p Setting<'a>)>> {
    let Some((text, setting)) = found else { return Ok(None) };
    let value = judge(text).map_err(|invalid| {
        let error = invalid.error(Kind::Config, format!("'{}'", setting.key));
        error.at(Some(setting.at.clone())).because(Reason::InvalidValue)
    })?;
    Ok(Some((value, setting)))
}
