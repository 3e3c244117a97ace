//! What IAM and S3 take for names.
//!
//! Rules: IAM API reference, CreateUser, CreateGroup, CreateRole, CreatePolicy, Tag; IAM User Guide, "IAM
//! and AWS STS quotas".

use std::collections::HashMap;

use rolecall::{
    output::shorten,
    rules::{
        IamKind, Invalid, ROLE_SESSION_SECONDS, check_account_id, check_bucket_name,
        check_external_id, check_tag,
    },
};

use super::source::{Source, Word};
use crate::buckets::Place;

/// How many characters of a wrong name are shown.
const LONGEST_SHOWN: usize = 40;
const LONGEST_DESCRIPTION: usize = 1_000;
const LONGEST_OBJECT: usize = 1_024;

impl Source<'_> {
    /// Looks at all names of one kind: what IAM takes, and takes for the same.
    pub(super) fn check_names<'w>(&mut self, kind: IamKind, names: impl Iterator<Item = &'w Word>) {
        let mut seen: HashMap<String, &Word> = HashMap::new();
        for name in names {
            self.check_name(kind, name);
            // Rule: IAM User Guide, "IAM identifiers": names are not told apart by case.
            let first = *seen.entry(name.text.to_ascii_lowercase()).or_insert(name);
            if first.at != name.at {
                let line = self.line(first.at);
                let message = format!(
                    "{} '{}' is '{}' of line {line} to IAM, which does not look at case",
                    kind.word(),
                    name.text,
                    first.text
                );
                self.fault(name.at, message, "give it another name, or take it out");
            }
        }
    }

    fn check_name(&mut self, kind: IamKind, name: &Word) {
        if let Err(invalid) = kind.check_name(&name.text) {
            self.invalid(name, &invalid);
        }
    }

    /// Notes that `word` breaks one of AWS's rules.
    fn invalid(&mut self, word: &Word, invalid: &Invalid) {
        let text = shorten(&word.text, LONGEST_SHOWN);
        self.fault(word.at, format!("'{text}' {}", invalid.reason), invalid.hint());
    }

    /// The account that the word is; `None`, and a fault: it is none.
    pub(super) fn account(&mut self, word: &Word) -> Option<String> {
        let checked = check_account_id(&word.text);
        checked.map_err(|invalid| self.invalid(word, &invalid)).ok()?;
        Some(word.text.clone())
    }

    /// The external ID that the word is. It is not repeated in a message.
    pub(super) fn external_id(&mut self, word: &Word) -> Option<String> {
        let checked = check_external_id(&word.text);
        let refuse = |invalid: Invalid| {
            self.fault(word.at, format!("external_id {}", invalid.reason), invalid.hint());
        };
        checked.map_err(refuse).ok()?;
        Some(word.text.clone())
    }

    /// A role's longest session, in seconds.
    pub(super) fn max_session(&mut self, word: &Word) -> Option<u32> {
        match rolecall::cli::args::duration(&word.text) {
            Ok(seconds) if ROLE_SESSION_SECONDS.contains(&seconds) => return Some(seconds),
            Ok(_) => self.fault(
                word.at,
                format!("max_session is {}, and IAM takes 1h to 12h", word.text),
                "write \"4h\", or leave it out for an hour",
            ),
            Err(why) => {
                self.fault(word.at, format!("max_session is {why}"), "write \"4h\"");
            }
        }
        None
    }

    /// What a policy or a role is told to be for.
    pub(super) fn description(&mut self, word: &Word) -> String {
        // Rule: `description` of CreatePolicy and CreateRole: what Latin-1 has, and line ends.
        let fits = |c: char| matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}' | '\t' | '\n' | '\r');
        if word.text.chars().count() > LONGEST_DESCRIPTION || !word.text.chars().all(fits) {
            let hint = "it has 1,000 characters at most, and those of Western Europe alone";
            self.fault(word.at, "IAM does not take this description", hint);
        }
        word.text.clone()
    }

    /// Tags of a user or a role.
    pub(super) fn tags(&mut self, tags: &[(Word, Word)]) -> Vec<(String, String)> {
        for (key, value) in tags {
            if key.text.to_lowercase().starts_with("rolecall-") {
                let message = "tags that begin with rolecall- say what rolecall has made";
                self.fault(key.at, message, "choose another key");
            } else if let Err(invalid) = check_tag(&key.text, &value.text) {
                self.invalid(key, &invalid);
            }
        }
        tags.iter().map(|(key, value)| (key.text.clone(), value.text.clone())).collect()
    }

    /// The object that the word names.
    pub(super) fn place(&mut self, word: &Word) -> Option<Place> {
        let Some((bucket, key)) =
            word.text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
        else {
            let message = "master_copy is no object in a bucket";
            self.fault(word.at, message, "write \"s3://BUCKET/KEY\"");
            return None;
        };
        if let Err(invalid) = check_bucket_name(bucket) {
            self.fault(word.at, format!("'{bucket}' {}", invalid.reason), invalid.hint());
            return None;
        }
        let is_plain = !key.chars().any(char::is_control);
        if key.is_empty() || key.ends_with('/') || key.len() > LONGEST_OBJECT || !is_plain {
            let message = "master_copy does not say what the object is called";
            self.fault(word.at, message, "write \"s3://BUCKET/KEY\", like s3://acme-iam/team.toml");
            return None;
        }
        Some(Place { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}
