//! Where a chain's first credentials come from.

use crate::{
    credentials::Credentials,
    error::{Error, Result},
    profile::{Profile, Setting, Which},
    secret::Secret,
};

/// The source of a chain's first credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Access keys that stand in one of the two files.
    Static {
        /// The profile that they stand in.
        profile: String,
        /// The keys.
        credentials: Credentials,
    },
}

impl Base {
    /// What tells this base's credentials from any other's, for the cache key: for access keys
    /// their id.
    pub fn identity(&self) -> &str {
        match self {
            Self::Static { credentials, .. } => &credentials.access_key_id,
        }
    }

    /// The profile that the base stands in.
    pub fn profile(&self) -> &str {
        match self {
            Self::Static { profile, .. } => profile,
        }
    }

    /// Whether the credentials are a session's: a role assumed with those is role chaining.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Static { credentials, .. } => credentials.session_token.is_some(),
        }
    }
}

/// The access keys of `profile`; `None` where it has none, an error where half of them is missing.
pub(super) fn static_keys(profile: &Profile<'_>) -> Result<Option<Credentials>> {
    let id = profile.text("aws_access_key_id");
    let secret = profile.text("aws_secret_access_key");
    let (id, secret) = match (id, secret) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Ok(None),
        (Some((_, there)), None) => return Err(half(profile, there, "aws_secret_access_key")),
        (None, Some((_, there))) => return Err(half(profile, there, "aws_access_key_id")),
    };
    if id.1.which != secret.1.which {
        return Err(mixed(profile, id.1, secret.1));
    }
    let token = profile.text("aws_session_token").or_else(|| profile.text("aws_security_token"));
    Ok(Some(Credentials {
        access_key_id: id.0.to_owned(),
        secret_access_key: Secret::from(secret.0),
        session_token: token.map(|(token, _)| Secret::from(token)),
        expiration: None,
        account_id: profile.text("aws_account_id").map(|(account, _)| account.to_owned()),
    }))
}

fn half(profile: &Profile<'_>, there: &Setting<'_>, missing: &str) -> Error {
    Error::config(format!("profile '{}' has '{}' without '{missing}'", profile.name, there.key))
        .at(Some(there.at.clone()))
        .hint(format!("add {missing} to the same section, or remove the other half"))
}

/// Half a pair in one file over a whole pair in the other would make a pair that nobody issued.
fn mixed(profile: &Profile<'_>, id: &Setting<'_>, secret: &Setting<'_>) -> Error {
    let in_credentials = if id.which == Which::Credentials { id } else { secret };
    Error::config(format!(
        "profile '{}' has its access key id and its secret in different files",
        profile.name
    ))
    .at(Some(in_credentials.at.clone()))
    .hint("put both into the credentials file")
}
