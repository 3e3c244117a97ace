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

/// Runs calls on threads of their own, so that they can be given up. A call that is given up goes on
/// by itself until the process ends; as long as there is one, no other is begun.
#[derive(Debug, Default)]
pub(super) struct Limited {
    hangs: AtomicBool,
}

impl Limited {
    /// What `work` comes to, if that is before `limit`. `what` is who did not answer otherwise.
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
        // Nobody waits any more: what came too late is dropped, and wiped.
        let call = move || drop(sender.send(work()));
        let thread = thread::Builder::new().spawn(call);
        thread.map_err(|error| unavailable(&format!("can't be asked: {error}")))?;
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
    fn what_is_done_in_time_is_handed_on() {
        let limited = Limited::default();
        assert_eq!(limited.run("it", LONG, || Ok(1)), Ok(1));
        let denied = Error::new(ErrorKind::Denied, "no");
        let told = denied.clone();
        assert_eq!(limited.run::<()>("it", LONG, move || Err(told)), Err(denied));
        assert_eq!(limited.run("it", LONG, || Ok(2)), Ok(2));
    }

    #[test]
    fn a_call_that_hangs_is_waited_for_once() {
        let limited = Limited::default();
        let (release, wait) = mpsc::channel::<()>();
        let hang = move || {
            // Until the test is over.
            wait.recv().map_err(|_| Error::new(ErrorKind::Denied, "nobody hears this"))
        };
        let error = limited.run("it", Duration::from_millis(20), hang).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert_eq!(error.message, "it did not answer within 20 ms");
        let error = limited.run("it", LONG, || Ok(())).unwrap_err();
        assert_eq!(error.message, "it has not answered an earlier call");
        drop(release);
    }
}
