//! The IDs of access keys.

use super::{Invalid, require};

/// What the IDs of long-lived access keys start with.
const LONG_LIVED: &str = "AKIA";
/// What the IDs of a session's access keys start with.
const SESSION: &str = "ASIA";

/// Whether `id` is of a session's access key, which needs a session token.
///
/// Rule: IAM user guide, "IAM identifiers", "Unique ID prefixes": `ASIA`.
pub fn is_session_key_id(id: &str) -> bool {
    id.starts_with(SESSION)
}

/// Whether `id` can be of an access key at all, from AWS or from a program that imitates it.
///
/// Rule: STS API reference, Credentials, `AccessKeyId`: 16 to 128 characters, `[\w]*`.
pub(crate) fn is_key_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (16..=128).contains(&id.len()) && id.bytes().all(fits)
}

/// Returns the account that the ID of an access key encodes; `None` for one of another form, as those
/// from before 2019 are.
///
/// AWS does not document this. Found by Tal Be'ery, "A short note on AWS KEY ID" (2023): after the prefix,
/// base32, of which bits 1 to 40 are the account.
pub(crate) fn account_of_key_id(id: &str) -> Option<String> {
    const LARGEST: u64 = 999_999_999_999;
    let rest = id.strip_prefix(LONG_LIVED).or_else(|| id.strip_prefix(SESSION))?;
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u64::from(byte - b'A')),
        b'2'..=b'7' => Some(u64::from(byte - b'2') + 26),
        _ => None,
    };
    let digits = rest.bytes().map(digit).collect::<Option<Vec<_>>>()?;
    // Older IDs start with a letter before Q, so their first bit is 0.
    if digits.len() != 16 || digits[0] < 16 {
        return None;
    }
    let bits = digits[..10].iter().fold(0, |bits, digit| bits << 5 | digit);
    let account = bits >> 9 & 0xff_ffff_ffff;
    (account <= LARGEST).then(|| format!("{account:012}"))
}

/// Checks that `id` is of a long-lived access key.
///
/// Rules: IAM user guide, "IAM identifiers", "Unique ID prefixes": `AKIA`; IAM API reference,
/// AccessKey, `AccessKeyId`: 16 to 128 characters.
pub(crate) fn check_long_lived_key_id(id: &str) -> Result<(), Invalid> {
    const FORM: &str = "must be AKIA and 12 or more capital letters and digits";
    let reason = "is a session's access key, which expires automatically";
    require(!is_session_key_id(id), reason, FORM)?;
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_right =
        id.starts_with(LONG_LIVED) && (16..=128).contains(&id.len()) && id.bytes().all(fits);
    require(is_right, "is not the ID of an access key", FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_newer_key_tells_its_account() {
        assert_eq!(account_of_key_id("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        for id in [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIA123456789012",
            "AKIAQNZGKIQY56JQ7WM",
            "AIDAQNZGKIQY56JQ7WML",
            "",
        ] {
            assert_eq!(account_of_key_id(id), None, "{id}");
        }
        // No account has more than twelve digits.
        assert_eq!(account_of_key_id("AKIA7777777777777777"), None);
    }

    #[test]
    fn ids_of_long_lived_keys_start_with_akia() {
        let longest = format!("AKIA{}", "A".repeat(124));
        for id in ["AKIAIOSFODNN7EXAMPLE", "AKIA123456789012", &*longest] {
            assert_eq!(check_long_lived_key_id(id), Ok(()), "{id}");
        }
        let longer = format!("{longest}A");
        for id in [
            "",
            "AKIA",
            "AKIAshort",
            "AKIA12345678901",
            "AKIAIOSFODNN7EXAMPL/",
            "AIDAIOSFODNN7EXAMPLE",
            &*longer,
        ] {
            let invalid = check_long_lived_key_id(id).unwrap_err();
            assert_eq!(invalid.reason, "is not the ID of an access key", "{id}");
        }
        let session = check_long_lived_key_id("ASIAIOSFODNN7EXAMPLE").unwrap_err();
        assert!(session.reason.contains("session"));
        assert!(is_key_id("ASIAIOSFODNN7EXAMPLE") && is_key_id(&longest) && !is_key_id(&longer));
        for id in
            ["", "ASIA", "ASIAIOSFODNN7EXAMPL/", "ASIAIOSFODNN7EXAMPLE\n", "ASIAIOSFODNN7 XAMPLE"]
        {
            assert!(!is_key_id(id), "{id:?}");
        }
        assert!(is_session_key_id("ASIAIOSFODNN7EXAMPLE") && !is_session_key_id("AKIA"));
    }
}
