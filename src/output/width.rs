//! Text measured in the cells of a terminal: a letter of East Asian scripts takes two, an accent
//! that combines with the letter before it none.

use unicode_width::UnicodeWidthChar as _;

use super::escape::is_plain;

/// Returns how many cells `text` takes. It has no control characters.
pub(crate) fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.chars().map(cells).sum() }
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

/// Returns the ARN `text` in at most `most` cells: its account and the end of its name stay. `None`
/// if it is no ARN with an account, or has too little room.
pub(super) fn cut_arn(text: &str, most: usize) -> Option<String> {
    /// The fewest cells for the end of the name.
    const LEAST: usize = 8;
    let mut colons = text.match_indices(':').map(|(at, _)| at + 1);
    let (start, end) = (colons.nth(3)?, colons.next()?);
    let (account, resource) = (&text[start..end], &text[end..]);
    if !text.starts_with("arn:") || account.len() == 1 {
        return None;
    }
    let (kind, name) = resource.split_at(resource.find('/').map_or(0, |at| at + 1));
    let heads = [format!("{}{kind}", &text[..end]), format!("…{account}{kind}")];
    let room = |head: &String| most.checked_sub(width(head)).filter(|room| *room >= LEAST);
    let (head, room) = heads.iter().find_map(|head| Some((head, room(head)?)))?;
    Some(format!("{head}{}", tail(name, room)))
}

/// Splits `text` into lines of at most `most` cells, if possible after a space, else after a
/// punctuation mark, but not in a time or before the number of a line. Nothing is lost but the spaces
/// at the ends of lines.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > most {
        let mut room = most;
        let (mut end, mut after_space, mut after_mark) = (0, 0, 0);
        for (at, c) in rest.char_indices() {
            if cells(c) > room {
                // A space that ends a line takes no room.
                after_space = if c == ' ' { at } else { after_space };
                break;
            }
            room -= cells(c);
            end = at + c.len_utf8();
            let before_digit = rest[end..].starts_with(|next: char| next.is_ascii_digit());
            if c == ' ' {
                after_space = end;
            } else if "-_./,;@+=&?".contains(c) || c == ':' && !before_digit {
                after_mark = end;
            }
        }
        // A break too far to the left costs more lines than it helps.
        let is_good = |at: &&usize| width(&rest[..**at]) * 3 >= most;
        let good = [&after_space, &after_mark].into_iter().find(is_good).copied();
        let at = good.unwrap_or_else(|| match start_of_number(rest, end) {
            // But rather that than two halves of an account ID or a line number.
            Some(number) if after_space.max(after_mark) == 0 => number,
            Some(_) => after_space.max(after_mark),
            None => end,
        });
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

/// Returns where the number starts that would be divided at `end`, if that is not the start of
/// `text`.
fn start_of_number(text: &str, end: usize) -> Option<usize> {
    let is_digit = |c: char| c.is_ascii_digit();
    let is_within = text[..end].ends_with(is_digit) && text[end..].starts_with(is_digit);
    let start = text[..end].trim_end_matches(is_digit).len();
    (is_within && start > 0).then_some(start)
}

/// Wraps the lines of `text` that are wider than `most`; what continues is indented further than
/// the line's beginning.
pub(super) fn wrap_lines(text: &str, most: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.lines() {
        if width(line) <= most {
            wrapped.push_str(line);
        } else {
            let begin = line.find(|c: char| !" └─".contains(c)).unwrap_or(0);
            // In a deep tree, half of the terminal is left for the text.
            let head = tail(&line[..begin], most / 2);
            let indent = " ".repeat(width(&head) + CONTINUED);
            let lines = wrap(&line[begin..], most.saturating_sub(indent.len()).max(1));
            wrapped.push_str(&head);
            wrapped.push_str(&lines.join(&format!("\n{indent}")));
        }
        wrapped.push('\n');
    }
    wrapped
}

/// How much further the rest of a wrapped line is indented.
const CONTINUED: usize = 2;

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
    fn a_cut_arn_keeps_its_account() {
        let arn = "arn:aws:iam::222222222222:role/team/path/Administrator";
        assert_eq!(cut_arn(arn, 44).unwrap(), "arn:aws:iam::222222222222:role/…dministrator");
        assert_eq!(cut_arn(arn, 30).unwrap(), "…222222222222:role/…inistrator");
        assert_eq!(cut_arn(arn, 20), None);
        assert_eq!(cut_arn("arn:aws:s3:::bucket", 12), None);
        assert_eq!(cut_arn("a:b:c:d:e:f", 5), None);
        assert_eq!(cut_arn("arn:aws", 5), None);
    }

    #[test]
    fn lines_break_after_punctuation_if_that_is_not_far() {
        assert_eq!(wrap("engineering-prod-admin", 12), ["engineering-", "prod-admin"]);
        assert_eq!(wrap("a-bcdefghijkl", 8), ["a-bcdefg", "hijkl"]);
        assert_eq!(wrap("until 14:57, 1 h", 12), ["until 14:57,", "1 h"]);
        assert_eq!(wrap("until Fri 08:00, 11 h", 13), ["until Fri", "08:00, 11 h"]);
        assert_eq!(wrap("see a/config:12 now", 14), ["see a/", "config:12 now"]);
        assert_eq!(wrap("a b/c d", 5), ["a b/c", "d"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn a_long_line_continues_indented() {
        let text = "  └─ assume the role of everyone\nshort\n";
        assert_eq!(wrap_lines(text, 24), "  └─ assume the role\n       of everyone\nshort\n");
        assert_eq!(wrap_lines(text, 80), text);
        let deep = format!("{}└─ leaf of a tree\n", " ".repeat(70));
        assert_eq!(wrap_lines(&deep, 20), "…      └─ leaf of\n            a tree\n");
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
