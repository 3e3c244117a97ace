//! A lock between processes that the kernel releases if its holder dies.

use std::{
    fs::{File, TryLockError},
    io,
    time::Duration,
};

use crate::context::Context;

/// An open lock file. Dropping it releases the lock, and so does the end of the process.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn new(file: File) -> Self {
        Self { file }
    }

    /// Takes the lock if it is free; returns whether it did.
    pub fn try_take(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// How waiting for a lock ended.
pub(crate) enum LockWait<T> {
    /// This process has the lock.
    Taken,
    /// It is not needed any more, because of this.
    Given(T),
    /// Another process still had it at the deadline.
    TooLate,
    /// Locks can't be used here.
    Unusable(io::Error),
}

impl Lock {
    /// Waits for the lock until `deadline`, counted from the start of the process; tries at least once.
    /// `meanwhile` runs after each attempt that failed, and ends the waiting if it returns something.
    pub(crate) fn wait<T>(
        &self,
        context: &Context,
        deadline: Duration,
        mut meanwhile: impl FnMut() -> Option<T>,
    ) -> LockWait<T> {
        let mut backoff = Backoff::new(std::process::id());
        loop {
            match self.try_take() {
                Ok(true) => return LockWait::Taken,
                Ok(false) => {}
                Err(error) => return LockWait::Unusable(error),
            }
            if let Some(given) = meanwhile() {
                return LockWait::Given(given);
            }
            if context.elapsed() >= deadline {
                return LockWait::TooLate;
            }
            std::thread::sleep(backoff.next_pause());
        }
    }
}

/// How long to sleep between two attempts to take a lock: short at first, then up to a limit, with
/// jitter so that a hundred waiters don't wake together.
#[derive(Debug)]
pub struct Backoff {
    milliseconds: u64,
    spread: u64,
}

impl Backoff {
    const FIRST: u64 = 4;
    const LONGEST: u64 = 40;

    /// Starts with the shortest pause. `seed` should differ between processes, such as the process
    /// ID.
    pub fn new(seed: u32) -> Self {
        Self { milliseconds: Self::FIRST, spread: u64::from(seed) | 1 }
    }

    /// Returns the next pause.
    pub fn next_pause(&mut self) -> Duration {
        // A linear congruential step: only the spread matters, not its quality.
        self.spread = self.spread.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let jitter = (self.spread >> 33) % self.milliseconds;
        let pause = Duration::from_millis(self.milliseconds / 2 + jitter);
        self.milliseconds = (self.milliseconds * 3 / 2).min(Self::LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateDirectory;

    #[test]
    fn a_lock_excludes_others_until_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("state")).unwrap();
        let first = state.lock("k").unwrap();
        let second = state.lock("k").unwrap();
        assert!(first.try_take().unwrap());
        assert!(!second.try_take().unwrap());
        assert!(state.lock("other").unwrap().try_take().unwrap());
        drop(first);
        assert!(second.try_take().unwrap());
    }

    #[test]
    fn pauses_grow_to_a_limit_and_differ_between_processes() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(seed);
            (0..30).map(|_| backoff.next_pause()).collect::<Vec<_>>()
        };
        assert!(pauses(1)[0] < Duration::from_millis(8));
        assert!(pauses(1).iter().all(|pause| *pause < Duration::from_millis(90)));
        assert!(pauses(1)[20..].iter().any(|pause| *pause > Duration::from_millis(30)));
        assert_ne!(pauses(1), pauses(2));
    }
}
