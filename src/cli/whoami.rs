//! `rolecall whoami`: a profile's AWS identity.

use serde_json::json;

use super::{
    args::{self, Output},
    invocation::Invocation,
    request::request,
};
use crate::{
    app::{self, IdentityRequest, Resolved},
    error::Result,
    output::{Streams, escape},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Whoami,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    app::warn_about_environment(context, streams);
    let store = selection.store(context)?;
    let request = selection.request(context, args.name, request(context, &args.settings)?)?;
    let resolved = Resolved::of(context, store, &request)?;
    resolved.plan.check_region()?;
    app::warn_about_plain_http(resolved.plan.aws.endpoint_url.as_deref(), streams);
    let acquired = resolved.acquire(app::human_request(), |warning| streams.warn(warning))?;
    let (plan, credentials) = (resolved.plan, acquired.credentials);
    let left = app::HUMAN_DEADLINE.saturating_sub(context.elapsed());
    let limit = left.min(app::CALL_LIMIT);
    let asked = IdentityRequest { context, plan: &plan, limit, waiting_for: "STS" };
    let identity = asked.of(&credentials)?;
    match args.output {
        // The same field names as the AWS CLI's, so that scripts can read either.
        Output::Json => streams.print_json(&json!({
            "UserId": identity.user_id,
            "Account": identity.account,
            "Arn": identity.arn,
        })),
        Output::Table => streams.print(&format!(
            "account  {}\narn      {}\nuser id  {}\n",
            escape(&identity.account),
            escape(&identity.arn),
            escape(&identity.user_id)
        )),
    }
}
