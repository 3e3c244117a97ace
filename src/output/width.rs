//! Text measured in the cells of a terminal: a letter of East Asian scripts takes two, an accent
//! that combines with the letter before it none.

use unicode_width::UnicodeWidthChar as _;

/// Returns how many cells `text` takes. It has no control characters.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Returns the end of `text`, at most `most` cells wide, after an ellipsis if something is missing.
pub(crate) fn tail(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(1);
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        if cells(c) > room {
            break;
        }
        room -= cells(c);
        start = at;
    }
    format!("…{}", &text[start..])
}

/// Returns the start of `text`, at most `most` cells wide, with an ellipsis if something is missing.
pub(crate) fn head(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(1);
    let fits = |c: &char| {
        let fits = cells(*c) <= room;
        room = room.saturating_sub(cells(*c));
        fits
    };
    let mut start: String = text.chars().take_while(fits).collect();
    start.push('…');
    start
}

/// Splits `text` into lines of at most `most` cells, if possible after a space or punctuation mark.
/// Nothing is lost but the spaces at the ends of lines.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > most {
        let mut room = most;
        let (mut end, mut good_end) = (0, 0);
        for (at, c) in rest.char_indices() {
            if cells(c) > room {
                break;
            }
            room -= cells(c);
            end = at + c.len_utf8();
            if " -_./:,;@+=&?".contains(c) {
                good_end = end;
            }
        }
        // A break too far to the left costs more lines than it helps.
        let at = if width(&rest[..good_end]) * 2 > most { good_end } else { end };
        // Even one character may be wider than the column.
        let at = if at == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { at };
        lines.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Wraps the lines of `text` that are wider than `most`; what continues is indented further than
/// the line's beginning.
pub(crate) fn wrap_lines(text: &str, most: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.lines() {
        let begin = line.find(|c: char| c != ' ').unwrap_or(0);
        let indent = " ".repeat(begin + CONTINUED);
        let room = most.saturating_sub(indent.len());
        if width(line) <= most || room <= CONTINUED {
            wrapped.push_str(line);
        } else {
            let lines = wrap(&line[begin..], room);
            wrapped.push_str(&line[..begin]);
            wrapped.push_str(&lines.join(&format!("\n{indent}")));
        }
        wrapped.push('\n');
    }
    wrapped
}

/// How much further the rest of a wrapped line is indented.
const CONTINUED: usize = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_end_of_a_text_is_kept() {
        assert_eq!(tail("/a/b/config:12", 8), "…nfig:12");
        assert_eq!(tail("short", 5), "short");
        assert_eq!(tail("日本語", 5), "…本語");
        assert_eq!(tail("日本語", 4), "…語");
    }

    #[test]
    fn the_start_of_a_text_is_kept() {
        assert_eq!(head("short", 5), "short");
        assert_eq!(head("longer", 5), "long…");
        assert_eq!(head("日本語", 5), "日本…");
        assert_eq!(head("日本語", 4), "日…");
    }

    #[test]
    fn lines_break_after_punctuation_if_that_is_not_far() {
        assert_eq!(wrap("engineering-prod-admin", 12), ["engineering-", "prod-admin"]);
        assert_eq!(wrap("a-bcdefghijkl", 8), ["a-bcdefg", "hijkl"]);
        assert_eq!(wrap("until 14:57, 1 h", 12), ["until 14:57,", "1 h"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn a_long_line_continues_indented() {
        let text = "  └─ assume the role of everyone\nshort\n";
        assert_eq!(wrap_lines(text, 24), "  └─ assume the\n       role of everyone\nshort\n");
        assert_eq!(wrap_lines(text, 80), text);
    }

    proptest! {
        #[test]
        fn wrapping_loses_only_spaces(text in "\\PC{0,40}", most in 2_usize..20) {
            let lines = wrap(&text, most);
            prop_assert!(lines.iter().all(|line| width(line) <= most));
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(dense(&lines.concat()), dense(&text));
        }

        #[test]
        fn a_tail_fits(text in "\\PC{0,40}", most in 1_usize..20) {
            prop_assert!(width(&tail(&text, most)) <= most);
        }
    }
}
