//! When access keys in a file expire, as the program that wrote them has noted beside them.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::{
    error::Location,
    profile::{Key, Profile, Setting, Which},
};

/// The latest time that a note without a time zone can mean, later than in UTC: there are zones up to
/// 12 hours behind.
const WESTERNMOST: TimeDelta = TimeDelta::hours(12);

/// The keys that other programs write, with those programs.
const NOTES: [(&str, Option<&str>); 4] = [
    ("x_security_token_expires", Some("saml2aws or okta-aws-cli")),
    ("aws_expiration", Some("aws-azure-login")),
    ("aws_session_expiration", None),
    ("expiration", None),
];

/// The end of access keys, from a setting beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeysEnd {
    /// When they expire, or the latest such time if the setting is ambiguous.
    pub(crate) time: DateTime<Utc>,
    /// The setting's key.
    pub(crate) key: String,
    /// The time as it is written there.
    pub(crate) text: String,
    /// Its place.
    pub(crate) at: Location,
    /// The program that writes such a setting, if that is known.
    pub(crate) writer: Option<&'static str>,
}

impl KeysEnd {
    /// Returns the end that is noted for the session's keys of `profile` in the same file, `which`; `None`
    /// if there is no note or it can't be read.
    pub(super) fn of(profile: &Profile<'_>, which: Which) -> Option<Self> {
        let is_beside = |setting: &Setting<'_>| setting.which == which;
        if let Some((text, setting)) = profile.get(Key::Expiration).filter(|(_, it)| is_beside(it))
        {
            let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
            return Some(Self::noted(setting, time, None));
        }
        NOTES.iter().find_map(|(key, writer)| {
            let setting = profile.setting(key).filter(|setting| is_beside(setting))?;
            let has = |key: &str| profile.setting(key).is_some();
            // awsume writes the local time, aws-mfa UTC.
            let is_awsume = *key == "expiration" && (has("autoawsume") || has("awsumepy_command"));
            let writer = match *writer {
                None if is_awsume => Some("awsume"),
                None if *key == "expiration" && has("assumed_role") => Some("aws-mfa"),
                writer => writer,
            };
            let zone = if is_awsume { WESTERNMOST } else { TimeDelta::zero() };
            Some(Self::noted(setting, time_of(setting.text()?, zone)?, writer))
        })
    }

    fn noted(setting: &Setting<'_>, time: DateTime<Utc>, writer: Option<&'static str>) -> Self {
        let text = setting.text().unwrap_or_default().to_owned();
        Self { time, key: setting.key.to_string(), text, at: setting.at.clone(), writer }
    }
}

/// Reads a time; `behind` is how far behind UTC one without a time zone may be.
fn time_of(text: &str, behind: TimeDelta) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let with_zone = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z"];
    if let Some(time) = with_zone.iter().find_map(|it| DateTime::parse_from_str(text, it).ok()) {
        return Some(time.to_utc());
    }
    let plain = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let time = plain.iter().find_map(|it| NaiveDateTime::parse_from_str(text, it).ok())?;
    Some(time.and_utc() + behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_programs_write_them() {
        let noon = "2026-01-02T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for text in [
            "2026-01-02T12:00:00Z",
            "2026-01-02T12:00:00.000Z",
            "2026-01-02T14:00:00+02:00",
            "2026-01-02T12:00:00+0000",
            "2026-01-02 14:00:00+02:00",
            "2026-01-02 12:00:00",
            "2026-01-02 12:00:00 UTC",
        ] {
            assert_eq!(time_of(text, TimeDelta::zero()), Some(noon), "{text}");
        }
        assert_eq!(time_of("2026-01-02 00:00:00", WESTERNMOST), Some(noon));
        assert_eq!(time_of("2026-01-02T12:00:00Z", WESTERNMOST), Some(noon));
        for text in ["", "tomorrow", "1767355200", "2026-01-02"] {
            assert_eq!(time_of(text, TimeDelta::zero()), None, "{text}");
        }
    }
}
