//! Long-lived keys that are kept in the store, and the sessions that are handed out in their place.

use super::{
    Base, Source,
    mfa::{Device, MFA_SESSION_SECONDS},
};
use crate::{
    error::{Error, Location, Result},
    profile::{Key, Profile, Setting},
};

/// What STS takes for `DurationSeconds` of an IAM user (API reference, GetSessionToken).
const SECONDS: std::ops::RangeInclusive<u32> = 900..=129_600;
/// How long an access key id is (IAM API reference, AccessKey).
const ID_LENGTH: std::ops::RangeInclusive<usize> = 16..=128;

/// A session that is handed out in place of long-lived keys (GetSessionToken, without a code).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySession {
    /// The profile that wants it.
    pub profile: String,
    /// Where it says so.
    pub at: Option<Location>,
    /// `DurationSeconds`.
    pub seconds: u32,
}

/// What a profile hands out in place of its own long-lived keys.
pub(super) enum HandOut {
    /// An MFA session of so many seconds.
    Mfa(Device, u32),
    /// A session without MFA.
    Session(KeySession),
}

impl HandOut {
    /// What `profile` hands out in place of the keys of its `base`; `None`: those themselves.
    ///
    /// Roles are assumed with the keys all the same: what is assumed with a session lasts an hour
    /// at most.
    pub(super) fn of(profile: &Profile<'_>, base: &Base) -> Result<Option<Self>> {
        let wanted = wanted(profile)?;
        let is_stored = matches!(base.source, Source::StoredKeys { .. });
        if wanted.is_none() && !is_stored {
            return Ok(None);
        }
        if let Some(setting) = wanted.filter(|_| !base.source.is_long_lived()) {
            return Err(Error::config(format!(
                "'{}' is for long-lived keys, and profile '{}' has none",
                setting.key, profile.name
            ))
            .at(Some(setting.at.clone()))
            .hint("take it out: what this profile gives is a session already"));
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

/// The setting with which `profile` wants a session in place of keys.
fn wanted<'p, 'a>(profile: &'p Profile<'a>) -> Result<Option<&'p Setting<'a>>> {
    match profile.get(Key::Session) {
        Some((text, setting)) if text.eq_ignore_ascii_case("on") => Ok(Some(setting)),
        Some((text, setting)) if !text.eq_ignore_ascii_case("off") => {
            Err(Error::config(format!("'{}' is neither on nor off", setting.key))
                .at(Some(setting.at.clone())))
        }
        _ => Ok(None),
    }
}

fn seconds(profile: &Profile<'_>) -> Result<Option<u32>> {
    let Some((text, setting)) = profile.get(Key::DurationSeconds) else {
        return Ok(None);
    };
    let seconds = text.parse().ok().filter(|seconds| SECONDS.contains(seconds));
    seconds.map(Some).ok_or_else(|| {
        Error::config(format!("'{}' is not a number of seconds from 900 to 129600", setting.key))
            .at(Some(setting.at.clone()))
    })
}

/// The keys of `profile` that are kept in the store, as a base; `None` where it names none.
pub(super) fn stored_base(profile: &Profile<'_>) -> Result<Option<Base>> {
    let Some((id, setting)) = profile.get(Key::AccessKeyId) else {
        return Ok(None);
    };
    let at = Some(setting.at.clone());
    check_key_id(id).map_err(|error| error.at(at.clone()))?;
    let account_id = profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned());
    let source = Source::StoredKeys { access_key_id: id.to_owned(), account_id };
    Ok(Some(Base { profile: profile.name.clone(), at, source }))
}

/// Whether `id` is that of long-lived keys.
///
/// Rules: IAM user guide, "Unique identifiers": `AKIA` for long-lived keys, `ASIA` for a session's;
/// IAM API reference, AccessKey, for its length.
pub fn check_key_id(id: &str) -> Result<()> {
    if id.starts_with("ASIA") {
        return Err(Error::config("this access key is a session's, and ends by itself")
            .hint("take the long-lived access key of an IAM user: its id begins with AKIA"));
    }
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if id.starts_with("AKIA") && ID_LENGTH.contains(&id.len()) && id.bytes().all(fits) {
        return Ok(());
    }
    Err(Error::config("this is not the id of an access key")
        .hint("it begins with AKIA, and has 16 or more capital letters and digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_long_lived_keys_begin_with_akia() {
        assert!(check_key_id("AKIAIOSFODNN7EXAMPLE").is_ok());
        for id in ["", "AKIA", "AKIAshort", "ASIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPL/"] {
            assert!(check_key_id(id).is_err(), "{id}");
        }
    }
}
