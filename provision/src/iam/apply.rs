//! `rolecall iam`: apply.

use rolecall::{cli::Streams, context::Context, error::Result};

use crate::args;

pub(super) fn run(
    _context: &Context,
    _access: &args::Access,
    _args: &args::Apply,
    _streams: &mut Streams<'_>,
) -> Result<()> {
    todo!()
}
