//! A time limit for calls that have none of their own.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{Error, ErrorKind};

/// Runs each call on its own thread, so that it can be abandoned. An abandoned call keeps running
/// until the process exits, and every later call fails.
#[derive(Debug, Default)]
pub(super) struct Limited {
    hangs: AtomicBool,
}

impl Limited {
    /// Returns the result of `work`, or [`ErrorKind::Unavailable`] after `limit`. `what` names the
    /// service that is called, for the message.
    pub(super) fn run<T: Send + 'static>(
        &self,
        what: &str,
        limit: Duration,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let unavailable = |why: &str| Error::new(ErrorKind::Unavailable, format!("{what} {why}"));
        if self.hangs.load(Ordering::Relaxed) {
            return Err(unavailable("has not answered an earlier call"));
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        // After the time limit the receiver is gone, and a late result is dropped and wiped.
        let call = move || drop(sender.send(work()));
        let thread = thread::Builder::new().spawn(call);
        thread.map_err(|error| unavailable(&format!("can't be called: {error}")))?;
        receiver.recv_timeout(limit).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => {
                self.hangs.store(true, Ordering::Relaxed);
                Err(unavailable(&format!("did not answer within {} ms", limit.as_millis())))
            }
            RecvTimeoutError::Disconnected => Err(unavailable("failed")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn results_within_the_limit_are_returned() {
        let limited = Limited::default();
        assert_eq!(limited.run("it", LONG, || Ok(1)), Ok(1));
        let denied = Error::new(ErrorKind::Denied, "no");
        let error = denied.clone();
        assert_eq!(limited.run::<()>("it", LONG, move || Err(error)), Err(denied));
        assert_eq!(limited.run("it", LONG, || Ok(2)), Ok(2));
    }

    #[test]
    fn a_call_that_hangs_costs_one_time_limit() {
        let limited = Limited::default();
        let (release, wait) = mpsc::channel::<()>();
        let hang = move || {
            // Until the test is over.
            wait.recv().map_err(|_| Error::new(ErrorKind::Denied, "too late"))
        };
        let error = limited.run("it", Duration::from_millis(20), hang).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert_eq!(error.message, "it did not answer within 20 ms");
        let error = limited.run("it", LONG, || Ok(())).unwrap_err();
        assert_eq!(error.message, "it has not answered an earlier call");
        drop(release);
    }
}
