//! What the client may do.

use serde_json::{Value, json};

use super::terms::Terms;

impl Terms {
    /// List, put, get and delete in the bucket, or below the prefix, and nothing else.
    ///
    /// Rule: Amazon S3 User Guide, "Policies and permissions": what the console calls to show one
    /// bucket is ListBucket and GetBucketLocation. Big files are put in parts; a broken-off upload of
    /// one is aborted.
    pub(super) fn policy(&self) -> Value {
        let bucket = format!("arn:{}:s3:::{}", self.partition, self.bucket);
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
            let user = format!("arn:{}:iam::{}:user/{}", self.partition, self.account, self.user);
            statements.push(json!({
                "Sid": "ChangePassword",
                "Effect": "Allow",
                "Action": ["iam:ChangePassword"],
                "Resource": [user],
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

    /// Its name: one for each bucket, so that a client can have several.
    pub(super) fn policy_name(&self) -> String {
        format!("s3.share.{}", self.bucket)
    }
}
