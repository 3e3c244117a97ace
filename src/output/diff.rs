//! The difference between two texts, as `diff -u` prints it.

use std::ops::Range;

use similar::{
    DiffOp, DiffTag,
    algorithms::{Capture, Compact, Replace, myers},
    group_diff_ops,
};

/// How many lines before and after a change are shown.
const CONTEXT: usize = 3;

/// Returns the difference between two texts; empty if there is none. Applied to `before`, it gives
/// `after`.
///
/// Not by `similar::TextDiff`, which links six algorithms of which it uses one.
pub fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut diff = String::new();
    for hunk in group_diff_ops(changes(&old, &new), CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        if diff.is_empty() {
            diff = format!("--- {name}\n+++ {name}\n");
        }
        let from = place(first.old_range().start..last.old_range().end);
        let to = place(first.new_range().start..last.new_range().end);
        diff.push_str(&format!("@@ -{from} +{to} @@\n"));
        for part in &hunk {
            if part.tag() == DiffTag::Equal {
                push(&mut diff, ' ', &old[part.old_range()]);
            } else {
                push(&mut diff, '-', &old[part.old_range()]);
                push(&mut diff, '+', &new[part.new_range()]);
            }
        }
    }
    diff
}

fn changes(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut found, old, 0..old.len(), new, 0..new.len());
    found.into_inner().into_inner().into_ops()
}

/// How a hunk names its lines: from 1, with their number unless it is 1, and with the line before if
/// there are none.
fn place(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn push(diff: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        diff.push(mark);
        diff.push_str(line);
        if !line.ends_with('\n') {
            diff.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `patch` makes of `before`.
    fn patched(before: &str, diff: &str) -> String {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let (mut text, mut at) = (String::new(), 0);
        let mut lines = diff.split_inclusive('\n').skip(2).peekable();
        while let Some(line) = lines.next() {
            let without_end = lines.peek().is_some_and(|next| next.starts_with('\\'));
            let content = if without_end { line[1..].trim_end_matches('\n') } else { &line[1..] };
            match line.chars().next() {
                Some('@') => {
                    let (from, _) = line[4..].split_once(' ').unwrap();
                    let (start, count) = from.split_once(',').unwrap_or((from, "1"));
                    let (start, count): (usize, usize) =
                        (start.parse().unwrap(), count.parse().unwrap());
                    let start = if count == 0 { start } else { start - 1 };
                    text.extend(old[at..start].iter().copied());
                    at = start;
                }
                Some(mark @ (' ' | '-')) => {
                    assert_eq!(old[at], content);
                    at += 1;
                    text.push_str(if mark == ' ' { content } else { "" });
                }
                Some('+') => text.push_str(content),
                _ => {}
            }
        }
        text.extend(old[at..].iter().copied());
        text
    }

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(unified_diff("f", "a\n", "a\n"), "");
        assert_eq!(unified_diff("f", "", ""), "");
    }

    #[test]
    fn changes_that_lie_apart_are_hunks_with_three_lines_around() {
        let lines: Vec<String> = (1..=20).map(|line| line.to_string() + "\n").collect();
        let before = lines.concat();
        let after = before.replace("\n5\n", "\nfive\n5 and a half\n").replace("\n20\n", "\n20");
        let expected = "--- f\n+++ f\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+5 and a half\n 6\n 7\n 8\n\
                        @@ -17,4 +18,4 @@\n 17\n 18\n 19\n-20\n+20\n\\ No newline at end of file\n";
        assert_eq!(unified_diff("f", &before, &after), expected);
        assert_eq!(patched(&before, expected), after);
        assert_eq!(unified_diff("f", "", "a\n"), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified_diff("f", "a\r\n", ""), "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\r\n");
    }

    proptest! {
        #[test]
        fn a_diff_is_a_patch(before in "([abc\r]?\n){0,30}b?", after in "([abc\r]?\n){0,30}b?") {
            prop_assert_eq!(patched(&before, &unified_diff("f", &before, &after)), after);
        }
    }
}
