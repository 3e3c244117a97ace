//! The file's text and the faults found in it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use rolecall::Error;

use crate::engine::wanted::PolicyRef;

/// More faults aren't useful, and finding the line of each one costs a pass over the text.
const MOST_FAULTS: usize = 200;

/// The text and the faults found so far.
pub(super) struct Source<'t> {
    path: &'t Path,
    pub(super) text: &'t str,
    faults: Vec<Fault>,
    /// Warnings that are not faults.
    pub(super) remarks: Vec<String>,
    /// The managed policies that the file names but doesn't define, each with its first position.
    pub(super) others: Vec<(PolicyRef, usize)>,
}

struct Fault {
    at: usize,
    message: String,
    hint: String,
}

/// A position in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At(String);

impl At {
    /// Returns an error about the text at this position.
    pub(crate) fn error(&self, message: &str, hint: &str) -> Error {
        Error::config(format!("{message} ({})", self.0)).hint(hint)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word in the file and its position in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: usize,
}

impl<'t> Source<'t> {
    pub(super) fn new(path: &'t Path, text: &'t str) -> Self {
        Self { path, text, faults: Vec::new(), remarks: Vec::new(), others: Vec::new() }
    }

    /// Records that something is wrong at the byte `at`; `hint` is what to do about it.
    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        let fault = Fault { at, message: message.into(), hint: hint.into() };
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        // A word may be checked more than once; its faults are reported once.
        if !self.faults.iter().any(|it| it.at == at && it.message == fault.message) {
            self.faults.push(fault);
        }
    }

    /// Returns whether one of these words has a fault.
    pub(super) fn has_fault_within(&self, words: &[Word]) -> bool {
        self.faults.iter().any(|fault| words.iter().any(|word| word.at == fault.at))
    }

    /// Returns the file, line and column of the byte `at`.
    pub(super) fn at(&self, at: usize) -> At {
        let (line, column) = self.line_and_column(at);
        At(format!("{}:{line}:{column}", self.path.display()))
    }

    /// Returns the line of the byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.line_and_column(at).0
    }

    /// Both from 1; columns are characters.
    fn line_and_column(&self, at: usize) -> (usize, usize) {
        // Only a bug in the parser could put `at` inside a character.
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// Returns a path that the file names, relative to the file's folder.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Returns the faults as errors, in the order of the file.
    pub(super) fn into_errors(mut self) -> Vec<Error> {
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| fault.at);
        faults.iter().map(|fault| self.at(fault.at).error(&fault.message, &fault.hint)).collect()
    }
}
