//! Invisible characters, which get into a value when it is copied from a web page or a chat.

use super::Invalid;

/// Whether `c` is invisible, and is not one of the blanks that files and shells have.
///
/// Rule: Unicode, property `White_Space`, and the format characters that take no room.
fn is_invisible(c: char) -> bool {
    let takes_no_room =
        matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    takes_no_room || !c.is_ascii() && c.is_whitespace()
}

/// Returns the first invisible character of `text`.
fn invisible_in(text: &str) -> Option<char> {
    text.chars().find(|&c| is_invisible(c))
}

/// Checks that `text` neither starts nor ends with an invisible character.
pub(crate) fn check_visible_ends(text: &str) -> Result<(), Invalid> {
    let ends = [text.chars().next(), text.chars().next_back()];
    match ends.into_iter().flatten().find(|&c| is_invisible(c)) {
        Some(c) => Err(Invalid::new(
            format!("starts or ends with an invisible character, {}", name(c)),
            "must be written without it: type it instead of pasting it",
        )),
        None => Ok(()),
    }
}

impl Invalid {
    /// Adds that the value has an invisible character, if it has one, and the value without it if that
    /// `is_right`.
    pub(crate) fn naming_invisible(self, value: &str, is_right: impl Fn(&str) -> bool) -> Self {
        let Some(c) = invisible_in(value) else { return self };
        let visible: String = value.chars().filter(|&c| !is_invisible(c)).collect();
        let visible = visible.trim();
        let meant = self.meant.or_else(|| is_right(visible).then(|| visible.to_owned()));
        let reason = format!("{}: it has an invisible character, {}", self.reason, name(c));
        Self { reason: reason.into(), meant, ..self }
    }
}

fn name(c: char) -> String {
    let code = u32::from(c);
    match c {
        '\u{a0}' => format!("U+{code:04X} (a no-break space)"),
        _ => format!("U+{code:04X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named_and_left_out_of_what_was_meant() {
        let invalid = || Invalid::new("is not x", "must be x");
        for value in ["x\u{a0}", "\u{200b}x", "\u{feff}x ", "\u{2003}x"] {
            let named = invalid().naming_invisible(value, |it| it == "x");
            assert_eq!(named.meant.as_deref(), Some("x"), "{value:?}");
            assert!(named.reason.contains("invisible character, U+"), "{}", named.reason);
            assert_eq!(
                check_visible_ends(value).is_err(),
                !value.ends_with(' ') || value.starts_with('\u{feff}')
            );
        }
        for value in ["x", " x", "é", "", "x\u{a0}y"] {
            assert_eq!(check_visible_ends(value), Ok(()), "{value:?}");
        }
        assert_eq!(invalid().naming_invisible("y", |_| true), invalid());
        assert_eq!(invalid().naming_invisible("y\u{a0}", |_| false).meant, None);
    }
}
