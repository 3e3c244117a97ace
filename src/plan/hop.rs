//! One AssumeRole call of a chain, with everything that determines what AWS returns.

use super::{Environment, SessionAttributes, mfa::Device};
use crate::{
    error::{Error, Location, Reason, Result},
    profile::{Key, Profile, value::role_seconds},
    rules::{LONGEST_CHAINED, is_name_template, partition_of},
};

/// One AssumeRole call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The profile that names the role; `None` for a role from the command line.
    pub(crate) profile: Option<String>,
    /// `RoleArn`.
    pub(crate) role_arn: String,
    /// `ExternalId`.
    pub(crate) external_id: Option<String>,
    /// `RoleSessionName`.
    pub(crate) session_name: String,
    /// `DurationSeconds`; `None`: STS's default, one hour.
    pub(crate) duration_seconds: Option<u32>,
    /// The requested duration in seconds, if it is longer than role chaining allows.
    pub(crate) capped_from: Option<u32>,
    /// Policies, tags and the source identity of the session.
    pub(crate) attributes: SessionAttributes,
    /// Where these settings are, for the message when AWS refuses.
    pub(crate) places: Places,
}

/// Where a hop's settings are in the files; `None` for those from the command line, and for
/// defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The role.
    pub(crate) role_arn: Option<Location>,
    /// The external ID.
    pub(crate) external_id: Option<Location>,
    /// The duration.
    pub(crate) duration_seconds: Option<Location>,
}

/// The settings of one hop without defaults: from a profile, from flags, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HopSettings {
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    pub(super) attributes: SessionAttributes,
}

impl HopSettings {
    /// Returns the settings of `profile` for its role.
    pub(super) fn of(profile: &Profile<'_>, environment: Environment<'_>) -> Result<Self> {
        let session_name = profile.checked(Key::RoleSessionName)?;
        if let Some((name, setting)) = session_name
            && setting.key == Key::RoleSessionName.name()
            && is_name_template(name)
        {
            let error = Error::config(format!(
                "'{}' is a template, which AWS tools don't know",
                setting.key
            ));
            return Err(error
                .at(Some(setting.at.clone()))
                .because(Reason::InvalidValue)
                .hint(format!("use '{}' for it", Key::RoleSessionName.prefixed())));
        }
        Ok(Self {
            external_id: profile.get(Key::ExternalId).map(|(id, _)| id.to_owned()),
            session_name: session_name.map(|(name, _)| name.to_owned()),
            duration_seconds: profile
                .parsed(Key::DurationSeconds, role_seconds)?
                .map(|(seconds, _)| seconds),
            attributes: SessionAttributes::of(profile, environment)?,
        })
    }

    /// Returns the settings of `profile` for a role that is assumed with a web identity. That call
    /// has no external ID and no MFA, and SDKs ignore such settings; those that only rolecall reads
    /// are refused.
    pub(super) fn of_web_identity(
        profile: &Profile<'_>,
        environment: Environment<'_>,
    ) -> Result<Self> {
        let refused =
            [Key::ExternalId, Key::SessionTags, Key::TransitiveTagKeys, Key::SourceIdentity];
        if let Some((_, setting)) = refused.into_iter().find_map(|key| profile.prefixed(key)) {
            return Err(Error::config(format!(
                "'{}' can't be used with a role that is assumed with a web identity",
                setting.key
            ))
            .at(Some(setting.at.clone()))
            .hint("remove it"));
        }
        Ok(Self { external_id: None, ..Self::of(profile, environment)? })
    }

    /// Returns these settings, and those of `other` for what these leave open.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            external_id: self.external_id.or(other.external_id),
            session_name: self.session_name.or(other.session_name),
            duration_seconds: self.duration_seconds.or(other.duration_seconds),
            attributes: self.attributes.or(other.attributes),
        }
    }
}

/// A hop without defaults.
pub(super) struct Draft {
    pub(super) profile: Option<String>,
    pub(super) role_arn: String,
    pub(super) settings: HopSettings,
    pub(super) mfa: Option<Device>,
    pub(super) places: Places,
}

impl Draft {
    /// Returns the hop with this session name. It is `chained` if it is assumed with a session's
    /// credentials.
    pub(super) fn finish(self, chained: bool, session_name: String) -> Hop {
        let asked = self.settings.duration_seconds;
        let too_long = asked.filter(|&seconds| chained && seconds > LONGEST_CHAINED);
        let attributes = self.settings.attributes.for_partition(partition_of(&self.role_arn));
        Hop {
            session_name,
            profile: self.profile,
            role_arn: self.role_arn,
            external_id: self.settings.external_id,
            duration_seconds: if too_long.is_some() { Some(LONGEST_CHAINED) } else { asked },
            capped_from: too_long,
            attributes,
            places: self.places,
        }
    }
}
