//! Long-lived keys in the store, and the sessions that are handed out instead of them.

use super::{Base, Source, mfa::Device};
use crate::{
    error::{Error, Location, Reason, Result},
    profile::{Key, MFA_SESSION_SECONDS, Profile, Setting, value::switch},
    rules::SESSION_TOKEN_SECONDS,
};

/// A session that is handed out instead of long-lived keys (GetSessionToken, without a code).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySession {
    /// The profile that asks for it.
    pub(crate) profile: String,
    /// Where that setting is.
    pub(crate) at: Option<Location>,
    /// `DurationSeconds`.
    pub(crate) seconds: u32,
}

/// What a profile hands out instead of its own long-lived keys.
pub(super) enum HandOut {
    /// An MFA session of this duration in seconds.
    Mfa(Device, u32),
    /// A session without MFA.
    Session(KeySession),
}

impl HandOut {
    /// Returns what `profile` hands out instead of the keys of its `base`; `None`: the keys
    /// themselves.
    ///
    /// Roles are assumed with the keys all the same, because a role that is assumed with a session
    /// lasts at most an hour.
    pub(super) fn of(profile: &Profile<'_>, base: &Base) -> Result<Option<Self>> {
        let wanted = wanted(profile)?;
        let is_stored = matches!(base.source, Source::StoredKeys { .. });
        if wanted.is_none() && !is_stored {
            return Ok(None);
        }
        if let Some(setting) = wanted.filter(|_| !base.source.is_long_lived()) {
            return Err(Error::config(format!(
                "'{}' is for long-lived keys, but profile '{}' has none",
                setting.key, profile.name
            ))
            .at(Some(setting.at.clone()))
            .hint("remove it: this profile returns a session already"));
        }
        let seconds = seconds(profile)?.unwrap_or(MFA_SESSION_SECONDS);
        if let Some(device) = Device::of(profile)? {
            return Ok(Some(Self::Mfa(device, seconds)));
        }
        Ok(wanted.map(|setting| {
            let (profile, at) = (profile.name.clone(), Some(setting.at.clone()));
            Self::Session(KeySession { profile, at, seconds })
        }))
    }
}

/// The setting by which `profile` asks for a session instead of keys.
fn wanted<'p, 'a>(profile: &'p Profile<'a>) -> Result<Option<&'p Setting<'a>>> {
    let found = profile.parsed(Key::Session, switch)?;
    Ok(found.filter(|(is_on, _)| *is_on).map(|(_, setting)| setting))
}

fn seconds(profile: &Profile<'_>) -> Result<Option<u32>> {
    let Some((text, setting)) = profile.get(Key::DurationSeconds) else {
        return Ok(None);
    };
    let seconds = text.parse().ok().filter(|seconds| SESSION_TOKEN_SECONDS.contains(seconds));
    seconds.map(Some).ok_or_else(|| {
        Error::config(format!("'{}' is not a number of seconds from 900 to 129600", setting.key))
            .at(Some(setting.at.clone()))
            .because(Reason::InvalidValue)
    })
}
