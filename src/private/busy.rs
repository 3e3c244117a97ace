//! Files that another program has open.
//!
//! Windows can't replace or remove them. Every AWS program reads the AWS files, and all our processes
//! the records, but none for long.

use std::{io, thread, time::Duration};

/// How often to try again. With the pauses, that takes about two seconds.
const TRIES: u32 = 90;
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// The attempts to replace or remove a file.
#[derive(Default)]
pub(crate) struct FileRetries {
    tries: u32,
}

impl FileRetries {
    /// Waits a moment, if `error` may say that another program has the file open. Returns whether to
    /// try again.
    pub(crate) fn wait(&mut self, error: &io::Error) -> bool {
        if self.tries == TRIES || !may_be_open_elsewhere(error) {
            return false;
        }
        thread::sleep(LONGEST_PAUSE.min(Duration::from_millis(1 << self.tries.min(10))));
        self.tries += 1;
        true
    }
}

/// Rule: `winerror.h`: `ERROR_ACCESS_DENIED`, which also means that this user may not do it;
/// `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`.
fn may_be_open_elsewhere(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}
