//! The form of parameters, refused in the words of AWS's own framework.

use super::wire::Params;
use super::xml::Failure;

/// The characters that a parameter may have, as a pattern to show and as a test.
pub(super) struct Pattern {
    shown: &'static str,
    signs: &'static str,
    words: bool,
}

/// Session names and source identities.
pub(super) const NAME: Pattern = Pattern::word(r"[\w+=,.@-]*", "+=,.@-");
/// External IDs.
pub(super) const EXTERNAL_ID: Pattern = Pattern::word(r"[\w+=,.@:\/-]*", "+=,.@:/-");
/// Serial numbers of MFA devices.
pub(super) const SERIAL: Pattern = Pattern::word(r"[\w+=/:,.@-]*", "+=/:,.@-");
/// MFA codes.
pub(super) const DIGITS: Pattern = Pattern { shown: r"[\d]*", signs: "", words: false };

impl Pattern {
    const fn word(shown: &'static str, signs: &'static str) -> Self {
        Self { shown, signs, words: true }
    }

    fn matches(&self, text: &str) -> bool {
        text.chars().all(|c| {
            c.is_ascii_digit()
                || self.words && (c.is_ascii_alphabetic() || c == '_')
                || self.signs.contains(c)
        })
    }
}

/// Collects what is wrong with a request's parameters, to say it all at once.
pub(super) struct Checks<'a> {
    params: &'a Params,
    problems: Vec<String>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(params: &'a Params) -> Self {
        Self { params, problems: Vec::new() }
    }

    /// A parameter that must be there. What is returned is empty only when the checks fail.
    pub(super) fn required(
        &mut self,
        name: &str,
        length: (usize, usize),
        pattern: Option<&Pattern>,
    ) -> &'a str {
        if self.params.get(name).is_none() {
            self.problem("null", name, "Member must not be null");
        }
        self.optional(name, length, pattern).unwrap_or_default()
    }

    /// A parameter that may be there.
    pub(super) fn optional(
        &mut self,
        name: &str,
        length: (usize, usize),
        pattern: Option<&Pattern>,
    ) -> Option<&'a str> {
        let value = self.params.get(name)?;
        self.text(name, value, length, pattern);
        Some(value)
    }

    /// A number within limits.
    pub(super) fn number(
        &mut self,
        name: &str,
        (least, most): (i64, i64),
    ) -> Result<Option<i64>, Failure> {
        let Some(text) = self.params.get(name) else {
            return Ok(None);
        };
        let Ok(value) = text.parse::<i64>() else {
            let message = format!("Value '{text}' at '{}' is not a number", member(name));
            return Err(Failure::new(400, "MalformedInput", message));
        };
        let limit = if value < least {
            format!("Member must have value greater than or equal to {least}")
        } else if value > most {
            format!("Member must have value less than or equal to {most}")
        } else {
            return Ok(Some(value));
        };
        self.problem(&quoted(text), name, &limit);
        Ok(Some(value))
    }

    /// A text that may come from a list.
    pub(super) fn text(
        &mut self,
        name: &str,
        value: &str,
        (least, most): (usize, usize),
        pattern: Option<&Pattern>,
    ) {
        let length = value.chars().count();
        if length < least {
            let limit = format!("Member must have length greater than or equal to {least}");
            self.problem(&quoted(value), name, &limit);
        }
        if length > most {
            let limit = format!("Member must have length less than or equal to {most}");
            self.problem(&quoted(value), name, &limit);
        }
        if let Some(pattern) = pattern.filter(|pattern| !pattern.matches(value)) {
            let limit =
                format!("Member must satisfy regular expression pattern: {}", pattern.shown);
            self.problem(&quoted(value), name, &limit);
        }
    }

    /// A list that may not be longer than this.
    pub(super) fn list<T: std::fmt::Debug>(&mut self, name: &str, list: &[T], most: usize) {
        if list.len() > most {
            let limit = format!("Member must have length less than or equal to {most}");
            self.problem(&format!("'{list:?}'"), name, &limit);
        }
    }

    /// The refusal, if there is a reason for one.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let count = self.problems.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        let problems = self.problems.join("; ");
        Err(Failure::validation(format!("{count} validation error{plural} detected: {problems}")))
    }

    fn problem(&mut self, value: &str, name: &str, limit: &str) {
        self.problems.push(format!(
            "Value {value} at '{}' failed to satisfy constraint: {limit}",
            member(name)
        ));
    }
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}

/// A parameter's name as these messages write it: `roleArn` for `RoleArn`.
fn member(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
