//! Where a verb writes.

use std::io::{self, Write};

use super::{
    Colors, MOST_LINES, Paint, Screen, escape, painted, painted_changes, painted_diff, report,
};
use crate::error::{Error, Kind, Result};

/// Where a verb writes.
pub struct Streams<'s> {
    /// Data, and nothing else.
    pub stdout: &'s mut dyn Write,
    /// Errors and warnings.
    pub stderr: &'s mut dyn Write,
    /// Which of them get colors.
    pub colors: Colors,
}

#[cfg(test)]
impl<'s> Streams<'s> {
    /// Returns these streams, without colors.
    pub(crate) fn new(stdout: &'s mut dyn Write, stderr: &'s mut dyn Write) -> Self {
        Self { stdout, stderr, colors: Colors::default() }
    }
}

impl Streams<'_> {
    /// Returns what a table on stdout has to fit; `width` is that of the terminal, if it is one.
    pub(crate) fn screen(&self, width: Option<usize>) -> Screen {
        Screen { width, color: self.colors.stdout }
    }

    /// Writes a unified diff to stdout.
    pub fn print_diff(&mut self, diff: &str) -> Result<()> {
        let text = painted_diff(diff, self.colors.stdout);
        self.print(&text)
    }

    /// Writes a list of changes to stdout.
    pub fn print_changes(&mut self, changes: &str) -> Result<()> {
        let text = painted_changes(changes, self.colors.stdout);
        self.print(&text)
    }

    /// Writes a list of changes to stderr.
    pub fn note_changes(&mut self, changes: &str) {
        let text = painted_changes(changes, self.colors.stderr);
        self.note(&text);
    }

    /// Reports an error on stderr: what failed, and at most two hints.
    pub fn report(&mut self, error: &Error) {
        self.write_report(error, MOST_LINES - 1);
    }

    /// Reports an error with all its hints: they may list what could not be undone.
    pub fn report_in_full(&mut self, error: &Error) {
        self.write_report(error, usize::MAX);
    }

    /// In one write, so that the lines of parallel callers on one terminal don't mix.
    fn write_report(&mut self, error: &Error, hints: usize) {
        self.note(&report(error, hints, self.colors.stderr));
    }

    /// Writes `text` to stdout as it is.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes `bytes` to stdout as they are.
    pub fn print_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.stdout.write_all(bytes).and_then(|()| self.stdout.flush()).map_err(|e| unwritable(&e))
    }

    /// Writes `value` to stdout as JSON for people and programs.
    pub fn print_json(&mut self, value: &impl serde::Serialize) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(value).expect("BUG: memory takes all");
        text.push(b'\n');
        self.print_bytes(&text)
    }

    /// Reports all errors but the one with the highest exit code, which is returned.
    pub(crate) fn report_all_but_worst(&mut self, mut failed: Vec<Error>) -> Result<()> {
        let codes = failed.iter().map(|error| error.kind().exit_code());
        let worst = codes.enumerate().max_by_key(|(_, code)| *code);
        let Some((worst, _)) = worst else { return Ok(()) };
        let worst = failed.remove(worst);
        for error in &failed {
            self.report(error);
        }
        Err(worst)
    }

    /// Writes `text` to stderr as it is, for people.
    pub fn note(&mut self, text: &str) {
        // If stderr is closed, there is nobody left to tell.
        drop(self.stderr.write_all(text.as_bytes()));
    }

    /// Prints a warning to stderr.
    pub fn warn(&mut self, message: &str) {
        let label = painted("warning:", Paint::Attention, self.colors.stderr);
        self.note(&format!("{label} {}\n", escape(message)));
    }

    /// Prints a warning with a hint to stderr.
    pub(crate) fn warn_with_hint(&mut self, message: &str, hint: &str) {
        self.warn(message);
        self.hint(hint);
    }

    /// Prints a hint to stderr.
    pub(crate) fn hint(&mut self, hint: &str) {
        let label = painted("hint:", Paint::Hint, self.colors.stderr);
        self.note(&format!("{label} {}\n", escape(hint)));
    }
}

fn unwritable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::ClosedPipe, "stdout was closed"),
        _ => Error::new(Kind::Other, format!("can't write to stdout: {error}")),
    }
}
