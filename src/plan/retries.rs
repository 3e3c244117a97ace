//! How often a call is tried.

use super::environment::Environment;
use crate::{
    error::{Error, Kind, Reason, Result},
    profile::{Key, Profile},
};

/// Reads `AWS_MAX_ATTEMPTS`, then `max_attempts`.
///
/// Rule: AWS SDKs and Tools reference, "Retry behavior": a number from 1.
pub(super) fn max_attempts(
    profile: Option<&Profile<'_>>,
    environment: Environment<'_>,
) -> Result<Option<u32>> {
    const VARIABLE: &str = "AWS_MAX_ATTEMPTS";
    let in_file = profile.and_then(|profile| profile.get(Key::MaxAttempts));
    let (value, error) = match (environment.var(VARIABLE), in_file) {
        (Some(value), _) => {
            let message = format!("{VARIABLE} is not a whole number from 1");
            (value, Error::new(Kind::Usage, message).hint("unset it, or set it to 3"))
        }
        (None, Some((value, setting))) => {
            let message = format!("'{}' is not a whole number from 1", setting.key);
            let error = Error::config(message).at(Some(setting.at.clone()));
            (value, error.because(Reason::InvalidValue).hint("remove it, or set it to 3"))
        }
        (None, None) => return Ok(None),
    };
    value.parse().ok().filter(|most| *most > 0).map(Some).ok_or(error)
}

/// Reads `AWS_RETRY_MODE`, then `retry_mode`. Returns a mode other than ours, which is `standard`.
pub(super) fn other_mode(
    profile: Option<&Profile<'_>>,
    environment: Environment<'_>,
) -> Result<Option<String>> {
    const VARIABLE: &str = "AWS_RETRY_MODE";
    let in_file = profile.and_then(|profile| profile.get(Key::RetryMode));
    let (value, error) = match (environment.var(VARIABLE), in_file) {
        (Some(value), _) => {
            (value, Error::new(Kind::Usage, format!("{VARIABLE} is no mode of retries")))
        }
        (None, Some((value, setting))) => {
            let error = Error::config(format!("'{}' is no mode of retries", setting.key));
            (value, error.at(Some(setting.at.clone())).because(Reason::InvalidValue))
        }
        (None, None) => return Ok(None),
    };
    match value.to_ascii_lowercase().as_str() {
        "standard" => Ok(None),
        mode @ ("legacy" | "adaptive") => Ok(Some(mode.to_owned())),
        _ => Err(error.hint("use standard, or remove it")),
    }
}
