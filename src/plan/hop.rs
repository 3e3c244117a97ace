//! One AssumeRole of a chain, with all that decides what AWS would return for it.

use super::{Environment, SessionAttributes, mfa::Device};
use crate::{
    error::{Error, Location, Result},
    profile::{Key, Profile, Setting},
};

/// What STS takes for `DurationSeconds` (API reference, AssumeRole).
pub const DURATION_SECONDS: std::ops::RangeInclusive<u32> = 900..=43_200;
/// Longest session of a role that is assumed with temporary credentials (IAM user guide, "Role
/// chaining").
pub const LONGEST_CHAINED: u32 = 3_600;

/// One AssumeRole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The profile that names the role; `None` for a role from the command line.
    pub profile: Option<String>,
    /// `RoleArn`.
    pub role_arn: String,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `DurationSeconds`; `None`: as STS sees fit, one hour.
    pub duration_seconds: Option<u32>,
    /// What was asked for, where that was more than role chaining allows.
    pub capped_from: Option<u32>,
    /// Policies, tags and the source identity of the session.
    pub attributes: SessionAttributes,
    /// Where these settings stand: the places to look at when AWS refuses.
    pub places: Places,
}

/// Where a hop's settings stand in the files; `None` for what came from the command line, or
/// from nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The role.
    pub role_arn: Option<Location>,
    /// The external ID.
    pub external_id: Option<Location>,
    /// The duration.
    pub duration_seconds: Option<Location>,
}

/// The settings of one hop before defaults: from a profile, from flags, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HopSettings {
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    pub(super) attributes: SessionAttributes,
}

impl HopSettings {
    /// What `profile` says of its role.
    pub(super) fn of(profile: &Profile<'_>, environment: Environment<'_>) -> Result<Self> {
        let duration = profile.get(Key::DurationSeconds);
        let session_name = profile.get(Key::RoleSessionName);
        Ok(Self {
            external_id: profile.get(Key::ExternalId).map(|(id, _)| id.to_owned()),
            session_name: session_name.map(|(name, at)| session_name_of(name, at)).transpose()?,
            duration_seconds: duration.map(|(text, at)| duration_of(text, at)).transpose()?,
            attributes: SessionAttributes::of(profile, environment)?,
        })
    }

    /// What `profile` says of a role that is assumed with a web identity. That call knows neither
    /// an external ID nor MFA, and SDKs pass over them; what only we know is refused.
    pub(super) fn of_web_identity(
        profile: &Profile<'_>,
        environment: Environment<'_>,
    ) -> Result<Self> {
        let refused =
            [Key::ExternalId, Key::SessionTags, Key::TransitiveTagKeys, Key::SourceIdentity];
        if let Some((_, setting)) = refused.into_iter().find_map(|key| profile.prefixed(key)) {
            return Err(Error::config(format!(
                "'{}' can't be given to a role that is assumed with a web identity",
                setting.key
            ))
            .at(Some(setting.at.clone()))
            .hint("take it out"));
        }
        Ok(Self { external_id: None, ..Self::of(profile, environment)? })
    }

    /// These settings where they say something, else those of `other`.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            external_id: self.external_id.or(other.external_id),
            session_name: self.session_name.or(other.session_name),
            duration_seconds: self.duration_seconds.or(other.duration_seconds),
            attributes: self.attributes.or(other.attributes),
        }
    }
}

/// A hop before defaults.
pub(super) struct Draft {
    pub(super) profile: Option<String>,
    pub(super) role_arn: String,
    pub(super) settings: HopSettings,
    pub(super) mfa: Option<Device>,
    pub(super) places: Places,
}

impl Draft {
    /// The hop; `chained` where it is assumed with a session.
    pub(super) fn finish(self, chained: bool, default_session_name: &str) -> Hop {
        let asked = self.settings.duration_seconds;
        let too_long = asked.filter(|&seconds| chained && seconds > LONGEST_CHAINED);
        let attributes = self.settings.attributes.for_partition(partition_of(&self.role_arn));
        Hop {
            profile: self.profile,
            role_arn: self.role_arn,
            external_id: self.settings.external_id,
            session_name: self
                .settings
                .session_name
                .unwrap_or_else(|| default_session_name.to_owned()),
            duration_seconds: if too_long.is_some() { Some(LONGEST_CHAINED) } else { asked },
            capped_from: too_long,
            attributes,
            places: self.places,
        }
    }
}

fn duration_of(text: &str, setting: &Setting<'_>) -> Result<u32> {
    let seconds = text.parse().ok().filter(|seconds| DURATION_SECONDS.contains(seconds));
    seconds.ok_or_else(|| {
        Error::config(format!("'{}' is not a number of seconds from 900 to 43200", setting.key))
            .at(Some(setting.at.clone()))
    })
}

fn session_name_of(text: &str, setting: &Setting<'_>) -> Result<String> {
    if is_session_name(text) {
        return Ok(text.to_owned());
    }
    Err(Error::config(format!("'{}' is not a name that STS takes", setting.key))
        .at(Some(setting.at.clone()))
        .hint("use 2 to 64 letters, digits and _ + = , . @ -"))
}

/// Whether `arn` is that of a role. Rule: IAM user guide, "IAM identifiers":
/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
pub fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
            && !arn.contains(char::is_whitespace))
}

/// Whether STS takes `name` for a session. Rule: STS API reference, AssumeRole, `RoleSessionName`.
pub fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len()) && name.chars().all(is_session_name_char)
}

/// Whether STS takes `id` for an external ID. Rule: STS API reference, AssumeRole, `ExternalId`.
pub fn is_external_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    (2..=1224).contains(&id.len()) && id.chars().all(fits)
}

fn is_session_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

/// A session name that tells an auditor who it was: the OS user, made fit for STS.
pub(super) fn default_session_name(user: Option<&str>) -> String {
    let fit = |c: char| if is_session_name_char(c) { c } else { '-' };
    let mut name: String = user.unwrap_or("rolecall").chars().map(fit).take(64).collect();
    while name.len() < 2 {
        name.push('-');
    }
    name
}

/// The partition of an ARN: `aws`, `aws-cn`, `aws-us-gov`, …; `aws` for what is no ARN.
pub fn partition_of(arn: &str) -> &str {
    let mut parts = arn.split(':');
    match (parts.next(), parts.next()) {
        (Some("arn"), Some(partition)) if !partition.is_empty() => partition,
        _ => "aws",
    }
}

/// The partition of a region; `aws` for one that no other partition claims.
pub fn partition_of_region(region: &str) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
    ];
    let own = partitions.iter().find(|(start, _)| region.starts_with(start));
    own.map_or("aws", |(_, partition)| partition)
}

/// The account of an ARN; `None` where it has none.
pub fn account_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_session_names_are_cleaned_padded_and_cut() {
        assert_eq!(default_session_name(Some("natan")), "natan");
        assert_eq!(default_session_name(Some("CORP\\jörg")), "CORP-j-rg");
        assert_eq!(default_session_name(Some("x")), "x-");
        assert_eq!(default_session_name(None), "rolecall");
        let long = default_session_name(Some(&"é".repeat(100)));
        assert!(is_session_name(&long), "{long}");
    }

    #[test]
    fn arns_are_taken_apart() {
        let arn = "arn:aws-cn:iam::222222222222:role/a/b";
        assert_eq!(partition_of(arn), "aws-cn");
        assert_eq!(account_of(arn), Some("222222222222"));
        assert_eq!((partition_of("role"), account_of("role")), ("aws", None));
    }
}
