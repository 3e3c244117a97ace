//! Whether a program printed what a page shows.

/// Stands for anything on a page: alone on a line for any lines, in a line for any text.
const ANYTHING: &str = "…";

/// Whether `printed` is what the page shows. Times, IDs of access keys, and the widths of columns may
/// differ.
pub(crate) fn matches(shown: &str, printed: &str) -> bool {
    let level = |text: &str| text.trim_end().lines().map(level).collect::<Vec<_>>();
    lines_match(&level(shown), &level(printed))
}

fn lines_match(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == ANYTHING => {
            (0..=printed.len()).any(|skipped| lines_match(rest, &printed[skipped..]))
        }
        Some((first, rest)) => match printed.split_first() {
            Some((line, others)) => line_matches(first, line) && lines_match(rest, others),
            None => false,
        },
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANYTHING) else { return shown == printed };
    let Some(after) = printed.strip_prefix(start) else { return false };
    let ends = after.char_indices().map(|(at, _)| at).chain([after.len()]);
    ends.into_iter().any(|at| line_matches(rest, &after[at..]))
}

/// The line with every time as the same one, and with two spaces between columns.
fn level(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let line = line.trim_end();
    let mut rest = line.trim_start();
    let indent = &line[..line.len() - rest.len()];
    while !rest.is_empty() {
        let end = rest.find(' ').unwrap_or(rest.len());
        words.push(rest[..end].to_owned());
        let after = &rest[end..];
        rest = after.trim_start_matches(' ');
        if after.len() - rest.len() > 1 {
            words.push(String::new());
        }
    }
    let units = ["ms", "s", "min", "h", "d"];
    for at in 0..words.len() {
        if let Some((before, id)) = words[at].split_once("AKIA") {
            let end = id.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(id.len());
            words[at] = format!("{before}AKIA{}", &id[end..]);
        }
        if is_clock(&words[at]) {
            "12:00".clone_into(&mut words[at]);
        }
        if ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&&*words[at]) {
            "Mon".clone_into(&mut words[at]);
        }
        let is_count = !words[at].is_empty() && words[at].chars().all(|c| c.is_ascii_digit());
        if is_count && words.get(at + 1).is_some_and(|unit| units.contains(&&**unit)) {
            "1".clone_into(&mut words[at]);
            "h".clone_into(&mut words[at + 1]);
        }
    }
    indent.to_owned() + &words.join(" ")
}

/// `16:29`, `16:29:05`, `2026-11-22` or `2026-11-22T16:29:05Z`, with a comma or the like after it.
fn is_clock(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_time = word.chars().all(|c| c.is_ascii_digit() || ":-TZ".contains(c));
    is_time && digits >= 4 && (word.contains(':') || word.matches('-').count() == 2)
}

mod tests {
    use super::matches;

    #[test]
    fn times_and_widths_may_differ_and_nothing_else() {
        assert!(matches(
            "A      UNTIL  LEFT\nx y  16:29  1 h\n",
            "A  UNTIL  LEFT\nx y  09:05  59 min\n"
        ));
        assert!(matches("valid until 16:29, or so", "valid until 17:30, or so"));
        assert!(matches("\"AKIAIOSFODNN7EXAMPLE\",", "\"AKIAABCDEFGH\","));
        assert!(!matches("a  b", "a b"));
        assert!(!matches("account 111111111111", "account 222222222222"));
        assert!(!matches("2 profiles", "3 profiles"));
        assert!(!matches("a\n", "a\nb\n"));
        assert!(!matches("a\nb\n", "a\n"));
    }

    #[test]
    fn an_ellipsis_stands_for_anything() {
        assert!(matches("a\n…\nz\n", "a\nb\nc\nz\n"));
        assert!(matches("a\n…\n", "a\n"));
        assert!(!matches("a\n…\nz\n", "a\nb\n"));
        assert!(matches("key …, of …", "key AKIA, of natan"));
        assert!(!matches("key …, of natan", "key AKIA, of ana"));
    }
}
