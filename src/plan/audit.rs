//! Which hand-outs are noted in the log.

use super::environment::Environment;
use crate::{
    error::{Kind, Result},
    profile::{Audit, DEFAULT_PROFILE, Key, Profile, ProfileSet, value::audit},
};

/// The variable for profiles that don't say it.
const VARIABLE: &str = "ROLECALL_AUDIT";

/// Returns which hand-outs of the profile `name`, which need not exist, are noted, like [`audit_of`].
///
/// # Errors
/// Those of [`audit_of`].
pub(crate) fn audit_of_named(
    name: &str,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<Audit> {
    match set.profile(name)? {
        Some(profile) => audit_of(&profile, set, environment),
        None => Ok(Audit::default()),
    }
}

/// Reads the setting of `profile`, else that of the profile `default`, else the variable: what a file says is
/// not changed by who calls.
///
/// # Errors
/// If the one that counts is wrong.
pub(super) fn audit_of(
    profile: &Profile<'_>,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<Audit> {
    if let Some((audit, _)) = profile.parsed(Key::Audit, audit)? {
        return Ok(audit);
    }
    // What is wrong elsewhere in that section is not about this profile.
    let default = if profile.name == DEFAULT_PROFILE {
        None
    } else {
        set.profile(DEFAULT_PROFILE).ok().flatten()
    };
    if let Some(default) = default
        && let Some((audit, _)) = default.parsed(Key::Audit, audit)?
    {
        return Ok(audit);
    }
    let Some(word) = environment.var(VARIABLE) else { return Ok(Audit::default()) };
    audit(word).map_err(|invalid| invalid.error(Kind::Usage, VARIABLE))
}
