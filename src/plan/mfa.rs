//! The MFA device of a chain. Its codes only work with the base's long-lived keys.

use super::{Base, Source};
use crate::{
    error::{Error, Kind, Location, Reason, Result},
    profile::{Key, Profile, ProfileSet},
};

/// The serial for which `profile add` looks up the device in IAM. It is never written to a file.
pub(crate) const AUTO: &str = "auto";

/// How MFA is used for the first role of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mfa {
    /// The device's serial number or ARN.
    pub(crate) serial: String,
    /// Where the serial is in the files.
    pub(crate) at: Option<Location>,
    /// The profile that names the device; `None`: the command line.
    pub(crate) profile: Option<String>,
    /// A command that prints a code.
    pub(crate) command: Option<String>,
    /// The maximum age of a shared MFA session, in seconds.
    pub(crate) max_age: u32,
    /// The duration of the MFA session, in seconds.
    pub(crate) seconds: u32,
    /// Whether the first AssumeRole call includes its own code, instead of using a shared MFA
    /// session.
    pub(crate) direct: bool,
}

/// The MFA device that one profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) serial: String,
    pub(super) at: Option<Location>,
    pub(super) profile: Option<String>,
}

impl Device {
    /// Returns the device that `profile` names.
    pub(super) fn of(profile: &Profile<'_>) -> Result<Option<Self>> {
        let Some((serial, setting)) = profile.get(Key::MfaSerial) else {
            return Ok(None);
        };
        check_serial(serial)
            .map_err(|error| error.at(Some(setting.at.clone())).because(Reason::InvalidValue))?;
        Ok(Some(Self {
            serial: serial.to_owned(),
            at: Some(setting.at.clone()),
            profile: Some(profile.name.clone()),
        }))
    }
}

/// Checks that STS accepts `serial`, and that its device has codes at all.
pub(crate) fn check_serial(serial: &str) -> Result<()> {
    if serial == AUTO {
        return Err(Error::config(
            "the MFA serial 'auto' only works with 'profile add', which replaces it with the \
             device's serial number",
        )
        .hint("use the serial number or ARN of the device"));
    }
    let checked = Key::MfaSerial.check(serial);
    checked.map_err(|invalid| invalid.error(Kind::Config, "this MFA serial"))
}

/// Returns the profile's command that prints a code.
pub(super) fn command(profile: &Profile<'_>, set: &ProfileSet<'_>) -> Result<Option<String>> {
    let Some((command, setting)) = profile.get(Key::MfaProcess) else { return Ok(None) };
    set.check_command(profile, setting)?;
    Ok(Some(command.to_owned()))
}

/// Returns the device of a chain. `serials` are those that its roles name, in the order in which
/// they are assumed. MFA does not pass through a role, so all of them mean the device of the base's
/// user.
pub(super) fn device(mut serials: Vec<Device>, base: &Base) -> Result<Option<Device>> {
    if serials.is_empty() {
        return Ok(None);
    }
    let first = serials.remove(0);
    if let Some(other) = serials.iter().find(|other| other.serial != first.serial) {
        return Err(Error::config("the roles in this chain have different MFA devices")
            .at(other.at.clone())
            .because(Reason::UnusableMfa)
            .hint(
                "use the device of the user whose access key starts the chain for both: MFA does \
                 not pass through a role",
            ));
    }
    match &base.source {
        source if source.is_long_lived() => Ok(Some(first)),
        Source::Keys(_) => Err(Error::config(format!(
            "MFA needs long-lived keys, but profile '{}' has temporary ones",
            base.profile
        ))
        .at(first.at)
        .because(Reason::UnusableMfa)
        .hint("remove the MFA serial: whether a session has MFA is decided when it is created")),
        _ => Err(Error::config(format!(
            "MFA needs long-lived keys, but profile '{}' has none",
            base.profile
        ))
        .at(first.at)
        .because(Reason::UnusableMfa)
        .hint("remove the MFA serial: the source of these credentials decides on MFA")),
    }
}
