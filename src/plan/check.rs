//! Which values a setting may have, for code that writes one: the rules that a plan is held to.

use super::{Request, check_serial};
use crate::{
    error::{Error, Kind, Result},
    profile::{Form, Key, PREFIX, Topic, meant_keys},
};

/// Checks that the key `key` may be set to `value`.
///
/// Strict about the settings that rolecall reads; the values of others are for others to judge. An
/// empty value means the same as none and is always allowed. The error (exit 2) never repeats the
/// value.
pub(crate) fn check_setting(key: &str, value: &str) -> Result<()> {
    let lower = key.to_ascii_lowercase();
    let setting = Key::of(&lower).filter(|setting| setting.topic() != Topic::Export);
    let Some(setting) = setting else {
        return if lower.starts_with(PREFIX) { Err(no_such_key(&lower, key)) } else { Ok(()) };
    };
    if value.is_empty() {
        return Ok(());
    }
    check(setting, value, &format!("the value of '{key}'"))
}

/// Checks the settings of one call or of a new profile. The error (exit 2) names the flag.
pub(crate) fn check_flags(request: &Request) -> Result<()> {
    request.settings().try_for_each(|(key, value)| check_flag(key, &value))
}

/// Checks that the flag of `setting` may be set to `value`, like [`check_flags`].
pub(crate) fn check_flag(setting: Key, value: &str) -> Result<()> {
    check(setting, value, setting.flag().unwrap_or(setting.name()))
}

fn check(setting: Key, value: &str, shown: &str) -> Result<()> {
    if setting == Key::MfaSerial {
        return check_serial(value).map_err(|error| error.with_kind(Kind::Usage));
    }
    setting.check(value).map_err(|invalid| invalid.error(Kind::Usage, shown))
}

/// `lower` is a key with our prefix that does not exist, written as `key`.
fn no_such_key(lower: &str, key: &str) -> Error {
    let error = Error::new(Kind::Usage, format!("rolecall has no setting '{key}'"));
    let meant = meant_keys(lower);
    if !meant.is_empty() {
        return error.hint(format!("did you mean '{}'?", meant.join("' or '")));
    }
    let is_settable = |key: &&Key| key.form() != Form::Plain && key.topic() != Topic::Export;
    let keys = Key::ALL.iter().filter(is_settable).map(|key| key.name());
    let keys: Vec<&str> = keys.collect();
    error.hint(format!("the settings with the prefix '{PREFIX}' are {}", keys.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plan_would_refuse_is_refused_without_being_repeated() {
        for (key, value) in [
            ("role_arn", "bad-value"),
            ("Rolecall_Role_Arn", "bad-value"),
            ("rolecall_mfa_serial", "badvalue"),
            ("external_id", "bad value"),
            ("duration_seconds", "899"),
            ("duration_seconds", "1h"),
            ("rolecall_duration_seconds", "43201"),
            ("role_session_name", "bad value"),
            ("credential_source", "bad-value"),
            ("rolecall_mfa_session_seconds", "43201"),
            ("rolecall_source_identity", "aws:bad-value"),
            ("rolecall_session", "maybe"),
            ("rolecall_typo", "bad-value"),
            ("region", "eu-west-1a"),
            ("sso_region", "EU_WEST_1"),
            ("rolecall_source_profile", "'base'"),
            ("aws_access_key_id", "\"AKIAEXAMPLE\""),
            ("max_attempts", "bad-value"),
            ("max_attempts", "0x"),
            ("retry_mode", "bad-value"),
            ("sts_regional_endpoints", "bad-value"),
            ("use_fips_endpoint", "bad-value"),
            ("use_dualstack_endpoint", "bad-value"),
            ("ignore_configured_endpoint_urls", "bad-value"),
            ("ec2_metadata_service_endpoint_mode", "bad-value"),
        ] {
            let error = check_setting(key, value).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{key}");
            assert!(!error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn what_we_do_not_read_may_say_anything() {
        for (key, value) in [
            ("region", "nowhere"),
            ("mfa_session_seconds", "of somebody else"),
            ("session", "x"),
            ("rolecall_session", "On"),
            ("cli_pager", ""),
            ("role_arn", ""),
            ("rolecall_role_arn", "arn:aws-cn:iam::222222222222:role/a/b"),
            ("rolecall_mfa_session_seconds", "0"),
            ("credential_source", "EcsContainer"),
            ("max_attempts", "5"),
            ("retry_mode", "Adaptive"),
            ("use_fips_endpoint", "TRUE"),
            ("ec2_metadata_service_endpoint_mode", "ipv6"),
        ] {
            assert_eq!(check_setting(key, value), Ok(()), "{key}");
        }
    }
}
