//! Warnings that several verbs give.

use std::path::Path;

use crate::{
    context::Context,
    output::Streams,
    plan::Plan,
    profile::{Files, Misspelt, Profile, duplicates, traps},
};

/// Names the profile whose credentials are in the environment, for prompts and for rolecall itself.
pub(crate) const HANDED_OUT_PROFILE: &str = "ROLECALL_PROFILE";

/// Warns if access keys are set in the environment: the user may expect rolecall to use them.
pub(crate) fn warn_about_environment(context: &Context, streams: &mut Streams<'_>) {
    // Inside 'exec' they are rolecall's own.
    let handed_out = context.var(HANDED_OUT_PROFILE).is_some();
    if context.var("AWS_ACCESS_KEY_ID").is_some() && !handed_out {
        streams.warn(
            "AWS_ACCESS_KEY_ID is set: the AWS CLI and SDKs use those keys, but rolecall uses the \
             profile's",
        );
    }
}

/// Warns of durations that role chaining cuts to one hour.
pub(crate) fn warn_about_caps(plan: &Plan, streams: &mut Streams<'_>) {
    for hop in &plan.hops {
        if let Some(asked) = hop.capped_from {
            let role = &hop.role_arn;
            streams.warn(&format!(
                "{role}: {asked} s requested, but role chaining limits the session to 1 hour"
            ));
        }
    }
}

/// Warns of duplicate sections and keys, which the AWS CLI and boto3 refuse, though rolecall
/// doesn't.
pub(crate) fn warn_about_duplicates(files: &Files, streams: &mut Streams<'_>) {
    for duplicate in duplicates(files) {
        let (what, at) = (duplicate.what, duplicate.at);
        let what = format!("duplicate {what}: the AWS CLI and boto3 refuse the file ({at})");
        streams.warn_with_hint(&what, &duplicate.hint);
    }
}

/// Warns of keys of `profile` that nobody reads, and that look like ones that somebody does.
pub(crate) fn warn_about_misspelt_keys(profile: &Profile<'_>, streams: &mut Streams<'_>) {
    for found in profile.misspelt() {
        warn_about_misspelt_key(profile, &found, streams);
    }
}

/// Warns of one such key.
pub(crate) fn warn_about_misspelt_key(
    profile: &Profile<'_>,
    found: &Misspelt,
    streams: &mut Streams<'_>,
) {
    let what = format!("'{}' of '{}' is not a known key ({})", found.key, profile.name, found.at);
    streams.warn_with_hint(&what, &format!("did you mean '{}'?", found.meant));
}

/// Warns of settings that make other tools see `profile` differently.
pub(crate) fn warn_about_traps(
    profile: &Profile<'_>,
    program: Option<&Path>,
    streams: &mut Streams<'_>,
) {
    for trap in traps(profile, program) {
        streams.warn_with_hint(&format!("{} ({})", trap.what, trap.at), &trap.hint);
    }
}
