//! Short forms of session policies, such as `s3-read:BUCKET/PREFIX`.
//!
//! A session policy narrows the role and never widens it: the session may do what both its role and
//! its policy allow.

use serde_json::{Value, json};

use crate::rules::{LONGEST_SESSION_POLICY, S3Access, S3Scope, check_bucket_name};

/// The forms, and what each allows the session to do.
const FORMS: [(&str, S3Access); 3] = [
    ("s3-read:", S3Access::ReadOnly),
    ("s3-write:", S3Access::WriteOnly),
    ("s3-read-write:", S3Access::ReadWrite),
];
/// The longest name of a partition: the policy must not be too long in any.
const ANY_PARTITION: &str = "aws-us-gov";

/// Whether `text` has one of these forms, valid or not.
pub(super) fn is_short(text: &str) -> bool {
    FORMS.iter().any(|(form, _)| text.starts_with(form))
}

/// Checks a short form. The error says what is wrong with it.
pub(super) fn check(text: &str) -> Result<(), String> {
    let (_, bucket, prefix) = parts(text).ok_or("is not a policy in any known form")?;
    check_bucket_name(bucket)
        .map_err(|invalid| format!("does not name a bucket: it {}", invalid.form))?;
    // IAM would read `*` and `?` as wildcards, and `${…}` as a variable.
    let fits = |c: char| (c == ' ' || c.is_ascii_graphic()) && !"*?$\"\\".contains(c);
    if !prefix.chars().all(fits) {
        return Err("has a prefix with a wildcard or another special character; \
                    write such a policy as JSON"
            .to_owned());
    }
    let length = expand(text, ANY_PARTITION).chars().count();
    if length > LONGEST_SESSION_POLICY {
        return Err(format!(
            "becomes {length} characters long, and STS accepts {LONGEST_SESSION_POLICY}"
        ));
    }
    Ok(())
}

/// Returns the policy of a short form that was checked, for a role of `partition`; any other text
/// unchanged.
pub(super) fn expand(text: &str, partition: &str) -> String {
    let Some((access, bucket, prefix)) = parts(text) else { return text.to_owned() };
    let statements = S3Scope { partition, bucket, prefix }.statements(access);
    let statements: Vec<_> = statements.into_iter().map(with_single_values).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Replaces lists of one value by the value, because STS counts characters.
fn with_single_values(mut statement: Value) -> Value {
    for place in ["/Resource", "/Condition/StringLike/s3:prefix"] {
        if let Some(list) = statement.pointer_mut(place) {
            *list = list[0].take();
        }
    }
    statement
}

/// The access, bucket and prefix of a short form.
fn parts(text: &str) -> Option<(S3Access, &str, &str)> {
    let (rest, access) =
        FORMS.iter().find_map(|(form, access)| Some((text.strip_prefix(form)?, *access)))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    Some((access, bucket, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Value {
        check(text).unwrap();
        serde_json::from_str(&expand(text, "aws-cn")).unwrap()
    }

    #[test]
    fn reading_a_prefix_lists_that_prefix_alone_and_gets_its_objects() {
        let policy = policy("s3-read:my-app-data/reports/2026/");
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 3);
        assert_eq!(statements[0]["Action"], json!(["s3:ListBucket"]));
        assert_eq!(statements[0]["Resource"], "arn:aws-cn:s3:::my-app-data");
        assert_eq!(statements[0]["Condition"]["StringLike"]["s3:prefix"], "reports/2026/*");
        assert_eq!(statements[1]["Action"], json!(["s3:GetBucketLocation"]));
        assert_eq!(statements[2]["Action"], json!(["s3:GetObject"]));
        assert_eq!(statements[2]["Resource"], "arn:aws-cn:s3:::my-app-data/reports/2026/*");
    }

    #[test]
    fn writing_neither_reads_nor_deletes_and_both_do() {
        let write = policy("s3-write:my-app-data");
        assert_eq!(write["Statement"].as_array().unwrap().len(), 1);
        let actions = write["Statement"][0]["Action"].to_string();
        assert!(actions.contains("s3:PutObject") && actions.contains("Multipart"), "{actions}");
        assert!(!actions.contains("Get") && !actions.contains("Delete"), "{actions}");
        let both = policy("s3-read-write:my-app-data");
        assert_eq!(both["Statement"][0].get("Condition"), None);
        let actions = both["Statement"][1]["Action"].to_string();
        for action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"] {
            assert!(actions.contains(action), "{actions}");
        }
    }

    #[test]
    fn forms_that_would_mean_more_or_nothing_are_refused() {
        for text in [
            "s3-read:",
            "s3-read:ab",
            "s3-read:*",
            "s3-read:my*",
            "s3-read:my--use1-az4--x-s3",
            "s3-read:my-app-data/*",
            "s3-read:my-app-data/a?",
            "s3-read:my-app-data/${aws:username}",
            "s3-write:my-app-data/a\"b",
            "s3-write:my-app-data/ü",
        ] {
            assert!(is_short(text) && check(text).is_err(), "{text}");
        }
        for bucket in ["My_Old.Bucket", "my-app-data"] {
            assert_eq!(check(&format!("s3-read:{bucket}/a b/c.d_e")), Ok(()));
        }
        let long = format!("s3-read-write:my-app-data/{}", "x".repeat(1024));
        assert!(check(&long).unwrap_err().contains("STS accepts 2048"));
    }
}
