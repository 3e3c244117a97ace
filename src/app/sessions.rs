//! From a request to a plan, and the sessions that it may use.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use crate::{
    aws::Aws,
    context::Context,
    error::Result,
    output::escape,
    plan::{Environment, Plan, Request, resolve},
    profile::{Files, ProfileSet},
    session::{SessionRequest, Sessions},
    store::Store,
};

/// When `credential-process` gives up, counted from the start of the process: the AWS SDK for Go
/// kills its helper after 60 s.
pub(crate) const HELPER_DEADLINE: Duration = Duration::from_secs(50);
/// When verbs for humans give up.
pub(crate) const HUMAN_DEADLINE: Duration = Duration::from_mins(2);

/// How verbs for people ask for a session.
pub(crate) fn human_request() -> SessionRequest {
    SessionRequest { on_wait: Some(report_wait), ..SessionRequest::by(HUMAN_DEADLINE) }
}

/// Tells a human at once, in the middle of a call that has no streams of its own.
fn report_wait(message: &str) {
    drop(writeln!(io::stderr(), "waiting: {}", escape(message)));
}

/// Reads both files and resolves `request`.
pub(crate) fn plan(context: &Context, request: &Request) -> Result<(Files, Plan)> {
    let files = Files::read(context)?;
    let plan = resolve(request, &ProfileSet::new(&files), Environment::of(context))?;
    Ok((files, plan))
}

/// The sessions of the config file that `files` were read from.
pub(crate) fn sessions<'a>(
    context: &'a Context,
    store: &'a dyn Store,
    aws: &'a dyn Aws,
    files: &Files,
) -> Sessions<'a> {
    Sessions::new(context, store, aws, files.config.path.display().to_string())
}
