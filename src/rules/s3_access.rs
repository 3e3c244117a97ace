//! The statements of policies that give access to a bucket, or to a part of it.
//!
//! The callers differ on purpose in one point. What `rolecall s3 create` and `s3 policy` give is to
//! the letter what the tool s3-credentials gives, which they replace: reading includes the ACL,
//! tags, retention and legal hold of an object, and writing is PutObject alone. That covers large
//! uploads too: it starts and finishes them, and by default who started one may abort it and list
//! its parts (Amazon S3 user guide, "Multipart upload API and permissions"). That default can be
//! overruled, and for a session the policy is all that counts; so the policies of sessions and of
//! clients (`s3 share`) name both actions, and leave out what is not needed to read an object.

use serde_json::{Value, json};

use super::bucket_arn;

/// Aborting the upload of a large object, and continuing one.
const MULTIPART: [&str; 2] = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];

/// What may be done with the objects of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum S3Access {
    /// List, read, write and delete.
    #[default]
    ReadWrite,
    /// List and read.
    ReadOnly,
    /// Write.
    WriteOnly,
    /// List and write, with the ACL of what is written.
    Upload,
}

impl S3Access {
    /// Returns its name, as in the names of users and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::WriteOnly => "write-only",
            Self::Upload => "upload",
        }
    }

    /// Returns what it lets a session or a client do with objects.
    fn object_actions(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::ReadWrite => &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            Self::ReadOnly => return vec!["s3:GetObject"],
            Self::WriteOnly => &["s3:PutObject"],
            Self::Upload => &["s3:PutObject", "s3:PutObjectAcl"],
        };
        [own, &MULTIPART].concat()
    }
}

/// A bucket, or the objects of it whose keys start with a prefix.
#[derive(Clone, Copy, Debug)]
pub struct S3Scope<'a> {
    /// The partition of its ARN.
    pub partition: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The start of the keys, taken literally; empty: all objects.
    pub prefix: &'a str,
}

impl S3Scope<'_> {
    /// Returns the statements for a session.
    pub(crate) fn statements(&self, access: S3Access) -> Vec<Value> {
        let mut statements = match access {
            S3Access::WriteOnly => Vec::new(),
            S3Access::Upload => vec![self.list()],
            S3Access::ReadOnly | S3Access::ReadWrite => self.list_and_locate(),
        };
        statements.push(self.objects(access));
        statements
    }

    /// Returns the statements that s3-credentials gives, in its order.
    pub fn s3_credentials_statements(&self, access: S3Access) -> Vec<Value> {
        let mut statements = match access {
            S3Access::WriteOnly => Vec::new(),
            S3Access::Upload => vec![allow(&["s3:ListBucket"], &self.bucket_arn())],
            S3Access::ReadOnly | S3Access::ReadWrite => {
                let mut statements = self.list_and_locate();
                statements.reverse();
                statements.push(self.on_objects(&[
                    "s3:GetObject",
                    "s3:GetObjectAcl",
                    "s3:GetObjectLegalHold",
                    "s3:GetObjectRetention",
                    "s3:GetObjectTagging",
                ]));
                statements
            }
        };
        let write: &[&str] = match access {
            S3Access::ReadWrite => &["s3:PutObject", "s3:DeleteObject"],
            S3Access::WriteOnly => &["s3:PutObject"],
            S3Access::Upload => &["s3:PutObject", "s3:PutObjectAcl"],
            S3Access::ReadOnly => return statements,
        };
        statements.push(self.on_objects(write));
        statements
    }

    /// Returns the statement to list the objects.
    pub fn list(&self) -> Value {
        let mut list = allow(&["s3:ListBucket"], &self.bucket_arn());
        if !self.prefix.is_empty() {
            list["Condition"] = json!({ "StringLike": { "s3:prefix": [self.keys()] } });
        }
        list
    }

    /// Returns the statement to find the bucket's region.
    pub fn locate(&self) -> Value {
        allow(&["s3:GetBucketLocation"], &self.bucket_arn())
    }

    fn list_and_locate(&self) -> Vec<Value> {
        if self.prefix.is_empty() {
            vec![allow(&["s3:ListBucket", "s3:GetBucketLocation"], &self.bucket_arn())]
        } else {
            vec![self.list(), self.locate()]
        }
    }

    /// Returns the statement for what a session or a client may do with objects.
    pub fn objects(&self, access: S3Access) -> Value {
        self.on_objects(&access.object_actions())
    }

    fn on_objects(&self, actions: &[&str]) -> Value {
        allow(actions, &format!("{}/{}", self.bucket_arn(), self.keys()))
    }

    fn bucket_arn(&self) -> String {
        bucket_arn(self.partition, self.bucket)
    }

    /// The pattern of the objects' keys.
    fn keys(&self) -> String {
        format!("{}*", literal(self.prefix))
    }
}

fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": [resource] })
}

/// A text in which no character stands for others.
///
/// Rule: IAM user guide, "IAM policy elements: Variables and tags", special characters.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    for c in text.chars() {
        match c {
            '*' | '?' => literal.extend(['$', '{', c, '}']),
            // Alone it stands for itself.
            '$' if text.contains("${") => literal.push_str("${$}"),
            c => literal.push(c),
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(prefix: &str) -> S3Scope<'_> {
        S3Scope { partition: "aws", bucket: "b", prefix }
    }

    fn read(objects: &str) -> Value {
        let actions = ["", "Acl", "LegalHold", "Retention", "Tagging"];
        let actions = actions.map(|what| format!("s3:GetObject{what}"));
        json!({ "Effect": "Allow", "Action": actions, "Resource": [objects] })
    }

    #[test]
    fn s3_credentials_lists_reads_and_writes_a_whole_bucket() {
        let list = json!({ "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": ["arn:aws:s3:::b"] });
        let write = json!({ "Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": ["arn:aws:s3:::b/*"] });
        let put = json!({ "Effect": "Allow", "Action": ["s3:PutObject"],
            "Resource": ["arn:aws:s3:::b/*"] });
        let objects = read("arn:aws:s3:::b/*");
        let given = |access| Value::from(scope("").s3_credentials_statements(access));
        assert_eq!(given(S3Access::ReadWrite), json!([list, objects, write]));
        assert_eq!(given(S3Access::ReadOnly), json!([list, objects]));
        assert_eq!(given(S3Access::WriteOnly), json!([put]));
    }

    #[test]
    fn uploading_lists_the_bucket_and_puts_objects_and_no_more() {
        let uploading = json!([
            { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::b"] },
            { "Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectAcl"],
                "Resource": ["arn:aws:s3:::b/*"] },
        ]);
        let given = scope("").s3_credentials_statements(S3Access::Upload);
        assert_eq!(Value::from(given), uploading);
    }

    #[test]
    fn a_prefix_limits_the_listing_and_the_objects() {
        let given = scope("team/").s3_credentials_statements(S3Access::ReadWrite);
        let list = json!({ "Effect": "Allow", "Action": ["s3:ListBucket"],
            "Resource": ["arn:aws:s3:::b"],
            "Condition": { "StringLike": { "s3:prefix": ["team/*"] } } });
        let locate = json!({ "Effect": "Allow", "Action": ["s3:GetBucketLocation"],
            "Resource": ["arn:aws:s3:::b"] });
        let write = json!({ "Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": ["arn:aws:s3:::b/team/*"] });
        let objects = read("arn:aws:s3:::b/team/*");
        assert_eq!(Value::from(given), json!([locate, list, objects, write]));
        let session = scope("team/").statements(S3Access::ReadOnly);
        let objects = json!({ "Effect": "Allow", "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::b/team/*"] });
        assert_eq!(Value::from(session), json!([list, locate, objects]));
    }

    #[test]
    fn a_session_that_writes_can_abort_and_continue_large_uploads() {
        for (access, own) in [
            (S3Access::WriteOnly, &["s3:PutObject"][..]),
            (S3Access::ReadWrite, &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
        ] {
            let statements = scope("").statements(access);
            let all = [own, &MULTIPART].concat();
            assert_eq!(statements.last().unwrap()["Action"], json!(all));
        }
        assert_eq!(scope("").statements(S3Access::WriteOnly).len(), 1);
    }

    #[test]
    fn a_prefix_is_a_text_and_not_a_pattern() {
        for (prefix, written) in
            [("a*b", "a${*}b"), ("a?", "a${?}"), ("a$b", "a$b"), ("${aws:x}", "${$}{aws:x}")]
        {
            assert_eq!(literal(prefix), written);
        }
    }
}
