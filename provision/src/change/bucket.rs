//! The calls of S3.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ErrorDocument,
        IndexDocument, PublicAccessBlockConfiguration, ServerSideEncryption,
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
        VersioningConfiguration, WebsiteConfiguration,
    },
};
use rolecall::{aws::Failure, rules::partition_of_region};

use crate::{
    caller::Caller,
    policy::{compact, public_bucket},
};

/// The region that CreateBucket must not be told.
///
/// Rule: S3 API reference, CreateBucket, `LocationConstraint`.
const NO_CONSTRAINT: &str = "us-east-1";

/// What is done with a bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BucketChange {
    /// Creates it.
    Create,
    /// Closes it to the public; with the settings that it had.
    Close { before: Option<PublicAccessBlockConfiguration> },
    /// Lets everybody read its objects; only for a new one.
    MakePublic,
    /// Makes it a website; only for a new one.
    MakeWebsite,
    /// Sets the encryption of one that has none set.
    Encrypt,
    /// Turns versioning on.
    KeepVersions,
    /// Puts an object into it.
    PutObject(NewObject),
}

/// A text to put into a bucket that keeps versions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewObject {
    pub(crate) key: String,
    pub(crate) text: String,
    /// The object that is there; it is not replaced by another than this.
    pub(crate) before: Option<ExistingObject>,
    /// The id of the new version; `None` until AWS has answered.
    pub(crate) version: Option<String>,
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExistingObject {
    /// `None`: it is too long, or no text.
    pub(crate) text: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) etag: Option<String>,
}

impl BucketChange {
    /// Makes the call. Returns the version of an object that was put into a bucket that keeps versions.
    pub(super) fn call(
        &self,
        caller: &Caller<'_>,
        name: &str,
        region: &str,
    ) -> Result<Option<String>, Failure> {
        let s3 = caller.s3_in(region);
        match self {
            Self::Create => {
                let place = (region != NO_CONSTRAINT).then(|| {
                    let place = BucketLocationConstraint::from(region);
                    CreateBucketConfiguration::builder().location_constraint(place).build()
                });
                let call = s3.create_bucket().bucket(name).set_create_bucket_configuration(place);
                caller.call(call.send()).map(drop)
            }
            Self::Close { .. } => {
                let call = s3.put_public_access_block().bucket(name);
                let call = call.public_access_block_configuration(block(true));
                caller.call(call.send()).map(drop)
            }
            Self::MakePublic => {
                let call = s3.put_public_access_block().bucket(name);
                let call = call.public_access_block_configuration(block(false));
                caller.call(call.send())?;
                let policy = compact(&public_bucket(name, partition_of_region(region)));
                caller.call(s3.put_bucket_policy().bucket(name).policy(policy).send()).map(drop)
            }
            Self::MakeWebsite => {
                let index = IndexDocument::builder().suffix("index.html").build();
                let error = ErrorDocument::builder().key("error.html").build();
                let site = WebsiteConfiguration::builder()
                    .index_document(index.expect("BUG: the suffix is there"))
                    .error_document(error.expect("BUG: the key is there"));
                let call = s3.put_bucket_website().bucket(name);
                caller.call(call.website_configuration(site.build()).send()).map(drop)
            }
            Self::Encrypt => {
                let by_default = ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(ServerSideEncryption::Aes256)
                    .build()
                    .expect("BUG: the algorithm is there");
                let rule = ServerSideEncryptionRule::builder();
                let rule = rule.apply_server_side_encryption_by_default(by_default).build();
                let rules = ServerSideEncryptionConfiguration::builder().rules(rule);
                let rules = rules.build().expect("BUG: the rule is there");
                let call = s3.put_bucket_encryption().bucket(name);
                caller.call(call.server_side_encryption_configuration(rules).send()).map(drop)
            }
            Self::KeepVersions => {
                let call = s3.put_bucket_versioning().bucket(name);
                let on = versioning(BucketVersioningStatus::Enabled);
                caller.call(call.versioning_configuration(on).send()).map(drop)
            }
            Self::PutObject(new) => {
                let body = ByteStream::from(new.text.clone().into_bytes());
                let call = s3.put_object().bucket(name).key(&new.key).body(body);
                // Rule: Amazon S3 User Guide, "Conditional writes".
                let call = match &new.before {
                    Some(before) => call.set_if_match(before.etag.clone()),
                    None => call.if_none_match("*"),
                };
                let answer = caller.call(call.content_type("application/toml").send())?;
                return Ok(answer.version_id);
            }
        }
        .map(|()| None)
    }

