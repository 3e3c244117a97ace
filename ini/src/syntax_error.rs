//! What can be wrong with a line.

use std::fmt;

/// A line that can't be read.
///
/// `Display` says what is wrong; the caller adds the file and the line. The line's text is left out
/// because it may contain a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: SyntaxErrorKind,
}

/// The ways in which a line can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A line starts with `[` and has no `]`.
    HeaderNotClosed,
    /// Something other than a comment follows the `]` of a header.
    TextAfterHeader,
    /// A line above the first header is neither blank nor a comment.
    BeforeFirstSection,
    /// A line that should be a property has no `=`.
    NoEquals,
    /// There is no key before the `=`.
    NoKey,
    /// An indented line has no property above it to continue.
    NothingToContinue,
    /// An indented line below an empty value has no `=`.
    NestedNoEquals,
    /// An indented line below an empty value has no key before its `=`.
    NestedNoKey,
    /// A line is not UTF-8.
    NotUtf8,
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeaderNotClosed => "section header without ']'",
            Self::TextAfterHeader => "text after the ']' of a section header",
            Self::BeforeFirstSection => "text before the first section header",
            Self::NoEquals => "line without '='",
            Self::NoKey => "nothing before '='",
            Self::NothingToContinue => "indented line without a property above it",
            Self::NestedNoEquals => "line without '=' in a nested block",
            Self::NestedNoKey => "nothing before '=' in a nested block",
            Self::NotUtf8 => "text that is not UTF-8",
        })
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for SyntaxError {}
