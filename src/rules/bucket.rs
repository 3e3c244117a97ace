//! Names of S3 buckets.

use super::{Invalid, require};

/// What the names of buckets can't start with.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// What the names of buckets can't end with: aliases of access points, directory buckets and the
/// like, which the ARN of a bucket does not reach.
const RESERVED_ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Checks that `name` can be a bucket's, for one that exists as well as for a new one.
///
/// Rule: Amazon S3 user guide, "General purpose bucket naming rules". Buckets of us-east-1 from
/// before March 2018 may have longer names, capitals and underscores; they are refused, because
/// they have no host name of their own.
pub fn check_bucket_name(name: &str) -> Result<(), Invalid> {
    const REASON: &str = "is not a valid bucket name";
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = |c: char| is_alphanumeric(c) || c == '.' || c == '-';
    require(
        (3..=63).contains(&name.len()) && name.chars().all(fits),
        REASON,
        "must be 3 to 63 lowercase letters, digits, dots and hyphens",
    )?;
    require(
        name.starts_with(is_alphanumeric) && name.ends_with(is_alphanumeric),
        REASON,
        "must start and end with a lowercase letter or a digit",
    )?;
    require(!name.contains(".."), REASON, "must not have two dots in a row")?;
    require(!is_like_ipv4(name), REASON, "must not look like an IP address")?;
    if let Some(start) = RESERVED_STARTS.iter().find(|start| name.starts_with(**start)) {
        return Err(Invalid::new(REASON, format!("must not start with '{start}'")));
    }
    if let Some(end) = RESERVED_ENDS.iter().find(|end| name.ends_with(**end)) {
        return Err(Invalid::new(REASON, format!("must not end with '{end}'")));
    }
    Ok(())
}

/// Whether `name` has the form of an IPv4 address, such as `192.168.5.4`.
fn is_like_ipv4(name: &str) -> bool {
    let is_number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('.').count() == 4 && name.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_are_those_of_the_user_guide() {
        let (three, longest) = ("a".repeat(3), "a".repeat(63));
        for name in
            ["my-bucket", "my.bucket-1", "1bucket", "a.-b", "192.168.5", "xn-a", &*three, &*longest]
        {
            assert_eq!(check_bucket_name(name), Ok(()), "{name}");
        }
        let too_long = "a".repeat(64);
        for (name, form) in [
            ("", "3 to 63"),
            ("ab", "3 to 63"),
            (&*too_long, "3 to 63"),
            ("MyBucket", "lowercase"),
            ("my_bucket", "hyphens"),
            ("my bucket", "hyphens"),
            ("my/bucket", "hyphens"),
            ("bücket", "hyphens"),
            ("my*", "hyphens"),
            ("-ab", "start and end"),
            ("ab-", "start and end"),
            (".ab", "start and end"),
            ("ab.", "start and end"),
            ("a..b", "two dots"),
            ("192.168.5.4", "IP address"),
            ("192.168.005.004", "IP address"),
            ("xn--bucket", "'xn--'"),
            ("sthree-configurator", "'sthree-'"),
            ("amzn-s3-demo-bucket", "'amzn-s3-demo-'"),
            ("mine-s3alias", "'-s3alias'"),
            ("mine--ol-s3", "'--ol-s3'"),
            ("mine.mrap", "'.mrap'"),
            ("mine--usw2-az1--x-s3", "'--x-s3'"),
            ("mine--table-s3", "'--table-s3'"),
        ] {
            let invalid = check_bucket_name(name).unwrap_err();
            assert!(invalid.form.contains(form), "{name}: {invalid:?}");
        }
    }
}
