//! A report that can be shown to anyone: account IDs, ARNs, keys and the home folder are replaced.

use std::{collections::HashMap, path::PathBuf};

use super::{finding::Finding, report::Report};
use crate::{context::Context, error::Location};

/// The number of digits of an account ID.
const ACCOUNT_DIGITS: usize = 12;
/// How the unique IDs of IAM start. Rule: IAM User Guide, "IAM identifiers", "Unique ID prefixes".
const ID_PREFIXES: [&str; 8] = ["AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ABIA", "ACCA"];
/// The shortest of those IDs.
const SHORTEST_ID: usize = 16;

impl Report {
    /// Returns this report with what must not be public replaced. Equal values get equal names, so the
    /// report still tells what belongs together.
    #[must_use]
    pub(crate) fn shared(self, context: &Context) -> Self {
        let home = context.home().and_then(|home| home.to_str()).filter(|home| home.len() > 1);
        let Self { profile, findings, questions, private } = self;
        let home = home.map(str::to_owned);
        let mut redaction = Redaction { home, private, known: HashMap::new() };
        let findings = findings.into_iter().map(|finding| redaction.finding(finding)).collect();
        let questions = questions.iter().map(|question| redaction.text(question)).collect();
        Self { profile, findings, questions, private: Vec::new() }
    }
}

/// The names that stand for values so far.
struct Redaction {
    home: Option<String>,
    /// Values without a form of their own.
    private: Vec<String>,
    known: HashMap<String, String>,
}

impl Redaction {
    fn finding(&mut self, finding: Finding) -> Finding {
        let at = finding.at.as_ref().map(|at| Location {
            file: PathBuf::from(self.text(&at.file.to_string_lossy())).into(),
            line: at.line,
        });
        Finding {
            at,
            text: self.text(&finding.text),
            remedy: finding.remedy.as_ref().map(|remedy| self.text(remedy)),
            ..finding
        }
    }

    fn text(&mut self, text: &str) -> String {
        let text = match &self.home {
            Some(home) => text.replace(home.as_str(), "~"),
            None => text.to_owned(),
        };
        let mut shared = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            if end == 0 {
                shared.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            shared.push_str(&self.word(&rest[..end]));
            rest = &rest[end..];
        }
        shared
    }

    fn word(&mut self, word: &str) -> String {
        // What ends a sentence is not a part of the value.
        let bare = word.trim_end_matches(['.', ',', ':']);
        if self.private.iter().any(|value| value == bare) {
            return self.named(bare, "VALUE") + &word[bare.len()..];
        }
        if let Some(at) = bare.find("arn:") {
            let arn = self.arn(&bare[at..]);
            return format!("{}{arn}{}", self.parts(&bare[..at]), &word[bare.len()..]);
        }
        self.parts(word)
    }

    /// An ARN with its account, and what follows the kind of its resource, replaced.
    fn arn(&mut self, arn: &str) -> String {
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, partition, service, region, account, resource] = fields[..] else {
            return self.parts(arn);
        };
        let account = self.parts(account);
        let (kind, name) = resource.split_once('/').unwrap_or(("", resource));
        let name = if name.is_empty() { String::new() } else { self.named(name, "NAME") };
        let slash = if kind.is_empty() { "" } else { "/" };
        format!("arn:{partition}:{service}:{region}:{account}:{kind}{slash}{name}")
    }

    /// Text outside of ARNs: account IDs and the IDs of keys are replaced.
    fn parts(&mut self, text: &str) -> String {
        let mut shared = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if end == 0 {
                shared.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let part = &rest[..end];
            let is_account =
                part.len() == ACCOUNT_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit());
            let is_id = part.len() >= SHORTEST_ID
                && ID_PREFIXES.iter().any(|prefix| part.starts_with(prefix))
                && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            // The serial number of a hardware device.
            let is_serial =
                part.starts_with("GAHT") && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
            shared.push_str(&match () {
                () if is_account => self.named(part, "ACCOUNT"),
                () if is_id => self.named(part, "ID"),
                () if is_serial => self.named(part, "SERIAL"),
                () => part.to_owned(),
            });
            rest = &rest[end..];
        }
        shared
    }

    /// The name that stands for `value`.
    fn named(&mut self, value: &str, kind: &str) -> String {
        if let Some(known) = self.known.get(value) {
            return known.clone();
        }
        let start = format!("{kind}-");
        let count = self.known.values().filter(|name| name.starts_with(&start)).count();
        let name = format!("{start}{}", count + 1);
        self.known.insert(value.to_owned(), name.clone());
        name
    }
}

/// Whether `c` may be a part of an ARN or a path.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_get_equal_names_and_the_rest_stays() {
        let mut redaction = Redaction {
            home: Some("/home/natan".to_owned()),
            private: vec!["ext-42".to_owned()],
            known: HashMap::new(),
        };
        for (text, shared) in [
            (
                "AWS refused to let 'base' assume arn:aws:iam::222222222222:role/MyApp/R: no",
                "AWS refused to let 'base' assume arn:aws:iam::ACCOUNT-1:role/NAME-1: no",
            ),
            (
                "(arn:aws:sts::111111111111:assumed-role/R/natan), account 222222222222.",
                "(arn:aws:sts::ACCOUNT-2:assumed-role/NAME-2), account ACCOUNT-1.",
            ),
            (
                "key AKIAIOSFODNN7EXAMPLE of /home/natan/.aws/config:12",
                "key ID-1 of ~/.aws/config:12",
            ),
            ("1234567890123 and AKIA are kept", "1234567890123 and AKIA are kept"),
            ("GAHT12345678", "SERIAL-1"),
            ("the external ID ext-42.", "the external ID VALUE-1."),
        ] {
            assert_eq!(redaction.text(text), shared);
        }
    }
}
