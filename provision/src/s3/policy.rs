//! `rolecall s3 policy`.

use rolecall::{Error, Kind, Result, Streams};

use crate::{
    args, buckets,
    caller::Invocation,
    given,
    policy::{check, public_bucket},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Policy,
    streams: &mut Streams<'_>,
) -> Result<()> {
    for bucket in &args.buckets {
        buckets::check_name(bucket)?;
    }
    let partition = invocation.partition()?;
    if args.public_bucket {
        let [bucket] = &*args.buckets else {
            return Err(Error::new(Kind::Usage, "a bucket policy is for one bucket"));
        };
        return streams.print_json(&public_bucket(bucket, partition));
    }
    let template = given::template(invocation.access, &args.grant)?;
    let policy = template.of_buckets(&args.buckets, partition)?;
    for warning in check(&policy)? {
        streams.warn(&warning);
    }
    streams.print_json(&policy)
}
