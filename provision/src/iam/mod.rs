//! `rolecall iam`: users, roles and what they may do.

mod apply;
mod mfa_serial;
mod ours;
mod remove;
mod service_account;

use rolecall::{context::Context, error::Result, output::Streams};

use crate::args::{Access, Iam};

/// Runs a verb.
pub(crate) fn run(
    context: &Context,
    access: &Access,
    verb: Iam,
    streams: &mut Streams<'_>,
) -> Result<()> {
    match verb {
        Iam::ServiceAccount(args) => service_account::run(context, access, &args, streams),
        Iam::Remove(args) => remove::run(context, access, &args, streams),
        Iam::Apply(args) => apply::run(context, access, &args, streams),
        Iam::MfaSerial => mfa_serial::run(context, access, streams),
    }
}
