//! Patterns in which `*` is any text and `?` any character.

/// Returns whether `text` matches `pattern`, letter by letter.
///
/// Rule: IAM User Guide, "IAM JSON policy elements: Action" and "Resource".
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to continue if the text after the last star doesn't match.
    let mut back = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars_and_question_marks() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("iam:create*", "iam:createuser", true),
            ("iam:*user", "iam:createuser", true),
            ("iam:*login*", "iam:createuser", false),
            ("a?c*", "abc", true),
            ("a?c", "ac", false),
            ("**a**b", "xxaxxb", true),
            ("?", "ü", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), fits, "{pattern} {text}");
        }
    }
}
