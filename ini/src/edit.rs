//! Changes one key in the lines of its section.
//!
//! A section is split into lines. An edit replaces, removes or adds some of them and leaves the
//! others as they were.

use std::borrow::Cow;

use super::lines::split_ending;
use super::properties::{Assignment, KeyPath, Property, Role, Tokens, Value, lookup, read};
use super::refusal::EditError;
use super::scan::Section;
use super::syntax_error::SyntaxError;

/// The whitespace around a `=`.
#[derive(Clone, Copy)]
pub(super) struct Spacing<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Spacing<'a> {
    pub(super) const USUAL: Spacing<'static> = Spacing { before: " ", after: " " };

    /// The spacing of the first property in a body that has a value. Lines that can't be read are
    /// skipped: this only looks for an example.
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

    /// `key = value` without a line ending, and without trailing whitespace if the value is empty.
    pub(super) fn write(self, key: &str, value: &str) -> String {
        let after = if value.is_empty() { "" } else { self.after };
        format!("{key}{}={after}{value}", self.before)
    }
}

/// The style of a document, for sections that have no example of their own.
#[derive(Clone, Copy)]
pub(super) struct Style<'a> {
    /// The spacing around `=`.
    pub(super) spacing: Spacing<'a>,
    /// The line ending.
    pub(super) ending: &'a str,
}

