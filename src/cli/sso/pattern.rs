//! Patterns of account and role names: `*` is any text, `?` any character.

use crate::{identity_center::SsoAccount, rules::matches_pattern};

/// Whether `pattern` means this account, by its ID or its name.
pub(super) fn is_of(pattern: &str, account: &SsoAccount) -> bool {
    fits(pattern, &account.id) || fits(pattern, &account.name)
}

/// Whether `text` is as `pattern` says, without regard to the case of letters.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    matches_pattern(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("prod", "Prod", true),
            ("prod*", "Production", true),
            ("*admin", "AWSAdmin", true),
            ("*a*b*", "xxaxbx", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*ab", "aab", true),
            ("prod", "production", false),
            ("[x]", "[X]", true),
        ] {
            assert_eq!(fits(pattern, text), is, "{pattern} {text}");
        }
    }
}