    pub(super) fn undo(
        &self,
        caller: &Caller<'_>,
        name: &str,
        region: &str,
    ) -> Result<(), Failure> {
        let s3 = caller.s3_in(region);
        match self {
            Self::Create => caller.call(s3.delete_bucket().bucket(name).send()).map(drop),
            Self::Close { before: None } => {
                caller.call(s3.delete_public_access_block().bucket(name).send()).map(drop)
            }
            Self::Close { before: Some(before) } => {
                let call = s3.put_public_access_block().bucket(name);
                caller.call(call.public_access_block_configuration(before.clone()).send()).map(drop)
            }
            Self::Encrypt => {
                caller.call(s3.delete_bucket_encryption().bucket(name).send()).map(drop)
            }
            Self::KeepVersions => {
                let call = s3.put_bucket_versioning().bucket(name);
                let off = versioning(BucketVersioningStatus::Suspended);
                caller.call(call.versioning_configuration(off).send()).map(drop)
            }
            Self::PutObject(new) => {
                let Some(id) = new.version_to_delete(caller, &s3, name)? else { return Ok(()) };
                let call = s3.delete_object().bucket(name).key(&new.key).version_id(id);
                caller.call(call.send()).map(drop)
            }
            Self::MakePublic | Self::MakeWebsite => Ok(()),
        }
    }

    /// Whether it must be taken back by itself; else it goes with the bucket.
    pub(super) fn has_undo(&self) -> bool {
        !matches!(self, Self::MakePublic | Self::MakeWebsite)
    }

    /// Returns the action that must be allowed.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Create => "s3:CreateBucket",
            Self::Close { .. } => "s3:PutBucketPublicAccessBlock",
            Self::MakePublic => "s3:PutBucketPolicy",
            Self::MakeWebsite => "s3:PutBucketWebsite",
            Self::Encrypt => "s3:PutEncryptionConfiguration",
            Self::KeepVersions => "s3:PutBucketVersioning",
            Self::PutObject(_) => "s3:PutObject",
        }
    }
}

fn block(is_on: bool) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(is_on)
        .ignore_public_acls(is_on)
        .block_public_policy(is_on)
        .restrict_public_buckets(is_on)
        .build()
}

fn versioning(status: BucketVersioningStatus) -> VersioningConfiguration {
    VersioningConfiguration::builder().status(status).build()
}

impl NewObject {
    /// Returns the new version; where its id is not known, for no answer came, the latest one, unless
    /// that was there before.
    fn version_to_delete(
        &self,
        caller: &Caller<'_>,
        s3: &aws_sdk_s3::Client,
        bucket: &str,
    ) -> Result<Option<String>, Failure> {
        // Rule: Amazon S3 User Guide, "Retaining multiple versions": what was there before versioning.
        let before = self.before.as_ref().map(|it| it.version.as_deref().unwrap_or("null"));
        let mut id = self.version.clone();
        if id.is_none() {
            // The object itself comes first: none before it begins with its whole key.
            let call = s3.list_object_versions().bucket(bucket).prefix(&self.key);
            let versions = caller.call(call.send())?.versions.unwrap_or_default();
            let mut versions = versions.into_iter().filter(|it| it.key() == Some(&self.key));
            id = versions.find(|it| it.is_latest() == Some(true)).and_then(|it| it.version_id);
        }
        Ok(id.filter(|id| before != Some(&**id)))
    }
}
