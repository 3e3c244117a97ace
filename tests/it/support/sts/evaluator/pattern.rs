//! Texts with `*` and `?`, and with variables.

use super::Context;

/// A text in which some letters stand for others.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Letter(char),
}

/// `*` is any text, `?` any letter.
pub(super) fn of(text: &str) -> Pattern {
    Pattern(text.chars().map(part).collect())
}

/// The text itself.
pub(super) fn literal(text: &str) -> Pattern {
    Pattern(text.chars().map(Part::Letter).collect())
}

fn part(c: char) -> Part {
    match c {
        '*' => Part::Any,
        '?' => Part::One,
        c => Part::Letter(c),
    }
}

/// The same, with `${key}` for what the request has; `None`: it has no such key, and nothing fits.
///
/// Rule: IAM User Guide, "IAM policy elements: Variables and tags".
pub(super) fn with_variables(text: &str, context: &Context) -> Option<Pattern> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        parts.extend(before.chars().map(part));
        let (name, behind) = after.split_once('}').unwrap_or_else(|| panic!("no variable: {text}"));
        match name {
            "*" | "?" | "$" => parts.extend(name.chars().map(Part::Letter)),
            _ => {
                assert!(!name.contains(','), "a variable with a default: {text}");
                let [value] = context.get(name)? else { panic!("several values: {text}") };
                parts.extend(value.chars().map(Part::Letter));
            }
        }
        rest = behind;
    }
    parts.extend(rest.chars().map(part));
    Some(Pattern(parts))
}

impl Pattern {
    /// Whether the whole of `text` has this form.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // reached[t]: the parts so far fit the first t letters.
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for part in &self.0 {
            let mut next = vec![false; text.len() + 1];
            for t in 0..=text.len() {
                next[t] = match part {
                    Part::Any => reached[t] || (t > 0 && next[t - 1]),
                    Part::One => t > 0 && reached[t - 1],
                    Part::Letter(c) => t > 0 && reached[t - 1] && text[t - 1] == *c,
                };
            }
            reached = next;
        }
        reached[text.len()]
    }
}
