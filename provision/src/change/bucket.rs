//! The calls to S3.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ErrorDocument,
        IndexDocument, PublicAccessBlockConfiguration, ServerSideEncryption,
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
        VersioningConfiguration, WebsiteConfiguration,
    },
};
use rolecall::{Failure, location_constraint, partition_of_region};

use crate::{
    caller::Caller,
    policy::{compact, public_bucket},
};

/// A change of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BucketChange {
    /// Creates it.
    Create,
    /// Blocks public access. `before` is the previous configuration.
    Close { before: Option<PublicAccessBlockConfiguration> },
    /// Lets anyone read its objects; only for a new bucket.
    MakePublic,
    /// Configures it as a website; only for a new bucket.
    MakeWebsite,
    /// Sets the default encryption of a bucket that has none.
    Encrypt,
    /// Turns versioning on.
    KeepVersions,
    /// Puts an object into it.
    PutObject(NewObject),
}

/// A text file to upload to a bucket with versioning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewObject {
    pub(crate) key: String,
    pub(crate) text: String,
    /// The existing object; another object is not overwritten.
    pub(crate) before: Option<ExistingObject>,
    /// The ID of the new version; `None` until AWS has answered.
    pub(crate) version: Option<String>,
}

/// An existing object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExistingObject {
    /// `None` if it is too long or not text.
    pub(crate) text: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) etag: Option<String>,
}

impl BucketChange {
    /// Makes the call. Returns the version ID of an uploaded object if the bucket has versioning.
    pub(super) fn call(
        &self,
        caller: &Caller<'_>,
        name: &str,
        region: &str,
    ) -> Result<Option<String>, Failure> {
        let s3 = caller.s3_in(region);
        match self {
            Self::Create => {
                let place = location_constraint(region).map(|place| {
                    let place = BucketLocationConstraint::from(place);
                    CreateBucketConfiguration::builder().location_constraint(place).build()
                });
                let call = s3.create_bucket().bucket(name).set_create_bucket_configuration(place);
                caller.run(call.send())
            }
            Self::Close { .. } => {
                let call = s3.put_public_access_block().bucket(name);
                let call = call.public_access_block_configuration(block(true));
                caller.run(call.send())
            }
            Self::MakePublic => {
                let call = s3.put_public_access_block().bucket(name);
                let call = call.public_access_block_configuration(block(false));
                caller.call(call.send())?;
                let policy = compact(&public_bucket(name, partition_of_region(region)));
                caller.run(s3.put_bucket_policy().bucket(name).policy(policy).send())
            }
            Self::MakeWebsite => {
                let index = IndexDocument::builder().suffix("index.html").build();
                let error = ErrorDocument::builder().key("error.html").build();
                let site = WebsiteConfiguration::builder()
                    .index_document(index.expect("BUG: the suffix is there"))
                    .error_document(error.expect("BUG: the key is there"));
                let call = s3.put_bucket_website().bucket(name);
                caller.run(call.website_configuration(site.build()).send())
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
                caller.run(call.server_side_encryption_configuration(rules).send())
            }
            Self::KeepVersions => {
                let call = s3.put_bucket_versioning().bucket(name);
                let on = versioning(BucketVersioningStatus::Enabled);
                caller.run(call.versioning_configuration(on).send())
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
            Self::Create => caller.run(s3.delete_bucket().bucket(name).send()),
            Self::Close { before: None } => {
                caller.run(s3.delete_public_access_block().bucket(name).send())
            }
            Self::Close { before: Some(before) } => {
                let call = s3.put_public_access_block().bucket(name);
                caller.run(call.public_access_block_configuration(before.clone()).send())
            }
            Self::Encrypt => caller.run(s3.delete_bucket_encryption().bucket(name).send()),
            Self::KeepVersions => {
                let call = s3.put_bucket_versioning().bucket(name);
                let off = versioning(BucketVersioningStatus::Suspended);
                caller.run(call.versioning_configuration(off).send())
            }
            Self::PutObject(new) => {
                let Some(id) = new.version_to_delete(caller, &s3, name)? else { return Ok(()) };
                let call = s3.delete_object().bucket(name).key(&new.key).version_id(id);
                caller.run(call.send())
            }
            Self::MakePublic | Self::MakeWebsite => Ok(()),
        }
    }

    /// Returns whether it needs an undo of its own; otherwise deleting the bucket undoes it.
    pub(super) fn has_undo(&self) -> bool {
        !matches!(self, Self::MakePublic | Self::MakeWebsite)
    }

    /// Returns the IAM action that the caller needs.
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
    /// Returns the ID of the new version. If AWS did not answer, that is the latest version, unless
    /// it already existed before.
    fn version_to_delete(
        &self,
        caller: &Caller<'_>,
        s3: &aws_sdk_s3::Client,
        bucket: &str,
    ) -> Result<Option<String>, Failure> {
        // Rule: Amazon S3 User Guide, "Retaining multiple versions": objects from before versioning
        // have the version ID null.
        let before = self.before.as_ref().map(|it| it.version.as_deref().unwrap_or("null"));
        let mut id = self.version.clone();
        if id.is_none() {
            // Versions are sorted by key, so those of the object itself come first.
            let call = s3.list_object_versions().bucket(bucket).prefix(&self.key);
            let versions = caller.call(call.send())?.versions.unwrap_or_default();
            let mut versions = versions.into_iter().filter(|it| it.key() == Some(&self.key));
            id = versions.find(|it| it.is_latest() == Some(true)).and_then(|it| it.version_id);
        }
        Ok(id.filter(|id| before != Some(&**id)))
    }
}
