//! `rolecall credential-process`, which the SDKs call. Prints its JSON and nothing else.

use super::{args, invocation::Invocation, request::request};
use crate::{
    app::{self, HandOut, Way},
    error::Result,
    output::Streams,
    session::SessionRequest,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::CredentialProcess,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let store = selection.store(context)?;
    let request = selection.request(context, args.name, request(context, &args.settings)?)?;
    let (files, plan) = app::plan(context, &request)?;
    let sessions = app::sessions(context, &*store, &files);
    // Warnings go to the log, because some callers parse stderr together with the JSON.
    let request = SessionRequest::by(app::HELPER_DEADLINE);
    let way = Way::to_caller(args::HELPER);
    let acquired = HandOut { context, plan: &plan, way, request }.of(|| {
        sessions
            .acquire(&plan, request)
            .map_err(|error| app::with_misspelt_keys(error, &files, &plan))
    })?;
    streams.print_bytes(&acquired.credentials.process_json())
}
