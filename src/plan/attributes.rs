//! What a session can have in addition to its role: policies that narrow it, tags, a source
//! identity.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Environment, environment, s3_policy};
use crate::{
    error::{Error, Reason, Result},
    profile::{Key, Profile, Setting, value::policy_arns},
    rules::{LONGEST_SESSION_POLICY, MOST_SESSION_TAGS, check_tag},
};

/// The optional parameters of AssumeRole that change the session itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionAttributes {
    /// `Policy`: JSON without white space between its parts. In a request it can be a short form,
    /// which becomes JSON when the role's partition is known.
    pub(crate) policy: Option<String>,
    /// `PolicyArns`.
    pub(crate) policy_arns: Vec<String>,
    /// `Tags`: keys and values, in the order given.
    pub(crate) tags: Vec<(String, String)>,
    /// `TransitiveTagKeys`.
    pub(crate) transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`.
    pub(crate) source_identity: Option<String>,
}

impl SessionAttributes {
    /// Returns the attributes that `profile` sets for the session of its role.
    pub(super) fn of(profile: &Profile<'_>, environment: Environment<'_>) -> Result<Self> {
        let list = |key: Key| -> Vec<String> {
            profile.get(key).map(|(text, _)| list(text)).unwrap_or_default()
        };
        check_policies_are_named(profile)?;
        let policy = profile.get(Key::SessionPolicy);
        let policy = policy.map(|(text, at)| policy_of(text, at, environment)).transpose()?;
        let policy_arns = profile.parsed(Key::SessionPolicyArns, policy_arns)?;
        let tags = profile.get(Key::SessionTags);
        let source_identity = profile.checked(Key::SourceIdentity)?;
        let attributes = Self {
            policy,
            policy_arns: policy_arns.map(|(arns, _)| arns).unwrap_or_default(),
            tags: tags.map(|(text, at)| tags_of(text, at)).transpose()?.unwrap_or_default(),
            transitive_tag_keys: list(Key::TransitiveTagKeys),
            source_identity: source_identity.map(|(text, _)| text.to_owned()),
        };
        // Rule: IAM user guide, "Pass session tags in AWS STS": only keys that are passed can be
        // transitive.
        let is_tag = |key: &String| attributes.tags.iter().any(|(tag, _)| tag == key);
        if let Some((_, setting)) = profile.get(Key::TransitiveTagKeys)
            && !attributes.transitive_tag_keys.iter().all(is_tag)
        {
            return Err(wrong(setting, "names a key that is not among the session's tags")
                .hint("add the tag to rolecall_session_tags, or remove the key"));
        }
        Ok(attributes)
    }

    /// Expands a short form of a policy for a role of `partition`.
    pub(super) fn for_partition(self, partition: &str) -> Self {
        let policy = self.policy.map(|policy| s3_policy::expand(&policy, partition));
        Self { policy, ..self }
    }

    /// Returns these attributes, and those of `other` for what these leave open. A policy of one
    /// call replaces all policies of the profile: used together with them, it would widen the
    /// session.
    pub(super) fn or(self, other: Self) -> Self {
        let narrowed = self.policy.is_some() || !self.policy_arns.is_empty();
        let policies = if narrowed {
            (self.policy, self.policy_arns)
        } else {
            (other.policy, other.policy_arns)
        };
        Self {
            policy: policies.0,
            policy_arns: policies.1,
            tags: if self.tags.is_empty() { other.tags } else { self.tags },
            transitive_tag_keys: if self.transitive_tag_keys.is_empty() {
                other.transitive_tag_keys
            } else {
                self.transitive_tag_keys
            },
            source_identity: self.source_identity.or(other.source_identity),
        }
    }
}

/// Checks that a setting of policies names one. In other settings an empty value means the default,
/// but here the user wanted less than the whole role.
fn check_policies_are_named(profile: &Profile<'_>) -> Result<()> {
    for key in [Key::SessionPolicy, Key::SessionPolicyArns] {
        if let Some(setting) = profile.setting(key.prefixed())
            && setting.text().is_none_or(|text| list(text).is_empty())
        {
            return Err(wrong(setting, "doesn't name a policy").hint(
                "name one, or remove the setting: then the session may do all that the role may",
            ));
        }
    }
    Ok(())
}

/// Reads the session policy of one call: JSON, policy ARNs, a short form, or the path of a file
/// with JSON. The error says what is wrong with it.
pub(crate) fn session_policy(
    text: &str,
    environment: Environment<'_>,
) -> std::result::Result<SessionAttributes, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.starts_with("arn:") {
        let policy_arns = policy_arns(text).map_err(|invalid| invalid.reason.into_owned())?;
        return Ok(SessionAttributes { policy_arns, ..SessionAttributes::default() });
    }
    let policy = if text.starts_with('{') {
        compact(text)?
    } else if s3_policy::is_short(text) {
        s3_policy::check(text)?;
        text.to_owned()
    } else {
        from_file(&environment.context().expand_home(text.as_ref()))?
    };
    Ok(SessionAttributes { policy: Some(policy), ..SessionAttributes::default() })
}

pub(super) fn from_file(path: &Path) -> std::result::Result<String, String> {
    let text = environment::read(path);
    let text = text.map_err(|error| format!("can't be read from {}: {error}", path.display()))?;
    compact(text.trim_start_matches('\u{feff}'))
        .map_err(|why| format!("in {} {why}", path.display()))
}

/// The policy of a profile. A relative path starts at the directory of the file that names it,
/// because the helper can be started in any directory.
fn policy_of(text: &str, setting: &Setting<'_>, environment: Environment<'_>) -> Result<String> {
    let text = text.trim();
    let policy = if text.starts_with('{') {
        compact(text)
    } else if s3_policy::is_short(text) {
        s3_policy::check(text).map(|()| text.to_owned())
    } else {
        let path = environment.context().expand_home(text.as_ref());
        let folder = setting.at.file.parent().unwrap_or(Path::new(""));
        let path: PathBuf = if path.is_absolute() { path } else { folder.join(path) };
        from_file(&path)
    };
    policy.map_err(|why| {
        wrong(setting, &why)
            .hint("write a policy as JSON, the path of a file with one, or s3-read:BUCKET/PREFIX")
    })
}

/// Removes the white space between the parts of JSON, because STS counts it. Nothing else changes,
/// neither the order of keys nor the format of a number.
pub(super) fn compact(text: &str) -> std::result::Result<String, String> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => {}
        Ok(_) => return Err("is not a JSON object".to_owned()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return Err(format!("is not JSON (line {line}, column {column})"));
        }
    }
    let (mut quoted, mut escaped) = (false, false);
    let keep = |c: &char| {
        let is_space = !quoted && matches!(c, ' ' | '\t' | '\n' | '\r');
        if escaped {
            escaped = false;
        } else if *c == '\\' {
            escaped = quoted;
        } else if *c == '"' {
            quoted = !quoted;
        }
        !is_space
    };
    let policy: String = text.chars().filter(keep).collect();
    // Rule: STS API reference, AssumeRole, `Policy`: tab, line breaks, and U+0020 to U+00FF.
    if let Some(c) = policy.chars().find(|&c| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
        let code = u32::from(c);
        return Err(format!(
            "has a character that STS does not accept, U+{code:04X}: write it as \\u…"
        ));
    }
    let length = policy.chars().count();
    if length > LONGEST_SESSION_POLICY {
        return Err(format!("has {length} characters, and STS accepts {LONGEST_SESSION_POLICY}"));
    }
    Ok(policy)
}

/// Reads tags from a JSON object.
fn tags_of(text: &str, setting: &Setting<'_>) -> Result<Vec<(String, String)>> {
    let tags = match serde_json::from_str(text) {
        Ok(Value::Object(tags)) => tags.into_iter(),
        _ => {
            return Err(wrong(setting, "is not a JSON object")
                .hint("write it like {\"Project\": \"rocket\", \"CostCenter\": \"42\"}"));
        }
    };
    let tags = tags.map(|(key, value)| match value {
        Value::String(value) => match check_tag(&key, &value) {
            Ok(()) => Ok((key, value)),
            Err(invalid) => {
                Err(wrong(setting, "has a tag that STS does not accept").hint(invalid.hint()))
            }
        },
        _ => Err(wrong(setting, "has a tag that STS does not accept")
            .hint("put the value of each tag in quotes")),
    });
    let tags = tags.collect::<Result<Vec<_>>>()?;
    if tags.len() > MOST_SESSION_TAGS {
        return Err(wrong(setting, "has more than the 50 tags that STS accepts"));
    }
    Ok(tags)
}

/// The items of a list, separated by commas or line breaks.
fn list(text: &str) -> Vec<String> {
    let words = text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn wrong(setting: &Setting<'_>, why: &str) -> Error {
    Error::config(format!("'{}' {why}", setting.key))
        .at(Some(setting.at.clone()))
        .because(Reason::InvalidValue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_loses_the_space_between_its_parts_and_nothing_else() {
        let policy = "{ \"A\" : [ 1.50, \"a b\\\" \\\\\" ],\n\t\"é\":\" , \" }";
        assert_eq!(compact(policy).unwrap(), "{\"A\":[1.50,\"a b\\\" \\\\\"],\"é\":\" , \"}");
    }

    #[test]
    fn invalid_policies_are_refused() {
        for (policy, why) in [
            ("{", "is not JSON (line 1"),
            ("[]", "is not a JSON object"),
            ("{\"a\":\"\u{2019}\"}", "has a character that STS does not accept, U+2019"),
            (&*format!("{{\"a\":\"{}\"}}", "x".repeat(2048)), "has 2056 characters"),
        ] {
            let error = compact(policy).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn a_policy_of_one_call_replaces_the_profiles() {
        let attributes = |policy: Option<&str>, arn: Option<&str>| SessionAttributes {
            policy: policy.map(str::to_owned),
            policy_arns: arn.map(str::to_owned).into_iter().collect(),
            ..SessionAttributes::default()
        };
        let own = attributes(Some("{}"), Some("arn"));
        assert_eq!(attributes(Some("{1}"), None).or(own.clone()), attributes(Some("{1}"), None));
        assert_eq!(SessionAttributes::default().or(own.clone()), own);
    }
}
