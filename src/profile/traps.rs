//! Settings that other tools read differently than rolecall, and what to do about them.

use std::path::Path;

use super::{
    ProcessLine, Profile, Which,
    key::{Key, PREFIX},
    process_line,
    process_line::{as_word, process_line_fault},
};
use crate::error::Location;

/// How a setting does not work as it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrapKind {
    /// A `credential_process` that some tools can't run.
    ProcessPath,
    /// Access keys in the credentials file that take precedence over `credential_process`.
    HidingKeys,
    /// A setting that AWS tools act on before `credential_process`.
    EarlierSetting,
}

/// A setting that does not work as it seems to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trap {
    /// Which kind of trap it is.
    pub(crate) kind: TrapKind,
    /// A description of it.
    pub(crate) what: String,
    /// Where it is.
    pub(crate) at: Location,
    /// What to do about it.
    pub(crate) hint: String,
}

/// Returns the traps of `profile`. `program` is the path to suggest for a `credential_process` of ours.
pub(crate) fn traps(profile: &Profile<'_>, program: Option<&Path>) -> Vec<Trap> {
    let Some((_, process)) = profile.get(Key::CredentialProcess) else {
        return Vec::new();
    };
    let name = &profile.name;
    let line = ProcessLine::of(profile);
    let mut traps = Vec::new();
    if let Some(fault) = process_line_fault(process) {
        let ours = program.filter(|_| {
            line.is_some_and(|line| matches!(line, ProcessLine::Ours(named) if named == name))
        });
        let better = ours.and_then(|program| process_line(program, name).ok());
        let better = better.unwrap_or_else(|| "/absolute/path …".to_owned());
        traps.push(Trap {
            kind: TrapKind::ProcessPath,
            what: format!("credential_process of '{name}' {fault}"),
            at: process.at.clone(),
            hint: format!(
                "'rolecall profile set {} \"credential_process={better}\"'",
                as_word(name)
            ),
        });
    }
    let is_managed = line.is_some_and(|line| line.is_ours() || profile.has_own_settings());
    if !is_managed {
        return traps;
    }
    // Rule: botocore's order of providers; see docs/profiles.md.
    if let Some((_, keys)) = profile.get(Key::AwsAccessKeyId)
        && keys.which == Which::Credentials
    {
        traps.push(Trap {
            kind: TrapKind::HidingKeys,
            what: format!(
                "the access keys of '{name}' in the credentials file take precedence over its \
                 credential_process"
            ),
            at: keys.at.clone(),
            hint: keys_hint(&as_word(name)),
        });
    }
    let earlier = [Key::RoleArn, Key::SsoAccountId, Key::LoginSession];
    if let Some((_, plain)) = earlier.into_iter().find_map(|key| profile.plain(key)) {
        let more = if plain.which == Which::Credentials { " --credentials-file" } else { "" };
        let (key, word) = (&plain.key, as_word(name));
        traps.push(Trap {
            kind: TrapKind::EarlierSetting,
            what: format!("AWS tools act on '{key}' of '{name}' before its credential_process"),
            at: plain.at.clone(),
            hint: format!(
                "keep it as '{PREFIX}{key}', then 'rolecall profile unset {word} {key}{more}'"
            ),
        });
    }
    traps
}

/// Returns a hint about access keys in the credentials file that take precedence.
pub(crate) fn keys_hint(word: &str) -> String {
    format!(
        "'rolecall keys import {word}' moves them into the keychain; 'rolecall profile unset {word} \
         aws_access_key_id aws_secret_access_key --credentials-file' removes them"
    )
}
