//! Names of S3 buckets.

use super::{Invalid, require};

const REASON: &str = "is not a valid bucket name";

/// What the names of new buckets can't start with.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// What the names of new buckets can't end with, and what has such names.
const RESERVED_ENDS: [(&str, &str); 4] = [
    ("-s3alias", "aliases of access points"),
    ("--ol-s3", "aliases of Object Lambda access points"),
    (".mrap", "Multi-Region Access Points"),
    ("-an", "buckets in the account regional namespace"),
];
/// The ends of names that no general purpose bucket has, and what has them.
const OTHER_KINDS: [(&str, &str); 2] =
    [("--x-s3", "directory buckets"), ("--table-s3", "S3 table buckets")];

/// Checks that `name` can be the name of a bucket that exists.
///
/// Rule: Amazon S3 user guide, "General purpose bucket naming rules". Buckets that were created
/// before a rule was made keep their names: those of us-east-1 from before March 2018 have up to 255
/// characters, with capitals and underscores. Directory and table buckets have ARNs of other
/// services, so nothing that is written for a bucket applies to them.
pub fn check_bucket_name(name: &str) -> Result<(), Invalid> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    require(
        (3..=255).contains(&name.len()) && name.chars().all(fits),
        REASON,
        "must be 3 to 63 lowercase letters, digits, dots and hyphens",
    )?;
    check_end(name, &OTHER_KINDS)
}

/// Checks that S3 lets anyone create a bucket with this name.
///
/// Rule: Amazon S3 user guide, "General purpose bucket naming rules". A name that ends with `-an` is
/// only allowed with a parameter of CreateBucket that we don't send.
pub fn check_new_bucket_name(name: &str) -> Result<(), Invalid> {
    check_bucket_name(name)?;
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = |c: char| is_alphanumeric(c) || c == '.' || c == '-';
    require(
        name.len() <= 63 && name.chars().all(fits),
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
    check_end(name, &RESERVED_ENDS)
}

fn check_end(name: &str, ends: &[(&str, &str)]) -> Result<(), Invalid> {
    match ends.iter().find(|(end, _)| name.ends_with(end)) {
        Some((end, what)) => {
            Err(Invalid::new(REASON, format!("must not end with '{end}', like {what}")))
        }
        None => Ok(()),
    }
}

/// Whether `name` has the form of an IPv4 address, such as `192.168.5.4`.
fn is_like_ipv4(name: &str) -> bool {
    let is_number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('.').count() == 4 && name.split('.').all(is_number)
}

/// The region whose buckets have no location constraint.
const WITHOUT_CONSTRAINT: &str = "us-east-1";

/// Returns the location constraint with which a bucket is created in `region`; `None` for the region
/// that must not be named.
///
/// Rule: Amazon S3 API reference, CreateBucket, `LocationConstraint`.
pub fn location_constraint(region: &str) -> Option<&str> {
    (region != WITHOUT_CONSTRAINT).then_some(region)
}

/// Returns the region of a bucket with this location constraint.
///
/// Rule: Amazon S3 API reference, GetBucketLocation: old buckets in eu-west-1 have `EU`.
pub fn region_at_location(constraint: Option<&str>) -> &str {
    match constraint {
        None | Some("" | "null") => WITHOUT_CONSTRAINT,
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_new_buckets_are_those_of_the_user_guide() {
        let (three, longest) = ("a".repeat(3), "a".repeat(63));
        for name in [
            "my-bucket",
            "my.bucket-1",
            "1bucket",
            "a.-b",
            "192.168.5",
            "xn-a",
            "sthree",
            "plan",
            "mine-an-1",
            &*three,
            &*longest,
        ] {
            assert_eq!(check_new_bucket_name(name), Ok(()), "{name}");
            assert_eq!(check_bucket_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_bucket_that_exists_may_have_a_name_that_no_new_one_can_have() {
        let too_long = "a".repeat(64);
        for (name, form) in [
            (&*too_long, "3 to 63"),
            ("MyBucket", "lowercase"),
            ("my_bucket", "hyphens"),
            ("-ab", "start and end"),
            ("ab-", "start and end"),
            (".ab", "start and end"),
            ("ab.", "start and end"),
            ("a..b", "two dots"),
            ("192.168.5.4", "IP address"),
            ("192.168.005.004", "IP address"),
            ("xn--bucket", "'xn--'"),
            ("sthree-bucket", "'sthree-'"),
            ("sthree-configurator", "'sthree-'"),
            ("amzn-s3-demo-bucket", "'amzn-s3-demo-'"),
            ("mine-s3alias", "'-s3alias'"),
            ("mine--ol-s3", "'--ol-s3'"),
            ("mine.mrap", "'.mrap'"),
            ("mine-111122223333-us-west-2-an", "'-an'"),
        ] {
            let invalid = check_new_bucket_name(name).unwrap_err();
            assert!(invalid.form.contains(form), "{name}: {invalid:?}");
            assert_eq!(check_bucket_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_was_never_the_name_of_a_bucket_is_refused_everywhere() {
        let too_long = "a".repeat(256);
        for (name, form) in [
            ("", "3 to 63"),
            ("ab", "3 to 63"),
            (&*too_long, "3 to 63"),
            ("my bucket", "hyphens"),
            ("my/bucket", "hyphens"),
            ("bücket", "hyphens"),
            ("my*", "hyphens"),
            ("mine--usw2-az1--x-s3", "'--x-s3'"),
            ("mine--table-s3", "'--table-s3'"),
        ] {
            for invalid in [check_bucket_name(name), check_new_bucket_name(name)] {
                let invalid = invalid.unwrap_err();
                assert!(invalid.form.contains(form), "{name}: {invalid:?}");
            }
        }
    }
}
