//! Values that were probably meant by malformed ones. Whether they are valid is for the caller to check.

use super::check_account_id;

/// What people write for the type of a role's resource, in ARNs and in addresses of the console.
const ROLES: [&str; 4] = ["role", "roles", "assumed-role", "instance-profile"];
/// What people write for the type of an MFA device's resource.
const DEVICES: [&str; 4] = ["mfa", "mfas", "virtual-mfa", "mfa-device"];
/// What the names of the roles that IAM Identity Center creates start with. Their path is not in the
/// ARNs of their sessions.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// The areas of regions, the longest first, so that `us-gov` comes before `us`.
const AREAS: [&str; 19] = [
    "us-isob", "us-isof", "eu-isoe", "eusc-de", "us-gov", "us-iso", "us", "eu", "ap", "sa", "ca",
    "me", "af", "il", "mx", "cn", "in", "nz", "au",
];
/// The directions in the names of regions.
const DIRECTIONS: [&str; 9] = [
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "north",
    "south",
    "east",
    "west",
    "central",
];

/// Returns the ARN of a role that `text` was probably meant to be.
pub(super) fn role_arn(text: &str) -> Option<String> {
    iam_arn(text, &ROLES, "role")
}

/// Returns the ARN of an MFA device that `text` was probably meant to be.
pub(super) fn mfa_serial(text: &str) -> Option<String> {
    iam_arn(text, &DEVICES, "mfa")
}

/// Puts the parts of a wrong ARN into the right order: partition, account, and the resource behind
/// one of the words `types`.
fn iam_arn(text: &str, types: &[&str], right_type: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || "\"',;<>".contains(c));
    // An ARN within an address, as the console shows it.
    let text = text.find("arn:").map_or(text, |start| &text[start..]);
    let parts: Vec<&str> = text.split(':').map(str::trim).filter(|part| !part.is_empty()).collect();
    let with_account = |part: &str| -> Option<(String, Option<usize>)> {
        let (first, rest) = match part.find('/') {
            Some(slash) => (&part[..slash], Some(slash + 1)),
            None => (part, None),
        };
        let digits = first.replace('-', "");
        check_account_id(&digits).is_ok().then_some((digits, rest))
    };
    let (at, (account, rest)) =
        parts.iter().enumerate().find_map(|(at, part)| Some((at, with_account(part)?)))?;
    let within = rest.map(|rest| &parts[at][rest..]);
    let behind = within.into_iter().chain(parts[at + 1..].iter().copied());
    let resource = behind.collect::<Vec<_>>().join(":");
    let resource = resource.trim_matches('/');
    let kind = resource.find([':', '/']).map(|end| &resource[..end])?;
    if !types.contains(&kind.to_ascii_lowercase().as_str()) {
        return None;
    }
    let mut name = resource[kind.len() + 1..].trim_matches('/');
    if kind.eq_ignore_ascii_case("assumed-role") {
        name = name.split('/').next()?;
        if name.starts_with(IDENTITY_CENTER) {
            return None;
        }
    }
    let partitions = parts[..at].iter().map(|part| part.to_ascii_lowercase());
    let partition = partitions.into_iter().find(|part| *part == "aws" || part.starts_with("aws-"));
    let partition = partition.unwrap_or_else(|| "aws".to_owned());
    Some(format!("arn:{partition}:iam::{account}:{right_type}/{name}"))
}

/// Returns the region that `text` was probably meant to be: of an availability zone, or of a name
/// with other separators, capitals or no number.
pub(super) fn region(text: &str) -> Option<String> {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let fits = |c: char| c.is_ascii_alphanumeric() || " _-.,;\"'".contains(c);
    if !text.chars().all(fits) {
        return None;
    }
    AREAS.iter().find_map(|area| {
        let rest = letters.strip_prefix(&area.replace('-', ""))?;
        let (direction, rest) =
            DIRECTIONS.iter().find_map(|word| Some((word, rest.strip_prefix(word)?)))?;
        let number = rest.trim_end_matches(|c: char| c.is_ascii_lowercase());
        // At most the letter of an availability zone.
        if rest.len() - number.len() > 1 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = if number.is_empty() { "1" } else { number };
        Some(format!("{area}-{direction}-{number}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_role_arn_is_known_for_what_it_was_meant_to_be() {
        let right = "arn:aws:iam::222222222222:role/app/Admin";
        for text in [
            "arn:aws:iam:222222222222:role/app/Admin",
            "arn:aws:iam:::222222222222:role/app/Admin",
            "arn:aws:iam::222222222222:role:app/Admin",
            "arn:aws:iam::222222222222:role/app/Admin/",
            "arn:aws:iam::222222222222:roles/app/Admin",
            "arn:aws:iam::222222222222:/role/app/Admin",
            "arn:aws:iam::222222222222/role/app/Admin",
            "arn:aws:iam::2222-2222-2222:role/app/Admin",
            "arn:aws:iam:eu-west-1:222222222222:role/app/Admin",
            "aws:iam::222222222222:role/app/Admin",
            "ARN:AWS:IAM::222222222222:role/app/Admin",
            "222222222222:role/app/Admin",
            "'arn:aws:iam::222222222222:role/app/Admin',",
        ] {
            assert_eq!(role_arn(text).as_deref(), Some(right), "{text}");
        }
        let session = "arn:aws-cn:sts::222222222222:assumed-role/Admin/me";
        assert_eq!(role_arn(session).as_deref(), Some("arn:aws-cn:iam::222222222222:role/Admin"));
        for text in [
            "",
            "Admin",
            "arn:aws:iam::22222222222:role/Admin",
            "arn:aws:iam::222222222222:user/Admin",
            "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_Admin_0123/me",
        ] {
            assert_eq!(role_arn(text), None, "{text}");
        }
        let device = mfa_serial("arn:aws:iam:111111111111:mfa/natan");
        assert_eq!(device.as_deref(), Some("arn:aws:iam::111111111111:mfa/natan"));
        assert_eq!(mfa_serial("arn:aws:iam::111111111111:user/natan"), None);
    }

    #[test]
    fn a_wrong_region_is_known_for_what_it_was_meant_to_be() {
        for (text, right) in [
            ("eu-west-1a", "eu-west-1"),
            ("EU-West-1", "eu-west-1"),
            ("eu_west_1", "eu-west-1"),
            ("eu west 1", "eu-west-1"),
            ("euwest1", "eu-west-1"),
            ("eu-west1", "eu-west-1"),
            ("eu-west", "eu-west-1"),
            ("us-east-1,", "us-east-1"),
            ("usgovwest1", "us-gov-west-1"),
            ("ap-south-east-2", "ap-southeast-2"),
        ] {
            assert_eq!(region(text).as_deref(), Some(right), "{text}");
        }
        for text in ["", "eu", "frankfurt", "local", "eu-west-1/x", "eu-west-1abc"] {
            assert_eq!(region(text), None, "{text}");
        }
    }
}
