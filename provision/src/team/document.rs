//! Policy documents: read from TOML, JSON or a file, and checked against IAM's rules.

use std::{io, path::Path};

use rolecall::{Error, LONGEST_MANAGED_POLICY};
use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::{
    parts::{DocumentSource, PolicyEntry},
    reader::{TomlValue, at},
    source::{Source, Word},
};
use crate::policy::{check, length};

impl<'t> Source<'t> {
    /// Returns a policy's document as JSON; `None` after recording a fault.
    pub(super) fn document(
        &mut self,
        policy: &PolicyEntry<'_, 't>,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Option<Value> {
        let (place, document) = match policy.document.as_ref()? {
            DocumentSource::Table(value) => (at(*value), self.json_of(value)?),
            DocumentSource::Json(text, span) => (text.at, self.parse(text, span.clone())?),
            DocumentSource::File(file) => (file.at, self.file(file, read)?),
        };
        let of = |error: &Error| error.to_string().replacen("the policy", &of_name(policy), 1);
        match check(&document) {
            Ok(remarks) => {
                let remarks = remarks.into_iter();
                self.remarks.extend(remarks.map(|it| format!("{}: {it}", of_name(policy))));
            }
            Err(error) => {
                let hint = error.hints().first().cloned();
                let hint = hint.unwrap_or_else(|| {
                    "see 'Grammar of the IAM JSON policy language' in the IAM User Guide".to_owned()
                });
                self.fault(place, of(&error), hint);
                return None;
            }
        }
        let characters = length(&document.to_string());
        if characters > LONGEST_MANAGED_POLICY {
            let message = format!(
                "{} has {characters} characters, and IAM allows {LONGEST_MANAGED_POLICY}",
                of_name(policy)
            );
            self.fault(place, message, "split it into two policies");
            return None;
        }
        Some(document)
    }

    /// Converts TOML to JSON.
    fn json_of(&mut self, value: &TomlValue<'t>) -> Option<Value> {
        Some(match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                let Some(number) = number else {
                    self.fault(at(value), "the number is too large", "quote it");
                    return None;
                };
                Value::Number(number.into())
            }
            DeValue::Float(number) => {
                let number = number.as_str().parse().ok().and_then(Number::from_f64);
                let Some(number) = number else {
                    self.fault(at(value), "JSON has no such number", "quote it");
                    return None;
                };
                Value::Number(number)
            }
            DeValue::Datetime(_) => {
                self.fault(at(value), "JSON has no dates", "quote it");
                return None;
            }
            DeValue::Array(values) => {
                let values: Vec<_> = values.iter().map(|value| self.json_of(value)).collect();
                Value::Array(values.into_iter().collect::<Option<_>>()?)
            }
            DeValue::Table(table) => {
                let mut members = Map::new();
                for (key, value) in table {
                    members.insert(key.get_ref().to_string(), self.json_of(value)?);
                }
                Value::Object(members)
            }
        })
    }

    /// Parses JSON that is the TOML string at `span`.
    fn parse(&mut self, json: &Word, span: std::ops::Range<usize>) -> Option<Value> {
        match serde_json::from_str(&json.text) {
            Ok(value) => Some(value),
            Err(error) => {
                // If the string has no escapes, a position in it is one in the file.
                let raw = self.text.get(span.clone()).unwrap_or_default();
                let start = raw.find(&json.text).map(|start| span.start + start);
                let fault = start.map(|start| start + byte_of(&json.text, &error));
                let hint = "the text between the quotes must be JSON; or write a TOML table";
                self.fault(fault.unwrap_or(json.at), what_is_wrong(&error), hint);
                None
            }
        }
    }

    fn file(&mut self, file: &Word, read: &dyn Fn(&Path) -> io::Result<String>) -> Option<Value> {
        let path = self.beside(&file.text);
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("can't read {}: {error}", path.display());
                self.fault(file.at, message, "a path is relative to this file");
                return None;
            }
        };
        match serde_json::from_str(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let place = format!("{}:{line}:{column}", path.display());
                let message = format!("{} in {place}", what_is_wrong(&error));
                self.fault(file.at, message, "correct that file: it must be JSON");
                None
            }
        }
    }
}

fn of_name(policy: &PolicyEntry<'_, '_>) -> String {
    format!("policy '{}'", policy.name.text)
}

/// Returns the cause without its position, which is reported separately.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cause = text.rsplit_once(" at line ").map_or(&*text, |(cause, _)| cause);
    format!("the document is not JSON: {cause}")
}

/// Returns the byte in `text` where the error is.
fn byte_of(text: &str, error: &serde_json::Error) -> usize {
    let start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut place = start + error.column().saturating_sub(1);
    while !text.is_char_boundary(place.min(text.len())) {
        place -= 1;
    }
    place.min(text.len())
}
