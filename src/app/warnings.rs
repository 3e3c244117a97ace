//! Warnings that several verbs give.

use std::path::Path;

use crate::{
    context::Context,
    output::{FewWarnings, Streams},
    plan::{Hop, Plan},
    profile::{Files, Misspelt, Profile, exposed, for_each_duplicate, foreign_settings, traps},
    redact::urls,
    rules::is_plain_http,
};

/// Names the profile whose credentials are in the environment, for prompts and for rolecall itself.
pub(crate) const HANDED_OUT_PROFILE: &str = "ROLECALL_PROFILE";

/// Warns if access keys are set in the environment: the user may expect rolecall to use them.
pub(crate) fn warn_about_environment(context: &Context, streams: &mut Streams<'_>) {
    if let Some(warning) = environment_warning(context) {
        streams.warn(warning);
    }
}

/// Returns the warning about access keys in the environment; `None` if there are none.
pub(crate) fn environment_warning(context: &Context) -> Option<&'static str> {
    // Inside 'exec' they are rolecall's own.
    let handed_out = context.var(HANDED_OUT_PROFILE).is_some();
    (context.var("AWS_ACCESS_KEY_ID").is_some() && !handed_out).then_some(
        "AWS_ACCESS_KEY_ID is set: the AWS CLI and SDKs use those keys, but rolecall uses the \
         profile's",
    )
}

/// Warns if others can change the two files: their commands are run, and their roles are assumed.
pub(crate) fn warn_about_exposed_files(context: &Context, streams: &mut Streams<'_>) {
    for found in exposed(context) {
        let what = format!("{}: AWS programs run the commands in that file", found.what());
        let what = if found.is_folder { what.replace("that file", "its files") } else { what };
        streams.warn_with_hint(&what, &found.remedy());
    }
}

/// Warns of durations that role chaining cuts to one hour, of a retry mode that is not used, and of an
/// STS that is called in plain text.
pub(crate) fn warn_about_plan(plan: &Plan, streams: &mut Streams<'_>) {
    if let Some(mode) = &plan.aws.other_retry_mode {
        streams.warn(&format!(
            "the retry mode '{mode}' is not used: rolecall retries as in 'standard'"
        ));
    }
    for hop in &plan.hops {
        if let Some(warning) = cap_warning(hop) {
            streams.warn(&warning);
        }
    }
    warn_about_plain_http(plan.aws.endpoint_url.as_deref(), streams);
}

/// Warns if calls to the endpoint `url` cross a network in plain text.
pub fn warn_about_plain_http(url: Option<&str>, streams: &mut Streams<'_>) {
    if let Some(url) = url.filter(|url| is_plain_http(url)) {
        streams.warn_with_hint(&plain_http_warning(url), PLAIN_HTTP_HINT);
    }
}

/// Returns the warning about an endpoint URL that is called in plain text.
pub(crate) fn plain_http_warning(url: &str) -> String {
    format!("{} is not encrypted: sessions and tokens cross the network in plain text", urls(url))
}

/// What to do about it.
pub(crate) const PLAIN_HTTP_HINT: &str = "use an https:// URL, or an endpoint on this machine";

/// Returns the warning about a duration that role chaining cuts; `None` if it doesn't.
pub(crate) fn cap_warning(hop: &Hop) -> Option<String> {
    let (asked, role) = (hop.capped_from?, &hop.role_arn);
    Some(format!("{role}: {asked} s requested, but role chaining limits the session to 1 hour"))
}

/// What says more about what is wrong with the two files.
pub(crate) const ALL_WARNINGS: &str =
    "'rolecall doctor --all' lists what is wrong with the AWS files";

/// Warns of duplicate sections and keys, which the AWS CLI and boto3 refuse, though rolecall
/// doesn't.
pub(crate) fn warn_about_duplicates(files: &Files, streams: &mut Streams<'_>) {
    ProfileWarnings::new(files, None, streams).finish(streams);
}

/// Returns the warning about the duplicate `what`, without its place.
pub(crate) fn duplicate_warning(what: &str) -> String {
    format!("duplicate {what}: the AWS CLI and boto3 refuse the file")
}

/// Returns the warning about a key that nobody reads, without its place, and the hint.
pub(crate) fn misspelt_warning(profile: &Profile<'_>, found: &Misspelt) -> (String, String) {
    let what = format!("'{}' of '{}' is not a known key", found.key, profile.name);
    (what, format!("did you mean '{}'?", found.meant))
}

/// Warns of keys of `profile` that nobody reads, and that look like ones that somebody does.
pub(crate) fn warn_about_misspelt_keys(profile: &Profile<'_>, streams: &mut Streams<'_>) {
    let mut warnings = ProfileWarnings::default();
    warnings.misspelt_keys(profile, streams);
    warnings.finish(streams);
}

/// Warns of one such key.
pub(crate) fn warn_about_misspelt_key(
    profile: &Profile<'_>,
    found: &Misspelt,
    streams: &mut Streams<'_>,
) {
    let (what, hint) = misspelt_warning(profile, found);
    streams.warn_with_hint(&format!("{what} ({})", found.at), &hint);
}

/// Warns of settings that make other tools see `profile` differently.
pub(crate) fn warn_about_traps(
    profile: &Profile<'_>,
    program: Option<&Path>,
    streams: &mut Streams<'_>,
) {
    let mut warnings = ProfileWarnings { program, ..ProfileWarnings::default() };
    warnings.traps(profile, streams);
    warnings.finish(streams);
}

/// Warnings about the profiles of the two files, of which there may be thousands.
#[derive(Default)]
pub(crate) struct ProfileWarnings<'p> {
    program: Option<&'p Path>,
    few: FewWarnings,
}

impl<'p> ProfileWarnings<'p> {
    /// Starts with the warnings about both files. `program` is the path of this program.
    pub(crate) fn new(files: &Files, program: Option<&'p Path>, streams: &mut Streams<'_>) -> Self {
        let mut few = FewWarnings::default();
        for_each_duplicate(files, |duplicate| {
            let (what, at) = (duplicate.what, duplicate.at);
            few.warn(&format!("{} ({at})", duplicate_warning(&what)), &duplicate.hint, streams);
        });
        Self { program, few }
    }

    /// Warns of settings that make other tools see `profile` differently.
    pub(crate) fn traps(&mut self, profile: &Profile<'_>, streams: &mut Streams<'_>) {
        for trap in traps(profile, self.program) {
            self.few.warn(&format!("{} ({})", trap.what, trap.at), &trap.hint, streams);
        }
    }

    /// Warns of settings of other tools that rolecall doesn't take over.
    pub(crate) fn foreign_settings(&mut self, profile: &Profile<'_>, streams: &mut Streams<'_>) {
        for found in foreign_settings(profile) {
            self.few.warn(&format!("{} ({})", found.what, found.at), &found.hint, streams);
        }
    }

    /// Warns of keys of `profile` that nobody reads.
    pub(crate) fn misspelt_keys(&mut self, profile: &Profile<'_>, streams: &mut Streams<'_>) {
        for found in profile.misspelt() {
            let (what, hint) = misspelt_warning(profile, &found);
            self.few.warn(&format!("{what} ({})", found.at), &hint, streams);
        }
    }

    /// Says how many there are that were not shown.
    pub(crate) fn finish(self, streams: &mut Streams<'_>) {
        self.few.finish(ALL_WARNINGS, streams);
    }
}
