//! The names and values that IAM and S3 accept.
//!
//! Rules: IAM API reference, CreateUser, CreateGroup, CreateRole, CreatePolicy, Tag; IAM User
//! Guide, "IAM and AWS STS quotas".

use std::collections::HashMap;

use rolecall::{
    IamKind, Invalid, ROLE_SESSION_SECONDS, check_account_id, check_bucket_name, check_external_id,
    check_tag, shorten,
};

use super::source::{Source, Word};
use crate::buckets::Place;

/// How many characters of an invalid name are shown.
const LONGEST_SHOWN: usize = 40;
const LONGEST_DESCRIPTION: usize = 1_000;
const LONGEST_OBJECT: usize = 1_024;

impl Source<'_> {
    /// Checks all names of one kind: whether IAM accepts them and treats no two as the same.
    pub(super) fn check_names<'w>(&mut self, kind: IamKind, names: impl Iterator<Item = &'w Word>) {
        let mut seen: HashMap<String, &Word> = HashMap::new();
        for name in names {
            self.check_name(kind, name);
            // Rule: IAM User Guide, "IAM identifiers": names are case-insensitive.
            let first = *seen.entry(name.text.to_ascii_lowercase()).or_insert(name);
            if first.at != name.at {
                let line = self.line(first.at);
                let message = format!(
                    "IAM ignores case: {} '{}' is the same as '{}' in line {line}",
                    kind.word(),
                    name.text,
                    first.text
                );
                self.fault(name.at, message, "give it another name, or remove it");
            }
        }
    }

    fn check_name(&mut self, kind: IamKind, name: &Word) {
        if let Err(invalid) = kind.check_name(&name.text) {
            self.invalid(name, &invalid);
        }
    }

    /// Records that `word` breaks one of AWS's rules.
    fn invalid(&mut self, word: &Word, invalid: &Invalid) {
        let text = shorten(&word.text, LONGEST_SHOWN);
        self.fault(word.at, format!("'{text}' {}", invalid.reason), invalid.hint());
    }

    /// Returns the account ID; `None` after recording a fault.
    pub(super) fn account(&mut self, word: &Word) -> Option<String> {
        let checked = check_account_id(&word.text);
        checked.map_err(|invalid| self.invalid(word, &invalid)).ok()?;
        Some(word.text.clone())
    }

    /// Returns the external ID. Messages don't repeat it.
    pub(super) fn external_id(&mut self, word: &Word) -> Option<String> {
        let checked = check_external_id(&word.text);
        let refuse = |invalid: Invalid| {
            self.fault(word.at, format!("external_id {}", invalid.reason), invalid.hint());
        };
        checked.map_err(refuse).ok()?;
        Some(word.text.clone())
    }

    /// Returns a role's maximum session duration in seconds.
    pub(super) fn max_session(&mut self, word: &Word) -> Option<u32> {
        match rolecall::duration(&word.text) {
            Ok(seconds) if ROLE_SESSION_SECONDS.contains(&seconds) => return Some(seconds),
            Ok(_) => self.fault(
                word.at,
                format!("max_session is {}, and IAM allows 1h to 12h", word.text),
                "write \"4h\", or omit it for one hour",
            ),
            Err(why) => {
                self.fault(word.at, format!("max_session is {why}"), "write \"4h\"");
            }
        }
        None
    }

    /// Returns the description of a policy or role.
    pub(super) fn description(&mut self, word: &Word) -> String {
        // Rule: `Description` of CreatePolicy and CreateRole: Latin-1 and line breaks.
        let fits = |c: char| matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}' | '\t' | '\n' | '\r');
        if word.text.chars().count() > LONGEST_DESCRIPTION || !word.text.chars().all(fits) {
            let hint = "use at most 1,000 characters, and only Western European ones";
            self.fault(word.at, "IAM does not accept this description", hint);
        }
        word.text.clone()
    }

    /// Returns the tags of a user or role.
    pub(super) fn tags(&mut self, tags: &[(Word, Word)]) -> Vec<(String, String)> {
        for (key, value) in tags {
            if key.text.to_lowercase().starts_with("rolecall-") {
                let message =
                    "tags that begin with rolecall- are reserved for what rolecall creates";
                self.fault(key.at, message, "choose another key");
            } else if let Err(invalid) = check_tag(&key.text, &value.text) {
                self.invalid(key, &invalid);
            }
        }
        tags.iter().map(|(key, value)| (key.text.clone(), value.text.clone())).collect()
    }

    /// Returns the S3 object that the word names.
    pub(super) fn place(&mut self, word: &Word) -> Option<Place> {
        let Some((bucket, key)) =
            word.text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
        else {
            let message = "master_copy is not an object in a bucket";
            self.fault(word.at, message, "write \"s3://BUCKET/KEY\"");
            return None;
        };
        if let Err(invalid) = check_bucket_name(bucket) {
            self.fault(word.at, format!("'{bucket}' {}", invalid.reason), invalid.hint());
            return None;
        }
        let is_plain = !key.chars().any(char::is_control);
        if key.is_empty() || key.ends_with('/') || key.len() > LONGEST_OBJECT || !is_plain {
            let message = "master_copy does not have a valid object key";
            self.fault(word.at, message, "write \"s3://BUCKET/KEY\", like s3://acme-iam/team.toml");
            return None;
        }
        Some(Place { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}
