//! `rolecall credential-process`, which the SDKs call. Prints its JSON and nothing else.

use super::{args, invocation::Invocation, request::request};
use crate::{
    app::{self, Resolved, Way},
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
    let resolved = Resolved::of(context, store, &request)?;
    let request = SessionRequest::by(app::HELPER_DEADLINE);
    // Warnings go to the log, because some callers parse stderr together with the JSON.
    let acquired = resolved.hand_out(Way::to_caller(args::HELPER), request, |_| {})?;
    streams.print_bytes(&acquired.credentials.process_json())
}
