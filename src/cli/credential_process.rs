//! `rolecall credential-process`: the one that the SDKs call. Silent but for its JSON.

use super::{Streams, args, setup};
use crate::{aws::Sdk, context::Context, error::Result, session::SessionRequest};

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::CredentialProcess,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let store = common.store(context)?;
    let request = common.request(context, args.name, &args.settings)?;
    let (files, plan) = setup::plan(context, &request)?;
    let sessions = setup::sessions(context, &*store, &Sdk, &files);
    // Warnings went to the log: some callers read our stderr as if it were our JSON.
    let acquired = sessions.acquire(&plan, SessionRequest::by(setup::HELPER_DEADLINE))?;
    streams.print_bytes(&acquired.credentials.process_json())
}
