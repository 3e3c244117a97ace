//! Where the walk goes from one profile, by its settings alone.

use std::path::PathBuf;

use super::Request;
use crate::{
    error::{Error, Kind, Location, Reason, Result},
    profile::{Key, ProcessLine, Profile, Setting},
};

/// The most profiles of a loop that an error names.
const MOST_NAMES: usize = 20;

/// Where the walk goes from a profile.
pub(super) enum NextStep {
    /// To its source, another profile.
    Profile(NextProfile),
    /// Nowhere: the profile's own credentials are the base.
    OwnBase,
    /// Nowhere: its role is assumed with the token in this file.
    WebIdentity { token_file: PathBuf, at: Location },
}

/// The next profile of a walk, and the setting that named it.
#[derive(Debug)]
pub(super) struct NextProfile {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) at: Option<Location>,
}

/// Decides where the walk goes from a profile with neither a role nor a token file.
pub(super) fn without_role_or_token(
    profile: &Profile<'_>,
    request: Option<&Request>,
) -> Result<NextStep> {
    if request.is_some_and(Request::adjusts_the_session) {
        return Err(Error::new(
            Kind::Usage,
            format!("profile '{}' has no role that these settings could apply to", profile.name),
        )
        .hint("add --role-arn and --source-profile"));
    }
    let at = profile.setting(Key::CredentialProcess.name()).map(|setting| setting.at.clone());
    match ProcessLine::of(profile) {
        Some(ProcessLine::Ours(name)) if *name != profile.name => {
            Ok(NextStep::Profile(NextProfile {
                name: name.clone(),
                at,
                key: Key::CredentialProcess.name().to_owned(),
            }))
        }
        Some(ProcessLine::OursWithFlags) => Err(Error::not_supported_yet(format!(
            "a role in the flags of 'credential_process', as in profile '{}',",
            profile.name
        ))
        .at(at)
        .hint("add rolecall_role_arn and rolecall_source_profile to the profile")),
        _ => Ok(NextStep::OwnBase),
    }
}

/// Returns the source of a role: exactly one of `source_profile` and `credential_source`.
pub(super) fn source_of(profile: &Profile<'_>, role: Option<&Setting<'_>>) -> Result<NextStep> {
    let source = profile.get(Key::SourceProfile);
    let kind = profile.get(Key::CredentialSource);
    match (source, kind) {
        (Some((name, setting)), None) => Ok(NextStep::Profile(NextProfile {
            name: name.to_owned(),
            key: setting.key.to_string(),
            at: Some(setting.at.clone()),
        })),
        (Some((_, one)), Some((_, other))) => Err(Error::config(format!(
            "profile '{}' has both '{}' and '{}'",
            profile.name, one.key, other.key
        ))
        .at(Some(other.at.clone()))
        .because(Reason::NoSource)
        .hint("remove one of them")),
        (None, Some(_)) => Ok(NextStep::OwnBase),
        (None, None) => {
            let key = role.map_or("--role-arn", |setting| &setting.key);
            let wanted = key.replace(Key::RoleArn.name(), Key::SourceProfile.name());
            Err(Error::config(format!("profile '{}' has '{key}' without a source", profile.name))
                .at(Some(role.map_or(&profile.at, |setting| &setting.at).clone()))
                .because(Reason::NoSource)
                .hint(format!("add '{wanted} = …' with the profile that may assume the role")))
        }
    }
}

/// Returns the error for a token without a role. A role in the environment does not count, because
/// the profile does not name it.
pub(super) fn without_role(profile: &Profile<'_>, token: &Setting<'_>) -> Error {
    let wanted = token.key.replace("web_identity_token_file", "role_arn");
    Error::config(format!("profile '{}' has '{}' without a role", profile.name, token.key))
        .at(Some(token.at.clone()))
        .because(Reason::NoSource)
        .hint(format!("add '{wanted} = …' with the role that trusts the token"))
}

/// Returns the error for a profile that is its own source and has no keys.
pub(super) fn self_reference(profile: &Profile<'_>, at: Option<Location>) -> Error {
    Error::config(format!("profile '{}' is its own source but has no access keys", profile.name))
        .at(at)
        .because(Reason::NoCredentials)
        .hint("name a profile with access keys as the source")
}

/// Returns the error for a missing source.
pub(super) fn no_such_source(profile: &str, next: &NextProfile) -> Error {
    Error::config(format!(
        "'{}' of profile '{profile}' is '{}', which does not exist",
        next.key, next.name
    ))
    .at(next.at.clone())
    .because(Reason::MissingSource)
}

/// Returns the error for a loop. The last of `names` is the first again.
pub(super) fn circle(names: &[&str], at: Option<Location>) -> Error {
    let shown = match names {
        [start @ .., first] if names.len() > MOST_NAMES => {
            let more = names.len() - MOST_NAMES;
            format!("{} -> … ({more} more) -> {first}", start[..MOST_NAMES - 1].join(" -> "))
        }
        _ => names.join(" -> "),
    };
    Error::config(format!("the source profiles form a loop: {shown}"))
        .at(at)
        .because(Reason::Loop)
        .hint("use a profile with access keys as the source of one of them")
}
