//! Amazon Resource Names.

use super::{IamKind, Invalid, check_account_id, iam::is_path, likely, require};

/// An ARN, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `iam`, `s3`, …
    pub service: &'a str,
    /// Empty for a service that is global.
    pub(crate) region: &'a str,
    /// 12 digits; `aws` for what AWS manages; empty for a bucket.
    pub account: &'a str,
    /// All that follows, with its colons and slashes: `role/PATH/NAME`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Returns the parts of `text`; `None` if it is not an ARN.
    ///
    /// Rule: IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)":
    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. Region and account may be empty.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else { return None };
        let is_whole = is_partition(partition) && !service.is_empty() && !resource.is_empty();
        let is_clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        (is_whole && is_clean).then_some(Self { partition, service, region, account, resource })
    }

    /// Returns the name of the user, group, role or policy that it is the ARN of, without the path.
    ///
    /// Rule: IAM user guide, "IAM identifiers": `arn:PARTITION:iam::ACCOUNT:KIND/PATH/NAME`.
    pub fn name_of(&self, kind: IamKind) -> Option<&'a str> {
        let rest = self.resource.strip_prefix(kind.word())?.strip_prefix('/')?;
        let (path, name) =
            rest.rsplit_once('/').map_or((None, rest), |(path, name)| (Some(path), name));
        let is_owned = check_account_id(self.account).is_ok()
            || kind == IamKind::Policy && self.account == "aws";
        let is_right = self.service == "iam"
            && self.region.is_empty()
            && is_owned
            && path.is_none_or(is_path)
            && kind.check_name(name).is_ok();
        is_right.then_some(name)
    }
}

/// Any that AWS may publish, so that a new one needs no new release.
fn is_partition(text: &str) -> bool {
    text == "aws"
        || text.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
}

fn is_arn_of(text: &str, kind: IamKind) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.name_of(kind).is_some())
}

/// Whether `text` is the ARN of a role.
pub(super) fn is_role_arn(text: &str) -> bool {
    is_arn_of(text, IamKind::Role)
}

/// Checks that `text` is the ARN of a role.
///
/// Rule: IAM user guide, "IAM identifiers": `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
pub fn check_role_arn(text: &str) -> Result<(), Invalid> {
    let form = "must look like arn:aws:iam::222222222222:role/NAME";
    require(is_role_arn(text), "is not the ARN of a role", form).map_err(|invalid| {
        invalid.with_meant(likely::role_arn(text).filter(|arn| is_role_arn(arn)))
    })
}

/// Whether `arn` is of the session with the name `session` of the role `role`.
///
/// Rule: IAM user guide, "IAM identifiers": `arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION`,
/// without the role's path. Names of roles differ in more than case.
pub(crate) fn is_session_of(arn: &str, role: &str, session: &str) -> bool {
    let (Some(found), Some(role)) = (Arn::parse(arn), Arn::parse(role)) else { return false };
    let (Some(name), Principal::RoleSession { role: of, session: its }) =
        (role.name_of(IamKind::Role), Principal::of(arn))
    else {
        return false;
    };
    (found.partition, found.account) == (role.partition, role.account)
        && of.eq_ignore_ascii_case(name)
        && its == session
}

/// Who calls AWS, by the ARN that GetCallerIdentity returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// The root user of the account.
    Root,
    /// An IAM user, by name.
    User(&'a str),
    /// A session of a role. Its ARN has the role's name, but not its path.
    RoleSession {
        /// The role's name.
        role: &'a str,
        /// The session's name.
        session: &'a str,
    },
    /// A federated user, or no principal at all.
    Other,
}

