//! Patterns of account and role names: `*` is any text, `?` any character.

use crate::aws::SsoAccount;

/// Whether `pattern` means this account, by its ID or its name.
pub(super) fn is_of(pattern: &str, account: &SsoAccount) -> bool {
    fits(pattern, &account.id) || fits(pattern, &account.name)
}

/// Whether `text` is as `pattern` says, without regard to the case of letters.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut of) = (0, 0);
    // Where to go on if it does not fit: after the last `*`, one character later.
    let mut retry = None;
    while at < text.len() {
        match pattern.get(of) {
            Some('*') => {
                retry = Some((of + 1, at + 1));
                of += 1;
            }
            Some(c) if *c == '?' || *c == text[at] => (at, of) = (at + 1, of + 1),
            _ => match retry {
                Some((after, start)) => {
                    (of, at) = (after, start);
                    retry = Some((after, start + 1));
                }
                None => return false,
            },
        }
    }
    pattern[of..].iter().all(|c| *c == '*')
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
