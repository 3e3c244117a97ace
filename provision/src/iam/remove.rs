//! `rolecall iam`: remove.

use rolecall::{cli::Streams, context::Context, error::Result};

use crate::args;

pub(super) fn run(
    _context: &Context,
    _access: &args::Access,
    _args: &args::Remove,
    _streams: &mut Streams<'_>,
) -> Result<()> {
    todo!()
}
