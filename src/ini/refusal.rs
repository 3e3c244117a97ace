//! What an edit refuses, and why. The refused text is never part of the message.

use std::fmt;

use super::scan::SyntaxError;

/// Why an edit was refused. The document is as it was before.
///
/// It displays what is wrong; [`EditError::line`] says where, for the caller to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditError {
    /// The document is not UTF-8 from this line on, counted from 1.
    NotUtf8 {
        /// The first line that is not.
        line: usize,
    },
    /// The section does not parse.
    Syntax(SyntaxError),
    /// The id is not from this document, or the section is gone.
    NoSuchSection,
    /// There is a section of that name already: a second one stops Python's readers.
    SectionExists {
        /// The line of its header, counted from 1.
        line: usize,
    },
    /// The key is given twice: a second one stops Python's readers.
    DuplicateKey,
    /// A key is to get the name of another one beside it.
    KeyExists,
    /// The key has a text for its value, so nothing can be nested below it.
    NotABlock,
    /// A key or a section name is empty.
    Empty(Part),
    /// There is a line break within.
    LineBreak(Part),
    /// There is a control character within.
    ControlCharacter(Part),
    /// There is whitespace at an end, or anywhere in a key.
    Whitespace(Part),
    /// A key or a section name holds a character that would end it.
    Delimiter(Part, char),
    /// A section called `DEFAULT` is none to Python's readers: its keys count in all others.
    CountsForAll,
    /// The value starts with `#` or `;`, or has one behind whitespace: some readers stop there.
    CommentMark,
    /// The result, read again, does not say what it was meant to say.
    ReadsBackDifferently,
}

/// What an edit was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A value.
    Value,
    /// A key, nested or not.
    Key,
    /// What is to stand between the brackets of a header.
    SectionName,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "value",
            Self::Key => "key",
            Self::SectionName => "section name",
        })
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { .. } => f.write_str("not valid UTF-8"),
            Self::Syntax(error) => error.fmt(f),
            Self::NoSuchSection => f.write_str("no such section"),
            Self::SectionExists { .. } => f.write_str("the section exists already"),
            Self::DuplicateKey => f.write_str("the same key is given twice"),
            Self::KeyExists => f.write_str("there is a key of that name already"),
            Self::NotABlock => f.write_str("the key holds a text, not a nested block"),
            Self::Empty(part) => write!(f, "the {part} is empty"),
            Self::LineBreak(part) => write!(f, "the {part} contains a line break"),
            Self::ControlCharacter(part) => write!(f, "the {part} contains a control character"),
            Self::Whitespace(part @ Part::Key) => write!(f, "the {part} contains whitespace"),
            Self::Whitespace(part) => write!(f, "the {part} starts or ends with whitespace"),
            Self::Delimiter(part, found) => write!(f, "the {part} contains '{found}'"),
            Self::CountsForAll => f.write_str(
                "the AWS CLI and boto3 would take what is in a section [DEFAULT] for settings of every profile",
            ),
            Self::CommentMark => f.write_str("the value contains the start of a comment"),
            Self::ReadsBackDifferently => f.write_str("the edit would not read back as intended"),
        }
    }
}

impl std::error::Error for EditError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SyntaxError> for EditError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl EditError {
    /// Which of the arguments is at fault; `None` when the document is, or how they go together.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Empty(part)
            | Self::LineBreak(part)
            | Self::ControlCharacter(part)
            | Self::Whitespace(part)
            | Self::Delimiter(part, _) => Some(*part),
            Self::CountsForAll => Some(Part::SectionName),
            Self::CommentMark => Some(Part::Value),
            _ => None,
        }
    }

    /// The line that is at fault, counted from 1, when the document is and not the caller.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotUtf8 { line } | Self::SectionExists { line } => Some(*line),
            Self::Syntax(error) => Some(error.line),
            _ => None,
        }
    }
}

/// Refuses a value that some reader would not give back. Unicode's whitespace counts here, since
/// Python's readers trim it and some others look for comments behind it.
pub(super) fn check_value(value: &str) -> Result<(), EditError> {
    check_characters(value, Part::Value)?;
    check_ends(value, Part::Value)?;
    let mut behind_space = true;
    for character in value.chars() {
        if behind_space && matches!(character, '#' | ';') {
            return Err(EditError::CommentMark);
        }
        behind_space = character.is_whitespace();
    }
    Ok(())
}

/// Refuses a key that some reader would not give back; to Python's, a `:` ends a key as `=` does.
pub(super) fn check_key(key: &str) -> Result<(), EditError> {
    check_characters(key, Part::Key)?;
    if key.is_empty() {
        return Err(EditError::Empty(Part::Key));
    }
    if key.contains(char::is_whitespace) {
        return Err(EditError::Whitespace(Part::Key));
    }
    check_delimiters(key, Part::Key, &['=', ':', '[', ']', '#', ';'])
}

/// Refuses a section name that some reader would not give back.
pub(super) fn check_section_name(name: &str) -> Result<(), EditError> {
    check_characters(name, Part::SectionName)?;
    if name.is_empty() {
        return Err(EditError::Empty(Part::SectionName));
    }
    if name == "DEFAULT" {
        return Err(EditError::CountsForAll);
    }
    check_ends(name, Part::SectionName)?;
    check_delimiters(name, Part::SectionName, &['[', ']', '#', ';'])
}

fn check_characters(text: &str, part: Part) -> Result<(), EditError> {
    for character in text.chars() {
        match character {
            '\t' => {}
            // The last two are no control characters, but Python's `splitlines` breaks there.
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                return Err(EditError::LineBreak(part));
            }
            _ if character.is_control() => return Err(EditError::ControlCharacter(part)),
            _ => {}
        }
    }
    Ok(())
}

fn check_ends(text: &str, part: Part) -> Result<(), EditError> {
    if text.trim().len() == text.len() { Ok(()) } else { Err(EditError::Whitespace(part)) }
}

fn check_delimiters(text: &str, part: Part, delimiters: &[char]) -> Result<(), EditError> {
    match text.chars().find(|character| delimiters.contains(character)) {
        Some(found) => Err(EditError::Delimiter(part, found)),
        None => Ok(()),
    }
}
