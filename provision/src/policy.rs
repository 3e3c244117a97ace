//! Policies: who may do what with a bucket. No I/O.

mod actions;
mod check;
mod percent;

use rolecall::error::{Error, Kind, Result};
use serde_json::{Map, Value, json};

pub use check::{beyond_s3, check, check_role_policy, check_user_policies, length};
pub use percent::from_iam;

/// What stands for the bucket's name in a policy that is given.
const PLACEHOLDER: &str = "$!BUCKET_NAME!$";
const VERSION: &str = "2012-10-17";
/// Rule: STS API reference, AssumeRole, `Policy`.
const LONGEST_OF_SESSION: usize = 2_048;

/// What may be done with the objects of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
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

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::WriteOnly => "write-only",
            Self::Upload => "upload",
        }
    }
}

/// A policy whose bucket is still open.
#[derive(Clone, Debug)]
pub enum Template {
    /// One of ours.
    Own {
        /// What may be done.
        mode: Mode,
        /// With which objects; empty: all.
        prefix: String,
        /// Statements besides.
        extra: Vec<Value>,
    },
    /// A text that was given.
    Given(String),
}

impl Template {
    /// What it is called in the names of users and policies.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Own { mode, extra, .. } if extra.is_empty() => mode.name(),
            _ => "custom",
        }
    }

    /// The policy for one bucket. `partition` is that of its ARN.
    ///
    /// # Errors
    /// Where a text that was given is no JSON.
    pub fn of_bucket(&self, bucket: &str, partition: &str) -> Result<Value> {
        match self {
            Self::Own { mode, prefix, extra } => {
                let arn = format!("arn:{partition}:s3:::{bucket}");
                let mut statements = statements(*mode, &arn, prefix);
                statements.extend(extra.iter().cloned());
                Ok(json!({ "Version": VERSION, "Statement": statements }))
            }
            Self::Given(text) => parse(&text.replace(PLACEHOLDER, bucket), "the policy"),
        }
    }

    /// One policy for all the buckets.
    ///
    /// # Errors
    /// As those of [`Self::of_bucket`].
    pub fn of_buckets(&self, buckets: &[String], partition: &str) -> Result<Value> {
        if let [bucket] = buckets {
            return self.of_bucket(bucket, partition);
        }
        let mut all: Vec<Value> = Vec::new();
        let mut whole = Map::new();
        for bucket in buckets {
            let Value::Object(policy) = self.of_bucket(bucket, partition)? else {
                return Err(Error::new(Kind::Usage, "the policy is no JSON object"));
            };
            for mut statement in statements_in(&policy) {
                if let Value::Object(statement) = &mut statement {
                    // It must not stand twice in a policy.
                    statement.shift_remove("Sid");
                }
                if !all.contains(&statement) {
                    all.push(statement);
                }
            }
            whole = policy;
        }
        whole.insert("Statement".to_owned(), Value::Array(all));
        Ok(Value::Object(whole))
    }
}

