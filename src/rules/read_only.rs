//! The policies of a session that only reads.
//!
//! A session may do what its role allows and at least one of its session policies allows, unless one of them
//! denies it. So AWS's managed policy says what reading is, for all services and up to date, and a policy beside it
//! denies what would give more than the session has.
//!
//! Rule: IAM user guide, "Session policies" and "Policy evaluation logic".

use serde_json::{Value, json};

use super::{Arn, arn::aws_managed_policy};

/// AWS's managed policy for reading everything.
const READ_ONLY_ACCESS: &str = "ReadOnlyAccess";
/// AWS's managed policies that only allow reading.
const READING: [&str; 2] = ["policy/ReadOnlyAccess", "policy/job-function/ViewOnlyAccess"];

/// The services through which data may be decrypted: those whose data is stored encrypted, and is read with an
/// action of its own. What is encrypted with KMS itself is a secret.
const DECRYPTING: [&str; 3] = ["s3.*", "dynamodb.*", "kinesis.*"];

/// What hands out other credentials. Most are among what AWS's policy for reading allows: `GetSessionToken`,
/// Cognito's, S3 Access Grants' and Systems Manager's (`Get*`).
const CREDENTIALS: [&str; 12] = [
    "sts:Assume*",
    "sts:Get*Token",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken*",
    "codeartifact:GetAuthorizationToken",
    "connect:GetFederationToken",
    "gamelift:Get*Access",
    "gamelift:GetComputeAuthToken",
    "lakeformation:GetDataAccess",
    "lakeformation:GetTemporary*",
    "s3:GetDataAccess",
    "ssm:GetAccessToken",
];

/// What changes who may do what. IAM's actions that read start with `Get`, `List`, `Generate` and `Simulate`.
const IAM_CHANGES: [&str; 9] =
    ["iam:A*", "iam:C*", "iam:D*", "iam:E*", "iam:P*", "iam:R*", "iam:Se*", "iam:T*", "iam:U*"];

/// What shows secrets: passwords, keys and the values of secrets.
const SECRETS: [&str; 5] = [
    "secretsmanager:*GetSecretValue",
    "appsync:ListApiKeys",
    "cognito-idp:DescribeUserPoolClient",
    "ec2:GetPasswordData",
    "kms:ReEncrypt*",
];

/// A session that only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadOnly {
    /// Whether it may read secrets too.
    pub(crate) with_secrets: bool,
}

impl ReadOnly {
    /// Returns the ARN of AWS's managed policy in a partition.
    pub(crate) fn managed_policy(partition: &str) -> String {
        aws_managed_policy(partition, READ_ONLY_ACCESS)
    }

    /// Returns the statements that allow what AWS's managed policy leaves out of reading: encrypted data, and
    /// secrets if they are wanted.
    pub(crate) fn allowances(self) -> Vec<Value> {
        if self.with_secrets {
            let actions = ["secretsmanager:*GetSecretValue", "kms:Decrypt"];
            return vec![json!({ "Effect": "Allow", "Action": actions, "Resource": "*" })];
        }
        let through = json!({ "StringLike": { "kms:ViaService": DECRYPTING } });
        vec![json!({
            "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": through,
        })]
    }

    /// Returns the statements that deny what would give more than the session has.
    pub(crate) fn denials(self, partition: &str) -> Vec<Value> {
        let more: Vec<&str> = CREDENTIALS.into_iter().chain(IAM_CHANGES).collect();
        let mut statements = vec![json!({ "Effect": "Deny", "Action": more, "Resource": "*" })];
        if self.with_secrets {
            return statements;
        }
        // AWS's public parameters, such as the latest AMI, have no account.
        let public = format!("arn:{partition}:ssm:*::parameter/*");
        let keys = format!("arn:{partition}:apigateway:*::/apikeys*");
        let through = json!({ "StringNotLike": { "kms:ViaService": DECRYPTING } });
        statements.extend([
            json!({ "Effect": "Deny", "Action": SECRETS, "Resource": "*" }),
            json!({ "Effect": "Deny", "Action": "apigateway:GET", "Resource": keys }),
            json!({ "Effect": "Deny", "Action": "ssm:GetParameter*", "NotResource": public }),
            json!({
                "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Condition": through,
            }),
        ]);
        statements
    }
}

/// Whether a managed policy is one of AWS's that only allow reading.
pub(crate) fn is_reading_policy(arn: &str) -> bool {
    let is_one = |arn: Arn<'_>| {
        arn.service == "iam" && arn.account == "aws" && READING.contains(&arn.resource)
    };
    Arn::parse(arn).is_some_and(is_one)
}

/// Whether an action, as in a policy, only reads: what is not certain to, does not.
pub(crate) fn is_reading_action(action: &str) -> bool {
    const VERBS: [&str; 5] = ["Get", "List", "Describe", "Head", "BatchGet"];
    // Actions that hand out credentials are called `Get…` as well.
    const OTHERS: [&str; 7] =
        ["Access", "Credential", "Key", "Login", "Password", "Secret", "Token"];
    let Some((service, name)) = action.split_once(':') else { return false };
    let Some(rest) = VERBS.iter().find_map(|verb| name.strip_prefix(verb)) else { return false };
    let has_wildcard = |text: &str| text.contains(['*', '?']);
    !has_wildcard(service)
        && (service == "s3" || !has_wildcard(rest))
        && !OTHERS.iter().any(|word| rest.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_what_is_certain_to_read() {
        for action in ["s3:GetObject", "s3:List*", "s3:Get*", "ec2:DescribeInstances"] {
            assert!(is_reading_action(action), "{action}");
        }
        for action in [
            "*",
            "s3:*",
            "s3:PutObject",
            "*:GetObject",
            "ec2:Get*",
            "redshift:GetClusterCredentials",
            "s3:GetDataAccess",
            "GetObject",
        ] {
            assert!(!is_reading_action(action), "{action}");
        }
        for (arn, reads) in [
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", true),
            ("arn:aws:iam::aws:policy/AdministratorAccess", false),
            ("arn:aws:iam::222222222222:policy/ReadOnlyAccess", false),
        ] {
            assert_eq!(is_reading_policy(arn), reads, "{arn}");
        }
    }

    #[test]
    fn the_statements_leave_half_of_sts_s_limit_to_others() {
        for with_secrets in [false, true] {
            let it = ReadOnly { with_secrets };
            let mut statements = it.allowances();
            statements.extend(it.denials("aws-us-gov"));
            let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
            assert!(text.chars().count() < 1400, "{}: {text}", text.len());
        }
    }
}
