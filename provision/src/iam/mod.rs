//! `rolecall iam`: users, roles and their permissions.

mod apply;
mod mfa_serial;
mod ours;
mod remove;
mod service_account;
mod why_denied;

use rolecall::{Result, Streams};

use crate::{args::Iam, caller::Invocation};

/// Runs a verb.
pub(crate) fn run(invocation: Invocation<'_>, verb: Iam, streams: &mut Streams<'_>) -> Result<()> {
    match verb {
        Iam::ServiceAccount(args) => service_account::run(invocation, &args, streams),
        Iam::Remove(args) => remove::run(invocation, &args, streams),
        Iam::Apply(args) => apply::run(invocation, &args, streams),
        Iam::WhyDenied => why_denied::run(invocation, streams),
        Iam::MfaSerial => mfa_serial::run(invocation, streams),
    }
}
