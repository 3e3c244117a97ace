//! What is asked of a plan: a profile, and the settings of one call.

use super::{SessionAttributes, hop::HopSettings, mfa::Device};

/// What is to be resolved: a profile, settings of this one call, or a role without a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The profile; `None`: the role below, assumed from the source profile below.
    pub profile: Option<String>,
    /// `--role-arn`.
    pub role_arn: Option<String>,
    /// `--source-profile`.
    pub source_profile: Option<String>,
    /// `--external-id`.
    pub external_id: Option<String>,
    /// `--mfa-serial`.
    pub mfa_serial: Option<String>,
    /// `--duration`, in seconds.
    pub duration_seconds: Option<u32>,
    /// `--session-name`.
    pub session_name: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--session-policy`, read.
    pub attributes: SessionAttributes,
}

impl Request {
    /// A request for a profile as the files describe it.
    pub fn profile(name: impl Into<String>) -> Self {
        Self { profile: Some(name.into()), ..Self::default() }
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
