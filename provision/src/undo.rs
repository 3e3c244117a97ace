//! Undoes what a command did if it fails halfway.
//!
//! A command works inside [`StepOptions::all_or_nothing`] and makes each change through
//! [`Steps::change`]. That records the change before the call, so that it is known even if no
//! answer arrives. If the work fails or a signal interrupts it, the recorded changes are undone,
//! the last one first.

use rolecall::{
    DELETE_CONFLICT, Error, Failure, NO_SUCH_BUCKET, NO_SUCH_ENTITY, Result, Streams, escape,
};

use crate::{
    caller::Caller,
    change::{Change, Outcome, Phrasing},
    failure::{explain, interrupted, is_refused_with},
};

/// The pauses, in milliseconds, between attempts of a call that AWS may not be ready for: half a
/// minute in total.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const PAUSES: [u64; 7] = [500, 1_000, 2_000, 4_000, 6_000, 8_000, 8_000];
/// How many of them are used to undo something, because somebody is waiting.
const UNDO_PAUSES: usize = 4;

/// Options for the steps of a command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StepOptions {
    /// Keeps what was created if the command fails.
    pub(crate) keep: bool,
    /// The phrasing of the messages.
    pub(crate) phrasing: Phrasing,
}

impl StepOptions {
    /// Runs `work`. If it fails, what it did is undone, or with [`Self::keep`] only listed. The
    /// error says what still exists.
    ///
    /// # Errors
    /// That of the work; of kind `Interrupted` if a signal arrived.
    pub(crate) fn all_or_nothing<T>(
        self,
        caller: &Caller<'_>,
        streams: &mut Streams<'_>,
        work: impl FnOnce(&mut Steps<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        caller.hold_signals()?;
        let mut steps = Steps { caller, streams, options: self, made: Vec::new() };
        let mut result = work(&mut steps);
        // If the work is finished, a signal at the last moment is too late.
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

/// The steps that have been done.
pub(crate) struct Steps<'a, 's> {
    caller: &'a Caller<'a>,
    /// For messages and data.
    pub(crate) streams: &'a mut Streams<'s>,
    options: StepOptions,
    made: Vec<Change>,
}

impl<'a> Steps<'a, '_> {
    /// Returns the caller of AWS.
    pub(crate) fn caller(&self) -> &'a Caller<'a> {
        self.caller
    }

    /// Reports a step.
    pub(crate) fn say(&mut self, text: &str) {
        self.streams.note(&format!("{}\n", escape(text)));
    }

    /// Returns an error if a signal arrived; to be called before something that can't be undone.
    ///
    /// # Errors
    /// Of kind `Interrupted`.
    pub(crate) fn check_not_interrupted(&self) -> Result<()> {
        if self.caller.is_interrupted() { Err(interrupted()) } else { Ok(()) }
    }

    /// Makes a change and reports it. Retries for half a minute while AWS refuses because what was
    /// just created is not visible yet.
    ///
    /// # Errors
    /// Those of the call.
    pub(crate) fn change(&mut self, change: &Change) -> Result<Outcome> {
        let (caller, phrasing, before) = (self.caller, self.options.phrasing, self.made.len());
        let after_creation = self.made.iter().any(Change::creates);
        let codes = change.codes_to_retry(after_creation);
        let answer = self.when_ready(codes, &change.waits_for(), |steps| {
            // A change that was not started must not be undone.
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

    /// Retries for half a minute while AWS refuses with one of `codes`. `what` is what it waits
    /// for: `IAM to propagate the user`.
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

    /// Adds to the error what still exists.
    fn left(&self, error: Error) -> Error {
        if self.made.is_empty() {
            return error;
        }
        error
            .hint(format!("created and kept: {}", self.names(self.made.iter())))
            .hint("run the same command again to continue from there")
    }

    fn names<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> String {
        changes.map(|it| it.noun(self.options.phrasing)).collect::<Vec<_>>().join(", ")
    }

    /// Undoes everything. Adds to the error what could not be undone.
    fn undo(&mut self, mut error: Error) -> Error {
        if !self.made.is_empty() {
            self.say("Undoing what was done; Ctrl-C leaves the rest as it is");
        }
        while let Some(change) = self.made.pop() {
            let name = change.noun(self.options.phrasing);
            match self.revert(&change) {
                Ok(()) => {
                    change.is_gone();
                    self.say(&format!("Undone: {name}"));
                }
                Err(failure) => {
                    let why = explain(&failure, "undo it");
                    error = error.hint(format!("could not be undone: {name} ({why})"));
                    if self.caller.is_interrupted() {
                        let rest = self.names(self.made.iter().rev());
                        if !rest.is_empty() {
                            error = error.hint(format!("not undone either: {rest}"));
                        }
                        break;
                    }
                }
            }
        }
        error
    }

    /// Undoes a change. AWS may not know the new thing yet, or not yet that its parts are deleted.
    fn revert(&self, change: &Change) -> std::result::Result<(), Failure> {
        const GONE: [&str; 2] = [NO_SUCH_ENTITY, NO_SUCH_BUCKET];
        const MAY_CHANGE: [&str; 4] = [GONE[0], GONE[1], DELETE_CONFLICT, "ConcurrentModification"];
        let pauses = &PAUSES[..UNDO_PAUSES];
        match self.caller.retry(pauses, &MAY_CHANGE, || change.undo(self.caller)) {
            Err(failure) if is_refused_with(&failure, &GONE) => Ok(()),
            answer => answer,
        }
    }
}

/// Returns whether the call certainly did nothing.
fn was_not_made(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { .. } | Failure::Unreachable { sent: false, .. })
}
