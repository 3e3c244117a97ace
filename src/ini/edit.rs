//! Changes one key among the lines of its section.
//!
//! A section is taken apart into lines, some of which are replaced, removed or added; all others
//! are put back as they were.

use std::borrow::Cow;

use super::properties::{Assignment, KeyPath, Property, Role, Tokens, Value, lookup, read};
use super::refusal::EditError;
use super::scan::{Section, SyntaxError, split_ending};

/// What stands around a `=`.
#[derive(Clone, Copy)]
pub(super) struct Spacing<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Spacing<'a> {
    pub(super) const USUAL: Spacing<'static> = Spacing { before: " ", after: " " };

    /// The spacing of a body's first property. One without a value has nothing to say about it, and
    /// a line that makes no sense is no concern of whoever only looks for an example.
    pub(super) fn first_in(body: &'a str) -> Option<Self> {
        Tokens::new(body, 0).flatten().find_map(|token| match token.role {
            Role::Key(found) => Self::of(&found),
            _ => None,
        })
    }

    fn of(found: &Assignment<'a>) -> Option<Self> {
        let Assignment { value, before, after, .. } = *found;
        if value.is_empty() { None } else { Some(Self { before, after }) }
    }

    /// `key = value` without an ending; an empty value leaves no whitespace at the end of the line.
    pub(super) fn write(self, key: &str, value: &str) -> String {
        let after = if value.is_empty() { "" } else { self.after };
        format!("{key}{}={after}{value}", self.before)
    }
}

/// What a section cannot know from its own lines.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The spacing that the document uses.
    pub(super) spacing: Spacing<'a>,
    /// The line ending that the document uses.
    pub(super) ending: &'a str,
}

/// A section under edit.
pub(super) struct Draft<'a> {
    /// The lines with their endings, the header first.
    lines: Vec<Line<'a>>,
    properties: Vec<Property<'a>>,
    spacing: Spacing<'a>,
    ending: &'a str,
}

struct Line<'a> {
    text: Cow<'a, str>,
    /// `None` for the header and for a new line.
    role: Option<Role<'a>>,
}

impl<'a> Draft<'a> {
    /// Takes a section apart, which it must be fit for.
    pub(super) fn new(
        section: &Section<'a>,
        surroundings: Surroundings<'a>,
    ) -> Result<Self, SyntaxError> {
        let body = section.body();
        let first_line = section.line() + 1;
        let properties = read(body, first_line)?;
        let mut lines = vec![Line { text: Cow::Borrowed(section.header()), role: None }];
        for token in Tokens::new(body, first_line) {
            let token = token?;
            lines.push(Line { text: Cow::Borrowed(token.raw), role: Some(token.role) });
        }
        Ok(Self {
            lines,
            properties,
            spacing: Spacing::first_in(body).unwrap_or(surroundings.spacing),
            ending: surroundings.ending,
        })
    }

    /// The section's text after the edit, and its properties before.
    pub(super) fn finish(self) -> (String, Vec<Property<'a>>) {
        (self.lines.into_iter().map(|line| line.text).collect(), self.properties)
    }

    /// Sets a key; says whether that changed anything.
    pub(super) fn set(&mut self, path: &KeyPath<'_>, value: &str) -> Result<bool, EditError> {
        if path.find(&self.properties).and_then(Value::text) == Some(value) {
            return Ok(false);
        }
        match path.sub {
            None => self.set_top(path.key, value),
            Some(sub) => self.set_nested(path.key, sub, value)?,
        }
        Ok(true)
    }

    fn set_top(&mut self, key: &str, value: &str) {
        let Some((at, found)) = self.last_key(key) else {
            let line = self.spacing.write(key, value);
            self.insert_after(self.last_line_in_use(), line);
            return;
        };
        let doomed = self.lines_below(at).map(|(at, _)| at).collect();
        self.replace_value(at, &found, value);
        self.remove(doomed);
    }

