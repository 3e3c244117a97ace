//! Where a verb writes.

use std::io::{self, Write};

use super::{escape, report};
use crate::error::{Error, Kind, Result};

/// Where a verb writes.
pub struct Streams<'s> {
    /// Data, and nothing else.
    pub stdout: &'s mut dyn Write,
    /// Errors and warnings.
    pub stderr: &'s mut dyn Write,
}

impl Streams<'_> {
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
            // If stderr is closed, there is nobody left to tell.
            drop(report(error, self.stderr));
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
        // If stderr is closed, there is nobody left to tell.
        drop(writeln!(self.stderr, "warning: {}", escape(message)));
    }

    /// Prints a warning with a hint to stderr.
    pub(crate) fn warn_with_hint(&mut self, message: &str, hint: &str) {
        drop(writeln!(self.stderr, "warning: {}\nhint: {}", escape(message), escape(hint)));
    }
}

fn unwritable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::ClosedPipe, "stdout was closed"),
        _ => Error::new(Kind::Other, format!("cannot write to stdout: {error}")),
    }
}
