//! Access keys in one of the two files, as the base of a chain.

use chrono::{DateTime, Utc};

use super::{Base, KeysEnd, Source};
use crate::{
    credentials::Credentials,
    error::{Error, Reason, Result},
    profile::{Key, Profile, Setting, Which},
    secret::Secret,
};

/// Returns the access keys of `profile` in a file as a base; `None` if it has none.
pub(super) fn static_base(profile: &Profile<'_>) -> Result<Option<Base>> {
    let keys = static_keys(profile)?;
    let at = profile.get(Key::AwsAccessKeyId).map(|(_, setting)| setting.at.clone());
    let name = profile.name.clone();
    let end = profile.get(Key::AwsAccessKeyId).and_then(|(_, id)| KeysEnd::of(profile, id.which));
    Ok(keys.map(|credentials| {
        let end = end.filter(|_| credentials.session_token.is_some());
        Base { profile: name, at, source: Source::Keys(credentials), end }
    }))
}

/// The access keys of `profile` in a file; `None` if it has none, an error if one of the two is
/// missing.
fn static_keys(profile: &Profile<'_>) -> Result<Option<Credentials>> {
    let id = profile.unquoted(Key::AwsAccessKeyId)?;
    let secret = profile.unquoted(Key::AwsSecretAccessKey)?;
    let (id, secret) = match (id, secret) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Ok(None),
        (Some((_, there)), None) => return Err(half(profile, there, Key::AwsSecretAccessKey)),
        (None, Some((_, there))) => return Err(half(profile, there, Key::AwsAccessKeyId)),
    };
    if id.1.which != secret.1.which {
        return Err(mixed(profile, id.1, secret.1));
    }
    let token = token_beside(profile, id.1)?;
    let end = profile.get(Key::Expiration).filter(|(_, end)| end.which == id.1.which);
    Ok(Some(Credentials {
        access_key_id: id.0.to_owned(),
        secret_access_key: Secret::from(secret.0),
        session_token: token.map(Secret::from),
        expiration: end.and_then(|(text, _)| expiration(text)),
        account_id: profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned()),
    }))
}

/// Returns the session token that belongs to the access key with the ID `id`: one of the other file is
/// that of another session, and no tool joins the two.
fn token_beside<'p>(profile: &'p Profile<'_>, id: &Setting<'_>) -> Result<Option<&'p str>> {
    let token = match profile.beside(id, Key::AwsSessionToken)? {
        None => profile.beside(id, Key::AwsSecurityToken)?,
        token => token,
    };
    Ok(token.map(|(token, _)| token))
}

/// Whether the access keys of `profile` in a file are a session's, with a token in the same file.
pub(crate) fn has_session_token(profile: &Profile<'_>) -> bool {
    let id = profile.get(Key::AwsAccessKeyId);
    id.is_some_and(|(_, id)| matches!(token_beside(profile, id), Ok(Some(_)) | Err(_)))
}

/// The expiration that `login --export-to` wrote next to a session's keys.
fn expiration(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn half(profile: &Profile<'_>, there: &Setting<'_>, missing: Key) -> Error {
    let missing = missing.name();
    Error::config(format!("profile '{}' has '{}' without '{missing}'", profile.name, there.key))
        .at(Some(there.at.clone()))
        .because(Reason::HalfKeys)
        .hint(format!("add {missing} to the same section, or remove the other half"))
}

/// The error for a pair of keys from both files: it may be one that nobody issued.
fn mixed(profile: &Profile<'_>, id: &Setting<'_>, secret: &Setting<'_>) -> Error {
    let in_credentials = if id.which == Which::Credentials { id } else { secret };
    Error::config(format!(
        "profile '{}' has its access key ID and its secret in different files",
        profile.name
    ))
    .at(Some(in_credentials.at.clone()))
    .because(Reason::HalfKeys)
    .hint("put both into the credentials file")
}
