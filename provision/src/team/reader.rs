//! Reads TOML values as the expected types.

use std::{borrow::Cow, collections::HashSet};

use rolecall::nearest_of;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::source::{Source, Word};

pub(super) type TomlKey<'t> = Spanned<Cow<'t, str>>;
pub(super) type TomlValue<'t> = Spanned<DeValue<'t>>;

/// What a value should be, and the hint if it isn't.
struct Expected<'e> {
    what: &'e str,
    hint: &'e str,
}

/// Returns the byte where a value or key begins.
pub(super) fn at<T>(spanned: &Spanned<T>) -> usize {
    spanned.span().start
}

/// Returns a key as a word.
pub(super) fn word(key: &TomlKey<'_>) -> Word {
    Word { text: key.get_ref().to_string(), at: at(key) }
}

/// Returns a hint with the names similar to `wanted`, or `otherwise` if there are none.
pub(super) fn meant<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
    otherwise: &str,
) -> String {
    match nearest_of(names, wanted).as_slice() {
        [] => otherwise.to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    }
}

impl<'t> Source<'t> {
    /// Returns a table's values for the keys `known`, in that order; other keys are faults. `what`
    /// is the kind of entry: `a role`.
    pub(super) fn values<'v, const N: usize>(
        &mut self,
        table: &'v DeTable<'t>,
        what: &str,
        known: [&str; N],
    ) -> [Option<&'v TomlValue<'t>>; N] {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
            self.unknown(key, what, &known);
        }
        known
            .map(|name| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value))
    }

    fn unknown(&mut self, key: &TomlKey<'_>, what: &str, known: &[&str]) {
        /// Keys that must come before all tables.
        const FIRST: [&str; 2] = ["master_copy", "users"];
        let name = &**key.get_ref();
        let hint = if what != "a file" && FIRST.contains(&name) {
            "move it above the first [table]: below one, it is a key of that table".to_owned()
        } else {
            meant(name, known.iter().copied(), &format!("{what} has: {}", known.join(", ")))
        };
        self.fault(at(key), format!("{what} has no '{name}'"), hint);
    }

    /// Returns a string; `None` after recording a fault.
    pub(super) fn text(&mut self, value: &TomlValue<'t>, what: &str) -> Option<Word> {
        match value.get_ref() {
            DeValue::String(text) => Some(Word { text: text.to_string(), at: at(value) }),
            DeValue::Integer(number) => {
                let hint = format!("quote it: \"{}\"", number.as_str());
                self.fault(at(value), format!("{what} is a number, not a string"), hint);
                None
            }
            _ => self.wrong(value, what, Expected { what: "a string", hint: "quote it" }),
        }
    }

    /// Returns a list of strings; a single string counts as a list of one. Duplicates are faults.
    pub(super) fn texts(&mut self, value: &TomlValue<'t>, what: &str) -> Vec<Word> {
        let DeValue::Array(values) = value.get_ref() else {
            if let DeValue::Table(_) = value.get_ref() {
                let hint = "write [\"one\", \"another\"]";
                return self
                    .wrong(value, what, Expected { what: "a list of strings", hint })
                    .unwrap_or_default();
            }
            return self.text(value, what).into_iter().collect();
        };
        let (mut words, mut seen) = (Vec::new(), HashSet::new());
        for value in values {
            let Some(word) = self.text(value, &format!("an entry of {what}")) else { continue };
            if !seen.insert(word.text.clone()) {
                let message = format!("'{}' is listed twice in {what}", word.text);
                self.fault(word.at, message, "remove one");
                continue;
            }
            words.push(word);
        }
        words
    }

    /// Returns a boolean; `None` after recording a fault.
    pub(super) fn truth(&mut self, value: &TomlValue<'t>, what: &str) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.wrong(
                value,
                what,
                Expected { what: "true or false", hint: "write it without quotes" },
            ),
        }
    }

    /// Returns a table; `None` after recording a fault.
    pub(super) fn table<'v>(
        &mut self,
        value: &'v TomlValue<'t>,
        what: &str,
        hint: &str,
    ) -> Option<&'v DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong(value, what, Expected { what: "a table", hint }),
        }
    }

    fn wrong<T>(&mut self, value: &TomlValue<'t>, what: &str, expected: Expected<'_>) -> Option<T> {
        let is = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(at(value), format!("{what} is {is}, not {}", expected.what), expected.hint);
        None
    }
}
