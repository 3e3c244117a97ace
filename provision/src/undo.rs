//! All or nothing: what a command made is unmade when it fails half-way.
//!
//! A verb does its work inside [`all_or_nothing`]. Whatever it makes it makes through
//! [`Steps::make`], which takes it down before the call, so that it is known even where no answer
//! comes. When the work fails, or a signal breaks it off, the list is gone through from its end.

mod made;

use std::{error::Error as StdError, time::Duration};

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rolecall::{
    aws::Failure,
    error::{Error, Result},
    output::{Streams, escape},
};

use crate::{
    caller::{Caller, explain, interrupted},
    iam::engine::Change,
};

pub use made::Made;

/// The pauses between tries of a call that IAM may not be ready for: half a minute together.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const PAUSES: [u64; 7] = [500, 1_000, 2_000, 4_000, 6_000, 8_000, 8_000];
/// Of these, how many when something is unmade: a human waits.
const UNDO_PAUSES: usize = 4;

/// How it is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Nothing is told on stderr but the error.
    pub silent: bool,
    /// What was made is left where it is when the command fails.
    pub keep: bool,
}

/// Does `work`. If it fails, what it made is unmade (or with [`How::keep`] named), and its error says
/// what is left.
///
/// # Errors
/// That of the work; of kind `Interrupted` when a signal came.
pub fn all_or_nothing<T>(
    caller: &Caller,
    streams: &mut Streams<'_>,
    how: How,
    work: impl FnOnce(&mut Steps<'_, '_>) -> Result<T>,
) -> Result<T> {
    caller.hold_signals()?;
    let mut steps = Steps { caller, streams, how, made: Vec::new() };
    let mut result = work(&mut steps);
    // Where all is done, a signal in the last moment comes too late.
    if caller.is_interrupted() && result.is_err() {
        result = Err(interrupted());
    }
    caller.heed_signal();
    let result = match result {
        Ok(value) => Ok(value),
        Err(error) if how.keep => Err(steps.left(error)),
        Err(error) => Err(steps.undo(error)),
    };
    caller.release_signals();
    result
}

/// The work as far as it was done.
pub struct Steps<'a, 's> {
    caller: &'a Caller,
    /// Where it is told, and where its data go.
    pub streams: &'a mut Streams<'s>,
    how: How,
    made: Vec<Made>,
}