/// A section that is being edited.
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
    /// Splits a section into lines.
    ///
    /// # Errors
    /// The first line that can't be read.
    pub(super) fn new(section: &Section<'a>, style: Style<'a>) -> Result<Self, SyntaxError> {
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
            spacing: Spacing::first_in(body).unwrap_or(style.spacing),
            ending: style.ending,
        })
    }

    /// Returns the section's text after the edit, and its properties before it.
    pub(super) fn finish(self) -> (String, Vec<Property<'a>>) {
        (self.lines.into_iter().map(|line| line.text).collect(), self.properties)
    }

    /// Returns the text of a key; `None` for a nested block, or if there is no such key.
    pub(super) fn text(&self, path: &KeyPath<'_>) -> Option<String> {
        path.find(&self.properties).and_then(Value::text).map(str::to_owned)
    }

    /// Sets a key. Returns whether that changed anything.
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
            self.insert_after(self.last_property_line(), line);
            return;
        };
        let removed = self.lines_below(at).map(|(at, _)| at).collect();
        self.replace_value(at, &found, value);
        self.remove(removed);
    }

    fn set_nested(&mut self, key: &str, sub: &str, value: &str) -> Result<(), EditError> {
        let Some((at, _)) = self.last_key(key) else {
            let above = self.last_property_line();
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

    /// Removes a key and its duplicates, one of which would count otherwise. Returns whether there was
    /// one.
    pub(super) fn unset(&mut self, path: &KeyPath<'_>) -> bool {
        let removed = match path.sub {
            None => self.lines_of_top(path.key),
            Some(sub) => self.lines_of_nested(path.key, sub),
        };
        let found = !removed.is_empty();
        self.remove(removed);
        found
    }

    /// Removes all duplicates of a key but the last, which counts. Returns whether there were any.
    pub(super) fn keep_last(&mut self, key: &str) -> bool {
        let Some((last, _)) = self.last_key(key) else { return false };
        let removed: Vec<_> = self.lines_of_top(key).into_iter().filter(|at| *at < last).collect();
        let found = !removed.is_empty();
        self.remove(removed);
        found
    }

    /// Renames a key and its duplicates, so that the same one still counts. Returns whether there was
    /// one.
    pub(super) fn rename(&mut self, path: &KeyPath<'_>, new: &str) -> Result<bool, EditError> {
        let old = path.sub.unwrap_or(path.key);
        let candidates: Vec<(usize, Assignment<'a>)> = match path.sub {
            None => self.keys().collect(),
            Some(_) => match self.last_key(path.key) {
                Some((at, _)) => self.block(at).collect(),
                None => Vec::new(),
            },
        };
        let is = |found: &Assignment<'_>, key: &str| found.key.eq_ignore_ascii_case(key);
        if !candidates.iter().any(|(_, found)| is(found, old)) {
            return Ok(false);
        }
        if !new.eq_ignore_ascii_case(old) && candidates.iter().any(|(_, found)| is(found, new)) {
            return Err(EditError::KeyExists);
        }
        for (at, found) in candidates.into_iter().filter(|(_, found)| is(found, old)) {
            let start = found.indentation().len();
            let range = start..start + found.key.len();
            self.lines[at].text.to_mut().replace_range(range, new);
        }
        Ok(true)
    }

    /// Moves the comments behind a key's values into lines of their own above it. Returns whether there
    /// were any.
    pub(super) fn separate_comments(&mut self, key: &str) -> bool {
        let is_it = |found: &Assignment<'_>| found.key.eq_ignore_ascii_case(key);
        let found: Vec<_> = self.keys().filter(|(_, found)| is_it(found)).collect();
        let mut is_changed = false;
        for (at, found) in found.into_iter().rev() {
            let Cow::Borrowed(raw) = self.lines[at].text else { continue };
            let Some(comment) = found.comment_in(raw) else { continue };
            let (_, ending) = split_ending(raw);
            let bare = found.head.len() + found.after.len() + found.value.len();
            let line = raw[..bare].trim_end_matches([' ', '\t']);
            self.lines[at].text = Cow::Owned(format!("{line}{ending}"));
            // The comment is never the last line of the document, so it always has an ending.
            let ending = if ending.is_empty() { self.ending_near(at) } else { ending };
            let text = Cow::Owned(format!("{comment}{ending}"));
            self.lines.insert(at, Line { text, role: None });
            is_changed = true;
        }
        is_changed
    }

    fn lines_of_top(&self, key: &str) -> Vec<usize> {
        let mut removed = Vec::new();
        let mut within = false;
        for (at, line) in self.lines.iter().enumerate() {
            match line.role {
                None | Some(Role::Trivia) => continue,
                Some(Role::Key(found)) => within = found.key.eq_ignore_ascii_case(key),
                Some(Role::Continuation(_) | Role::SubKey(_) | Role::IndentedComment) => {}
            }
            if within {
                removed.push(at);
            }
        }
        removed
    }

    /// The lines to remove for a nested key. If it is the last of its block, the block goes with it,
    /// unless a duplicate would count then, or a comment would become part of the value above.
    fn lines_of_nested(&self, key: &str, sub: &str) -> Vec<usize> {
        let Some((at, _)) = self.last_key(key) else {
            return Vec::new();
        };
        let (removed, kept): (Vec<_>, Vec<_>) =
            self.block(at).partition(|(_, found)| found.key.eq_ignore_ascii_case(sub));
        let only = self.properties.iter().filter(|p| p.key.eq_ignore_ascii_case(key)).count() == 1;
        let has_comment =
            self.lines_below(at).any(|(_, role)| matches!(role, Role::IndentedComment));
        let block = (kept.is_empty() && !removed.is_empty() && only && !has_comment).then_some(at);
        block.into_iter().chain(removed.into_iter().map(|(at, _)| at)).collect()
    }

    /// The first lines of the properties.
    fn keys(&self) -> impl DoubleEndedIterator<Item = (usize, Assignment<'a>)> {
        self.lines.iter().enumerate().filter_map(|(at, line)| match line.role {
            Some(Role::Key(found)) => Some((at, found)),
            _ => None,
        })
    }

    /// The first line of the key that counts: the last of its name.
    fn last_key(&self, key: &str) -> Option<(usize, Assignment<'a>)> {
        self.keys().rev().find(|(_, found)| found.key.eq_ignore_ascii_case(key))
    }

    /// The indented lines of the property that starts at line `at`.
    fn lines_below(&self, at: usize) -> impl Iterator<Item = (usize, Role<'a>)> {
        (at + 1..)
            .zip(&self.lines[at + 1..])
            .filter_map(|(at, line)| Some((at, line.role?)))
            .take_while(|(_, role)| !matches!(role, Role::Key(_)))
            .filter(|(_, role)| !matches!(role, Role::Trivia))
    }

    /// The nested properties of the one that starts at line `at`.
    fn block(&self, at: usize) -> impl Iterator<Item = (usize, Assignment<'a>)> {
        self.lines_below(at).filter_map(|(at, role)| match role {
            Role::SubKey(found) => Some((at, found)),
            _ => None,
        })
    }

    /// The last line that is neither blank nor a comment: the header if there is no property.
    fn last_property_line(&self) -> usize {
        self.lines.iter().rposition(|line| !line.is_trivia()).unwrap_or(0)
    }

    /// Replaces the value in a line, and keeps the key's spelling, the indentation and the spacing.
    fn replace_value(&mut self, at: usize, found: &Assignment<'_>, value: &str) {
        // The whitespace before an empty value is accidental: the other side of `=` is a better example.
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

    /// Inserts a line with the ending of the one above. If that has none, it was the document's last
    /// line: it gets an ending, and the new line has none.
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

    /// The ending for a line that has none. A `\r` at its end is part of its value, and stays so only
    /// if another one follows.
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

    /// Removes lines. If the document's last line had no ending and is removed, the new last line has
    /// none either.
    fn remove(&mut self, removed: Vec<usize>) {
        let Some(last) = removed.last().copied() else {
            return;
        };
        let had_no_newline = last + 1 == self.lines.len() && !self.lines[last].text.ends_with('\n');
        let mut removed = removed.into_iter().peekable();
        let mut at = 0;
        self.lines.retain(|_| {
            let keep = removed.next_if_eq(&at).is_none();
            at += 1;
            keep
        });
        // A blank line without its ending would vanish, and comments are left alone.
        if let Some(last) = self.lines.last_mut().filter(|line| had_no_newline && !line.is_trivia())
        {
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
