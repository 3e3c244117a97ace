//! What STS accepts for the parameters of a session.

use std::ops::RangeInclusive;

use super::{Invalid, is_name_char, require};
use crate::secret::Secret;

/// How long the session of a role can last, in seconds.
///
/// Rule: STS API reference, AssumeRole, `DurationSeconds`.
const DURATION_SECONDS: RangeInclusive<u32> = 900..=43_200;
/// How long the session of an IAM user can last, in seconds.
///
/// Rule: STS API reference, GetSessionToken, `DurationSeconds`.
pub(crate) const SESSION_TOKEN_SECONDS: RangeInclusive<u32> = 900..=129_600;
/// The longest session of a role that is assumed with temporary credentials, in seconds.
///
/// Rule: IAM user guide, "Roles terms and concepts", role chaining.
pub const LONGEST_CHAINED: u32 = 3_600;
/// The longest session policy in characters.
///
/// Rule: STS API reference, AssumeRole, `Policy`.
pub const LONGEST_SESSION_POLICY: usize = 2_048;
/// The most managed policies of one session.
///
/// Rule: STS API reference, AssumeRole, `PolicyArns`.
pub(crate) const MOST_POLICY_ARNS: usize = 10;
/// The most tags of one session.
///
/// Rule: STS API reference, AssumeRole, `Tags`.
pub(crate) const MOST_SESSION_TAGS: usize = 50;
/// How many digits a code of an MFA device has.
///
/// Rule: STS API reference, GetSessionToken, `TokenCode`.
pub(crate) const MFA_CODE_DIGITS: usize = 6;
/// The form of an external ID, for a message that must not repeat it.
const EXTERNAL_ID_FORM: &str = "must be 2 to 1224 letters, digits and _ + = , . @ : / -";

/// The longest name of a session.
const LONGEST_NAME: usize = 64;

/// Checks that STS accepts `seconds` for the session of a role.
///
/// Rule: STS API reference, AssumeRole, `DurationSeconds`.
pub fn check_duration(seconds: u32) -> Result<(), Invalid> {
    let reason = "is not a number of seconds from 900 to 43200";
    require(DURATION_SECONDS.contains(&seconds), reason, "must be from 15 minutes to 12 hours")
}

/// Checks that STS accepts `name` for a session.
///
/// Rule: STS API reference, AssumeRole, `RoleSessionName`.
pub(super) fn check_session_name(name: &str) -> Result<(), Invalid> {
    let form = "must be 2 to 64 letters, digits and _ + = , . @ -";
    require(is_session_name(name), "is not a session name that STS accepts", form)
}

fn is_session_name(name: &str) -> bool {
    (2..=LONGEST_NAME).contains(&name.len()) && name.chars().all(is_name_char)
}

/// Returns a session name made from `text`: other characters become hyphens, and it is padded or
/// cut to a length that STS accepts.
pub fn session_name_of(text: &str) -> String {
    let fit = |c: char| if is_name_char(c) { c } else { '-' };
    let mut name: String = text.chars().map(fit).take(LONGEST_NAME).collect();
    while name.len() < 2 {
        name.push('-');
    }
    name
}

/// Returns the session name `name` with a word that says that a coding agent has the session.
pub(crate) fn session_name_of_agent(name: &str) -> String {
    const AGENT: &str = "-agent";
    let start: String = name.chars().take(LONGEST_NAME - AGENT.len()).collect();
    if name.ends_with(AGENT) { name.to_owned() } else { start + AGENT }
}

/// Checks that STS accepts `identity` for a source identity.
///
/// Rule: STS API reference, AssumeRole, `SourceIdentity`.
pub(crate) fn check_source_identity(identity: &str) -> Result<(), Invalid> {
    require(
        is_session_name(identity) && !identity.starts_with("aws:"),
        "is not a source identity that STS accepts",
        "must be 2 to 64 letters, digits and _ + = , . @ -, and must not start with 'aws:'",
    )
}

