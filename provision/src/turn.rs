//! Lets commands of this machine that work on the same thing do so one after the other.
//!
//! Two runs at once would each plan to create what the other creates, and one that fails would undo
//! what the other uses. Runs on other machines are not seen; they are told to start again.

use std::time::Duration;

use rolecall::{Backoff, Error, Kind, Lock, Result, StateDirectory, Streams, escape};

use crate::{caller::Caller, failure::interrupted};

/// How long to wait for another process.
const WAIT: Duration = Duration::from_mins(2);

/// A lock, and what it is for.
pub(crate) struct Turn<'a> {
    pub(crate) lock: &'a Lock,
    /// `user ci`.
    pub(crate) what: &'a str,
}

impl Turn<'_> {
    /// Waits for the lock, which `say` reports.
    ///
    /// # Errors
    /// If it takes too long, or a signal cuts it short.
    pub(crate) fn wait(&self, caller: &Caller<'_>, mut say: impl FnMut(&str)) -> Result<()> {
        let what = self.what;
        let (mut backoff, mut left) = (Backoff::new(std::process::id()), WAIT);
        loop {
            let taken = self.lock.try_take().map_err(|error| {
                Error::new(Kind::Other, format!("the lock of {what} can't be taken: {error}"))
            })?;
            if taken {
                return Ok(());
            }
            if left == WAIT {
                say(&format!("Waiting for another rolecall that is working on {what}"));
            }
            if left.is_zero() {
                let text = format!("another rolecall has been working on {what} for too long");
                return Err(Error::new(Kind::Other, text).hint("stop it, or try again later"));
            }
            let time = backoff.next_pause();
            left = left.saturating_sub(time);
            if !caller.pause(time) {
                return Err(interrupted());
            }
        }
    }
}

/// Waits until no other command of this machine works on `what`: `user ci`. The result must be kept
/// until everything is done; it is `None` without a state directory, where nothing can be locked.
///
/// # Errors
/// If it takes too long.
pub(crate) fn take(
    caller: &Caller<'_>,
    what: &str,
    streams: &mut Streams<'_>,
) -> Result<Option<Lock>> {
    let name = format!("provision-{}", what.replace(' ', "-"));
    let state = StateDirectory::open(caller.context);
    let Some(lock) = state.and_then(|state| state.lock(&name).ok()) else { return Ok(None) };
    let say = |text: &str| streams.note(&format!("{}\n", escape(text)));
    Turn { lock: &lock, what }.wait(caller, say)?;
    Ok(Some(lock))
}
