//! Partitions and their regions.

use super::{Invalid, likely, require};

/// A group of regions with accounts, names and ARNs of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name, as the second part of an ARN.
    pub(crate) name: &'static str,
    /// What the names of its regions start with.
    region_starts: &'static str,
    /// The region to call if nobody chose one. A regional STS's tokens are valid in the whole
    /// partition, so any of its regions will do.
    default_region: &'static str,
    /// The domain of its web console and sign-in pages, if AWS publishes it.
    pub console_domain: Option<&'static str>,
}

/// The name of a region that stands for an old global endpoint.
pub(crate) const GLOBAL_REGION: &str = "aws-global";

/// The partitions that AWS publishes, the commercial one first.
///
/// Rules: `partitions.json` of the AWS SDKs, `regionRegex` and `implicitGlobalRegion`; AWS General
/// Reference, "AWS Management Console endpoints", and the same page of each partition.
pub(crate) const PARTITIONS: [Partition; 8] = [
    partition("aws", "", "us-east-1").with_console("aws.amazon.com"),
    partition("aws-cn", "cn-", "cn-north-1").with_console("amazonaws.cn"),
    partition("aws-us-gov", "us-gov-", "us-gov-west-1").with_console("amazonaws-us-gov.com"),
    partition("aws-iso", "us-iso-", "us-iso-east-1"),
    partition("aws-iso-b", "us-isob-", "us-isob-east-1"),
    partition("aws-iso-e", "eu-isoe-", "eu-isoe-west-1"),
    partition("aws-iso-f", "us-isof-", "us-isof-south-1"),
    partition("aws-eusc", "eusc-", "eusc-de-east-1").with_console("amazonaws-eusc.eu"),
];

const fn partition(
    name: &'static str,
    region_starts: &'static str,
    default_region: &'static str,
) -> Partition {
    Partition { name, region_starts, default_region, console_domain: None }
}

impl Partition {
    const fn with_console(self, domain: &'static str) -> Self {
        Self { console_domain: Some(domain), ..self }
    }
}

/// Returns the name of a region's partition; `aws` for a region that no other partition claims.
///
/// Rule: `partitions.json` of the AWS SDKs, `regionRegex`, and the `-global` names under `regions`.
pub fn partition_of_region(region: &str) -> &'static str {
    let [commercial, others @ ..] = &PARTITIONS;
    let is_of = |partition: &&Partition| {
        region.starts_with(partition.region_starts)
            || region.strip_suffix("-global") == Some(partition.name)
    };
    others.iter().find(is_of).unwrap_or(commercial).name
}

/// The regions that every account of the commercial partition has.
///
/// Rule: AWS Account Management reference guide, "Enable or disable AWS Regions in your account": those
/// introduced before March 20, 2019. No more are added.
const IN_EVERY_ACCOUNT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether accounts must enable `region` before they can use it.
pub(crate) fn is_opt_in_region(region: &str) -> bool {
    is_region(region)
        && !region.ends_with("-global")
        && partition_of_region(region) == PARTITIONS[0].name
        && !IN_EVERY_ACCOUNT.contains(&region)
}

/// Returns the region to call in the partition of this name if nobody chose one.
pub fn default_region(name: &str) -> &'static str {
    partition_named(name).unwrap_or(&PARTITIONS[0]).default_region
}

/// Returns the partition of this name; `None` for one that AWS has not published yet.
pub fn partition_named(name: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.name == name)
}

/// Checks that `name` can be a region's.
///
/// Rules: AWS Regions and Availability Zones user guide, "Region codes": an area, a direction and a
/// number with hyphens between them; `partitions.json` of the AWS SDKs, where `PARTITION-global`
/// stands for a global endpoint, and old FIPS endpoints have names of their own. It becomes a label
/// of a host name: 63 characters at most (RFC 1035). New regions need no new release, so the words
/// themselves are not checked.
pub fn check_region(name: &str) -> Result<(), Invalid> {
    require(is_region(name), "is not a region", "must look like eu-west-1")
        .map_err(|invalid| invalid.with_meant(likely::region(name).filter(|it| is_region(it))))
}

/// Checks that `name` can be the region of some endpoint, as in [`check_region`] or a name of its
/// own: programs that imitate AWS have regions like `local`. A name that is nearly one of AWS's
/// regions is refused, because it is a typo.
pub(crate) fn check_region_label(name: &str) -> Result<(), Invalid> {
    check_region(name).or_else(|invalid| {
        if invalid.meant.is_none() && is_label(name) { Ok(()) } else { Err(invalid) }
    })
}

/// Whether `name` has the form of a region's.
fn is_region(name: &str) -> bool {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = name.split('-').collect();
    is_label(name)
        && words.iter().all(|word| !word.is_empty())
        && match &words[..] {
            [.., "global" | "fips"] => words.len() > 1,
            [_, _, .., last] => is_number(last),
            _ => false,
        }
}

/// Whether `name` can be a label of a host name, in lower case.
fn is_label(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len())
        && name.chars().all(fits)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_claims_its_own_regions() {
        for partition in &PARTITIONS {
            assert_eq!(partition_of_region(partition.default_region), partition.name);
            assert_eq!(partition_of_region(&format!("{}-global", partition.name)), partition.name);
            assert_eq!(partition_named(partition.name), Some(partition));
        }
        for (region, partition) in [
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-west-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-east-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("eu-west-1", "aws"),
            ("us-west-2", "aws"),
            ("mx-central-1", "aws"),
            (GLOBAL_REGION, "aws"),
            ("", "aws"),
        ] {
            assert_eq!(partition_of_region(region), partition, "{region}");
        }
        assert_eq!(partition_named("aws-moon"), None);
        assert_eq!(default_region("aws-cn"), "cn-north-1");
        assert_eq!(default_region("aws-moon"), "us-east-1");
    }

    #[test]
    fn new_regions_of_the_commercial_partition_must_be_enabled() {
        for region in ["ap-south-2", "ap-southeast-5", "mx-central-1", "af-south-1", "xx-new-7"] {
            assert!(is_opt_in_region(region), "{region}");
        }
        for region in
            ["us-east-1", "ap-south-1", "cn-north-1", "us-gov-east-1", GLOBAL_REGION, "local"]
        {
            assert!(!is_opt_in_region(region), "{region}");
        }
    }

    #[test]
    fn region_codes_are_words_with_hyphens_between_them() {
        for name in [
            "eu-central-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-isob-east-1",
            "ap-somewhere-12",
            "aws-global",
            "aws-us-gov-global",
            "us-gov-west-1-fips",
            "us-west-2-lax-1",
        ] {
            assert_eq!(check_region(name), Ok(()), "{name}");
            assert_eq!(check_region_label(name), Ok(()), "{name}");
        }
        let long = format!("eu-{}-1", "a".repeat(61));
        for name in [
            "",
            "-",
            "eu",
            "eu-",
            "-1",
            "eu--1",
            "EU-west-1",
            "eu west 1",
            "eu-west",
            "eu-west-1a",
            "eu-west-1a/x",
            "eu-west1",
            "us-east-1,",
            &*long,
        ] {
            assert!(check_region(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_endpoint_may_have_regions_of_its_own_but_no_typos() {
        for name in ["local", "minio", "my-region", "nowhere"] {
            assert_eq!(check_region_label(name), Ok(()), "{name}");
            assert!(check_region(name).is_err(), "{name}");
        }
        for name in ["", "Local host", "eu-west-1a", "EU-WEST-1", "eu_west_1", "euwest1", "eu-west"]
        {
            assert!(check_region_label(name).is_err(), "{name}");
        }
    }
}
