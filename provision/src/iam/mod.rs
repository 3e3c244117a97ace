//! `rolecall iam`: users, roles and their permissions.

mod apply;
mod mfa_serial;
mod ours;
mod remove;
mod service_account;
mod why_denied;

use rolecall::{Result, SiblingReply, Streams};
use serde::Serialize;

use crate::{args::Iam, caller::Invocation};

/// Runs a verb.
pub(crate) fn run(invocation: Invocation<'_>, verb: Iam, streams: &mut Streams<'_>) -> Result<()> {
    match verb {
        Iam::ServiceAccount(args) => service_account::run(invocation, &args, streams),
        Iam::Remove(args) => remove::run(invocation, &args, streams),
        Iam::Apply(args) => apply::run(invocation, &args, streams),
        Iam::WhyDenied => reply(streams, |warn| why_denied::why(invocation, warn)),
        Iam::MfaSerial => reply(streams, |warn| mfa_serial::devices(invocation, warn)),
    }
}

/// Prints the reply to the calling program: the answer or the error, which is also returned.
fn reply<T: Serialize>(
    streams: &mut Streams<'_>,
    answer: impl FnOnce(&mut dyn FnMut(&str)) -> Result<T>,
) -> Result<()> {
    let mut warnings = Vec::new();
    let result = answer(&mut |warning| warnings.push(warning.to_owned()));
    let failed = result.as_ref().err().cloned();
    streams.print_json(&SiblingReply { warnings, result })?;
    failed.map_or(Ok(()), Err)
}