    fn set_nested(&mut self, key: &str, sub: &str, value: &str) -> Result<(), EditError> {
        let Some((at, _)) = self.last_key(key) else {
            let above = self.last_line_in_use();
            self.insert_after(above, self.spacing.write(key, ""));
            let line = self.spacing.write(sub, value);
            self.insert_after(above + 1, format!("    {line}"));
            return Ok(());
        };
        if lookup(&self.properties, key).and_then(|p| p.value.text()).is_some_and(|t| !t.is_empty())
        {
            return Err(EditError::NotABlock);
        }
        let block: Vec<_> = self.block(at).collect();
        if let Some((at, found)) =
            block.iter().rev().find(|(_, found)| found.key.eq_ignore_ascii_case(sub))
        {
            self.replace_value(*at, found, value);
            return Ok(());
        }
        let (last, indentation) = match block.last() {
            None => (at, "    "),
            Some((last, found)) => (*last, found.indentation()),
        };
        let spacing =
            block.iter().find_map(|(_, found)| Spacing::of(found)).unwrap_or(self.spacing);
        self.insert_after(last, format!("{indentation}{}", spacing.write(sub, value)));
        Ok(())
    }

    /// Removes a key, all its duplicates with it, so that none comes into force; says whether there
    /// was one.
    pub(super) fn unset(&mut self, path: &KeyPath<'_>) -> bool {
        let doomed = match path.sub {
            None => self.lines_of_top(path.key),
            Some(sub) => self.lines_of_nested(path.key, sub),
        };
        let found = !doomed.is_empty();
        self.remove(doomed);
        found
    }

    /// Renames a key, all its duplicates with it, so that the same one stays in force; says whether
    /// there was one.
    pub(super) fn rename(&mut self, path: &KeyPath<'_>, new: &str) -> Result<bool, EditError> {
        let old = path.sub.unwrap_or(path.key);
        let of_interest: Vec<(usize, Assignment<'a>)> = match path.sub {
            None => self.keys().collect(),
            Some(_) => match self.last_key(path.key) {
                Some((at, _)) => self.block(at).collect(),
                None => Vec::new(),
            },
        };
        let is = |found: &Assignment<'_>, key: &str| found.key.eq_ignore_ascii_case(key);
        if !of_interest.iter().any(|(_, found)| is(found, old)) {
            return Ok(false);
        }
        if !new.eq_ignore_ascii_case(old) && of_interest.iter().any(|(_, found)| is(found, new)) {
            return Err(EditError::KeyExists);
        }
        for (at, found) in of_interest.into_iter().filter(|(_, found)| is(found, old)) {
            let start = found.indentation().len();
            let range = start..start + found.key.len();
            self.lines[at].text.to_mut().replace_range(range, new);
        }
        Ok(true)
    }

    fn lines_of_top(&self, key: &str) -> Vec<usize> {
        let mut doomed = Vec::new();
        let mut within = false;
        for (at, line) in self.lines.iter().enumerate() {
            match line.role {
                None | Some(Role::Trivia) => continue,
                Some(Role::Key(found)) => within = found.key.eq_ignore_ascii_case(key),
                Some(Role::Continuation(_) | Role::SubKey(_) | Role::Note) => {}
            }
            if within {
                doomed.push(at);
            }
        }
        doomed
    }

    /// A block that loses its last line goes with it, unless that would bring a duplicate into
    /// force, or a comment into the text above.
    fn lines_of_nested(&self, key: &str, sub: &str) -> Vec<usize> {
        let Some((at, _)) = self.last_key(key) else {
            return Vec::new();
        };
        let (doomed, kept): (Vec<_>, Vec<_>) =
            self.block(at).partition(|(_, found)| found.key.eq_ignore_ascii_case(sub));
        let only = self.properties.iter().filter(|p| p.key.eq_ignore_ascii_case(key)).count() == 1;
        let noted = self.lines_below(at).any(|(_, role)| matches!(role, Role::Note));
        let block = (kept.is_empty() && !doomed.is_empty() && only && !noted).then_some(at);
        block.into_iter().chain(doomed.into_iter().map(|(at, _)| at)).collect()
    }