impl<'a> Principal<'a> {
    /// Returns the principal that `arn` is of.
    ///
    /// Rule: IAM user guide, "IAM identifiers": `arn:PARTITION:iam::ACCOUNT:root`, `…:user/PATH/NAME`,
    /// `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub fn of(arn: &'a str) -> Self {
        let Some(arn) = Arn::parse(arn) else { return Self::Other };
        let parts: Vec<&str> = arn.resource.split('/').collect();
        match (arn.service, &parts[..]) {
            ("iam", ["root"]) => Self::Root,
            ("iam", _) => arn.name_of(IamKind::User).map_or(Self::Other, Self::User),
            ("sts", ["assumed-role", role, session]) if arn.region.is_empty() => {
                Self::RoleSession { role, session }
            }
            _ => Self::Other,
        }
    }
}

/// Checks that `text` is the ARN of a managed policy.
///
/// Rule: IAM user guide, "IAM identifiers": AWS's own policies have the account `aws`.
pub fn check_policy_arn(text: &str) -> Result<(), Invalid> {
    let form = "must look like arn:aws:iam::aws:policy/NAME";
    require(is_arn_of(text, IamKind::Policy), "is not the ARN of a policy", form)
}

/// Checks that STS accepts `serial` for an MFA device, and can use that device.
///
/// Rules: STS API reference, `SerialNumber`: the ARN of a virtual device, or the number on a
/// hardware device, of 9 to 256 characters; IAM user guide, "AWS multi-factor authentication in
/// IAM": FIDO security keys can't be used with STS.
pub(crate) fn check_mfa_serial(serial: &str) -> Result<(), Invalid> {
    let form = "must be the number on a device, or look like arn:aws:iam::111111111111:mfa/NAME";
    require(is_mfa_serial(serial), "is not one that STS accepts", form).map_err(|invalid| {
        invalid.with_meant(likely::mfa_serial(serial).filter(|arn| is_mfa_serial(arn)))
    })?;
    let form =
        "must be of an authenticator app; without one, sign in with 'aws login' or 'aws sso login'";
    require(!is_fido_serial(serial), "is a FIDO key's, and those can't be used with STS", form)
}

/// Whether STS accepts `serial` for an MFA device of whatever kind.
pub(super) fn is_mfa_serial(serial: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
    let is_device = |arn: Arn<'_>| {
        arn.service == "iam"
            && check_account_id(arn.account).is_ok()
            && DEVICES.iter().any(|kind| arn.resource.starts_with(kind))
    };
    (9..=256).contains(&serial.len())
        && serial.chars().all(fits)
        && (!serial.starts_with("arn:") || Arn::parse(serial).is_some_and(is_device))
}

/// How the resources of MFA devices begin: in the ARN of a user, another word stands there.
///
/// Rules: Service Authorization Reference, "Resource types defined by AWS Identity and Access
/// Management"; IAM user guide, "AWS multi-factor authentication in IAM", for `u2f`.
const DEVICES: [&str; 3] = ["mfa/", "sms-mfa/", "u2f/"];

/// Whether `serial` is of a FIDO security key or a passkey, which has no codes.
///
/// Rule: IAM user guide, "AWS multi-factor authentication in IAM": the resource type `u2f`.
pub fn is_fido_serial(serial: &str) -> bool {
    serial.contains(":u2f/")
}

/// Returns the partition of an ARN; `aws` for what is not an ARN.
pub fn partition_of(arn: &str) -> &str {
    let mut parts = arn.split(':');
    match (parts.next(), parts.next()) {
        (Some("arn"), Some(partition)) if !partition.is_empty() => partition,
        _ => "aws",
    }
}

/// Returns the account of an ARN; `None` if it names none.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

/// Returns the ARN of a policy of AWS's own; `name` includes its path, if it has one.
pub fn aws_managed_policy(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/{name}")
}

