//! MFA for a chain: the device, whose codes only the base's long-lived keys can use.

use super::{Base, Source};
use crate::{
    error::{Error, Kind, Location, Result},
    profile::{Key, Profile},
    rules::check_mfa_serial,
};

/// What stands for the device that IAM knows, where a profile is added; never written into a file.
pub const AUTO: &str = "auto";

/// How a chain's first role is reached with MFA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mfa {
    /// The device's serial number or ARN.
    pub serial: String,
    /// Where it stands.
    pub at: Option<Location>,
    /// The profile that says so; `None`: the command line.
    pub profile: Option<String>,
    /// A command that prints a code.
    pub command: Option<String>,
    /// How old a shared MFA session may be, in seconds.
    pub max_age: u32,
    /// How long the MFA session lasts, in seconds.
    pub seconds: u32,
    /// Whether the first AssumeRole carries a code of its own, in place of a shared MFA session.
    pub direct: bool,
}

/// What one profile says of MFA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) serial: String,
    pub(super) at: Option<Location>,
    pub(super) profile: Option<String>,
}

impl Device {
    /// The device that `profile` names for its role.
    pub(super) fn of(profile: &Profile<'_>) -> Result<Option<Self>> {
        let Some((serial, setting)) = profile.get(Key::MfaSerial) else {
            return Ok(None);
        };
        check_serial(serial).map_err(|error| error.at(Some(setting.at.clone())))?;
        Ok(Some(Self {
            serial: serial.to_owned(),
            at: Some(setting.at.clone()),
            profile: Some(profile.name.clone()),
        }))
    }
}

/// Checks that STS accepts `serial`, and that its device has codes at all.
pub fn check_serial(serial: &str) -> Result<()> {
    if serial == AUTO {
        return Err(Error::config(
            "the MFA serial 'auto' is for 'profile add' alone, which puts the device in its place",
        )
        .hint("give the device's serial number or ARN"));
    }
    check_mfa_serial(serial).map_err(|invalid| invalid.error(Kind::Config, "this MFA serial"))
}

/// The command of a profile that prints a code.
pub(super) fn command(profile: &Profile<'_>) -> Option<String> {
    profile.get(Key::MfaProcess).map(|(command, _)| command.to_owned())
}

/// The one device of a chain. `serials` are those that its roles name, the role assumed first in
/// front. MFA does not pass through a role, so whatever names one means the base's.
pub(super) fn device(mut serials: Vec<Device>, base: &Base) -> Result<Option<Device>> {
    if serials.is_empty() {
        return Ok(None);
    }
    let first = serials.remove(0);
    if let Some(other) = serials.iter().find(|other| other.serial != first.serial) {
        return Err(Error::config("the roles of this chain name two MFA devices")
            .at(other.at.clone())
            .hint(
                "name the device of the base's user in both, for MFA does not pass through a role",
            ));
    }
    match &base.source {
        source if source.is_long_lived() => Ok(Some(first)),
        Source::Keys(_) => Err(Error::config(format!(
            "MFA needs long-lived keys, and those of profile '{}' are a session's",
            base.profile
        ))
        .at(first.at)
        .hint(
            "take the MFA serial out: whether that session has MFA was decided when it was made",
        )),
        _ => Err(Error::config(format!(
            "MFA needs long-lived keys, and profile '{}' has none",
            base.profile
        ))
        .at(first.at)
        .hint("take the MFA serial out: who gives these credentials decides on MFA")),
    }
}
