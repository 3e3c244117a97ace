//! Reads buckets and objects, and checks S3's rules for them.

use std::fmt;

use aws_sdk_s3::{
    Client,
    error::SdkError,
    types::{BucketLocationConstraint, BucketVersioningStatus, PublicAccessBlockConfiguration},
};
use rolecall::{
    Error, Failure, IamKind, Kind, Result, check_bucket_name, check_new_bucket_name,
    default_region, partition_of_region, region_at_location,
};

use crate::{
    caller::Caller,
    change::{BucketChange, ExistingObject},
    failure::{OrCannot as _, if_exists},
};

/// Longer objects are not read.
const LONGEST_OBJECT: i64 = 1 << 20;

/// Checks that `name` can be the name of a bucket that exists, before it becomes part of an ARN.
pub(crate) fn check_name(name: &str) -> Result<()> {
    check_bucket_name(name).map_err(|invalid| invalid.error(Kind::Usage, format!("'{name}'")))
}

/// Checks that S3 would create a bucket with this name. `origin` is the place in a file that names
/// it, if one does.
///
/// # Errors
/// Of kind `Config` with an `origin`, otherwise of kind `Usage`.
pub(crate) fn check_new_name(name: &str, origin: Option<&str>) -> Result<()> {
    check_new_bucket_name(name).map_err(|invalid| match origin {
        Some(at) => {
            Error::config(format!("'{name}' {} ({at})", invalid.reason)).hint(invalid.hint())
        }
        None => invalid.error(Kind::Usage, format!("'{name}'")),
    })
}

/// Checks that IAM accepts the name of a policy for `bucket`: an old one may have 255 characters.
pub(crate) fn check_policy_name(name: &str, bucket: &str) -> Result<()> {
    IamKind::Policy.check_name(name).map_err(|invalid| {
        invalid.error(Kind::Usage, format!("the name of the policy for the bucket '{bucket}'"))
    })
}

/// An existing bucket.
pub(crate) struct ExistingBucket {
    /// Its region; `None` if S3 doesn't return it.
    pub(crate) region: Option<String>,
    /// Which of the requested settings it lacks.
    pub(crate) to_set: Vec<BucketChange>,
}

/// Returns the bucket, if there is one that the caller may list.
pub(crate) fn find(caller: &Caller<'_>, name: &str) -> Result<Option<ExistingBucket>> {
    const REGION: &str = "x-amz-bucket-region";
    let call = async {
        let answer = caller.s3().head_bucket().bucket(name).send().await;
        // The answer has no body with details. Rule: S3 API reference, HeadBucket.
        let raw = answer.as_ref().err().and_then(SdkError::raw_response);
        let there = |region: Option<&str>| {
            let region = region.map(str::to_owned);
            Some(Some(ExistingBucket { region, to_set: Vec::new() }))
        };
        match raw.map(|raw| raw.status().as_u16()) {
            Some(404) => Ok(Some(None)),
            // In another region.
            Some(301) => Ok(there(raw.and_then(|raw| raw.headers().get(REGION)))),
            Some(403) => Ok(None),
            // What S3 says of a name that it would not accept today.
            Some(400) if check_new_bucket_name(name).is_err() => Ok(Some(None)),
            _ => answer.map(|answer| there(answer.bucket_region())),
        }
    };
    caller.call(call).or_cannot(format_args!("read the bucket {name}"))?.ok_or_else(|| {
        Error::new(Kind::Denied, format!("AWS denied access to the bucket {name}"))
            .hint("it belongs to another account, or you lack s3:ListBucket on it")
    })
}

/// Returns the region of a bucket, wherever it is.
///
/// Rule: Amazon S3 User Guide, "Virtual hosting of buckets": the partition's first region sends
/// requests with the bucket in the path on to any other.
pub(crate) fn region_of(caller: &Caller<'_>, bucket: &str) -> std::result::Result<String, Failure> {
    let own = caller.s3().config().region().map_or("", |region| region.as_ref());
    let first = default_region(partition_of_region(own));
    let by_path = caller.s3_in(first).config().to_builder().force_path_style(true).build();
    let answer =
        caller.call(Client::from_conf(by_path).get_bucket_location().bucket(bucket).send())?;
    let constraint = answer.location_constraint().map(BucketLocationConstraint::as_str);
    Ok(region_at_location(constraint).to_owned())
}

/// Returns whether all four settings that block public access are on.
pub(crate) fn is_closed(block: &PublicAccessBlockConfiguration) -> bool {
    let all = [
        block.block_public_acls(),
        block.ignore_public_acls(),
        block.block_public_policy(),
        block.restrict_public_buckets(),
    ];
    all == [Some(true); 4]
}

/// Returns whether a bucket keeps old versions of objects.
pub(crate) fn is_versioned(
    caller: &Caller<'_>,
    s3: &Client,
    bucket: &str,
) -> std::result::Result<bool, Failure> {
    caller.call(async {
        let answer = s3.get_bucket_versioning().bucket(bucket).send().await;
        // A server other than AWS's may give the answer another name.
        let raw = answer.as_ref().err().and_then(SdkError::raw_response);
        let raw = raw.filter(|raw| raw.status().is_success()).and_then(|raw| raw.body().bytes());
        if let Some(body) = raw.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            return Ok(body.contains("<Status>Enabled</Status>"));
        }
        answer.map(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled))
    })
}

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    /// The object's key.
    pub(crate) key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// Returns the object at `place`, whose bucket is in `region`.
pub(crate) fn object(
    caller: &Caller<'_>,
    region: &str,
    place: &Place,
) -> Result<Option<ExistingObject>> {
    let what = format!("read {place}");
    let call = async {
        let answer = caller.s3_in(region).get_object().bucket(&place.bucket).key(&place.key);
        let answer = answer.send().await?;
        let is_short = answer.content_length().is_some_and(|length| length <= LONGEST_OBJECT);
        let (version, etag) = (answer.version_id, answer.e_tag);
        let body = if is_short { Some(answer.body.collect().await) } else { None };
        Ok((ExistingObject { text: None, version, etag }, body))
    };
    let Some((mut object, body)) = if_exists(caller.call(call)).or_cannot(&what)? else {
        return Ok(None);
    };
    if let Some(body) = body {
        let bytes =
            body.map_err(|error| Error::new(Kind::Unreachable, format!("can't {what}: {error}")))?;
        object.text = String::from_utf8(bytes.to_vec()).ok();
    }
    Ok(Some(object))
}
