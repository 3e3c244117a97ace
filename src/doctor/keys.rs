//! Long-lived access keys: where they are, and how old.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::{check::Check, finding::Finding};
use crate::{
    context::Context,
    plan::has_session_token,
    profile::{Key, Profile, as_word},
    rules::is_session_key_id,
    session::KeyRecords,
};

/// How old a long-lived key may become.
///
/// Rule: AWS Security Hub, control IAM.3 ("IAM users' access keys should be rotated every 90 days or
/// less").
const OLDEST: TimeDelta = TimeDelta::days(90);

/// Returns what is wrong with the long-lived keys of `profile`.
pub(super) fn check(context: &Context, profile: &Profile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let word = as_word(&profile.name);
    if let Some((id, setting)) = profile.get(Key::AwsAccessKeyId)
        && profile.get(Key::AwsSecretAccessKey).is_some()
        && !has_session_token(profile)
        && !is_session_key_id(id)
    {
        let text = format!("the long-lived access key of '{}' is in plain text", profile.name);
        findings.push(
            Finding::warning(Check::PlainKeys, text)
                .of_profile(&profile.name)
                .at(setting.at.clone())
                .remedy(format!("'rolecall keys import {word}' moves it into the keychain")),
        );
        // It is in the file at least since the file was last changed.
        let age = changed(&setting.at.file).map(|changed| context.now() - changed);
        findings.extend(old(profile, age).map(|finding| finding.at(setting.at.clone())));
    }
    let tokens = [Key::AwsSessionToken, Key::AwsSecurityToken];
    if profile.get(Key::AwsAccessKeyId).is_some()
        && !has_session_token(profile)
        && let Some((_, token)) = tokens.into_iter().find_map(|key| profile.get(key))
    {
        let text =
            format!("'{}' of '{}' is not in the file of its access key", token.key, profile.name);
        findings.push(
            Finding::warning(Check::StrayToken, text)
                .of_profile(&profile.name)
                .at(token.at.clone())
                .remedy("remove it, or put the access key and its token into one file"),
        );
    }
    if let Some((id, setting)) = profile.get(Key::AccessKeyId) {
        let record = KeyRecords::existing(context).and_then(|records| records.read(&id.to_owned()));
        let age = record.map(|record| record.since).map(|since| context.now() - since);
        findings.extend(old(profile, age).map(|finding| finding.at(setting.at.clone())));
    }
    findings
}

/// The finding about a key of at least this age, if that is too much.
fn old(profile: &Profile<'_>, age: Option<TimeDelta>) -> Option<Finding> {
    let days = age.filter(|age| *age >= OLDEST)?.num_days();
    let text = format!("the access key of '{}' is at least {days} days old", profile.name);
    Some(
        Finding::warning(Check::OldKeys, text)
            .of_profile(&profile.name)
            .remedy(format!("'rolecall keys rotate {}'", as_word(&profile.name))),
    )
}

fn changed(file: &Path) -> Option<DateTime<Utc>> {
    Some(std::fs::metadata(file).ok()?.modified().ok()?.into())
}
