//! Policy documents for buckets. No I/O.

mod actions;
mod check;
mod evaluate;
mod from_iam;
mod limit;
mod pattern;
mod trust;

use rolecall::{Error, Kind, LONGEST_SESSION_POLICY, Result, S3Access, S3Scope, bucket_arn};
use serde_json::{Map, Value, json};

pub(crate) use check::{check, check_role_policy, check_user_policies, length};
pub(crate) use evaluate::{Statements, Verdict};
pub(crate) use from_iam::{document_in, from_iam, one_or_many, statements};
pub(crate) use limit::{Limited, compare, known_document};
pub(crate) use trust::{TrustedCall, judge_trust};

/// The placeholder for the bucket's name in a policy from the user.
const PLACEHOLDER: &str = "$!BUCKET_NAME!$";
const VERSION: &str = "2012-10-17";

/// A policy for buckets that are not known yet.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// One that rolecall generates.
    Own {
        /// The kind of access.
        access: S3Access,
        /// The prefix of the accessible objects' keys; empty for all objects.
        prefix: String,
        /// Additional statements.
        extra: Vec<Value>,
    },
    /// The text of the user's own policy.
    Given(String),
}

impl Template {
    /// Returns its part of the names of users and policies.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Own { access, extra, .. } if extra.is_empty() => access.name(),
            _ => "custom",
        }
    }

    /// Returns the policy for one bucket. `partition` is that of the bucket's ARN.
    ///
    /// # Errors
    /// If the user's policy is not JSON.
    pub(crate) fn of_bucket(&self, bucket: &str, partition: &str) -> Result<Value> {
        match self {
            Self::Own { access, prefix, extra } => {
                let scope = S3Scope { partition, bucket, prefix };
                let mut statements = scope.s3_credentials_statements(*access);
                statements.extend(extra.iter().cloned());
                Ok(json!({ "Version": VERSION, "Statement": statements }))
            }
            Self::Given(text) => parse(&text.replace(PLACEHOLDER, bucket), "the policy"),
        }
    }

    /// Returns one policy for all the buckets.
    ///
    /// # Errors
    /// Those of [`Self::of_bucket`].
    pub(crate) fn of_buckets(&self, buckets: &[String], partition: &str) -> Result<Value> {
        if let [bucket] = buckets {
            return self.of_bucket(bucket, partition);
        }
        let mut all: Vec<Value> = Vec::new();
        let mut whole = Map::new();
        for bucket in buckets {
            let Value::Object(policy) = self.of_bucket(bucket, partition)? else {
                return Err(Error::new(Kind::Usage, "the policy is not a JSON object"));
            };
            for statement in one_or_many(policy.get("Statement").unwrap_or(&Value::Null)) {
                let mut statement = statement.clone();
                if let Value::Object(statement) = &mut statement {
                    // A `Sid` must be unique within a policy.
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

/// Returns the bucket policy that lets anyone who knows an object's key read it.
pub(crate) fn public_bucket(bucket: &str, partition: &str) -> Value {
    json!({ "Version": VERSION, "Statement": [{
        "Sid": "EverybodyMayRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [format!("{}/*", bucket_arn(partition, bucket))],
    }] })
}

/// Parses the user's JSON. `what` names it in the error: `the policy`.
///
/// # Errors
/// If it is not JSON, with line and column.
pub(crate) fn parse(text: &str, what: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Kind::Usage, format!("{what} is not JSON: {error}")))
}

/// Returns the policy without whitespace, which some of AWS's limits count.
pub(crate) fn compact(policy: &Value) -> String {
    policy.to_string()
}

/// Checks the length of a session policy.
///
/// # Errors
/// If it is too long for STS.
pub(crate) fn check_session_policy(policy: &Value) -> Result<()> {
    let length = compact(policy).chars().count();
    if length <= LONGEST_SESSION_POLICY {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("the policy has {length} characters, and STS allows {LONGEST_SESSION_POLICY}"),
    )
    .hint("name fewer buckets, or omit --duration: a user gets one policy per bucket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_policy_has_the_statements_of_s3_credentials_and_the_additional_ones() {
        let extra = json!({ "Effect": "Allow", "Action": "textract:*", "Resource": "*" });
        let (access, prefix) = (S3Access::ReadWrite, "team/".to_owned());
        let template = Template::Own { access, prefix, extra: vec![extra.clone()] };
        let scope = S3Scope { partition: "aws-iso-f", bucket: "mine", prefix: "team/" };
        let mut statements = scope.s3_credentials_statements(access);
        statements.push(extra);
        assert_eq!(
            template.of_bucket("mine", "aws-iso-f").unwrap(),
            json!({ "Version": "2012-10-17", "Statement": statements })
        );
    }

    #[test]
    fn the_placeholder_is_replaced_everywhere() {
        let text = r#"{"Statement": {"Sid": "A", "Resource": ["$!BUCKET_NAME!$", "x/$!BUCKET_NAME!$/*"]}}"#;
        let template = Template::Given(text.to_owned());
        let one = template.of_bucket("b", "aws").unwrap();
        assert_eq!(one["Statement"]["Resource"], json!(["b", "x/b/*"]));
        let both = template.of_buckets(&["b".to_owned(), "c".to_owned()], "aws").unwrap();
        let (b, c) = (json!({"Resource": ["b", "x/b/*"]}), json!({"Resource": ["c", "x/c/*"]}));
        assert_eq!(both, json!({ "Statement": [b, c] }));
    }
}
