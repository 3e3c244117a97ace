//! Parses the body of a section: one token for each line, one property for each key.

use std::borrow::Cow;
use std::fmt;

use super::lines::{Lines, is_blank_or_comment, split_ending, trim, trim_start};
use super::search::{find, find_of_two};
use super::syntax_error::{SyntaxError, SyntaxErrorKind};

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Property<'a> {
    /// The key as written.
    pub key: &'a str,
    /// The key's line, counted from 1.
    pub line: usize,
    /// Its value.
    pub value: Value<'a>,
}

/// The value of a key. `Debug` shows its structure but no text.
#[derive(Clone)]
pub enum Value<'a> {
    /// A text. The lines of a continued value are joined by `\n`.
    Text(Cow<'a, str>),
    /// The properties indented below a key without a value. Their values are texts.
    Nested(Vec<Property<'a>>),
}

impl<'a> Value<'a> {
    /// Returns the text; `None` for a nested block.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nested(_) => None,
        }
    }

    /// Returns the nested properties; an empty slice for a text.
    pub fn nested(&self) -> &[Property<'a>] {
        match self {
            Self::Text(_) => &[],
            Self::Nested(properties) => properties,
        }
    }

    /// Whether both are equal but for their line numbers, which an edit above moves.
    pub(super) fn is_same(&self, other: &Value<'_>) -> bool {
        let (ours, theirs) = (self.nested(), other.nested());
        self.text() == other.text()
            && ours.len() == theirs.len()
            && ours
                .iter()
                .zip(theirs)
                .all(|(a, b)| a.key == b.key && a.value.text() == b.value.text())
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(****)"),
            Self::Nested(properties) => f.debug_tuple("Nested").field(properties).finish(),
        }
    }
}

/// A comment in the line of a key, behind its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InlineComment<'a> {
    /// The key as written.
    pub key: &'a str,
    /// The line, counted from 1.
    pub line: usize,
}

/// Returns the property called `key`, without regard to ASCII case; the last one if there are several.
pub fn lookup<'p, 'a>(properties: &'p [Property<'a>], key: &str) -> Option<&'p Property<'a>> {
    properties.iter().rev().find(|property| property.key.eq_ignore_ascii_case(key))
}

/// The path to a key: one of the section, or one in a nested block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPath<'k> {
    pub(super) key: &'k str,
    pub(super) sub: Option<&'k str>,
}

impl<'k> KeyPath<'k> {
    /// Returns the path to a key of the section itself.
    pub fn top(key: &'k str) -> Self {
        Self { key, sub: None }
    }

    /// Returns the path to the key `sub` in the block below `key`.
    pub fn nested(key: &'k str, sub: &'k str) -> Self {
        Self { key, sub: Some(sub) }
    }

    /// Returns the key of the section: this one, or the one that the block is below.
    pub fn top_key(&self) -> &'k str {
        self.key
    }

    /// Returns the value that readers use for this key.
    pub fn find<'p, 'a>(&self, properties: &'p [Property<'a>]) -> Option<&'p Value<'a>> {
        let top = &lookup(properties, self.key)?.value;
        match self.sub {
            None => Some(top),
            Some(sub) => lookup(top.nested(), sub).map(|property| &property.value),
        }
    }
}

impl fmt::Display for KeyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)?;
        self.sub.map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

/// Few sections have more keys.
const USUAL: usize = 8;

/// Parses a body whose first line is line `line` of its file.
pub(super) fn read(body: &str, line: usize) -> Result<Vec<Property<'_>>, SyntaxError> {
    let mut properties = Vec::with_capacity(USUAL);
    for token in Tokens::new(body, line) {
        let token = token?;
        match token.role {
            Role::Trivia | Role::IndentedComment => {}
            Role::Key(found) => properties.push(found.into_property(token.line)),
            Role::Continuation(text) => {
                if let Some(Property { value: Value::Text(value), .. }) = properties.last_mut() {
                    let value = value.to_mut();
                    value.push('\n');
                    value.push_str(text);
                }
            }
            Role::SubKey(found) => {
                let Some(Property { value, .. }) = properties.last_mut() else {
                    continue;
                };
                let property = found.into_property(token.line);
                match value {
                    Value::Nested(block) => block.push(property),
                    Value::Text(_) => *value = Value::Nested(vec![property]),
                }
            }
        }
    }
    Ok(properties)
}

/// Reads the keys of a body like [`read`], without their values.
pub(super) fn read_keys(body: &str, line: usize) -> Result<Vec<(&str, usize)>, SyntaxError> {
    let mut keys = Vec::with_capacity(USUAL);
    for token in Tokens::new(body, line) {
        let Token { line, role, .. } = token?;
        if let Role::Key(found) = role {
            keys.push((found.key, line));
        }
    }
    Ok(keys)
}

/// Returns the comments behind values in a body whose first line is line `line` of its file. Lines that
/// can't be read have none.
pub(super) fn inline_comments(body: &str, line: usize) -> Vec<InlineComment<'_>> {
    // Most bodies have no such character at all.
    if find_of_two([b'#', b';'], body.as_bytes()).is_none() {
        return Vec::new();
    }
    let found = Tokens::new(body, line).flatten().filter_map(|token| match token.role {
        Role::Key(found) => found.comment_in(token.raw).map(|_| (found.key, token.line)),
        _ => None,
    });
    found.map(|(key, line)| InlineComment { key, line }).collect()
}

