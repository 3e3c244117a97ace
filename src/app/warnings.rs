//! Warnings that several verbs give.

use std::path::Path;

use crate::{
    context::Context,
    output::Streams,
    plan::Plan,
    profile::{Files, Profile, duplicates, traps},
};

/// Names the profile whose credentials are in the environment, for prompts and for rolecall itself.
pub(crate) const HANDED_OUT_PROFILE: &str = "ROLECALL_PROFILE";

/// Access keys in the environment are not what rolecall hands out: a human who set them may think so.
pub(crate) fn warn_about_environment(context: &Context, streams: &mut Streams<'_>) {
    // Inside 'exec', they are what was asked for.
    let handed_out = context.var(HANDED_OUT_PROFILE).is_some();
    if context.var("AWS_ACCESS_KEY_ID").is_some() && !handed_out {
        streams.warn(
            "AWS_ACCESS_KEY_ID is set: the AWS CLI and SDKs use those keys, rolecall the profile's",
        );
    }
}

/// A duration that role chaining cut short is told, for whoever asked for it waits for more.
pub(crate) fn warn_about_caps(plan: &Plan, streams: &mut Streams<'_>) {
    for hop in &plan.hops {
        if let Some(asked) = hop.capped_from {
            let role = &hop.role_arn;
            streams.warn(&format!(
                "{role}: {asked} s were asked for; a role assumed with a session lasts 1 hour at most"
            ));
        }
    }
}

/// What stands twice in a file stops the AWS CLI and boto3, though not us.
pub(crate) fn warn_about_duplicates(files: &Files, streams: &mut Streams<'_>) {
    for duplicate in duplicates(files) {
        let (what, at) = (duplicate.what, duplicate.at);
        let what = format!("{what} stands twice: the AWS CLI and boto3 refuse the file ({at})");
        streams.warn_with_hint(&what, &duplicate.hint);
    }
}

/// What makes other tools not see `profile` as we do.
pub(crate) fn warn_about_traps(
    profile: &Profile<'_>,
    program: Option<&Path>,
    streams: &mut Streams<'_>,
) {
    for trap in traps(profile, program) {
        streams.warn_with_hint(&format!("{} ({})", trap.what, trap.at), &trap.hint);
    }
}
