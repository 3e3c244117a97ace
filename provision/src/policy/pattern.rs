//! Sets of actions and of resources, as patterns describe them.
//!
//! Rules: IAM User Guide, "IAM JSON policy elements: Action", "Resource", and "IAM policy elements:
//! Variables and tags".

use serde_json::Value;

use super::one_or_many;

/// What one character of a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any text.
    Any,
    /// `?`: any character.
    One,
    Char(char),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    tokens: Vec<Token>,
    /// Whether it has no variable. A variable counts as any text.
    is_exact: bool,
}

impl Pattern {
    fn of(text: &str) -> Self {
        let mut pattern = Self { tokens: Vec::new(), is_exact: true };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let variable = rest.strip_prefix("${").and_then(|after| after.split_once('}'));
            if let Some((name, after)) = variable {
                let mut chars = name.chars();
                let literal = chars.next().filter(|c| "*?$".contains(*c) && chars.next().is_none());
                pattern.is_exact &= literal.is_some();
                let token = literal.map_or(Token::Any, Token::Char);
                pattern.tokens.push(token);
                rest = after;
                continue;
            }
            pattern.tokens.push(match c {
                '*' => Token::Any,
                '?' => Token::One,
                c => Token::Char(c),
            });
            rest = &rest[c.len_utf8()..];
        }
        pattern
    }

    /// Returns whether every text that matches `inner` matches this pattern. Never true by mistake,
    /// but false for a few pairs with `?` beside `*`.
    fn covers(&self, inner: &Self) -> bool {
        let (outer, inner) = (&self.tokens, &inner.tokens);
        // Whether the outer tokens from one on cover the inner ones from j on.
        let mut next = vec![false; inner.len() + 1];
        next[inner.len()] = true;
        for token in outer.iter().rev() {
            let mut now = vec![false; inner.len() + 1];
            for j in (0..=inner.len()).rev() {
                now[j] = match (token, inner.get(j)) {
                    (Token::Any, None) => next[j],
                    (Token::Any, Some(_)) => next[j] || now[j + 1],
                    (_, None | Some(Token::Any)) => false,
                    (Token::One, Some(_)) => next[j + 1],
                    (token, Some(other)) => token == other && next[j + 1],
                };
            }
            next = now;
        }
        next[0]
    }

    /// Returns whether some text matches both patterns.
    fn overlaps(&self, other: &Self) -> bool {
        let (one, other) = (&self.tokens, &other.tokens);
        let mut next = vec![false; other.len() + 1];
        next[other.len()] = true;
        for j in (0..other.len()).rev() {
            next[j] = other[j] == Token::Any && next[j + 1];
        }
        for token in one.iter().rev() {
            let mut now = vec![false; other.len() + 1];
            for j in (0..=other.len()).rev() {
                now[j] = match (token, other.get(j)) {
                    (Token::Any, None) => next[j],
                    (Token::Any, Some(_)) | (_, Some(Token::Any)) => next[j] || now[j + 1],
                    (_, None) => false,
                    (Token::Char(a), Some(Token::Char(b))) => a == b && next[j + 1],
                    (_, Some(_)) => next[j + 1],
                };
            }
            next = now;
        }
        next[0]
    }
}

/// The actions or resources of a statement.
#[derive(Clone, Debug)]
pub(super) enum Set {
    /// Those that match one of the patterns.
    Of(Patterns),
    /// Those that match none.
    AllBut(Patterns),
}

/// Patterns, with their texts as they were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns(Vec<(Pattern, String)>);

impl Patterns {
    fn of(texts: &Value, ignores_case: bool) -> Self {
        let texts = one_or_many(texts).iter().filter_map(Value::as_str);
        let pattern = |text: &str| {
            let lower = if ignores_case { text.to_ascii_lowercase() } else { text.to_owned() };
            (Pattern::of(&lower), text.to_owned())
        };
        Self(texts.map(pattern).collect())
    }

    fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.0.iter().map(|(pattern, _)| pattern)
    }

    fn any_covers(&self, inner: &Pattern, sure: bool) -> bool {
        self.iter().any(|it| (it.is_exact || !sure) && it.covers(inner))
    }
}

impl Set {
    /// Returns the actions of a statement, whose case makes no difference.
    pub(super) fn of_actions(statement: &Value) -> Self {
        Self::of(statement, ["Action", "NotAction"], true)
    }

    /// Returns its resources; all, if it has none, as in a trust policy.
    pub(super) fn of_resources(statement: &Value) -> Self {
        Self::of(statement, ["Resource", "NotResource"], false)
    }

