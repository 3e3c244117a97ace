//! Reads a section's body: one token for each line, one property for each key.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr2_iter};

use super::scan::{Lines, SyntaxError, SyntaxErrorKind, is_trivia, split_ending, trim};

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Property<'a> {
    /// The key as written, in the case as written.
    pub key: &'a str,
    /// The key's line, counted from 1.
    pub line: usize,
    /// What the key is set to.
    pub value: Value<'a>,
}

/// What a key is set to. `Debug` shows the shape but no text.
#[derive(Clone)]
pub enum Value<'a> {
    /// A text; one that spans several lines has them joined by `\n`.
    Text(Cow<'a, str>),
    /// The properties indented below a key that has no value of its own. Their values are texts.
    Nested(Vec<Property<'a>>),
}

impl<'a> Value<'a> {
    /// The text, unless this is a nested block.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nested(_) => None,
        }
    }

    /// The nested properties; none for a text.
    pub fn nested(&self) -> &[Property<'a>] {
        match self {
            Self::Text(_) => &[],
            Self::Nested(properties) => properties,
        }
    }

    /// Whether both mean the same. Lines don't count: an edit above moves them.
    pub(super) fn same(&self, other: &Value<'_>) -> bool {
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

/// The property called `key`: the case of ASCII letters does not matter, and the last one wins.
pub fn lookup<'p, 'a>(properties: &'p [Property<'a>], key: &str) -> Option<&'p Property<'a>> {
    properties.iter().rev().find(|property| property.key.eq_ignore_ascii_case(key))
}

/// Which key is meant: one of the section, or one nested below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPath<'k> {
    pub(super) key: &'k str,
    pub(super) sub: Option<&'k str>,
}

impl<'k> KeyPath<'k> {
    /// A key of the section itself.
    pub fn top(key: &'k str) -> Self {
        Self { key, sub: None }
    }

    /// The key `sub` in the block below `key`.
    pub fn nested(key: &'k str, sub: &'k str) -> Self {
        Self { key, sub: Some(sub) }
    }

    /// The key of the section: this one, or that of its block.
    pub fn top_key(&self) -> &'k str {
        self.key
    }

    /// The value that readers take for this key.
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

/// Reads a body whose first line is the `line`th of its file.
pub(super) fn read(body: &str, line: usize) -> Result<Vec<Property<'_>>, SyntaxError> {
    let mut properties = Vec::new();
    for token in Tokens::new(body, line) {
        let token = token?;
        match token.role {
            Role::Trivia | Role::Note => {}
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

/// A line of a body and the part it plays.
pub(super) struct Token<'a> {
    pub(super) line: usize,
    pub(super) raw: &'a str,
    pub(super) role: Role<'a>,
}

/// The part that a line plays in its body.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// A blank line or a comment. It ends nothing: a continuation may follow it.
    Trivia,
    /// The first line of a property.
    Key(Assignment<'a>),
    /// More text of the property above, trimmed.
    Continuation(&'a str),
    /// A property nested in the one above.
    SubKey(Assignment<'a>),
    /// An indented comment in a nested block, or below a header. Where it stands it says nothing;
    /// below a value it would be more of that. So it goes with its block.
    Note,
}

/// A line with a `=`, taken apart.
#[derive(Clone, Copy)]
pub(super) struct Assignment<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    /// The line up to its `=`, inclusive.
    pub(super) head: &'a str,
    /// The whitespace before the `=`.
    pub(super) before: &'a str,
    /// The whitespace behind the `=`.
    pub(super) after: &'a str,
}

impl<'a> Assignment<'a> {
    fn into_property(self, line: usize) -> Property<'a> {
        Property { key: self.key, line, value: Value::Text(Cow::Borrowed(self.value)) }
    }

    /// The whitespace that a nested line starts with.
    pub(super) fn indentation(&self) -> &'a str {
        &self.head[..self.head.len() - self.head.trim_start_matches([' ', '\t']).len()]
    }

    /// Takes a line apart.
    ///
    /// In a nested line a comment mark belongs to the value, for the whole block is the text of the
    /// property above; what stands before the `=` is held to the same rule as elsewhere.
    fn parse(line: &'a str, nested: bool) -> Result<Self, SyntaxErrorKind> {
        let trimmed = trim(line);
        let kept = without_comment(trimmed);
        let equals = memchr(b'=', kept.as_bytes()).ok_or(if nested {
            SyntaxErrorKind::NestedNoEquals
        } else {
            SyntaxErrorKind::NoEquals
        })?;
        let key = trim(&kept[..equals]);
        if key.is_empty() {
            return Err(if nested { SyntaxErrorKind::NestedNoKey } else { SyntaxErrorKind::NoKey });
        }
        let tail = if nested { &trimmed[equals + 1..] } else { &kept[equals + 1..] };
        let value = tail.trim_start_matches([' ', '\t']);
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        Ok(Self {
            key,
            value: trim(value),
            head: &line[..=indentation + equals],
            before: &kept[key.len()..equals],
            after: &tail[..tail.len() - value.len()],
        })
    }
}

/// What the lexer has seen last, for a line's indentation alone does not say what it is.
#[derive(Clone, Copy)]
enum Above {
    Nothing,
    Text,
    Empty,
}

/// The lexer of a body: one token for each line.
pub(super) struct Tokens<'a> {
    lines: Lines<'a>,
    line: usize,
    above: Above,
}

impl<'a> Tokens<'a> {
    /// Starts on a body whose first line is the `line`th of its file.
    pub(super) fn new(body: &'a str, line: usize) -> Self {
        Self { lines: Lines::new(body), line, above: Above::Nothing }
    }

    fn role(&mut self, line: &'a str) -> Result<Role<'a>, SyntaxErrorKind> {
        if is_trivia(line) {
            return Ok(Role::Trivia);
        }
        if line.starts_with([' ', '\t']) {
            // Rule: SEP knows no such comment, and takes it for an error in a block. The AWS CLI, boto3
            // and the SDKs for Go and JavaScript pass over it, so people write it.
            let is_comment = trim(line).starts_with(['#', ';']);
            return match self.above {
                Above::Nothing | Above::Empty if is_comment => Ok(Role::Note),
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

/// Cuts a comment off, which here needs whitespace before it.
fn without_comment(line: &str) -> &str {
    let bytes = line.as_bytes();
    memchr2_iter(b'#', b';', bytes)
        .find(|&at| at > 0 && matches!(bytes[at - 1], b' ' | b'\t'))
        .map_or(line, |at| &line[..at])
}