/// Checks that STS accepts `id` for an external ID.
///
/// Rule: STS API reference, AssumeRole, `ExternalId`.
pub fn check_external_id(id: &str) -> Result<(), Invalid> {
    let fits = |c: char| is_name_char(c) || c == ':' || c == '/';
    let is_right = (2..=1224).contains(&id.len()) && id.chars().all(fits);
    require(is_right, "is not an external ID that STS accepts", EXTERNAL_ID_FORM)
}

/// Returns the MFA code in what somebody typed or a program printed: six digits, with any white space
/// around or between them.
pub(crate) fn mfa_code(text: &[u8]) -> Option<Secret> {
    // Never longer than its capacity, so that it does not move and leave a copy behind.
    let mut code = zeroize::Zeroizing::new(String::with_capacity(MFA_CODE_DIGITS));
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if !byte.is_ascii_digit() || code.len() == MFA_CODE_DIGITS {
            return None;
        }
        code.push(char::from(*byte));
    }
    (code.len() == MFA_CODE_DIGITS).then(|| Secret::new(std::mem::take(&mut code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_from_15_minutes_to_12_hours() {
        assert!(check_duration(900).is_ok() && check_duration(43_200).is_ok());
        assert!(check_duration(899).is_err() && check_duration(43_201).is_err());
        assert!(SESSION_TOKEN_SECONDS.contains(&129_600));
    }

    #[test]
    fn session_names_have_2_to_64_characters() {
        let (longest, longer) = ("n".repeat(64), "n".repeat(65));
        for name in ["ab", "natan@example.com", "A_1+=,.@-", &*longest] {
            assert_eq!(check_session_name(name), Ok(()), "{name}");
            assert_eq!(check_source_identity(name), Ok(()), "{name}");
            assert_eq!(session_name_of(name), name);
        }
        for name in ["", "a", "a b", "a:b", "a/b", "ü1", &*longer] {
            assert!(check_session_name(name).is_err(), "{name}");
            assert!(check_source_identity(name).is_err(), "{name}");
            assert_eq!(check_session_name(&session_name_of(name)), Ok(()), "{name}");
        }
        assert!(check_source_identity("aws:me").is_err());
    }

    #[test]
    fn session_names_are_cleaned_padded_and_cut() {
        assert_eq!(session_name_of("CORP\\jörg"), "CORP-j-rg");
        assert_eq!(session_name_of("x"), "x-");
        assert_eq!(session_name_of(""), "--");
        assert_eq!(session_name_of(&"é".repeat(100)), "-".repeat(64));
    }

    #[test]
    fn the_session_name_of_an_agent_says_so_once() {
        assert_eq!(session_name_of_agent("natan"), "natan-agent");
        assert_eq!(session_name_of_agent("natan-agent"), "natan-agent");
        let longest = session_name_of_agent(&"n".repeat(64));
        assert_eq!(longest, format!("{}-agent", "n".repeat(58)));
        assert_eq!(check_session_name(&longest), Ok(()));
    }

    #[test]
    fn an_mfa_code_is_six_digits_with_any_space() {
        let code = |text: &str| mfa_code(text.as_bytes()).map(|code| code.expose().to_owned());
        for text in ["123456", " 123456\r\n", "123 456", "12 34 56", "1\t23456\n\n"] {
            assert_eq!(code(text).as_deref(), Some("123456"), "{text:?}");
        }
        for text in
            ["", "12345", "1234567", "12345a", "-12345", "１２３４５６", "123456\0", "123,456"]
        {
            assert_eq!(code(text), None, "{text:?}");
        }
    }

    #[test]
    fn external_ids_have_2_to_1224_characters() {
        let (longest, longer) = ("x".repeat(1224), "x".repeat(1225));
        for id in ["42", "ext-42", "a:b/c=_+,.@", &*longest] {
            assert_eq!(check_external_id(id), Ok(()), "{id}");
        }
        for id in ["", "x", "a b", "a\\b", "é1", &*longer] {
            assert!(check_external_id(id).is_err(), "{id}");
        }
    }
}