impl<'a> Steps<'a, '_> {
    /// Who calls AWS.
    pub fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// Tells of a step.
    pub fn say(&mut self, text: &str) {
        if !self.how.silent {
            // Nobody is left to be told when stderr is gone.
            drop(writeln!(self.streams.stderr, "{}", escape(text)));
        }
    }

    /// An error if a signal came: before what can't be taken back.
    ///
    /// # Errors
    /// Of kind `Interrupted`.
    pub fn go_on(&self) -> Result<()> {
        if self.caller.is_interrupted() { Err(interrupted()) } else { Ok(()) }
    }

    /// Makes a call that makes `made`.
    pub fn make<T, E>(
        &mut self,
        made: Made,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let caller = self.caller;
        self.attempt(made, || caller.call(call))
    }

    /// Makes a change, again and again for half a minute as long as AWS refuses it with one of
    /// `codes`: what it needs was made just now, and is not known everywhere yet.
    pub(crate) fn change(
        &mut self,
        change: &Change,
        codes: &[&str],
    ) -> std::result::Result<(), Failure> {
        let caller = self.caller;
        self.when_ready(codes, "IAM to know what was made", |steps| {
            steps.attempt(Made::Change(Box::new(change.clone())), || change.call(caller))
        })
    }

    fn attempt<T>(
        &mut self,
        made: Made,
        call: impl FnOnce() -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        // What is not begun is not to be undone.
        if self.caller.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        self.made.push(made);
        let answer = call();
        if let Err(failure) = &answer
            && was_not_made(failure)
        {
            self.made.pop();
        }
        answer
    }

    /// As [`Self::make`], again and again for half a minute as long as AWS refuses it with one of
    /// `codes`: what it needs was made just now, and is not known everywhere yet. `what` is what is
    /// waited for: `IAM to know the user`.
    pub fn make_when_ready<T, E, F>(
        &mut self,
        made: &Made,
        codes: &[&str],
        what: &str,
        mut call: impl FnMut() -> F,
    ) -> std::result::Result<T, Failure>
    where
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.when_ready(codes, what, |steps| steps.make(made.clone(), call()))
    }

    /// Tries again and again for half a minute, as long as AWS refuses with one of `codes`.
    pub fn when_ready<T>(
        &mut self,
        codes: &[&str],
        what: &str,
        mut attempt: impl FnMut(&mut Self) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let answer = attempt(self);
            let (Err(failure), Some(pause)) = (&answer, pauses.next()) else { return answer };
            if !is_refused_with(failure, codes) {
                return answer;
            }
            if pauses.len() + 1 == PAUSES.len() {
                self.say(&format!("Waiting for {what}"));
            }
            if !self.caller.pause(Duration::from_millis(pause)) {
                return answer;
            }
        }
    }

    /// What was made last, as it is better known by now.
    pub fn amend(&mut self, made: Made) {
        if let Some(last) = self.made.last_mut() {
            *last = made;
        }
    }

    /// How much was made so far.
    pub(crate) fn count(&self) -> usize {
        self.made.len()
    }

    /// The error, with what is left.
    fn left(&self, error: Error) -> Error {
        if self.made.is_empty() {
            return error;
        }
        let left: Vec<_> = self.made.iter().map(ToString::to_string).collect();
        error
            .hint(format!("this was made and is left: {}", left.join(", ")))
            .hint("the same command again goes on from there")
    }

    /// Unmakes all; the error, with what could not be unmade.
    fn undo(&mut self, mut error: Error) -> Error {
        if !self.made.is_empty() {
            self.say("Undoing what was done; Ctrl-C leaves the rest of it as it is");
        }
        while let Some(made) = self.made.pop() {
            match self.unmake(&made) {
                Ok(()) => {
                    made.is_gone();
                    self.say(&format!("Undone: {made}"));
                }
                Err(failure) => {
                    let why = explain(&failure, "undo it");
                    error = error.hint(format!("this is left: {made} ({why})"));
                    if self.caller.is_interrupted() {
                        let rest: Vec<_> =
                            self.made.iter().rev().map(ToString::to_string).collect();
                        if !rest.is_empty() {
                            error = error.hint(format!("and this: {}", rest.join(", ")));
                        }
                        break;
                    }
                }
            }
        }
        error
    }

    /// Unmakes it. AWS may not know yet what was made, or not yet that its parts are gone.
    fn unmake(&self, made: &Made) -> std::result::Result<(), Failure> {
        let mut pauses = PAUSES.into_iter().take(UNDO_PAUSES);
        loop {
            let answer = made.unmake(self.caller);
            let Err(failure) = &answer else { return Ok(()) };
            let is_gone = is_refused_with(failure, &["NoSuchEntity", "NoSuchBucket"]);
            let may_change =
                is_gone || is_refused_with(failure, &["DeleteConflict", "ConcurrentModification"]);
            match pauses.next() {
                Some(pause) if may_change && self.caller.pause(Duration::from_millis(pause)) => {}
                _ if is_gone => return Ok(()),
                _ => return answer,
            }
        }
    }
}

/// Whether AWS refused it with one of `codes`.
pub fn is_refused_with(failure: &Failure, codes: &[&str]) -> bool {
    matches!(failure, Failure::Refused { code, .. } if codes.contains(&&**code))
}

/// Whether it is certain that the call did nothing.
fn was_not_made(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { .. } | Failure::Unreachable { sent: false, .. })
}
