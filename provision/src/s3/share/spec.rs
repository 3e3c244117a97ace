//! What to share, with whom and how.

use std::path::PathBuf;

use serde_json::{Value, json};

use rolecall::{S3Access, S3Scope};

use crate::{
    account::Account,
    engine::wanted::{Bucket, BucketSetting, Grants, PolicyDocument, User, Wanted},
};

/// The tag of users created by this command.
pub(super) const TAG: &str = "rolecall-share";
/// Its value until the password is handed out.
const BEGUN: &str = "begun";
/// Its value afterwards.
pub(super) const DONE: &str = "done";
/// The settings of a shared bucket.
const PROTECTED: &[BucketSetting] = &[BucketSetting::Closed, BucketSetting::Encrypted];

/// Everything that is decided before reading the account.
pub(super) struct ShareSpec {
    pub(super) client: String,
    pub(super) account: Account,
    /// The bucket's region.
    pub(super) region: String,
    pub(super) bucket: String,
    /// A folder, with a `/` at the end; `None` for the whole bucket.
    pub(super) prefix: Option<String>,
    pub(super) user: String,
    pub(super) must_change_password: bool,
    /// The file for the client's sign-in data.
    pub(super) file: PathBuf,
}

impl ShareSpec {
    /// Returns the wanted state for the engine.
    pub(super) fn wanted(&self) -> Wanted {
        let bucket = Bucket {
            name: self.bucket.clone(),
            origin: None,
            region: self.region.clone(),
            if_new: PROTECTED,
            if_existing: PROTECTED,
        };
        // One policy per bucket, so that a client can have several.
        let inline = vec![(policy_name(&self.bucket), PolicyDocument::Text(self.policy()))];
        let user = User {
            name: self.user.clone(),
            boundary: None,
            grants: Grants { attached: None, inline },
            tags: vec![(TAG.to_owned(), BEGUN.to_owned())],
        };
        Wanted { buckets: vec![bucket], users: vec![user], ..Wanted::default() }
    }

    /// Returns the client's permissions: list, put, get and delete in the bucket, or below the prefix, and
    /// nothing else.
    ///
    /// Rule: Amazon S3 user guide, "Policies and permissions": what the console calls to show one
    /// bucket is ListBucket and GetBucketLocation.
    pub(super) fn policy(&self) -> Value {
        let scope = S3Scope {
            partition: &self.account.partition,
            bucket: &self.bucket,
            prefix: self.prefix.as_deref().unwrap_or_default(),
        };
        let mut statements = vec![
            with_sid("ListFiles", scope.list()),
            with_sid("FindBucket", scope.locate()),
            with_sid("UseFiles", scope.objects(S3Access::ReadWrite)),
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

/// Returns the name of the client's policy for a bucket.
pub(super) fn policy_name(bucket: &str) -> String {
    format!("s3.share.{bucket}")
}

fn with_sid(sid: &str, mut statement: Value) -> Value {
    statement["Sid"] = sid.into();
    statement
}
