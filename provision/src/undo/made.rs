//! What a command can make, how it is called, and how it is unmade.

use std::{collections::BTreeSet, fmt};

use aws_sdk_s3::{
    config::{Builder, Region},
    types::{BucketVersioningStatus, PublicAccessBlockConfiguration, VersioningConfiguration},
};
use rolecall::{aws::Failure, session::WrittenNote};

use crate::{caller::Caller, iam::engine::Change};

/// Something that was made, or may have been.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// A bucket, as long as it is empty.
    Bucket {
        /// Its name.
        name: String,
        /// Its region.
        region: String,
    },
    /// That a bucket is closed to the public.
    PublicAccessBlock {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// What it had before.
        before: Option<PublicAccessBlockConfiguration>,
    },
    /// The encryption of a bucket that had none set.
    Encryption {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
    },
    /// That a bucket keeps former versions; it was off.
    Versioning {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
    },
    /// A version of an object in a bucket that keeps versions.
    Version {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// The object's key.
        key: String,
        /// The version; `None`: not known, for no answer came.
        id: Option<String>,
        /// The version that was the latest before, where there was one.
        before: Option<String>,
    },
    /// A user who has nothing any more.
    User(String),
    /// An inline policy of a user.
    UserPolicy {
        /// The user.
        user: String,
        /// The policy's name.
        policy: String,
        /// What it said before; `None`: there was none.
        before: Option<String>,
    },
    /// An access key of a user.
    AccessKey {
        /// The user.
        user: String,
        /// The key's id; `None`: not known, for no answer came.
        id: Option<String>,
        /// The keys that the user had before.
        others: BTreeSet<String>,
        /// The note that it is being made, removed when it is unmade.
        noted: Option<WrittenNote>,
    },
    /// A user's password for the console.
    LoginProfile(String),
    /// A role without policies.
    Role(String),
    /// A managed policy of a role.
    RolePolicy {
        /// The role.
        role: String,
        /// The policy's ARN.
        arn: String,
    },
    /// What a plan of `rolecall iam` changes.
    Change(Box<Change>),
}

impl Made {
    /// What is to be done when it is certain that it is gone.
    pub(super) fn is_gone(&self) {
        if let Self::AccessKey { noted: Some(noted), .. } = self {
            noted.remove();
        }
    }