/// The policy that makes a bucket's objects readable to everybody who knows their names.
pub fn public_bucket(bucket: &str, partition: &str) -> Value {
    json!({ "Version": VERSION, "Statement": [{
        "Sid": "EverybodyMayRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [format!("arn:{partition}:s3:::{bucket}/*")],
    }] })
}

/// The policy of a role that `user` may assume, and whoever else in the account has a policy that lets
/// him.
///
/// Rule: IAM User Guide, "AWS JSON policy elements: Principal": the account stands for those of its own
/// whom their policies let; a user who is named needs no such policy.
pub fn trust_of_account(account: &str, partition: &str, user: Option<&str>) -> Value {
    let all = format!("arn:{partition}:iam::{account}:root");
    let principals: Vec<_> = [all.as_str()].into_iter().chain(user).collect();
    json!({ "Version": VERSION, "Statement": [{
        "Effect": "Allow",
        "Principal": { "AWS": principals },
        "Action": "sts:AssumeRole",
    }] })
}

/// JSON that was given; `what` it is: `the policy`.
///
/// # Errors
/// Where it is none, with line and column.
pub fn parse(text: &str, what: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Kind::Usage, format!("{what} is not JSON: {error}")))
}

/// What is sent: without the white space, which counts in some places.
pub fn compact(policy: &Value) -> String {
    policy.to_string()
}

/// Whether STS takes it as a session's.
///
/// # Errors
/// Where it is too long.
pub fn check_session_policy(policy: &Value) -> Result<()> {
    let length = compact(policy).chars().count();
    if length <= LONGEST_OF_SESSION {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("the policy has {length} characters, and STS takes {LONGEST_OF_SESSION}"),
    )
    .hint("name fewer buckets at once, or leave --duration out: a user has a policy for each"))
}

fn statements_in(policy: &Map<String, Value>) -> Vec<Value> {
    match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

fn statements(mode: Mode, bucket: &str, prefix: &str) -> Vec<Value> {
    let objects = format!("{}*", literal(prefix));
    let mut statements = Vec::new();
    if mode == Mode::Upload {
        statements.push(allow(&["s3:ListBucket"], bucket));
    } else if mode != Mode::WriteOnly {
        if prefix.is_empty() {
            statements.push(allow(&["s3:ListBucket", "s3:GetBucketLocation"], bucket));
        } else {
            statements.push(allow(&["s3:GetBucketLocation"], bucket));
            let mut list = allow(&["s3:ListBucket"], bucket);
            list["Condition"] = json!({ "StringLike": { "s3:prefix": [objects] } });
            statements.push(list);
        }
        let read = [
            "s3:GetObject",
            "s3:GetObjectAcl",
            "s3:GetObjectLegalHold",
            "s3:GetObjectRetention",
            "s3:GetObjectTagging",
        ];
        statements.push(allow(&read, &format!("{bucket}/{objects}")));
    }
    let write: &[&str] = match mode {
        Mode::ReadWrite => &["s3:PutObject", "s3:DeleteObject"],
        Mode::WriteOnly => &["s3:PutObject"],
        Mode::Upload => &["s3:PutObject", "s3:PutObjectAcl"],
        Mode::ReadOnly => return statements,
    };
    statements.push(allow(write, &format!("{bucket}/{objects}")));
    statements
}

fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": [resource] })
}

/// A text of which no letter stands for others.
///
/// Rule: IAM User Guide, "IAM policy elements: Variables and tags", special characters.
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

    fn own(mode: Mode, prefix: &str) -> Value {
        let template = Template::Own { mode, prefix: prefix.to_owned(), extra: Vec::new() };
        template.of_bucket("b", "aws").unwrap()
    }

    fn read(objects: &str) -> Value {
        json!({
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectLegalHold",
                "s3:GetObjectRetention", "s3:GetObjectTagging"],
            "Resource": [objects],
        })
    }

    #[test]
    fn a_whole_bucket_is_listed_read_and_written() {
        let list = json!({ "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": ["arn:aws:s3:::b"] });
        let write = json!({ "Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": ["arn:aws:s3:::b/*"] });
        let objects = read("arn:aws:s3:::b/*");
        let both = json!({ "Version": VERSION, "Statement": [list, objects, write] });
        assert_eq!(own(Mode::ReadWrite, ""), both);
        let reading = json!({ "Version": VERSION, "Statement": [list, objects] });
        assert_eq!(own(Mode::ReadOnly, ""), reading);
        let writing = json!({ "Version": VERSION, "Statement": [
            { "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::b/*"] }] });
        assert_eq!(own(Mode::WriteOnly, ""), writing);
    }

    #[test]
    fn who_uploads_lists_the_bucket_and_puts_objects_and_no_more() {
        let uploading = json!({ "Version": VERSION, "Statement": [
            { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::b"] },
            { "Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectAcl"],
                "Resource": ["arn:aws:s3:::b/*"] },
        ] });
        assert_eq!(own(Mode::Upload, ""), uploading);
    }

    #[test]
    fn a_prefix_limits_the_listing_and_the_objects() {
        let policy = own(Mode::ReadWrite, "team/");
        assert_eq!(
            policy["Statement"],
            json!([
                { "Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": ["arn:aws:s3:::b"] },
                { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::b"],
                    "Condition": { "StringLike": { "s3:prefix": ["team/*"] } } },
                read("arn:aws:s3:::b/team/*"),
                { "Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"],
                    "Resource": ["arn:aws:s3:::b/team/*"] },
            ])
        );
    }

    #[test]
    fn a_prefix_is_a_text_and_no_pattern() {
        for (prefix, written) in
            [("a*b", "a${*}b"), ("a?", "a${?}"), ("a$b", "a$b"), ("${aws:x}", "${$}{aws:x}")]
        {
            assert_eq!(literal(prefix), written);
        }
    }

    #[test]
    fn a_given_policy_gets_the_bucket_wherever_it_is_meant() {
        let text = r#"{"Statement": {"Sid": "A", "Resource": ["$!BUCKET_NAME!$", "x/$!BUCKET_NAME!$/*"]}}"#;
        let template = Template::Given(text.to_owned());
        let one = template.of_bucket("b", "aws").unwrap();
        assert_eq!(one["Statement"]["Resource"], json!(["b", "x/b/*"]));
        let both = template.of_buckets(&["b".to_owned(), "c".to_owned()], "aws").unwrap();
        let (b, c) = (json!({"Resource": ["b", "x/b/*"]}), json!({"Resource": ["c", "x/c/*"]}));
        assert_eq!(both, json!({ "Statement": [b, c] }));
    }
}
