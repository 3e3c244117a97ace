//! The arguments that many verbs have: settings of a role, durations, output formats.

use clap::{Args, ValueEnum};

use crate::rules::seconds_of;

/// The settings of a role, for one call or for a new profile.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Settings {
    /// Role to assume
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// Profile whose credentials assume the role
    #[arg(long, value_name = "PROFILE")]
    pub(crate) source_profile: Option<String>,
    /// External ID that the role's trust policy requires
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Serial number or ARN of the MFA device
    #[arg(long, value_name = "SERIAL")]
    pub(crate) mfa_serial: Option<String>,
    /// Session duration: seconds, or 45m, 1h, 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<u32>,
    /// Role session name, as CloudTrail shows it [default: your user name]
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<String>,
    /// AWS region, instead of the profile's
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Limit what the session can do: JSON, a file, comma-separated policy ARNs, or
    /// s3-read:BUCKET/PREFIX, s3-write:…, s3-read-write:…
    #[arg(long, value_name = "POLICY")]
    pub(crate) session_policy: Option<String>,
}

/// The output formats of verbs that read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Human-readable
    #[default]
    Table,
    /// For scripts
    Json,
}

/// Reads a duration: seconds, or hours, minutes and seconds with their letters. Returns seconds.
///
/// # Errors
/// What is wrong with it, for the user.
pub fn duration(text: &str) -> Result<u32, String> {
    seconds_of(text).ok_or_else(|| "not a duration: use seconds, or 45m, 1h, 1h30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_have_letters() {
        for (text, seconds) in
            [("1", 1), ("900", 900), ("45m", 2700), ("1h30m", 5400), ("1h1m1s", 3661)]
        {
            assert_eq!(duration(text), Ok(seconds), "{text:?}");
        }
        let wrong = Err("not a duration: use seconds, or 45m, 1h, 1h30m".to_owned());
        for text in ["", "x", "-1", "1.5h", "1m1h", "1h30", "99999999999", "99999999999h", "h"] {
            assert_eq!(duration(text), wrong, "{text:?}");
        }
    }
}
