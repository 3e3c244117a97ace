//! The input of a plan: a profile, and the settings of one call.

use super::{Narrowing, SessionAttributes, hop::HopSettings, mfa::Device};
use crate::profile::Key;

/// What to resolve: a profile with settings of one call, or a role without a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// The profile; `None`: the role below, assumed with the source profile below.
    pub(crate) profile: Option<String>,
    /// `--role-arn`.
    pub(crate) role_arn: Option<String>,
    /// `--source-profile`.
    pub(crate) source_profile: Option<String>,
    /// `--external-id`.
    pub(crate) external_id: Option<String>,
    /// `--mfa-serial`.
    pub(crate) mfa_serial: Option<String>,
    /// `--duration`, in seconds.
    pub(crate) duration_seconds: Option<u32>,
    /// `--session-name`.
    pub(crate) session_name: Option<String>,
    /// `--region`.
    pub(crate) region: Option<String>,
    /// The parsed `--session-policy`.
    pub(crate) attributes: SessionAttributes,
    /// `--read-only` and `--policy`.
    pub(crate) narrowing: Narrowing,
}

impl Request {
    /// Returns a request for a profile as the files describe it.
    pub(crate) fn profile(name: impl Into<String>) -> Self {
        Self { profile: Some(name.into()), ..Self::default() }
    }

    /// Returns what a profile would say for the same, in the order of the table of settings.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (Key, String)> {
        Key::ALL.iter().filter_map(|key| Some((*key, self.setting(*key)?)))
    }

    /// Returns the value of one setting, as a profile would have it.
    pub(crate) fn setting(&self, key: Key) -> Option<String> {
        match key {
            Key::RoleArn => self.role_arn.clone(),
            Key::SourceProfile => self.source_profile.clone(),
            Key::MfaSerial => self.mfa_serial.clone(),
            Key::ExternalId => self.external_id.clone(),
            Key::DurationSeconds => self.duration_seconds.map(|seconds| seconds.to_string()),
            Key::RoleSessionName => self.session_name.clone(),
            Key::SessionPolicy => self.attributes.policy.clone(),
            Key::SessionPolicyArns => {
                let arns = &self.attributes.policy_arns;
                (!arns.is_empty()).then(|| arns.join(","))
            }
            Key::Region => self.region.clone(),
            _ => None,
        }
    }

    pub(super) fn hop_settings(&self) -> HopSettings {
        HopSettings {
            external_id: self.external_id.clone(),
            session_name: self.session_name.clone(),
            duration_seconds: self.duration_seconds,
            attributes: self.attributes.clone(),
        }
    }

    pub(super) fn mfa_flag(&self) -> Option<Device> {
        let serial = self.mfa_serial.clone()?;
        Some(Device { serial, at: None, profile: None })
    }

    pub(super) fn adjusts_the_session(&self) -> bool {
        self.role_arn.is_some()
            || self.source_profile.is_some()
            || self.mfa_serial.is_some()
            || self.hop_settings() != HopSettings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_with_a_flag_can_be_written() {
        let text = || Some("x".to_owned());
        let request = Request {
            profile: None,
            role_arn: text(),
            source_profile: text(),
            external_id: text(),
            mfa_serial: text(),
            duration_seconds: Some(900),
            session_name: text(),
            region: text(),
            attributes: SessionAttributes {
                policy: text(),
                policy_arns: vec!["x".to_owned(), "y".to_owned()],
                ..SessionAttributes::default()
            },
            narrowing: Narrowing::default(),
        };
        let with_flag = Key::ALL.iter().copied().filter(|key| key.flag().is_some());
        assert!(request.settings().map(|(key, _)| key).eq(with_flag));
        assert_eq!(request.setting(Key::SessionPolicyArns).as_deref(), Some("x,y"));
        assert_eq!(Request::default().settings().count(), 0);
    }
}
