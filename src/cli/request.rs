//! From the flags of a call to a request.

use super::args::Settings;
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{Environment, Request, SessionAttributes, check_serial, session_policy},
    rules::{check_duration, check_external_id, check_session_name},
};

/// Returns the request that the flags describe; its profile is not set yet.
///
/// # Errors
/// Of kind `Usage`, if STS would refuse one of the flags' values.
pub(super) fn request(context: &Context, settings: &Settings) -> Result<Request> {
    // Destructured, so that a new flag does not compile until it is handled here.
    let Settings {
        role_arn,
        source_profile,
        external_id,
        mfa_serial,
        duration,
        session_name,
        region,
        session_policy: policy,
    } = settings.clone();
    if let Some(serial) = &mfa_serial {
        check_serial(serial).map_err(|error| error.with_kind(Kind::Usage))?;
    }
    let attributes = match policy {
        Some(policy) => session_policy(&policy, Environment::of(context)).map_err(|why| {
            Error::new(Kind::Usage, format!("the session policy {why}"))
                .hint("use JSON, the path of a JSON file, policy ARNs, or s3-read:BUCKET/PREFIX")
        })?,
        None => SessionAttributes::default(),
    };
    for (checked, flag) in [
        (external_id.as_deref().map(check_external_id), "--external-id"),
        (session_name.as_deref().map(check_session_name), "--session-name"),
        (duration.map(check_duration), "--duration"),
    ] {
        checked.unwrap_or(Ok(())).map_err(|invalid| invalid.error(Kind::Usage, flag))?;
    }
    Ok(Request {
        profile: None,
        role_arn,
        source_profile,
        external_id,
        mfa_serial,
        duration_seconds: duration,
        session_name,
        region,
        attributes,
    })
}
