//! Values of TOML as what they should be.

use std::{borrow::Cow, collections::HashSet};

use rolecall::profile::nearest_of;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::source::{Source, Word};

pub(super) type Key<'t> = Spanned<Cow<'t, str>>;
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// What a value should be, and what to do where it is something else.
struct Expected<'e> {
    what: &'e str,
    hint: &'e str,
}

/// Where a value or a key begins.
pub(super) fn at<T>(spanned: &Spanned<T>) -> usize {
    spanned.span().start
}

/// A key as a word.
pub(super) fn word(key: &Key<'_>) -> Word {
    Word { text: key.get_ref().to_string(), at: at(key) }
}

/// What one may have meant, as a hint; else `otherwise`.
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
    /// A table's values of the keys `known`, in that order; other keys are faults. `what` has them: `a
    /// role`.
    pub(super) fn values<'v, const N: usize>(
        &mut self,
        table: &'v DeTable<'t>,
        what: &str,
        known: [&str; N],
    ) -> [Option<&'v Value<'t>>; N] {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
            self.unknown(key, what, &known);
        }
        known
            .map(|name| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value))
    }

    fn unknown(&mut self, key: &Key<'_>, what: &str, known: &[&str]) {
        /// Keys that stand before all tables.
        const FIRST: [&str; 2] = ["master_copy", "users"];
        let name = &**key.get_ref();
        let hint = if what != "a file" && FIRST.contains(&name) {
            "put it above the first [table]: below one, it is a key of that table".to_owned()
        } else {
            meant(name, known.iter().copied(), &format!("{what} has: {}", known.join(", ")))
        };
        self.fault(at(key), format!("{what} has no '{name}'"), hint);
    }

    /// A text; `None`, and a fault: it is something else.
    pub(super) fn text(&mut self, value: &Value<'t>, what: &str) -> Option<Word> {
        match value.get_ref() {
            DeValue::String(text) => Some(Word { text: text.to_string(), at: at(value) }),
            DeValue::Integer(number) => {
                let hint = format!("put it in quotes: \"{}\"", number.as_str());
                self.fault(at(value), format!("{what} is a number, not a text"), hint);
                None
            }
            _ => self.wrong(value, what, Expected { what: "a text", hint: "write it in quotes" }),
        }
    }

    /// A list of texts, or one text in place of a list of one. A text that stands in it twice is a fault.
    pub(super) fn texts(&mut self, value: &Value<'t>, what: &str) -> Vec<Word> {
        let DeValue::Array(values) = value.get_ref() else {
            if let DeValue::Table(_) = value.get_ref() {
                let hint = "write [\"one\", \"another\"]";
                return self
                    .wrong(value, what, Expected { what: "a list of texts", hint })
                    .unwrap_or_default();
            }
            return self.text(value, what).into_iter().collect();
        };
        let (mut words, mut seen) = (Vec::new(), HashSet::new());
        for value in values {
            let Some(word) = self.text(value, &format!("an entry of {what}")) else { continue };
            if !seen.insert(word.text.clone()) {
                let message = format!("'{}' stands in {what} twice", word.text);
                self.fault(word.at, message, "take one out");
                continue;
            }
            words.push(word);
        }
        words
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, value: &Value<'t>, what: &str) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.wrong(
                value,
                what,
                Expected { what: "true or false", hint: "write it without quotes" },
            ),
        }
    }

    /// A table.
    pub(super) fn table<'v>(
        &mut self,
        value: &'v Value<'t>,
        what: &str,
        hint: &str,
    ) -> Option<&'v DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong(value, what, Expected { what: "a table", hint }),
        }
    }

    fn wrong<T>(&mut self, value: &Value<'t>, what: &str, expected: Expected<'_>) -> Option<T> {
        let is = match value.get_ref() {
            DeValue::String(_) => "a text",
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
