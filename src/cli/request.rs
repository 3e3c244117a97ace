//! From the flags of a call to a request.

use super::args::{Narrow, Settings};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{
        Environment, GivenPolicy, Narrowing, Request, SessionAttributes, check_flags,
        session_policy,
    },
    rules::ReadOnly,
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
    let attributes = match policy {
        Some(policy) => session_policy(&policy, Environment::of(context)).map_err(|why| {
            Error::new(Kind::Usage, format!("the session policy {why}"))
                .hint("use JSON, the path of a JSON file, policy ARNs, or s3-read:BUCKET/PREFIX")
        })?,
        None => SessionAttributes::default(),
    };
    let request = Request {
        profile: None,
        role_arn,
        source_profile,
        external_id,
        mfa_serial,
        duration_seconds: duration,
        session_name,
        region,
        attributes,
        narrowing: Narrowing::default(),
    };
    check_flags(&request)?;
    Ok(request)
}

/// Returns the request that the flags describe, those that narrow the session too; its profile is not set yet.
///
/// # Errors
/// Those of [`request`], and of kind `Usage`, if a policy can't be read.
pub(super) fn narrowed_request(
    context: &Context,
    settings: &Settings,
    narrow: &Narrow,
) -> Result<Request> {
    let Narrow { read_only, allow_secrets, policy } = narrow;
    let read_only = read_only.then_some(ReadOnly { with_secrets: *allow_secrets });
    let mut policies = Vec::new();
    for text in policy {
        let given = GivenPolicy::parse(text, None, Environment::of(context)).map_err(|why| {
            Error::new(Kind::Usage, format!("the policy of --policy {why}")).hint(
                "use the name of a managed policy of AWS's, an ARN, or the path of a JSON file",
            )
        })?;
        policies.extend(given);
    }
    Ok(Request { narrowing: Narrowing { read_only, policies }, ..request(context, settings)? })
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command};

    use super::*;
    use crate::profile::Key;

    #[test]
    fn the_flags_are_those_of_the_table_of_settings() {
        let command = Settings::augment_args(Command::new("x"));
        let mut flags: Vec<String> = command
            .get_arguments()
            .filter_map(|flag| Some(format!("--{}", flag.get_long()?)))
            .collect();
        let mut known: Vec<&str> = Key::ALL.iter().filter_map(|key| key.flag()).collect();
        flags.sort_unstable();
        known.sort_unstable();
        known.dedup();
        assert_eq!(flags, known);
    }
}
