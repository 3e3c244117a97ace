//! Policies: who may do what with a bucket. No I/O.

mod actions;
mod check;
mod percent;

use rolecall::{
    error::{Error, Kind, Result},
    rules::{LONGEST_SESSION_POLICY, S3Access, S3Scope, bucket_arn},
};
use serde_json::{Map, Value, json};

pub use check::{beyond_s3, check, check_role_policy, check_user_policies, length};
pub use percent::from_iam;

/// What stands for the bucket's name in a policy that is given.
const PLACEHOLDER: &str = "$!BUCKET_NAME!$";
const VERSION: &str = "2012-10-17";

/// A policy whose bucket is still open.
#[derive(Clone, Debug)]
pub enum Template {
    /// One of ours.
    Own {
        /// What may be done.
        access: S3Access,
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
            Self::Own { access, extra, .. } if extra.is_empty() => access.name(),
            _ => "custom",
        }
    }

    /// The policy for one bucket. `partition` is that of its ARN.
    ///
    /// # Errors
    /// Where a text that was given is no JSON.
    pub fn of_bucket(&self, bucket: &str, partition: &str) -> Result<Value> {
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
        "Resource": [format!("{}/*", bucket_arn(partition, bucket))],
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
    if length <= LONGEST_SESSION_POLICY {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("the policy has {length} characters, and STS takes {LONGEST_SESSION_POLICY}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_ours_has_the_statements_of_s3_credentials_and_those_given() {
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
