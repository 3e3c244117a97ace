//! Waits for what was just created to propagate.

use rolecall::{Failure, Streams, Waiting, escape, waiting_for};

use crate::caller::Caller;

/// The pauses, in milliseconds, between attempts: a minute in total.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const PAUSES: [u64; 15] = [
    500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000,
    2_500,
];

/// Shows what is waited for until the result is dropped; if stderr is not a terminal, in a line that
/// stays.
pub(crate) fn wait_for<'c>(
    caller: &Caller<'c>,
    what: &str,
    streams: &mut Streams<'_>,
) -> Waiting<'c> {
    if !caller.context.stderr_is_terminal() {
        streams.note(&format!("Waiting for {}\n", escape(what)));
    }
    waiting_for(caller.context, what)
}

/// A call that AWS may refuse until something new has propagated.
pub(crate) struct Propagation<'w> {
    /// What is waited for: `IAM to propagate the role`.
    pub(crate) what: &'w str,
    /// The error codes that AWS returns until then.
    pub(crate) codes: &'w [&'w str],
}

impl Propagation<'_> {
    /// Retries for about a minute, and shows what is waited for.
    ///
    /// # Errors
    /// That of the last attempt; [`Failure::Interrupted`] if a signal arrived.
    pub(crate) fn wait<T>(
        &self,
        caller: &Caller<'_>,
        streams: &mut Streams<'_>,
        attempt: impl Fn() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _waiting = wait_for(caller, self.what, streams);
        let answer = caller.retry(&PAUSES, self.codes, attempt);
        if answer.is_err() && caller.is_interrupted() { Err(Failure::Interrupted) } else { answer }
    }
}
