//! Settings of other tools that `profile adopt` can't take over.

use super::{Key, Profile, process_line::as_word};
use crate::error::Location;

/// The settings of aws-vault that no AWS tool reads, and those of ours that do the same.
///
/// Rule: aws-vault, USAGE.md, "Config".
const AWS_VAULT: [(&str, Option<Key>); 6] = [
    ("include_profile", None),
    ("parent_profile", None),
    ("mfa_process", Some(Key::MfaProcess)),
    ("session_tags", Some(Key::SessionTags)),
    ("transitive_session_tags", Some(Key::TransitiveTagKeys)),
    ("source_identity", Some(Key::SourceIdentity)),
];

/// A setting that has no effect in rolecall.
pub(crate) struct ForeignSetting {
    /// A description of it.
    pub(crate) what: String,
    /// Where it is.
    pub(crate) at: Location,
    /// What to do about it.
    pub(crate) hint: String,
}

/// Returns the settings of aws-vault in `profile` that rolecall doesn't read, unless it has ours.
pub(crate) fn foreign_settings(profile: &Profile<'_>) -> Vec<ForeignSetting> {
    let (name, word) = (&profile.name, as_word(&profile.name));
    let found = AWS_VAULT.into_iter().filter_map(|(key, ours)| {
        let setting = profile.setting(key)?;
        if ours.is_some_and(|ours| profile.get(ours).is_some()) {
            return None;
        }
        let hint = match ours {
            Some(ours) => format!(
                "'rolecall profile set {word} {}=VALUE' has the same effect",
                ours.prefixed()
            ),
            None => format!("copy what '{name}' needs from that profile into its own section"),
        };
        let what = format!("'{key}' of '{name}' is aws-vault's, and has no effect in rolecall");
        Some(ForeignSetting { what, at: setting.at.clone(), hint })
    });
    found.collect()
}