    /// Returns the set of this one name or pattern.
    pub(super) fn of_one(text: &str, ignores_case: bool) -> Self {
        Self::Of(Patterns::of(&Value::from(text), ignores_case))
    }

    fn of(statement: &Value, [with, without]: [&str; 2], ignores_case: bool) -> Self {
        match statement.get(with) {
            Some(texts) => Self::Of(Patterns::of(texts, ignores_case)),
            None => Self::AllBut(Patterns::of(&statement[without], ignores_case)),
        }
    }

    /// Returns a set for each of the patterns, or itself if it is not one of patterns.
    pub(super) fn parts(&self) -> Vec<Self> {
        match self {
            Self::Of(patterns) => {
                patterns.0.iter().map(|one| Self::Of(Patterns(vec![one.clone()]))).collect()
            }
            Self::AllBut(_) => vec![self.clone()],
        }
    }

    /// Returns whether it has no variable.
    pub(super) fn is_exact(&self) -> bool {
        let (Self::Of(patterns) | Self::AllBut(patterns)) = self;
        patterns.iter().all(|pattern| pattern.is_exact)
    }

    /// Returns whether it includes all of `inner`: for sure, or if variables have the best values.
    pub(super) fn covers(&self, inner: &Self, sure: bool) -> bool {
        match (self, inner) {
            (Self::Of(outer), Self::Of(inner)) => {
                inner.iter().all(|inner| outer.any_covers(inner, sure))
            }
            (Self::AllBut(without), Self::Of(inner)) => without.iter().all(|without| {
                inner.iter().all(|inner| {
                    let is_known = sure || without.is_exact && inner.is_exact;
                    !is_known || !without.overlaps(inner)
                })
            }),
            (Self::Of(outer), Self::AllBut(_)) => outer.any_covers(&Pattern::of("*"), sure),
            (Self::AllBut(without), Self::AllBut(inner)) => {
                without.iter().all(|without| inner.any_covers(without, sure))
            }
        }
    }

    /// Returns whether they may have something in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Of(one), Self::Of(other)) => {
                one.iter().any(|one| other.iter().any(|other| one.overlaps(other)))
            }
            (Self::Of(with), Self::AllBut(without)) | (Self::AllBut(without), Self::Of(with)) => {
                with.iter().any(|with| !without.any_covers(with, true))
            }
            (Self::AllBut(_), Self::AllBut(_)) => true,
        }
    }

    /// Returns what it contains, as it was written.
    pub(super) fn to_text(&self) -> String {
        let list = |patterns: &Patterns| {
            patterns.0.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Of(patterns) => list(patterns),
            Self::AllBut(patterns) => format!("everything but {}", list(patterns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(outer: &str, inner: &str) -> bool {
        Pattern::of(outer).covers(&Pattern::of(inner))
    }

    fn overlap(one: &str, other: &str) -> bool {
        let (one, other) = (Pattern::of(one), Pattern::of(other));
        let does = one.overlaps(&other);
        assert_eq!(other.overlaps(&one), does, "{one:?} {other:?}");
        does
    }

    #[test]
    fn a_pattern_covers_those_that_are_narrower() {
        for (outer, inner, does) in [
            ("*", "*", true),
            ("*", "", true),
            ("s3:*", "s3:GetObject", true),
            ("s3:*", "s3:Get*", true),
            ("s3:Get*", "s3:*", false),
            ("s3:Get*", "s3:Get", true),
            ("s3:Get?", "s3:Get", false),
            ("s3:Get?", "s3:Get*", false),
            ("s3:*t", "s3:Get*t", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("a?c", "a?c", true),
            ("abc", "a?c", false),
            ("b/*", "b/team/*", true),
            ("b/${*}", "b/*", false),
            ("b/${*}", "b/${*}", true),
            ("b/*", "b/${aws:username}/*", true),
            ("ü*", "üb", true),
        ] {
            assert_eq!(covers(outer, inner), does, "{outer} {inner}");
        }
    }

    #[test]
    fn patterns_overlap_if_a_text_matches_both() {
        for (one, other, do_they) in [
            ("*", "", true),
            ("s3:*", "s3:GetObject", true),
            ("s3:*", "*Object", true),
            ("s3:Get*", "s3:*Object", true),
            ("s3:Get*", "s3:Put*", false),
            ("a?c", "abc", true),
            ("a?c", "a*", true),
            ("a?", "a", false),
            ("*b", "a*", true),
            ("a", "b", false),
            ("a*b", "ab", true),
            ("a*b", "ac", false),
            ("x${aws:username}", "xyz", true),
            ("x${*}", "xyz", false),
        ] {
            assert_eq!(overlap(one, other), do_they, "{one} {other}");
        }
    }
}