    /// Unmakes it, whether or not it was there.
    pub(super) fn unmake(&self, caller: &Caller) -> Result<(), Failure> {
        let iam = caller.iam();
        match self {
            Self::Bucket { name, region } => {
                let there = Builder::new().region(Region::new(region.clone()));
                let call = caller.s3().delete_bucket().bucket(name).customize();
                caller.call(call.config_override(there).send()).map(drop)
            }
            Self::PublicAccessBlock { bucket, region, before: None } => {
                let call = caller.s3_in(region).delete_public_access_block().bucket(bucket);
                caller.call(call.send()).map(drop)
            }
            Self::PublicAccessBlock { bucket, region, before: Some(before) } => {
                let call = caller.s3_in(region).put_public_access_block().bucket(bucket);
                caller.call(call.public_access_block_configuration(before.clone()).send()).map(drop)
            }
            Self::Encryption { bucket, region } => {
                let call = caller.s3_in(region).delete_bucket_encryption().bucket(bucket);
                caller.call(call.send()).map(drop)
            }
            Self::Versioning { bucket, region } => {
                let off = VersioningConfiguration::builder();
                let off = off.status(BucketVersioningStatus::Suspended).build();
                let call = caller.s3_in(region).put_bucket_versioning().bucket(bucket);
                caller.call(call.versioning_configuration(off).send()).map(drop)
            }
            Self::Version { bucket, region, key, id, before } => {
                let s3 = caller.s3_in(region);
                let id = match id {
                    Some(id) => Some(id.clone()),
                    None => latest_version(caller, &s3, bucket, key)?,
                };
                let Some(id) = id.filter(|id| Some(id) != before.as_ref()) else { return Ok(()) };
                let call = s3.delete_object().bucket(bucket).key(key).version_id(id);
                caller.call(call.send()).map(drop)
            }
            Self::User(name) => caller.call(iam.delete_user().user_name(name).send()).map(drop),
            Self::UserPolicy { user, policy, before: None } => {
                let call = iam.delete_user_policy().user_name(user).policy_name(policy);
                caller.call(call.send()).map(drop)
            }
            Self::UserPolicy { user, policy, before: Some(before) } => {
                let call = iam.put_user_policy().user_name(user).policy_name(policy);
                caller.call(call.policy_document(before).send()).map(drop)
            }
            Self::AccessKey { user, id: Some(id), .. } => {
                let call = iam.delete_access_key().user_name(user).access_key_id(id);
                caller.call(call.send()).map(drop)
            }
            Self::AccessKey { user, id: None, others, .. } => {
                for id in access_keys(caller, user)?.difference(others) {
                    let call = iam.delete_access_key().user_name(user).access_key_id(id);
                    caller.call(call.send())?;
                }
                Ok(())
            }
            Self::LoginProfile(user) => {
                caller.call(iam.delete_login_profile().user_name(user).send()).map(drop)
            }
            Self::Role(name) => caller.call(iam.delete_role().role_name(name).send()).map(drop),
            Self::RolePolicy { role, arn } => {
                let call = iam.detach_role_policy().role_name(role).policy_arn(arn);
                caller.call(call.send()).map(drop)
            }
            Self::Change(change) => match change.inverse() {
                Some(inverse) => inverse.call(caller),
                None => Ok(()),
            },
        }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket { name, .. } => write!(f, "the bucket {name}"),
            Self::PublicAccessBlock { bucket, .. } => {
                write!(f, "the public access block of the bucket {bucket}")
            }
            Self::Encryption { bucket, .. } => write!(f, "the encryption of the bucket {bucket}"),
            Self::Versioning { bucket, .. } => write!(f, "the versioning of the bucket {bucket}"),
            Self::Version { bucket, key, .. } => write!(f, "the version of s3://{bucket}/{key}"),
            Self::User(name) => write!(f, "the user {name}"),
            Self::UserPolicy { user, policy, before: None } => {
                write!(f, "the policy {policy} of the user {user}")
            }
            Self::UserPolicy { user, policy, before: Some(_) } => {
                write!(f, "the changed policy {policy} of the user {user}")
            }
            Self::AccessKey { user, id: Some(id), .. } => {
                write!(f, "the access key {id} of the user {user}")
            }
            Self::AccessKey { user, id: None, .. } => {
                write!(f, "an access key of the user {user}, if one was made")
            }
            Self::LoginProfile(user) => write!(f, "the password of the user {user}"),
            Self::Role(name) => write!(f, "the role {name}"),
            Self::RolePolicy { role, arn } => write!(f, "the policy {arn} of the role {role}"),
            Self::Change(change) => change.fmt(f),
        }
    }
}

/// The latest version of an object; `None`: there is no such object.
fn latest_version(
    caller: &Caller,
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    key: &str,
) -> Result<Option<String>, Failure> {
    // The object itself comes first: none before it begins with its whole key.
    let answer = caller.call(s3.list_object_versions().bucket(bucket).prefix(key).send())?;
    let versions = answer.versions().iter().filter(|version| version.key() == Some(key));
    let latest = versions.into_iter().find(|version| version.is_latest() == Some(true));
    Ok(latest.and_then(|version| version.version_id()).map(str::to_owned))
}

/// The ids of the access keys of a user.
fn access_keys(caller: &Caller, user: &str) -> Result<BTreeSet<String>, Failure> {
    // A user has two at most: they come on one page.
    let answer = caller.call(caller.iam().list_access_keys().user_name(user).send())?;
    let ids = answer.access_key_metadata().iter().filter_map(|key| key.access_key_id());
    Ok(ids.map(str::to_owned).collect())
}
