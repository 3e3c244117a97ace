//! MFA codes: the question for one, and what counts as one.

use super::mode::PromptMode;
use crate::secret::Secret;

/// How often something other than a code may be entered.
pub(super) const MAX_TRIES: usize = 3;
pub(super) const NOT_A_CODE: &str = "That is not a code: a code has six digits.";
pub(super) const NO_CODE_ENTERED: &str = "no six-digit code was entered";
/// AWS takes codes of six digits. Rule: AWS STS API Reference, GetSessionToken, `TokenCode`.
const LENGTH: usize = 6;

/// The question for an MFA code.
pub struct CodeQuestion<'q> {
    /// The MFA device: its serial number or ARN.
    pub serial: &'q str,
    /// The line before the question: for which profile and role.
    pub about: &'q str,
    /// Why the code is asked for again, if it is.
    pub again: Option<&'q str>,
    /// `rolecall_mfa_process`: a command that prints a code.
    pub command: Option<&'q str>,
    /// The profiles that wait for the code. The command gets them in its environment, so that it
    /// fails if it needs one of them itself.
    pub chain: &'q [String],
    /// Where a human may be asked.
    pub mode: PromptMode,
}

/// Returns the code in what somebody typed or a program printed: six digits, with any white space
/// around or between them.
pub(super) fn code_in(text: &[u8]) -> Option<Secret> {
    // Never longer than its capacity, so that it does not move and leave a copy behind.
    let mut code = zeroize::Zeroizing::new(String::with_capacity(LENGTH));
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if !byte.is_ascii_digit() || code.len() == LENGTH {
            return None;
        }
        code.push(char::from(*byte));
    }
    (code.len() == LENGTH).then(|| Secret::new(std::mem::take(&mut code)))
}

/// Returns what a program printed as one line, with every number that could be a code masked.
pub(super) fn without_codes(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut masked = String::with_capacity(line.len());
    for part in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        if digits >= LENGTH {
            masked.push_str("******");
            masked.push_str(&part[digits..]);
        } else {
            masked.push_str(part);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_with_any_space() {
        let code = |text: &str| code_in(text.as_bytes()).map(|code| code.expose().to_owned());
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
    fn what_could_be_a_code_is_masked() {
        assert_eq!(
            without_codes("the code:\n 123456\nis old (404)"),
            "the code: ****** is old (404)"
        );
        assert_eq!(without_codes("1234567"), "******");
    }
}
