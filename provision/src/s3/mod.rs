//! `rolecall s3`: who may reach a bucket.

mod bucket;
mod create;
mod list_buckets;
mod policy;
mod print;
mod temporary;
mod user;

use rolecall::{cli::Streams, context::Context, error::Result};

use crate::{
    args::{Access, S3},
    caller::Caller,
};

/// Runs a verb.
pub(crate) fn run(
    context: &Context,
    access: &Access,
    verb: S3,
    streams: &mut Streams<'_>,
) -> Result<()> {
    match verb {
        S3::Create(args) => create::run(context, access, args, streams),
        S3::Policy(args) => policy::run(context, access, args, streams),
        S3::ListBuckets => {
            let caller = Caller::new(context, access, streams)?;
            list_buckets::run(&caller, streams)
        }
    }
}