/// A line of a body and its role.
pub(super) struct Token<'a> {
    pub(super) line: usize,
    pub(super) raw: &'a str,
    pub(super) role: Role<'a>,
}

/// What a line is in its body.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// A blank line or a comment. A continuation may follow it.
    Trivia,
    /// The first line of a property.
    Key(Assignment<'a>),
    /// More text of the property above, trimmed.
    Continuation(&'a str),
    /// A property nested in the one above.
    SubKey(Assignment<'a>),
    /// An indented comment in a nested block or below a header. Below a value it would be a
    /// continuation, so it is removed together with its block.
    IndentedComment,
}

/// The parts of a line with a `=`.
#[derive(Clone, Copy)]
pub(super) struct Assignment<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    /// The line up to and including its `=`.
    pub(super) head: &'a str,
    /// The whitespace before the `=`.
    pub(super) before: &'a str,
    /// The whitespace after the `=`.
    pub(super) after: &'a str,
}

impl<'a> Assignment<'a> {
    fn into_property(self, line: usize) -> Property<'a> {
        Property { key: self.key, line, value: Value::Text(Cow::Borrowed(self.value)) }
    }

    /// The whitespace at the start of a nested line.
    pub(super) fn indentation(&self) -> &'a str {
        &self.head[..self.head.len() - self.head.trim_start_matches([' ', '\t']).len()]
    }

    /// The comment behind the value, in the line `raw` that has these parts.
    pub(super) fn comment_in(&self, raw: &'a str) -> Option<&'a str> {
        let (line, _) = split_ending(raw);
        let rest = &line[self.head.len() + self.after.len() + self.value.len()..];
        Some(trim(rest)).filter(|comment| !comment.is_empty())
    }

    /// Splits a line into its parts.
    ///
    /// In the value of a nested line, `#` and `;` start no comment, since the whole block is the text of
    /// the property above. Before the `=`, they do.
    fn parse(line: &'a str, nested: bool) -> Result<Self, SyntaxErrorKind> {
        let trimmed = trim(line);
        let kept = without_comment(trimmed);
        let equals = find(b'=', kept.as_bytes()).ok_or(if nested {
            SyntaxErrorKind::NestedNoEquals
        } else {
            SyntaxErrorKind::NoEquals
        })?;
        let key = trim(&kept[..equals]);
        if key.is_empty() {
            return Err(if nested { SyntaxErrorKind::NestedNoKey } else { SyntaxErrorKind::NoKey });
        }
        let tail = if nested { &trimmed[equals + 1..] } else { &kept[equals + 1..] };
        let value = trim_start(tail);
        let indentation = line.len() - trim_start(line).len();
        Ok(Self {
            key,
            value: trim(value),
            head: &line[..=indentation + equals],
            before: &kept[key.len()..equals],
            after: &tail[..tail.len() - value.len()],
        })
    }
}

/// The value of the last property, on which the meaning of an indented line depends.
#[derive(Clone, Copy)]
enum Above {
    Nothing,
    Text,
    Empty,
}

/// The lexer of a body. Returns one token for each line.
pub(super) struct Tokens<'a> {
    lines: Lines<'a>,
    line: usize,
    above: Above,
}

impl<'a> Tokens<'a> {
    /// The tokens of a body whose first line is line `line` of its file.
    pub(super) fn new(body: &'a str, line: usize) -> Self {
        Self { lines: Lines::new(body), line, above: Above::Nothing }
    }

    fn role(&mut self, line: &'a str) -> Result<Role<'a>, SyntaxErrorKind> {
        if is_blank_or_comment(line) {
            return Ok(Role::Trivia);
        }
        if line.starts_with([' ', '\t']) {
            // The SDKs' specification has no such comment, and it is an error in a block. The AWS CLI,
            // boto3 and the SDKs for Go and JavaScript skip it, so people write it.
            let is_comment = trim(line).starts_with(['#', ';']);
            return match self.above {
                Above::Nothing | Above::Empty if is_comment => Ok(Role::IndentedComment),
                Above::Nothing => Err(SyntaxErrorKind::NothingToContinue),
                Above::Text => Ok(Role::Continuation(trim(line))),
                Above::Empty => Assignment::parse(line, true).map(Role::SubKey),
            };
        }
        let found = Assignment::parse(line, false)?;
        self.above = if found.value.is_empty() { Above::Empty } else { Above::Text };
        Ok(Role::Key(found))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        let raw = self.lines.next()?;
        let line = self.line;
        self.line += 1;
        Some(match self.role(split_ending(raw).0) {
            Ok(role) => Ok(Token { line, raw, role }),
            Err(kind) => Err(SyntaxError { line, kind }),
        })
    }
}

/// The line without its comment, which needs whitespace before it.
fn without_comment(line: &str) -> &str {
    let bytes = line.as_bytes();
    let mut from = 0;
    while let Some(found) = find_of_two([b'#', b';'], &bytes[from..]) {
        let at = from + found;
        if at > 0 && matches!(bytes[at - 1], b' ' | b'\t') {
            return &line[..at];
        }
        from = at + 1;
    }
    line
}
