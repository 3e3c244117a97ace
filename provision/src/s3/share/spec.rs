//! What is to be shared, with whom and how.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{
    account::Account,
    engine::wanted::{Bucket, BucketSetting, Grants, PolicyDocument, User, Wanted},
};

/// The tag of users that were made here.
pub(super) const TAG: &str = "rolecall-share";
/// Its value as long as the password is not handed out yet.
const BEGUN: &str = "begun";
/// Its value once it is.
pub(super) const DONE: &str = "done";
/// What a shared bucket is given.
const PROTECTED: &[BucketSetting] = &[BucketSetting::Closed, BucketSetting::Encrypted];

/// All that is settled before it is looked what is there.
pub(super) struct ShareSpec {
    pub(super) client: String,
    pub(super) account: Account,
    /// The bucket's region.
    pub(super) region: String,
    pub(super) bucket: String,
    /// A folder, with a `/` at its end; `None`: the whole bucket.
    pub(super) prefix: Option<String>,
    pub(super) user: String,
    pub(super) must_change_password: bool,
    /// Where the client's sign-in data are written.
    pub(super) file: PathBuf,
}

impl ShareSpec {
    /// As data for the engine.
    pub(super) fn wanted(&self) -> Wanted {
        let bucket = Bucket {
            name: self.bucket.clone(),
            region: self.region.clone(),
            if_new: PROTECTED,
            if_existing: PROTECTED,
        };
        // A policy for each bucket, so that a client can have several.
        let name = format!("s3.share.{}", self.bucket);
        let inline = vec![(name, PolicyDocument::Text(self.policy()))];
        let user = User {
            name: self.user.clone(),
            boundary: None,
            grants: Grants { attached: None, inline },
            tags: vec![(TAG.to_owned(), BEGUN.to_owned())],
        };
        Wanted { buckets: vec![bucket], users: vec![user], ..Wanted::default() }
    }

    /// Returns what the client may do: list, put, get and delete in the bucket, or below the prefix,
    /// and nothing else.
    ///
    /// Rule: Amazon S3 User Guide, "Policies and permissions": what the console calls to show one
    /// bucket is ListBucket and GetBucketLocation. Big files are put in parts; a broken-off upload of
    /// one is aborted.
    pub(super) fn policy(&self) -> Value {
        let bucket = format!("arn:{}:s3:::{}", self.account.partition, self.bucket);
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let mut list = json!({
            "Sid": "ListFiles",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": [bucket],
        });
        if !prefix.is_empty() {
            list["Condition"] = json!({ "StringLike": { "s3:prefix": [format!("{prefix}*")] } });
        }
        let mut statements = vec![
            list,
            json!({
                "Sid": "FindBucket",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation"],
                "Resource": [bucket],
            }),
            json!({
                "Sid": "UseFiles",
                "Effect": "Allow",
                "Action": [
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:DeleteObject",
                    "s3:AbortMultipartUpload",
                ],
                "Resource": [format!("{bucket}/{prefix}*")],
            }),
        ];
        if self.must_change_password {
            // Rule: IAM User Guide, "Permit IAM users to change their own passwords".
            statements.push(json!({
                "Sid": "ChangePassword",
                "Effect": "Allow",
                "Action": ["iam:ChangePassword"],
                "Resource": [self.account.arn(&format!("user/{}", self.user))],
            }));
            statements.push(json!({
                "Sid": "SeeWhatPasswordsMustBe",
                "Effect": "Allow",
                "Action": ["iam:GetAccountPasswordPolicy"],
                "Resource": ["*"],
            }));
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }
}
