//! Colors, from the eight that every terminal has, so that they suit light and dark backgrounds.
//! They only repeat what the words say.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};

/// Whether each stream gets colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colors {
    /// Whether stdout does.
    pub(crate) stdout: bool,
    /// Whether stderr does.
    pub(crate) stderr: bool,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading, or the name of a thing.
    Heading,
    /// An error, or something that is missing or expired.
    Bad,
    /// A warning, or something that will soon need attention.
    Attention,
    /// Something valid.
    Good,
    /// A hint, or a reference to something else.
    Hint,
    /// A role.
    Role,
    /// Long-lived keys, and other credentials that no role was assumed for.
    Keys,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Attention | Self::Keys => AnsiColor::Yellow.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Hint => AnsiColor::Cyan.on_default(),
            // Blue can hardly be read on black.
            Self::Role => AnsiColor::Magenta.on_default(),
        }
    }
}

/// Returns `text` in this color if `on`, else as it is.
pub(crate) fn painted(text: &str, paint: Paint, on: bool) -> Cow<'_, str> {
    if !on || paint == Paint::Plain || text.is_empty() {
        return Cow::Borrowed(text);
    }
    let style = paint.style();
    Cow::Owned(format!("{style}{text}{style:#}"))
}

/// Returns a unified diff with its lines in color if `on`, else as it is.
pub(super) fn painted_diff(diff: &str, on: bool) -> Cow<'_, str> {
    if !on {
        return Cow::Borrowed(diff);
    }
    let mut text = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let paint = match line.as_bytes() {
            [b'+', b'+', b'+', b' ', ..] | [b'-', b'-', b'-', b' ', ..] => Paint::Heading,
            [b'+', ..] => Paint::Good,
            [b'-', ..] => Paint::Bad,
            [b'@', b'@', ..] => Paint::Hint,
            _ => Paint::Plain,
        };
        let end = line.trim_end_matches(['\r', '\n']).len();
        text.push_str(&painted(&line[..end], paint, true));
        text.push_str(&line[end..]);
    }
    Cow::Owned(text)
}

/// Returns a list of changes, with lines that start with `+`, `-` or `~` in color if `on`, however
/// far they are indented; else as it is.
pub(super) fn painted_changes(text: &str, on: bool) -> Cow<'_, str> {
    if !on {
        return Cow::Borrowed(text);
    }
    let paint = |line: &str| match line.trim_start().as_bytes().first() {
        Some(b'+') => Paint::Good,
        Some(b'-') => Paint::Bad,
        Some(b'~') => Paint::Attention,
        _ => Paint::Plain,
    };
    let lines = text.lines().map(|line| painted(line, paint(line), true) + "\n");
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_colors_is_borrowed_unchanged() {
        assert!(matches!(painted("a", Paint::Bad, false), Cow::Borrowed("a")));
        assert!(matches!(painted("a", Paint::Plain, true), Cow::Borrowed("a")));
        assert!(matches!(painted_diff("+a\n", false), Cow::Borrowed("+a\n")));
    }

    #[test]
    fn each_color_ends_on_its_own_line() {
        let diff = "--- f\n+++ f\n@@ -1 +1 @@\n-a\r\n+b\n c";
        let shown = painted_diff(diff, true);
        for line in shown.lines().filter(|line| line.contains('\u{1b}')) {
            assert!(line.trim_end_matches('\r').ends_with("\u{1b}[0m"), "{line:?}");
        }
        assert!(shown.contains("\u{1b}[32m+b\u{1b}[0m\n c"), "{shown:?}");
    }
}
