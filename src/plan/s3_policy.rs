//! Short forms of session policies: `s3-read:BUCKET/PREFIX` and its like.
//!
//! What each allows is what the tool s3-credentials gives for the same words, but for reading ACLs,
//! tags, retention and legal holds, and with the parts of large uploads. It narrows the role and never
//! widens it: a session may do what both its role and its policy allow.

use serde_json::{Value, json};

use super::attributes::LONGEST_POLICY;

/// The forms, each with what it lets the session do.
const FORMS: [(&str, Access); 3] = [
    ("s3-read:", Access { read: true, write: false }),
    ("s3-write:", Access { read: false, write: true }),
    ("s3-read-write:", Access { read: true, write: true }),
];
/// The longest name of a partition: a policy must fit whichever its role is of.
const ANY_PARTITION: &str = "aws-us-gov";

#[derive(Clone, Copy)]
struct Access {
    read: bool,
    write: bool,
}

/// Whether `text` has one of these forms, right or wrong.
pub(super) fn is_short(text: &str) -> bool {
    FORMS.iter().any(|(form, _)| text.starts_with(form))
}

/// Checks a short form. The error is what is wrong with it.
pub(super) fn check(text: &str) -> Result<(), String> {
    let (_, bucket, prefix) = parts(text).ok_or("has none of the forms of a policy")?;
    if !is_bucket(bucket) {
        return Err(
            "names no bucket: 3 to 63 lower-case letters, digits, dots and dashes".to_owned()
        );
    }
    // IAM would take `*` and `?` for wildcards and `${…}` for a variable.
    let fits = |c: char| (c == ' ' || c.is_ascii_graphic()) && !"*?$\"\\".contains(c);
    if !prefix.chars().all(fits) {
        return Err(
            "has a prefix with a wildcard or another sign that policies don't take as it is; \
                    write such a policy as JSON"
                .to_owned(),
        );
    }
    let length = expand(text, ANY_PARTITION).chars().count();
    if length > LONGEST_POLICY {
        return Err(format!("comes to {length} characters, and STS takes {LONGEST_POLICY}"));
    }
    Ok(())
}

/// The policy of a short form that was checked, for a role of `partition`; any other text as it is.
pub(super) fn expand(text: &str, partition: &str) -> String {
    let Some((access, bucket, prefix)) = parts(text) else { return text.to_owned() };
    let bucket = format!("arn:{partition}:s3:::{bucket}");
    let objects = format!("{bucket}/{prefix}*");
    let allow = |actions: &[&str], resource: &str| json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    let mut statements = Vec::new();
    if access.read && prefix.is_empty() {
        statements.push(allow(&["s3:ListBucket", "s3:GetBucketLocation"], &bucket));
    } else if access.read {
        let mut list = allow(&["s3:ListBucket"], &bucket);
        list["Condition"] = json!({ "StringLike": { "s3:prefix": format!("{prefix}*") } });
        statements.push(list);
        statements.push(allow(&["s3:GetBucketLocation"], &bucket));
    }
    let mut actions = Vec::new();
    if access.read {
        actions.push("s3:GetObject");
    }
    if access.write {
        actions.push("s3:PutObject");
    }
    if access.read && access.write {
        actions.push("s3:DeleteObject");
    }
    if access.write {
        actions.extend(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]);
    }
    statements.push(allow(&actions, &objects));
    let policy: Value = json!({ "Version": "2012-10-17", "Statement": statements });
    policy.to_string()
}

/// Access, bucket and prefix of a short form.
fn parts(text: &str) -> Option<(Access, &str, &str)> {
    let (rest, access) =
        FORMS.iter().find_map(|(form, access)| Some((text.strip_prefix(form)?, *access)))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    Some((access, bucket, prefix))
}

/// Rule: Amazon S3 user guide, "General purpose bucket naming rules".
fn is_bucket(name: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_edge(c) || c == '.' || c == '-')
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
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
    fn what_would_mean_more_or_nothing_is_refused() {
        for text in [
            "s3-read:",
            "s3-read:ab",
            "s3-read:My-bucket",
            "s3-read:*",
            "s3-read:my*",
            "s3-read:-ab",
            "s3-read:a..b",
            "s3-read:192.168.0.1",
            "s3-read:my-app-data/*",
            "s3-read:my-app-data/a?",
            "s3-read:my-app-data/${aws:username}",
            "s3-write:my-app-data/a\"b",
            "s3-write:my-app-data/ü",
        ] {
            assert!(is_short(text) && check(text).is_err(), "{text}");
        }
        let long = format!("s3-read-write:my-app-data/{}", "x".repeat(1024));
        assert!(check(&long).unwrap_err().contains("STS takes 2048"));
        assert!(check("s3-read:my-app-data/a b/c.d_e").is_ok());
    }
}
