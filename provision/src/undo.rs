//! All or nothing: what a command made is unmade when it fails half-way.
//!
//! A verb does its work inside [`StepOptions::all_or_nothing`]. Whatever it makes it makes through
//! [`Steps::change`], which takes it down before the call, so that it is known even where no answer
//! comes. When the work fails, or a signal breaks it off, the list is gone through from its end.

use rolecall::{
    aws::Failure,
    error::{Error, Result},
    output::{Streams, escape},
};

use crate::{
    caller::Caller,
    change::{Change, Outcome, Phrasing},
    failure::{explain, interrupted, is_refused_with},
};

/// The pauses, in milliseconds, between tries of a call that AWS may not be ready for: half a minute
/// together.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const PAUSES: [u64; 7] = [500, 1_000, 2_000, 4_000, 6_000, 8_000, 8_000];
/// Of these, how many when something is unmade: a human waits.
const UNDO_PAUSES: usize = 4;

/// How a command does its steps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StepOptions {
    /// Leaves what was made where it is when the command fails.
    pub(crate) keep: bool,
    /// How the steps are told.
    pub(crate) phrasing: Phrasing,
}

impl StepOptions {
    /// Does `work`. If it fails, what it made is unmade (or with [`Self::keep`] named), and its error
    /// says what is left.
    ///
    /// # Errors
    /// That of the work; of kind `Interrupted` when a signal came.
    pub(crate) fn all_or_nothing<T>(
        self,
        caller: &Caller<'_>,
        streams: &mut Streams<'_>,
        work: impl FnOnce(&mut Steps<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        caller.hold_signals()?;
        let mut steps = Steps { caller, streams, options: self, made: Vec::new() };
        let mut result = work(&mut steps);
        // Where all is done, a signal in the last moment comes too late.
        if caller.is_interrupted() && result.is_err() {
            result = Err(interrupted());
        }
        caller.heed_signal();
        let result =
            result.map_err(|error| if self.keep { steps.left(error) } else { steps.undo(error) });
        caller.release_signals();
        result
    }
}

/// The work as far as it was done.
pub(crate) struct Steps<'a, 's> {
    caller: &'a Caller<'a>,
    /// Where it is told, and where its data go.
    pub(crate) streams: &'a mut Streams<'s>,
    options: StepOptions,
    made: Vec<Change>,
}

impl<'a> Steps<'a, '_> {
    /// Who calls AWS.
    pub(crate) fn caller(&self) -> &'a Caller<'a> {
        self.caller
    }

    /// Tells of a step.
    pub(crate) fn say(&mut self, text: &str) {
        self.streams.note(&format!("{}\n", escape(text)));
    }

    /// An error if a signal came: before what can't be taken back.
    ///
    /// # Errors
    /// Of kind `Interrupted`.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.caller.is_interrupted() { Err(interrupted()) } else { Ok(()) }
    }

    /// Makes a change and tells of it. What AWS refuses because it does not know yet what was made
    /// just now is tried again for half a minute.
    ///
    /// # Errors
    /// Those of the call.
    pub(crate) fn change(&mut self, change: &Change) -> Result<Outcome> {
        let (caller, phrasing, before) = (self.caller, self.options.phrasing, self.made.len());
        let after_creation = self.made.iter().any(Change::creates);
        let codes = change.codes_to_retry(after_creation);
        let answer = self.when_ready(codes, &change.waits_for(), |steps| {
            // What is not begun is not to be undone.
            if caller.is_interrupted() {
                return Err(Failure::Interrupted);
            }
            if change.has_undo() {
                steps.made.push(change.clone());
            }
            let answer = change.call(caller);
            if answer.as_ref().is_err_and(was_not_made) {
                steps.made.truncate(before);
            }
            answer
        });
        match answer {
            Ok(outcome) => {
                if let Some(last) = self.made.last_mut().filter(|_| change.has_undo()) {
                    last.learn(&outcome);
                }
                self.say(&change.done(phrasing));
                Ok(outcome)
            }
            Err(failure) => {
                if self.made.len() == before {
                    change.is_gone();
                }
                Err(change.error(&failure, phrasing))
            }
        }
    }

    /// Tries again and again for half a minute, as long as AWS refuses with one of `codes`. `what` is
    /// what is waited for: `IAM to know the user`.
    pub(crate) fn when_ready<T>(
        &mut self,
        codes: &[&str],
        what: &str,
        mut attempt: impl FnMut(&mut Self) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let caller = self.caller;
        let mut tries = 0;
        caller.retry(&PAUSES, codes, || {
            tries += 1;
            if tries == 2 {
                self.say(&format!("Waiting for {what}"));
            }
            attempt(self)
        })
    }

    /// The error, with what is left.
    fn left(&self, error: Error) -> Error {
        if self.made.is_empty() {
            return error;
        }
        error
            .hint(format!("this was made and is left: {}", self.names(self.made.iter())))
            .hint("the same command again goes on from there")
    }

    fn names<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> String {
        changes.map(|it| it.noun(self.options.phrasing)).collect::<Vec<_>>().join(", ")
    }

    /// Unmakes all; the error, with what could not be unmade.
    fn undo(&mut self, mut error: Error) -> Error {
        if !self.made.is_empty() {
            self.say("Undoing what was done; Ctrl-C leaves the rest of it as it is");
        }
        while let Some(change) = self.made.pop() {
            let name = change.noun(self.options.phrasing);
            match self.unmake(&change) {
                Ok(()) => {
                    change.is_gone();
                    self.say(&format!("Undone: {name}"));
                }
                Err(failure) => {
                    let why = explain(&failure, "undo it");
                    error = error.hint(format!("this is left: {name} ({why})"));
                    if self.caller.is_interrupted() {
                        let rest = self.names(self.made.iter().rev());
                        if !rest.is_empty() {
                            error = error.hint(format!("and this: {rest}"));
                        }
                        break;
                    }
                }
            }
        }
        error
    }

    /// Unmakes it. AWS may not know yet what was made, or not yet that its parts are gone.
    fn unmake(&self, change: &Change) -> std::result::Result<(), Failure> {
        const GONE: [&str; 2] = ["NoSuchEntity", "NoSuchBucket"];
        const MAY_CHANGE: [&str; 4] =
            [GONE[0], GONE[1], "DeleteConflict", "ConcurrentModification"];
        let pauses = &PAUSES[..UNDO_PAUSES];
        match self.caller.retry(pauses, &MAY_CHANGE, || change.undo(self.caller)) {
            Err(failure) if is_refused_with(&failure, &GONE) => Ok(()),
            answer => answer,
        }
    }
}

/// Whether it is certain that the call did nothing.
fn was_not_made(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { .. } | Failure::Unreachable { sent: false, .. })
}
