//! Buckets: rules that S3 has for them, and making them.

mod closed;

use aws_sdk_s3::{
    operation::get_bucket_location::GetBucketLocationOutput, types::BucketLocationConstraint,
};
use rolecall::aws::Failure;

use crate::caller::Caller;

pub(crate) use closed::{Block, BucketIs, NOT_READY, look, make};

/// The region of a bucket, wherever it is.
///
/// Rule: Amazon S3 User Guide, "Virtual hosting of buckets": the partition's first region sends
/// requests with the bucket in the path on to any other.
pub fn region_of(caller: &Caller, bucket: &str) -> Result<String, Failure> {
    let own = caller.s3().config().region().map_or("", |region| region.as_ref());
    let first = match own.split('-').take(2).collect::<Vec<_>>()[..] {
        ["cn", _] => "cn-north-1",
        ["us", "gov"] => "us-gov-west-1",
        _ => "us-east-1",
    };
    let by_path = caller.s3_in(first).config().to_builder().force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(by_path);
    let answer = caller.call(s3.get_bucket_location().bucket(bucket).send())?;
    Ok(location_in(&answer))
}

/// The region that an answer names.
///
/// Rule: Amazon S3 API Reference, "GetBucketLocation": us-east-1 has no location, and buckets of old
/// times in eu-west-1 have `EU`.
fn location_in(answer: &GetBucketLocationOutput) -> String {
    match answer.location_constraint().map(BucketLocationConstraint::as_str) {
        None | Some("" | "null") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
    .to_owned()
}

/// Whether AWS refused with this error code.
pub fn refused_with(failure: &Failure, wanted: &str) -> bool {
    matches!(failure, Failure::Refused { code, .. } if code == wanted)
}
