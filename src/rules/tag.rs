//! Tags of users, roles and sessions.

use super::{Invalid, require};

/// The longest value of a tag in characters.
///
/// Rule: IAM API reference, Tag.
pub const LONGEST_TAG_VALUE: usize = 256;

/// Checks that IAM and STS accept a tag.
///
/// Rules: IAM API reference and STS API reference, Tag: 1 to 128 characters for the key, up to 256
/// for the value (`[\p{L}\p{Z}\p{N}_.:/=+\-@]`); IAM user guide, "Tags for AWS Identity and Access
/// Management resources": keys that start with `aws:` are AWS's own.
pub fn check_tag(key: &str, value: &str) -> Result<(), Invalid> {
    const FORM: &str = "must have a key of 1 to 128 characters and a value of 0 to 256: \
                        letters, digits, spaces and _ . : / = + - @";
    let is_reserved = key.to_ascii_lowercase().starts_with("aws:");
    let form = "must not have a key that starts with 'aws:'";
    require(!is_reserved, "starts with 'aws:', which is reserved for AWS", form)?;
    let is_right = (1..=128).contains(&key.chars().count())
        && value.chars().count() <= LONGEST_TAG_VALUE
        && key.chars().chain(value.chars()).all(is_tag_char);
    require(is_right, "is not a tag that AWS accepts", FORM)
}

/// Whether the key or the value of a tag can contain `c`.
///
/// Rule: IAM API reference, Tag.
pub fn is_tag_char(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_control();
    c.is_alphanumeric() || is_space || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_the_characters_and_the_length_that_aws_accepts() {
        let (key, value) = ("k".repeat(128), "é".repeat(256));
        for (key, value) in
            [("Project", "rocket"), ("a", ""), ("Kosten stelle", "4 2"), (&*key, &*value)]
        {
            assert_eq!(check_tag(key, value), Ok(()), "{key}");
        }
        let (longer_key, longer_value) = (format!("{key}k"), format!("{value}é"));
        for (key, value) in [
            ("", "x"),
            ("a*", "x"),
            ("a", "x\ny"),
            ("a", "(x)"),
            (&*longer_key, "x"),
            ("a", &*longer_value),
        ] {
            assert!(check_tag(key, value).is_err(), "{key}");
        }
        assert!(check_tag("AWS:x", "x").unwrap_err().reason.contains("'aws:'"));
    }
}
