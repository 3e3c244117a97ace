//! Several questions at the terminal, one after the other, whose answers may be seen.
//!
//! The terminal is left as it is set: it shows and edits a line by itself. Nothing is held meanwhile
//! that another process could wait for.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    time::Duration,
};

use rustix::event::PollFlags;

use super::{Asking, Mode, Question, Refusal, terminal, watch::Watch};
use crate::context::Context;

/// No question of a code; what waits for an answer looks at the rest of [`Asking`].
const NO_CODE: Question<'static> =
    Question { serial: "", about: "", again: None, command: None, chain: &[] };

/// A talk with the human at the terminal. As long as it lives, signals that would end the process
/// are held back, and end the talk instead.
pub struct Talk<'c> {
    context: &'c Context,
    terminal: File,
    watch: Watch,
}

impl<'c> Talk<'c> {
    /// Begins one, where there is a terminal and we may use it.
    pub fn begin(mode: Mode, context: &'c Context) -> Result<Self, Refusal> {
        if !mode.allows_terminal() {
            return Err(Refusal::Nobody("ROLECALL_PROMPT forbids the terminal".to_owned()));
        }
        let terminal = terminal::open().map_err(Refusal::Nobody)?;
        let watch = Watch::start()
            .map_err(|error| Refusal::Failed(format!("signals can't be watched: {error}")))?;
        Ok(Self { context, terminal, watch })
    }

    /// Shows `text`, which must be fit to be shown.
    pub fn tell(&self, text: &str) -> Result<(), Refusal> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match { &self.terminal }.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(PollFlags::OUT)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(terminal::broken(error)),
            }
        }
        Ok(())
    }

    /// Puts a question; gives the line that is typed, without white space around it. Ctrl-C and
    /// Ctrl-D are [`Refusal::Cancelled`].
    pub fn ask(&self, question: &str) -> Result<String, Refusal> {
        self.tell(question)?;
        let mut line = Vec::new();
        loop {
            let is_ready = self.wait(PollFlags::IN)?;
            if self.watch.was_continued() {
                // What was typed of the line before Ctrl-Z is gone.
                line.clear();
                self.tell(question)?;
            }
            if !is_ready {
                continue;
            }
            let mut part = [0; 1024];
            match { &self.terminal }.read(&mut part) {
                // Ctrl-D, or the terminal is gone.
                Ok(0) => return Err(Refusal::Cancelled),
                Ok(count) => line.extend_from_slice(&part[..count]),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                    _ => return Err(Refusal::Cancelled),
                },
            }
            if line.ends_with(b"\n") {
                return Ok(String::from_utf8_lossy(&line).trim().to_owned());
            }
        }
    }

    /// Ends it; [`Refusal::Cancelled`] where a signal came after the last answer.
    pub fn end(self) -> Result<(), Refusal> {
        if self.watch.end() { Err(Refusal::Cancelled) } else { Ok(()) }
    }

    fn wait(&self, what: PollFlags) -> Result<bool, Refusal> {
        let asking = Asking {
            question: &NO_CODE,
            context: self.context,
            deadline: Duration::MAX,
            watch: &self.watch,
        };
        match terminal::wait_for(&self.terminal, what, &asking) {
            // Behind another job: we stop, as who reads there does, and go on in the foreground.
            Err(Refusal::Stopped) => {
                terminal::stop_job();
                if terminal::is_ours(&self.terminal) { Ok(false) } else { Err(Refusal::Cancelled) }
            }
            result => result,
        }
    }
}
