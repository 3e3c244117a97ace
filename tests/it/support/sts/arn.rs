//! The parts of ARNs that STS looks at.

/// The partitions that have an STS here.
pub(super) const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// A role's ARN, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RoleArn<'a> {
    pub(super) partition: &'a str,
    pub(super) account: &'a str,
    /// The last part of the path, which is how `assumed-role` ARNs name the role.
    pub(super) name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`, or nothing.
    pub(super) fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next();
        let (scheme, partition, service, region) = (next()?, next()?, next()?, next()?);
        let (account, resource) = (next()?, next()?);
        let path = resource.strip_prefix("role/")?;
        let name = path.rsplit('/').next()?;
        let sound = scheme == "arn"
            && PARTITIONS.contains(&partition)
            && service == "iam"
            && region.is_empty()
            && is_account(account)
            && !name.is_empty()
            && path.chars().all(|c| c.is_ascii_graphic());
        sound.then_some(Self { partition, account, name })
    }

    /// The ARN of a session of this role.
    pub(super) fn session(&self, session: &str) -> String {
        format!("arn:{}:sts::{}:assumed-role/{}/{session}", self.partition, self.account, self.name)
    }
}

/// Whether `text` has the form of an account id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The partition that a region belongs to.
pub(super) fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
