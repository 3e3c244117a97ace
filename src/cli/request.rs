//! The settings of one call, as flags give them, as a request.

use super::args::Settings;
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{
        DURATION_SECONDS, Environment, Request, SessionAttributes, check_serial, is_external_id,
        is_session_name, session_policy,
    },
};

/// Returns the request that the flags describe; its profile is not set yet.
///
/// # Errors
/// Of kind `Usage`, if STS would refuse one of the flags' values.
pub(super) fn request(context: &Context, settings: &Settings) -> Result<Request> {
    // Destructured, so that a new flag does not compile until somebody decides about it here.
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
            Error::new(Kind::Usage, format!("the session policy {why}")).hint(
                "give JSON, the path of a file with it, policy ARNs, or s3-read:BUCKET/PREFIX",
            )
        })?,
        None => SessionAttributes::default(),
    };
    if external_id.as_deref().is_some_and(|id| !is_external_id(id)) {
        return Err(Error::new(Kind::Usage, "STS does not take this external ID")
            .hint("it has 2 to 1224 letters, digits and _ + = , . @ : / -"));
    }
    if session_name.as_deref().is_some_and(|name| !is_session_name(name)) {
        return Err(Error::new(Kind::Usage, "STS does not take this session name")
            .hint("it has 2 to 64 letters, digits and _ + = , . @ -"));
    }
    if duration.is_some_and(|seconds| !DURATION_SECONDS.contains(&seconds)) {
        return Err(Error::new(
            Kind::Usage,
            "STS takes durations from 900 s to 43200 s (12 hours)",
        ));
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
