//! What IAM and S3 take for names.
//!
//! Rules: IAM API reference, CreateUser, CreateGroup, CreateRole, CreatePolicy, Tag; IAM User Guide, "IAM
//! and AWS STS quotas".

use std::collections::HashMap;

use super::{Place, source::Source, source::Word};

const SIGNS: &str = "_+=,.@-";
const LONGEST_DESCRIPTION: usize = 1_000;
const LONGEST_OBJECT: usize = 1_024;

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
    Policy,
    Role,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Policy => "policy",
            Self::Role => "role",
        }
    }

    /// How long all its inline policies may be together.
    pub(super) fn longest_inline(self) -> usize {
        match self {
            Self::User => 2_048,
            Self::Group => 5_120,
            Self::Role | Self::Policy => 10_240,
        }
    }

    fn longest(self) -> usize {
        match self {
            Self::User | Self::Role => 64,
            Self::Group | Self::Policy => 128,
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || SIGNS.contains(c)
}

impl Source<'_> {
    /// Looks at all names of one kind: what IAM takes, and takes for the same.
    pub(super) fn check_names<'w>(&mut self, kind: Kind, names: impl Iterator<Item = &'w Word>) {
        let mut seen: HashMap<String, &Word> = HashMap::new();
        for name in names {
            self.check_name(kind, name);
            // Rule: IAM User Guide, "IAM identifiers": names are not told apart by case.
            let first = *seen.entry(name.text.to_ascii_lowercase()).or_insert(name);
            if first.at != name.at {
                let line = self.line(first.at);
                let message = format!(
                    "{} '{}' is '{}' of line {line} to IAM, which does not look at case",
                    kind.name(),
                    name.text,
                    first.text
                );
                self.fault(name.at, message, "give it another name, or take it out");
            }
        }
    }

    fn check_name(&mut self, kind: Kind, name: &Word) {
        let (what, longest) = (kind.name(), kind.longest());
        let length = name.text.chars().count();
        if length > longest {
            let message =
                format!("the name of a {what} has {length} letters, and IAM takes {longest}");
            self.fault(name.at, message, "give it a shorter one");
        } else if name.text.is_empty() || !name.text.chars().all(is_of_name) {
            let message = format!("'{}' is no name of a {what}", name.text);
            self.fault(name.at, message, "it has letters, digits and _ + = , . @ -");
        }
    }

    /// The account that the word is; `None`, and a fault: it is none.
    pub(super) fn account(&mut self, word: &Word) -> Option<String> {
        if is_account(&word.text) {
            return Some(word.text.clone());
        }
        let message = format!("'{}' is no account id", word.text);
        self.fault(word.at, message, "it has 12 digits; leading zeros count");
        None
    }

    /// The external id that the word is.
    pub(super) fn external_id(&mut self, word: &Word) -> Option<String> {
        if rolecall::rules::check_external_id(&word.text).is_ok() {
            return Some(word.text.clone());
        }
        let hint = "it has 2 to 1224 letters, digits and _ + = , . @ : / -";
        self.fault(word.at, "STS does not take this external_id", hint);
        None
    }

    /// A role's longest session, in seconds.
    pub(super) fn max_session(&mut self, word: &Word) -> Option<u32> {
        const LIMITS: std::ops::RangeInclusive<u32> = 3_600..=43_200;
        match rolecall::cli::args::duration(&word.text) {
            Ok(seconds) if LIMITS.contains(&seconds) => return Some(seconds),
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
        let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        for (key, value) in tags {
            let (is_key, is_value) =
                ((1..=128).contains(&key.text.chars().count()), value.text.chars().count() <= 256);
            if key.text.to_lowercase().starts_with("aws:") {
                self.fault(key.at, "tags that begin with aws: are AWS's own", "choose another key");
            } else if key.text.to_lowercase().starts_with("rolecall-") {
                let message = "tags that begin with rolecall- say what rolecall has made";
                self.fault(key.at, message, "choose another key");
            } else if !is_key || !is_value || !key.text.chars().chain(value.text.chars()).all(fits)
            {
                let message = format!("IAM does not take the tag '{}'", key.text);
                let hint = "up to 128 characters for its key and 256 for its value: letters, digits, \
                            spaces and _ . : / = + - @";
                self.fault(key.at, message, hint);
            }
        }
        tags.iter().map(|(key, value)| (key.text.clone(), value.text.clone())).collect()
    }

    /// The object that the word names.
    pub(super) fn place(&mut self, word: &Word) -> Option<Place> {
        let of_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        let is_bucket = |name: &str| (3..=63).contains(&name.len()) && name.chars().all(of_bucket);
        let Some((bucket, key)) =
            word.text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
        else {
            let message = "master_copy is no object in a bucket";
            self.fault(word.at, message, "write \"s3://BUCKET/KEY\"");
            return None;
        };
        if !is_bucket(bucket) {
            let message = format!("'{bucket}' is no name of a bucket");
            self.fault(word.at, message, "it has 3 to 63 lower-case letters, digits, . and -");
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

/// 12 digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is the ARN of a managed policy, or of a role: `what`.
pub(super) fn is_arn_of(what: Kind, arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
    let is_place = is_account(account) || (what == Kind::Policy && account == "aws");
    let is_of_path = |c: char| is_of_name(c) || c == '/';
    partition.starts_with("aws")
        && is_place
        && resource.strip_prefix(what.name()).and_then(|rest| rest.strip_prefix('/')).is_some_and(
            |name| !name.is_empty() && !name.ends_with('/') && name.chars().all(is_of_path),
        )
}
