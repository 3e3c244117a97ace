//! Buckets that are closed to the public, and encrypted.

use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use rolecall::{
    aws::Failure,
    error::{Error, Kind, Result},
};

use super::{refused_with, region_of};
use crate::{
    caller::{Caller, explain},
    undo::{Made, Steps},
};

/// The bucket may not be known everywhere yet, or be busy with what was done to it before.
pub(crate) const NOT_READY: [&str; 2] = ["NoSuchBucket", "OperationAborted"];
/// What is said of a name that somebody else has taken: all accounts share them.
const BUCKET_NAME_IN_USE: &str = "is another account's";

/// What is there of the bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BucketIs {
    Missing,
    There {
        /// Whether it is closed to the public.
        block: Block,
        is_encrypted: bool,
    },
}

/// Whether a bucket is closed to the public.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Closed,
    /// It is not, or not in all four ways; with what it has set.
    Open(Option<PublicAccessBlockConfiguration>),
}

/// Looks at a bucket; gives its region, too, `region` for one that is not there. What may not be looked
/// at is added to `lacking`.
pub(crate) fn look(
    caller: &Caller,
    name: &str,
    region: String,
    lacking: &mut Vec<&'static str>,
) -> Result<(BucketIs, String)> {
    let failed = |failure: &Failure| explain(failure, &format!("look at the bucket '{name}'"));
    let region = match region_of(caller, name) {
        Ok(region) => region,
        Err(failure) if refused_with(&failure, "NoSuchBucket") => {
            return Ok((BucketIs::Missing, region));
        }
        Err(Failure::Refused { code, .. }) if code.starts_with("AccessDenied") => {
            lacking.push("s3:GetBucketLocation (or the bucket is another account's)");
            return Ok((BucketIs::Missing, region));
        }
        Err(failure) => return Err(failed(&failure)),
    };
    let s3 = caller.s3_in(&region);
    let block = match caller.call(s3.get_public_access_block().bucket(name).send()) {
        Ok(answer) => answer.public_access_block_configuration,
        Err(failure) if refused_with(&failure, "NoSuchPublicAccessBlockConfiguration") => None,
        Err(Failure::Refused { .. }) => {
            lacking.push("s3:GetBucketPublicAccessBlock");
            None
        }
        Err(failure) => return Err(failed(&failure)),
    };
    let is_closed = block.as_ref().is_some_and(|block| {
        let all = [
            block.block_public_acls(),
            block.ignore_public_acls(),
            block.block_public_policy(),
            block.restrict_public_buckets(),
        ];
        all == [Some(true); 4]
    });
    let encryption = caller.call(s3.get_bucket_encryption().bucket(name).send());
    let is_encrypted = match encryption {
        Ok(_) => true,
        Err(failure)
            if refused_with(&failure, "ServerSideEncryptionConfigurationNotFoundError") =>
        {
            false
        }
        Err(Failure::Refused { .. }) => {
            lacking.push("s3:GetEncryptionConfiguration");
            true
        }
        Err(failure) => return Err(failed(&failure)),
    };
    let block = if is_closed { Block::Closed } else { Block::Open(block) };
    Ok((BucketIs::There { block, is_encrypted }, region))
}

/// Makes what is missing: the bucket, that it is closed to the public, that it is encrypted.
pub(crate) fn make(
    steps: &mut Steps<'_, '_>,
    name: &str,
    region: &str,
    is: &BucketIs,
) -> Result<()> {
    let s3 = steps.caller().s3_in(region);
    let (block, is_encrypted) = match is {
        BucketIs::Missing => {
            let mut create = s3.create_bucket().bucket(name);
            // Rule: Amazon S3 API Reference, "CreateBucket": us-east-1 is not named.
            if region != "us-east-1" {
                let place = BucketLocationConstraint::from(region);
                let place = CreateBucketConfiguration::builder().location_constraint(place);
                create = create.create_bucket_configuration(place.build());
            }
            let made = Made::Bucket { name: name.to_owned(), region: region.to_owned() };
            steps.make(made, create.send()).map_err(|failure| {
                if refused_with(&failure, "BucketAlreadyExists") {
                    return Error::new(
                        Kind::Denied,
                        format!("bucket '{name}' {BUCKET_NAME_IN_USE}"),
                    )
                    .hint("choose another name");
                }
                explain(&failure, &format!("create the bucket '{name}'"))
            })?;
            steps.say(&format!("Created the bucket {name} in {region}"));
            (Block::Open(None), false)
        }
        BucketIs::There { block, is_encrypted } => (block.clone(), *is_encrypted),
    };
    if let Block::Open(before) = block {
        let made =
            Made::PublicAccessBlock { bucket: name.to_owned(), region: region.to_owned(), before };
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        steps
            .make_when_ready(&made, &NOT_READY, "S3 to know the bucket", || {
                let call = s3.put_public_access_block().bucket(name);
                call.public_access_block_configuration(all.clone()).send()
            })
            .map_err(|failure| explain(&failure, &format!("close '{name}' to the public")))?;
        steps.say(&format!("Closed the bucket {name} to the public"));
    }
    if !is_encrypted {
        encrypt(steps, name, region, &s3)?;
    }
    Ok(())
}

fn encrypt(
    steps: &mut Steps<'_, '_>,
    name: &str,
    region: &str,
    s3: &aws_sdk_s3::Client,
) -> Result<()> {
    let made = Made::Encryption { bucket: name.to_owned(), region: region.to_owned() };
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .build()
        .expect("BUG: the algorithm is there");
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(by_default).build();
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule);
    let rules = rules.build().expect("BUG: the rule is there");
    steps
        .make_when_ready(&made, &NOT_READY, "S3 to know the bucket", || {
            let call = s3.put_bucket_encryption().bucket(name);
            call.server_side_encryption_configuration(rules.clone()).send()
        })
        .map_err(|failure| explain(&failure, &format!("encrypt the bucket '{name}'")))?;
    steps.say(&format!("Encrypted the bucket {name}"));
    Ok(())
}
