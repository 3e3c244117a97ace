//! Which edits are refused, and why. A message never repeats the text that was refused.

use std::fmt;

use super::syntax_error::SyntaxError;

/// Why an edit was refused. The document is unchanged.
///
/// `Display` says what is wrong, and [`EditError::line`] where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditError {
    /// The document is not UTF-8 from this line on, counted from 1.
    NotUtf8 {
        /// The first line that is not.
        line: usize,
    },
    /// A line of the section can't be read.
    Syntax(SyntaxError),
    /// The id is from another document, or the section was removed.
    NoSuchSection,
    /// A section of that name already exists. Python's parser refuses a file with two.
    SectionExists {
        /// The line of its header, counted from 1.
        line: usize,
    },
    /// The key is given twice. Python's parser refuses a section with two.
    DuplicateKey,
    /// The new name of a key is that of another key in the same section or block.
    KeyExists,
    /// The key has a text as its value, so nothing can be nested below it.
    NotABlock,
    /// A key or a section name is empty.
    Empty(Part),
    /// It contains a line break.
    LineBreak(Part),
    /// It contains a control character.
    ControlCharacter(Part),
    /// It starts or ends with whitespace; for a key, it contains whitespace.
    Whitespace(Part),
    /// A key or a section name contains a character that would end it.
    Delimiter(Part, char),
    /// The section name is `DEFAULT`, whose keys Python's parser adds to all sections.
    PythonDefault,
    /// The value has a `#` or `;` at its start or after whitespace, where some readers start a comment.
    CommentMark,
    /// The result, parsed again, is not what was asked for.
    ReadsBackDifferently,
}

/// The argument of an edit that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A value.
    Value,
    /// A key, nested or not.
    Key,
    /// The text between the brackets of a header.
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
            Self::SectionExists { .. } => f.write_str("the section already exists"),
            Self::DuplicateKey => f.write_str("the same key is given twice"),
            Self::KeyExists => f.write_str("a key of that name already exists"),
            Self::NotABlock => f.write_str("the key holds a text, not a nested block"),
            Self::Empty(part) => write!(f, "the {part} is empty"),
            Self::LineBreak(part) => write!(f, "the {part} contains a line break"),
            Self::ControlCharacter(part) => write!(f, "the {part} contains a control character"),
            Self::Whitespace(part @ Part::Key) => write!(f, "the {part} contains whitespace"),
            Self::Whitespace(part) => write!(f, "the {part} starts or ends with whitespace"),
            Self::Delimiter(part, found) => write!(f, "the {part} contains '{found}'"),
            Self::PythonDefault => f.write_str(
                "the AWS CLI and boto3 treat a section [DEFAULT] as settings of every profile",
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
    /// Returns which argument is wrong; `None` if the document is, or if the arguments don't fit
    /// together.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Empty(part)
            | Self::LineBreak(part)
            | Self::ControlCharacter(part)
            | Self::Whitespace(part)
            | Self::Delimiter(part, _) => Some(*part),
            Self::PythonDefault => Some(Part::SectionName),
            Self::CommentMark => Some(Part::Value),
            _ => None,
        }
    }

    /// Returns the line that is wrong, counted from 1; `None` if the arguments are.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotUtf8 { line } | Self::SectionExists { line } => Some(*line),
            Self::Syntax(error) => Some(error.line),
            _ => None,
        }
    }
}

/// Refuses a value that some reader would not read back. All Unicode whitespace counts, since Python's
/// parser trims it and other readers look for comments after it.
pub(super) fn check_value(value: &str) -> Result<(), EditError> {
    check_characters(value, Part::Value)?;
    check_ends(value, Part::Value)?;
    let mut after_space = true;
    for character in value.chars() {
        if after_space && matches!(character, '#' | ';') {
            return Err(EditError::CommentMark);
        }
        after_space = character.is_whitespace();
    }
    Ok(())
}

/// Refuses a key that some reader would not read back. For Python's parser, a `:` ends a key as `=`
/// does.
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

/// Refuses a section name that some reader would not read back.
pub(super) fn check_section_name(name: &str) -> Result<(), EditError> {
    check_characters(name, Part::SectionName)?;
    if name.is_empty() {
        return Err(EditError::Empty(Part::SectionName));
    }
    if name == "DEFAULT" {
        return Err(EditError::PythonDefault);
    }
    check_ends(name, Part::SectionName)?;
    check_delimiters(name, Part::SectionName, &['[', ']', '#', ';'])
}

fn check_characters(text: &str, part: Part) -> Result<(), EditError> {
    for character in text.chars() {
        match character {
            '\t' => {}
            // The last two are not control characters, but Python's `splitlines` splits there.
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
