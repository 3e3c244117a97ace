//! The file's text, and what is wrong with it.

use std::path::{Path, PathBuf};

use rolecall::error::Error;

use crate::engine::wanted::PolicyRef;

/// Nobody reads more, and each is looked for in the whole text.
const MOST_FAULTS: usize = 200;

/// The text, and the faults that were found in it.
pub(super) struct Source<'t> {
    path: &'t Path,
    pub(super) text: &'t str,
    faults: Vec<Fault>,
    /// What is strange, and no fault.
    pub(super) remarks: Vec<String>,
    /// The managed policies that the file names and does not make, each with where it names it first.
    pub(super) others: Vec<(PolicyRef, usize)>,
}

struct Fault {
    at: usize,
    message: String,
    hint: String,
}

/// A place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At(String);

impl At {
    /// An error about what stands there.
    pub(crate) fn error(&self, message: &str, hint: &str) -> Error {
        Error::config(format!("{message} ({})", self.0)).hint(hint)
    }
}

/// A word of the file, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: usize,
}

impl<'t> Source<'t> {
    pub(super) fn new(path: &'t Path, text: &'t str) -> Self {
        Self { path, text, faults: Vec::new(), remarks: Vec::new(), others: Vec::new() }
    }

    /// Something is wrong at the byte `at`, and `hint` is what to do about it.
    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        let fault = Fault { at, message: message.into(), hint: hint.into() };
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        // What is wrong with a word is told once, however often it is looked at.
        if !self.faults.iter().any(|it| it.at == at && it.message == fault.message) {
            self.faults.push(fault);
        }
    }

    /// Whether something is wrong with one of these words.
    pub(super) fn has_fault_within(&self, words: &[Word]) -> bool {
        self.faults.iter().any(|fault| words.iter().any(|word| word.at == fault.at))
    }

    /// Where the byte `at` is.
    pub(super) fn at(&self, at: usize) -> At {
        let (line, column) = self.line_and_column(at);
        At(format!("{}:{line}:{column}", self.path.display()))
    }

    /// The line of the byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.line_and_column(at).0
    }

    /// Both from 1; columns are characters.
    fn line_and_column(&self, at: usize) -> (usize, usize) {
        // An end of the text may lie within a character only if the parser is wrong.
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// A path that the file names.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// The faults as errors, in the order of the file.
    pub(super) fn into_errors(mut self) -> Vec<Error> {
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| fault.at);
        faults.iter().map(|fault| self.at(fault.at).error(&fault.message, &fault.hint)).collect()
    }
}