    /// The lines on which properties start.
    fn keys(&self) -> impl DoubleEndedIterator<Item = (usize, Assignment<'a>)> {
        self.lines.iter().enumerate().filter_map(|(at, line)| match line.role {
            Some(Role::Key(found)) => Some((at, found)),
            _ => None,
        })
    }

    /// The line on which the key in force starts.
    fn last_key(&self, key: &str) -> Option<(usize, Assignment<'a>)> {
        self.keys().rev().find(|(_, found)| found.key.eq_ignore_ascii_case(key))
    }

    /// The indented lines of the property that starts at `at`.
    fn lines_below(&self, at: usize) -> impl Iterator<Item = (usize, Role<'a>)> {
        (at + 1..)
            .zip(&self.lines[at + 1..])
            .filter_map(|(at, line)| Some((at, line.role?)))
            .take_while(|(_, role)| !matches!(role, Role::Key(_)))
            .filter(|(_, role)| !matches!(role, Role::Trivia))
    }

    /// The nested properties of the one that starts at `at`.
    fn block(&self, at: usize) -> impl Iterator<Item = (usize, Assignment<'a>)> {
        self.lines_below(at).filter_map(|(at, role)| match role {
            Role::SubKey(found) => Some((at, found)),
            _ => None,
        })
    }

    /// The last line that is neither blank nor a comment; the header's if there is no property.
    fn last_line_in_use(&self) -> usize {
        self.lines.iter().rposition(|line| !line.is_trivia()).unwrap_or(0)
    }

    /// Keeps the line up to its value: the key's spelling, the indentation and the spacing.
    fn replace_value(&mut self, at: usize, found: &Assignment<'_>, value: &str) {
        // Behind an empty value stands what happened to be there: the other side of `=` is a better
        // example, and an empty value takes none.
        let after = if value.is_empty() {
            ""
        } else if found.value.is_empty() {
            found.before
        } else {
            found.after
        };
        let (_, ending) = split_ending(&self.lines[at].text);
        let text = format!("{}{after}{value}{ending}", found.head);
        self.lines[at].text = Cow::Owned(text);
    }

    /// Inserts a line, ended as the one above. One that has no ending is the document's last: then
    /// the new one has none in its stead.
    fn insert_after(&mut self, above: usize, mut text: String) {
        let (_, ending) = split_ending(&self.lines[above].text);
        if ending.is_empty() {
            let ending = self.ending_near(above);
            self.lines[above].text.to_mut().push_str(ending);
        } else {
            text.push_str(ending);
        }
        self.lines.insert(above + 1, Line { text: Cow::Owned(text), role: None });
    }

    /// The ending for a line that has none. A `\r` at its end is part of its value and would be
    /// taken for part of the ending unless another one follows.
    fn ending_near(&self, at: usize) -> &'a str {
        if self.lines[at].text.ends_with('\r') {
            return "\r\n";
        }
        match at.checked_sub(1).map(|above| split_ending(&self.lines[above].text).1) {
            Some("\r\n") => "\r\n",
            Some(_) => "\n",
            None => self.ending,
        }
    }

    /// Removes lines. If the last line had no ending, so has the one that then becomes the last.
    fn remove(&mut self, doomed: Vec<usize>) {
        let Some(last) = doomed.last().copied() else {
            return;
        };
        let bare_end = last + 1 == self.lines.len() && !self.lines[last].text.ends_with('\n');
        let mut doomed = doomed.into_iter().peekable();
        let mut at = 0;
        self.lines.retain(|_| {
            let keep = doomed.next_if_eq(&at).is_none();
            at += 1;
            keep
        });
        // Without its ending a blank line would be gone, and a comment is none of our business.
        if let Some(last) = self.lines.last_mut().filter(|line| bare_end && !line.is_trivia()) {
            let bare = split_ending(&last.text).0.len();
            last.text.to_mut().truncate(bare);
        }
    }
}

impl Line<'_> {
    fn is_trivia(&self) -> bool {
        matches!(self.role, Some(Role::Trivia))
    }
}
