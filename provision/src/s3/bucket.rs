//! Buckets: whether they are there, and making them.

use aws_sdk_s3::{
    config::{Builder, Region},
    error::SdkError,
    types::{
        BucketLocationConstraint, CreateBucketConfiguration, ErrorDocument, IndexDocument,
        PublicAccessBlockConfiguration, WebsiteConfiguration,
    },
};
use rolecall::error::{Error, Kind, Result};

use crate::{
    caller::{Caller, explain, partition_of_region},
    policy::{compact, public_bucket},
    undo::{Made, Steps},
};

/// The region that is none to S3, in the place where it asks for one.
///
/// Rule: S3 API reference, CreateBucket, `LocationConstraint`.
const NO_CONSTRAINT: &str = "us-east-1";
/// What S3 says as long as a new bucket is not known everywhere.
const NOT_READY: [&str; 2] = ["NoSuchBucket", "OperationAborted"];

/// How a bucket is made.
#[derive(Clone, Copy)]
pub(super) struct Kit<'k> {
    /// Where.
    pub(super) region: &'k str,
    /// Whether everybody may read it.
    pub(super) public: bool,
    /// Whether it is a website.
    pub(super) website: bool,
}

/// Refuses what is no bucket's name, before it gets into an ARN.
///
/// Rule: S3 User Guide, "General purpose bucket naming rules", with what was allowed in former times.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (3..=255).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("'{name}' is no name of a bucket"))
        .hint("it has 3 to 63 small letters, digits and . -"))
}

/// Whether there is such a bucket that the caller may use.
pub(super) fn exists(caller: &Caller, name: &str) -> Result<bool> {
    find(caller, name).map(|found| found.is_some())
}

/// A bucket that is there.
pub(crate) struct Found {
    /// Its region, where S3 tells.
    pub(crate) region: Option<String>,
}

/// The bucket, if there is one that the caller may use.
pub(crate) fn find(caller: &Caller, name: &str) -> Result<Option<Found>> {
    const REGION: &str = "x-amz-bucket-region";
    let call = async {
        let answer = caller.s3().head_bucket().bucket(name).send().await;
        // It has no body that would say more. Rule: S3 API reference, HeadBucket.
        let raw = answer.as_ref().err().and_then(SdkError::raw_response);
        let there = |region: Option<&str>| Some(Some(Found { region: region.map(str::to_owned) }));
        match raw.map(|raw| raw.status().as_u16()) {
            Some(404) => Ok(Some(None)),
            // In another region.
            Some(301) => Ok(there(raw.and_then(|raw| raw.headers().get(REGION)))),
            Some(403) => Ok(None),
            _ => answer.map(|answer| there(answer.bucket_region())),
        }
    };
    let found = caller.call(call);
    let found = found.map_err(|failure| explain(&failure, &format!("look at the bucket {name}")));
    found?.ok_or_else(|| {
        Error::new(Kind::Denied, format!("AWS does not let you look at the bucket {name}"))
            .hint("it is another account's, or you lack s3:ListBucket on it")
    })
}

/// What making it will be, for a dry run.
pub(super) fn tell(name: &str, kit: Kit<'_>) -> String {
    let mut text = format!("Would create bucket: {name} in region: {}\n", kit.region);
    if kit.public || kit.website {
        let policy = public_bucket(name, partition_of_region(kit.region));
        text += "... then allow public access to it, with this bucket policy:\n";
        text += &format!("{policy:#}\n");
    }
    if kit.website {
        text += "... then make it a website: index.html, error.html\n";
    }
    text
}

/// Makes it.
pub(super) fn create(steps: &mut Steps<'_, '_>, name: &str, kit: Kit<'_>) -> Result<()> {
    let s3 = steps.caller().s3();
    let there = || Builder::new().region(Region::new(kit.region.to_owned()));
    let constraint = (kit.region != NO_CONSTRAINT).then(|| {
        let region = BucketLocationConstraint::from(kit.region);
        CreateBucketConfiguration::builder().location_constraint(region).build()
    });
    let made = Made::Bucket { name: name.to_owned(), region: kit.region.to_owned() };
    let call = s3.create_bucket().bucket(name).set_create_bucket_configuration(constraint);
    steps
        .make(made, call.customize().config_override(there()).send())
        .map_err(|failure| explain(&failure, &format!("create the bucket {name}")))?;
    steps.say(&format!("Created bucket: {name} in region: {}", kit.region));
    if kit.public || kit.website {
        let open = PublicAccessBlockConfiguration::builder()
            .block_public_acls(false)
            .ignore_public_acls(false)
            .block_public_policy(false)
            .restrict_public_buckets(false)
            .build();
        let call = || {
            let call = s3.put_public_access_block().bucket(name);
            let call = call.public_access_block_configuration(open.clone()).customize();
            call.config_override(there()).send()
        };
        steps
            .when_ready(&NOT_READY, "S3 to know the bucket", |steps| steps.caller().call(call()))
            .map_err(|failure| explain(&failure, &format!("open the bucket {name}")))?;
        let policy = compact(&public_bucket(name, partition_of_region(kit.region)));
        let call = || {
            let call = s3.put_bucket_policy().bucket(name).policy(&policy).customize();
            call.config_override(there()).send()
        };
        steps
            .when_ready(&NOT_READY, "S3 to know the bucket", |steps| steps.caller().call(call()))
            .map_err(|failure| explain(&failure, &format!("make the bucket {name} public")))?;
        steps.say(&format!("Everybody may read the files of bucket: {name}"));
    }
    if kit.website {
        let broken = |what: &str| Error::new(Kind::Other, format!("cannot make a website: {what}"));
        let index = IndexDocument::builder().suffix("index.html").build();
        let error = ErrorDocument::builder().key("error.html").build();
        let site = WebsiteConfiguration::builder()
            .index_document(index.map_err(|error| broken(&error.to_string()))?)
            .error_document(error.map_err(|error| broken(&error.to_string()))?)
            .build();
        let call = s3.put_bucket_website().bucket(name).website_configuration(site).customize();
        steps
            .caller()
            .call(call.config_override(there()).send())
            .map_err(|failure| explain(&failure, &format!("make {name} a website")))?;
        steps.say(&format!("Configured website: index.html, error.html in bucket: {name}"));
    }
    Ok(())
}