/// Returns the ARN of a bucket.
///
/// Rule: Amazon S3 user guide, "Policy resources for Amazon S3": it has neither region nor account.
pub fn bucket_arn(partition: &str, bucket: &str) -> String {
    format!("arn:{partition}:s3:::{bucket}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_taken_apart() {
        let arn = Arn::parse("arn:aws-cn:iam::222222222222:role/a/b").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region), ("aws-cn", "iam", ""));
        assert_eq!((arn.account, arn.resource), ("222222222222", "role/a/b"));
        let arn = Arn::parse("arn:aws:logs:eu-west-1:111111111111:log-group:x:*").unwrap();
        assert_eq!((arn.region, arn.resource), ("eu-west-1", "log-group:x:*"));
        for text in [
            "",
            "arn",
            "arn:aws:iam::222222222222",
            "arn:aws:iam::222222222222:",
            "arn:aws:::222222222222:x",
            "arn::iam::222222222222:role/x",
            "arn:awss:iam::222222222222:role/x",
            "arn:aws-:iam::222222222222:role/x",
            "arn:asw:iam::222222222222:role/x",
            "ARN:aws:iam::222222222222:role/x",
            " arn:aws:iam::222222222222:role/x",
            "arn:aws:iam::222222222222:role/x\n",
        ] {
            assert_eq!(Arn::parse(text), None, "{text:?}");
        }
        let arn = "arn:aws-cn:iam::222222222222:role/a/b";
        assert_eq!((partition_of(arn), account_of(arn)), ("aws-cn", Some("222222222222")));
        assert_eq!((partition_of("role"), account_of("role")), ("aws", None));
        assert_eq!(account_of("arn:aws:s3:::b"), None);
    }

    #[test]
    fn role_arns_have_an_account_a_path_and_a_name() {
        let name = "n".repeat(64);
        let long = format!("arn:aws:iam::222222222222:role/{name}");
        for arn in [
            "arn:aws:iam::222222222222:role/Admin",
            "arn:aws-us-gov:iam::222222222222:role/Admin",
            "arn:aws-iso-f:iam::000000000000:role/a",
            "arn:aws:iam::222222222222:role/MyApp/My+S3=,.@-_Access",
            "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1",
            &*long,
        ] {
            assert_eq!(check_role_arn(arn), Ok(()), "{arn}");
        }
        let longer = format!("{long}n");
        for arn in [
            "",
            "Admin",
            // One colon short, and one too many.
            "arn:aws:iam:222222222222:role/Admin",
            "arn:aws:iam:::222222222222:role/Admin",
            "arn:aws:iam:eu-west-1:222222222222:role/Admin",
            "arn:aws:iam::22222222222:role/Admin",
            "arn:aws:iam::2222222222222:role/Admin",
            "arn:aws:iam::22222222222x:role/Admin",
            "arn:aws:iam::aws:role/Admin",
            "arn:aws:iam::222222222222:role/",
            "arn:aws:iam::222222222222:role/a/",
            "arn:aws:iam::222222222222:role//a",
            "arn:aws:iam::222222222222:role:Admin",
            "arn:aws:iam::222222222222:roles/Admin",
            "arn:aws:iam::222222222222:user/Admin",
            "arn:aws:iam::222222222222:role/Ad min",
            "arn:aws:iam::222222222222:role/Ädmin",
            "arn:aws:iam::222222222222:role/Admin*",
            "arn:aws:sts::222222222222:assumed-role/Admin/me",
            &*longer,
        ] {
            let invalid = check_role_arn(arn).unwrap_err();
            assert_eq!(invalid.reason, "is not the ARN of a role", "{arn}");
            assert!(invalid.meant.is_none_or(|meant| is_role_arn(&meant)), "{arn}");
        }
    }

    #[test]
    fn a_session_is_of_one_role_and_has_one_name() {
        let role = "arn:aws:iam::222222222222:role/a/b/Admin";
        let arn = "arn:aws:sts::222222222222:assumed-role/Admin/me";
        assert!(is_session_of(arn, role, "me"));
        for (other, role, session) in [
            (arn, role, "you"),
            (arn, "arn:aws:iam::222222222222:role/Other", "me"),
            (arn, "arn:aws:iam::333333333333:role/Admin", "me"),
            (arn, "arn:aws-cn:iam::222222222222:role/Admin", "me"),
            ("arn:aws:sts::222222222222:assumed-role/b/Admin/me", role, "me"),
            ("arn:aws:sts::222222222222:federated-user/Admin", role, "me"),
            ("arn:aws:iam::222222222222:role/Admin/me", role, "me"),
            ("", role, "me"),
        ] {
            assert!(!is_session_of(other, role, session), "{other} {role} {session}");
        }
    }

    #[test]
    fn a_principal_is_told_by_its_arn() {
        for (arn, principal) in [
            ("arn:aws:iam::111111111111:root", Principal::Root),
            ("arn:aws-cn:iam::111111111111:user/a/b/natan", Principal::User("natan")),
            (
                "arn:aws:sts::222222222222:assumed-role/Admin/me@example.com",
                Principal::RoleSession { role: "Admin", session: "me@example.com" },
            ),
            ("arn:aws:sts::222222222222:assumed-role/Admin", Principal::Other),
            ("arn:aws:sts::222222222222:assumed-role/b/Admin/me", Principal::Other),
            ("arn:aws:sts::222222222222:federated-user/natan", Principal::Other),
            ("arn:aws:iam::222222222222:role/user/natan", Principal::Other),
            ("arn:aws:s3:::root", Principal::Other),
            ("arn:aws:iam::111111111111:user/", Principal::Other),
            ("", Principal::Other),
        ] {
            assert_eq!(Principal::of(arn), principal, "{arn}");
        }
    }

    #[test]
    fn policy_arns_are_of_an_account_or_of_aws() {
        for arn in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::aws:policy/job-function/Billing",
            "arn:aws-cn:iam::111111111111:policy/a/b",
        ] {
            assert_eq!(check_policy_arn(arn), Ok(()), "{arn}");
        }
        for arn in [
            "",
            "policy/x",
            "ReadOnlyAccess",
            "arn:aws:iam::1:policy/x",
            "arn:aws:iam:::policy/x",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::222222222222:role/x",
        ] {
            assert!(check_policy_arn(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn names_are_found_behind_their_path() {
        let name = |resource: &str| {
            let text = format!("arn:aws-cn:iam::111111111111:{resource}");
            Arn::parse(&text).and_then(|arn| arn.name_of(IamKind::User)).map(str::to_owned)
        };
        assert_eq!(name("user/natan").as_deref(), Some("natan"));
        assert_eq!(name("user/a/b/natan@example.com").as_deref(), Some("natan@example.com"));
        for other in ["root", "assumed-role/r/s", "user/", "role/natan", ""] {
            assert_eq!(name(other), None, "{other}");
        }
    }

    #[test]
    fn mfa_serials_are_numbers_or_arns_and_never_a_fido_key() {
        for serial in [
            "GAHT12345678",
            "123456789",
            "arn:aws:iam::111111111111:mfa/natan",
            "arn:aws-us-gov:iam::111111111111:mfa/root-account-mfa-device",
            "arn:aws:iam::111111111111:sms-mfa/natan",
        ] {
            assert_eq!(check_mfa_serial(serial), Ok(()), "{serial}");
        }
        let long = "1".repeat(257);
        for serial in [
            "",
            "12345678",
            "my device 1",
            "arn:aws:iam:111111111111:mfa/natan",
            "arn:aws:iam::natan:mfa/natan",
            "arn:aws:iam::111111111111:user/natan",
            "arn:aws:iam::111111111111:role/natan",
            "arn:aws:iam::111111111111:mfa",
            &*long,
        ] {
            assert!(check_mfa_serial(serial).unwrap_err().reason.contains("STS accepts"));
        }
        let key = check_mfa_serial("arn:aws:iam::111111111111:u2f/user/natan/key-ABC");
        assert!(key.unwrap_err().reason.contains("FIDO"));
    }
}
