//! The question for an MFA code.

use super::mode::PromptMode;
use crate::rules::MFA_CODE_DIGITS;

/// How often something other than a code may be entered.
pub(super) const MAX_TRIES: usize = 3;
pub(super) const NOT_A_CODE: &str = "That is not a code: a code has six digits.";
pub(super) const NO_CODE_ENTERED: &str = "no six-digit code was entered";

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

/// Returns what a program printed as one line, with every number that could be a code masked.
pub(super) fn without_codes(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut masked = String::with_capacity(line.len());
    for part in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        if digits >= MFA_CODE_DIGITS {
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
    fn what_could_be_a_code_is_masked() {
        assert_eq!(
            without_codes("the code:\n 123456\nis old (404)"),
            "the code: ****** is old (404)"
        );
        assert_eq!(without_codes("1234567"), "******");
    }
}
