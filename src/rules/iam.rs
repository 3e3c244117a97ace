//! Names and quotas of IAM.

use std::ops::RangeInclusive;

use super::{Invalid, require};

/// The longest document of a managed policy in characters, not counting white space.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas".
pub const LONGEST_MANAGED_POLICY: usize = 6_144;
/// The longest trust policy of a role in characters.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas": 2,048, unless AWS raised it for the account.
pub const LONGEST_TRUST_POLICY: usize = 2_048;
/// The longest session that a role can allow, in seconds.
///
/// Rule: IAM API reference, CreateRole, `MaxSessionDuration`.
pub const ROLE_SESSION_SECONDS: RangeInclusive<u32> = 3_600..=43_200;

/// How many access keys a user can have.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas".
pub const MOST_ACCESS_KEYS: usize = 2;
/// How many managed policies a user, group or role can have.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas": ten, unless AWS raised it for the account.
pub const MOST_ATTACHED_POLICIES: usize = 10;
/// How many groups a user can be a member of.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas".
pub const MOST_GROUPS: usize = 10;
/// How many versions a managed policy can have.
///
/// Rule: IAM user guide, "IAM and AWS STS quotas".
pub const MOST_POLICY_VERSIONS: usize = 5;

/// What has a name in IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A managed policy.
    Policy,
    /// A role.
    Role,
}

impl IamKind {
    /// Returns the word for it, as messages and ARNs have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Policy => "policy",
            Self::Role => "role",
        }
    }

    /// Returns the length of its longest name in characters.
    ///
    /// Rule: IAM API reference, CreateUser, CreateRole (64), CreateGroup, CreatePolicy (128).
    pub fn longest_name(self) -> usize {
        match self {
            Self::User | Self::Role => 64,
            Self::Group | Self::Policy => 128,
        }
    }

    /// Returns the length of all its inline policies together in characters, not counting white
    /// space.
    ///
    /// Rule: IAM user guide, "IAM and AWS STS quotas".
    pub fn longest_inline_policies(self) -> usize {
        match self {
            Self::User => 2_048,
            Self::Group => 5_120,
            Self::Role | Self::Policy => 10_240,
        }
    }

    /// Checks that IAM accepts `name` for it.
    ///
    /// Rule: IAM API reference, CreateUser, `UserName` (pattern `[\w+=,.@-]+`), and the same of
    /// CreateGroup, CreateRole and CreatePolicy.
    pub fn check_name(self, name: &str) -> Result<(), Invalid> {
        let (kind, longest, length) = (self.word(), self.longest_name(), name.chars().count());
        let form = format!("must be 1 to {longest} letters, digits and _ + = , . @ -");
        if length > longest {
            let reason = format!("has {length} characters, and IAM allows {longest}");
            return Err(Invalid::new(reason, form));
        }
        let is_right = !name.is_empty() && name.chars().all(is_name_char);
        require(is_right, format!("is not a valid {kind} name"), form)
    }
}

/// Whether the name of a user, group, role, policy or session can contain `c`.
///
/// Rules: IAM API reference, CreateUser, `UserName`; STS API reference, AssumeRole,
/// `RoleSessionName`: `[\w+=,.@-]`, where `\w` is ASCII.
pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// Whether `path`, without the slashes at its ends, can be the path of a user, role or policy.
///
/// Rule: IAM API reference, CreateRole, `Path`: 512 printable ASCII characters with the slashes.
pub(super) fn is_path(path: &str) -> bool {
    (1..=510).contains(&path.len())
        && !path.starts_with('/')
        && !path.ends_with('/')
        && path.chars().all(|c| c.is_ascii_graphic())
}

/// Checks that `id` is of an AWS account.
///
/// Rule: AWS Account Management reference guide, "View AWS account identifiers": 12 digits.
pub fn check_account_id(id: &str) -> Result<(), Invalid> {
    let is_right = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    require(is_right, "is not an account ID", "must have 12 digits, leading zeros included")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_letters_and_the_length_that_iam_accepts() {
        for kind in [IamKind::User, IamKind::Group, IamKind::Policy, IamKind::Role] {
            let longest = "n".repeat(kind.longest_name());
            for name in ["a", "A_1+=,.@-", "natan@example.com", &*longest] {
                assert_eq!(kind.check_name(name), Ok(()), "{name}");
            }
            for name in ["", "a b", "a/b", "ä", "a*", "a\n"] {
                let invalid = kind.check_name(name).unwrap_err();
                assert_eq!(invalid.reason, format!("is not a valid {} name", kind.word()));
            }
            let invalid = kind.check_name(&format!("{longest}n")).unwrap_err();
            assert!(invalid.reason.contains(&kind.longest_name().to_string()), "{invalid:?}");
        }
        assert_eq!(IamKind::User.longest_name(), 64);
        assert_eq!(IamKind::Group.longest_name(), 128);
    }

    #[test]
    fn account_ids_have_twelve_digits() {
        assert_eq!(check_account_id("012345678901"), Ok(()));
        for id in ["", "12345678901", "1234567890123", "1234-5678-9012", "１２３４５６７８９０１２"]
        {
            assert!(check_account_id(id).is_err(), "{id}");
        }
    }

    #[test]
    fn paths_are_printable_ascii() {
        assert!(is_path("a") && is_path("a/b") && is_path(&"p".repeat(510)));
        assert!(
            !is_path("")
                && !is_path("/a")
                && !is_path("a/")
                && !is_path("ä")
                && !is_path(&"p".repeat(511))
        );
    }
}
