//! The form of what a plan sends to STS, checked before any call is made or code is used.

use super::{AwsSettings, Plan, RegionFrom, mfa::Device};
use crate::{
    error::{Error, Kind, Location, Reason, Result},
    profile::{Key, Profile, Setting, Topic},
    rules::{Invalid, check_region, check_region_label},
};

impl Plan {
    /// Checks the values that AWS would refuse for their form alone. That a role, a device or a region
    /// exists is for AWS to say.
    ///
    /// # Errors
    /// Of kind `Config` with the setting's place, or of kind `Usage` for a value from a flag or a
    /// variable.
    pub(crate) fn check_forms(&self) -> Result<()> {
        for hop in &self.hops {
            let profile = hop.profile.as_deref();
            let values = [
                (Key::RoleArn, Some(&hop.role_arn), &hop.places.role_arn),
                (Key::ExternalId, hop.external_id.as_ref(), &hop.places.external_id),
            ];
            for (key, value, at) in values {
                let checked = value.map_or(Ok(()), |value| key.check(value));
                checked.map_err(|invalid| Misplaced { key, profile, at }.error(&invalid))?;
            }
        }
        if self.hops.is_empty() && self.mfa.is_none() && self.session.is_none() {
            return Ok(());
        }
        self.check_region()
    }

    /// Checks the form of the region that STS is called in.
    ///
    /// # Errors
    /// As of [`Self::check_forms`].
    pub(crate) fn check_region(&self) -> Result<()> {
        let profile = self.chain.first().map(String::as_str);
        // Without an endpoint URL, the region must be one that AWS can have.
        let is_aws = self.aws.endpoint_url.is_none();
        self.aws.check_region_with(if is_aws { check_region } else { check_region_label }, profile)
    }
}

impl AwsSettings {
    /// Checks the form of the region for calls to any service, which may have a URL of its own.
    /// `profile` is the one whose settings these are.
    ///
    /// # Errors
    /// As of [`Plan::check_forms`].
    pub(crate) fn check_region_label(&self, profile: &str) -> Result<()> {
        self.check_region_with(check_region_label, Some(profile))
    }

    fn check_region_with(&self, check: RegionCheck, profile: Option<&str>) -> Result<()> {
        let (key, region) = (Key::Region, &*self.region);
        key.check(region).and_then(|()| check(region)).map_err(|invalid| match self.region_from {
            RegionFrom::Profile => Misplaced { key, profile, at: &self.region_at }.error(&invalid),
            RegionFrom::Environment => {
                invalid.error(Kind::Usage, "the region in AWS_REGION or AWS_DEFAULT_REGION")
            }
            RegionFrom::Flag | RegionFrom::Partition => invalid.error(Kind::Usage, "--region"),
        })
    }
}

/// Checks the name of a region.
type RegionCheck = fn(&str) -> std::result::Result<(), Invalid>;

/// Checks the settings of `profile` that its credentials depend on: that none is in quotes, and that
/// none lacks our prefix. Its access keys are checked where they are read.
///
/// # Errors
/// Of kind `Config`, with the setting's place.
pub(super) fn check_settings(profile: &Profile<'_>) -> Result<()> {
    // Few profiles have any quote, and there are many keys.
    let ends_in_quote =
        |it: &Setting<'_>| it.text().is_some_and(|text| text.ends_with(['"', '\'']));
    if profile.settings.iter().any(ends_in_quote) {
        for key in Key::ALL {
            if matches!(key.topic(), Topic::Role | Topic::Session | Topic::Base) {
                profile.unquoted(*key)?;
            }
        }
    }
    match profile.without_prefix() {
        Some(found) => Err(Error::config(format!(
            "'{}' of profile '{}' has no effect: it lacks the prefix 'rolecall_'",
            found.key, profile.name
        ))
        .at(Some(found.at))
        .because(Reason::InvalidValue)
        .hint(format!("write '{}'", found.meant))),
        None => Ok(()),
    }
}

/// Checks the values of `profile` that are sent to STS, as strictly as if they were written now.
///
/// # Errors
/// Of kind `Config`, with the setting's place.
pub(crate) fn check_values(profile: &Profile<'_>) -> Result<()> {
    Device::of(profile)?;
    let is_sent = |key: &Key| matches!(key.topic(), Topic::Role | Topic::Session | Topic::Base);
    let keys = Key::ALL.iter().copied().filter(|key| is_sent(key) && *key != Key::MfaSerial);
    // The region of a role in IAM Identity Center is for other tools.
    let region = profile.get(Key::RoleArn).map(|_| Key::Region);
    keys.chain(region).try_for_each(|key| profile.checked(key).map(drop))
}

/// A setting with an invalid value.
struct Misplaced<'p> {
    key: Key,
    profile: Option<&'p str>,
    /// `None`: the value is that of a flag.
    at: &'p Option<Location>,
}

impl Misplaced<'_> {
    fn error(&self, invalid: &Invalid) -> Error {
        let Self { key, profile, at } = *self;
        match (profile, at) {
            (Some(profile), Some(at)) => {
                let what = format!("the {} of profile '{profile}'", key.name());
                invalid.error(Kind::Config, what).at(Some(at.clone())).because(Reason::InvalidValue)
            }
            _ => invalid.error(Kind::Usage, key.flag().unwrap_or(key.name())),
        }
    }
}
