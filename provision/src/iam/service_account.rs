//! `rolecall iam`: service_account.

use rolecall::{cli::Streams, context::Context, error::Result};

use crate::args;

pub(super) fn run(
    _context: &Context,
    _access: &args::Access,
    _args: &args::ServiceAccount,
    _streams: &mut Streams<'_>,
) -> Result<()> {
    todo!()
}
