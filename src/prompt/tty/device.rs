//! The terminal as a device: who is in its foreground, reading and writing without blocking,
//! settings.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    sync::OnceLock,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    process::{Signal, getpgrp, kill_current_process_group},
    termios::{
        OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcgetpgrp,
        tcgetwinsize, tcsetattr,
    },
};

use super::super::{asking::Asking, question::Unanswered};

/// How long to sleep at most before checking for signals, who is in the foreground, and whether the
/// caller is still there.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// The terminal's settings before this process changed any, for [`restore_terminal`].
static FIRST: OnceLock<Termios> = OnceLock::new();

/// The controlling terminal, open for reading and writing.
pub(in crate::prompt) struct Tty(pub(super) File);

impl Tty {
    /// Opens the terminal if we are in its foreground. A background job would be stopped when it
    /// reads there or changes settings, and would hold its locks forever.
    pub(in crate::prompt) fn open() -> Result<Self, Unanswered> {
        let mut options = OpenOptions::new();
        // Nonblocking: after Ctrl-S, a write would last as long as the user likes.
        let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
        options.read(true).write(true).custom_flags(flags.cast_signed());
        let nobody = |why: &str| Unanswered::Nobody(why.to_owned());
        let tty = options.open("/dev/tty").map_err(|_| nobody("there is no terminal to ask on"))?;
        let tty = Self(tty);
        if !tty.is_ours() {
            let why = "rolecall runs in the background of its terminal and can't ask there";
            return Err(nobody(why));
        }
        Ok(tty)
    }

    /// Whether we are in the foreground.
    pub(in crate::prompt) fn is_ours(&self) -> bool {
        tcgetpgrp(&self.0).is_ok_and(|group| group == getpgrp())
    }

    /// Discards what was typed and not yet read.
    pub(in crate::prompt) fn discard_input(&self) {
        let _ = tcflush(&self.0, QueueSelector::IFlush);
    }

    /// Whether the terminal is ready for `what` at this moment.
    pub(super) fn is_ready_now(&self, what: PollFlags) -> bool {
        let mut fds = [PollFd::new(&self.0, what)];
        poll(&mut fds, Some(&timespec(Duration::ZERO))).is_ok_and(|ready| ready > 0)
    }

    pub(in crate::prompt) fn write(
        &self,
        text: &str,
        asking: &Asking<'_>,
    ) -> Result<(), Unanswered> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match { &self.0 }.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(PollFlags::OUT, asking)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unusable(error)),
            }
        }
        Ok(())
    }

    /// Waits until the terminal is ready, or there may be something else to do. Returns whether it
    /// is ready.
    pub(super) fn wait(&self, what: PollFlags, asking: &Asking<'_>) -> Result<bool, Unanswered> {
        self.wait_at_most(CHECK_INTERVAL, what, asking)
    }

    /// Like [`Self::wait`], for at most `limit`.
    pub(super) fn wait_at_most(
        &self,
        limit: Duration,
        what: PollFlags,
        asking: &Asking<'_>,
    ) -> Result<bool, Unanswered> {
        if asking.is_cancelled() {
            return Err(Unanswered::Cancelled);
        }
        let left = asking.time_left().ok_or(Unanswered::TimedOut)?;
        let mut fds = [PollFd::new(&self.0, what)];
        // A signal interrupts this, unless it comes just before.
        match poll(&mut fds, Some(&timespec(left.min(limit)))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(unusable(error.into())),
        }
        let is_ready = !fds[0].revents().is_empty();
        if asking.is_cancelled() {
            return Err(Unanswered::Cancelled);
        }
        // Reading or writing there from the background would stop us.
        if !self.is_ours() {
            let hung_up = tcgetpgrp(&self.0).is_err();
            return Err(if hung_up { Unanswered::Cancelled } else { Unanswered::Stopped });
        }
        Ok(is_ready)
    }

    /// Returns the number of columns and lines; `None` if the terminal doesn't know them.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        let size = tcgetwinsize(&self.0).ok()?;
        let size = (usize::from(size.ws_col), usize::from(size.ws_row));
        (size.0 > 0 && size.1 > 0).then_some(size)
    }

    pub(super) fn settings(&self) -> Result<Termios, Unanswered> {
        tcgetattr(&self.0).map_err(|error| unusable(error.into()))
    }

    pub(super) fn apply(&self, settings: &Termios) -> Result<(), Unanswered> {
        if FIRST.get().is_none()
            && let Ok(first) = tcgetattr(&self.0)
        {
            FIRST.get_or_init(|| first);
        }
        tcsetattr(&self.0, OptionalActions::Now, settings).map_err(|error| unusable(error.into()))
    }

    /// Restores the settings `before`, if we are in the foreground; otherwise the shell has done
    /// so. The key that stops a job is left to [`SuspendKeyOff`].
    pub(super) fn restore(&self, before: &Termios) {
        if !self.is_ours() {
            return;
        }
        let stop = SpecialCodeIndex::VSUSP;
        let mut settings = before.clone();
        if let Ok(now) = tcgetattr(&self.0) {
            settings.special_codes[stop] = now.special_codes[stop];
        }
        drop(self.apply(&settings));
    }
}

/// Returns whether this process is in the foreground of its terminal.
pub(crate) fn is_in_foreground() -> bool {
    Tty::open().is_ok()
}

/// Restores the settings that the terminal had before this process changed any, for a process that ends
/// without dropping what would restore them.
pub(crate) fn restore_terminal() {
    if let Some(first) = FIRST.get()
        && let Ok(tty) = Tty::open()
    {
        drop(tty.apply(first));
    }
}

/// Stops this process and its job as Ctrl-Z does. Returns when the job is continued, or at once if
/// there is nobody who could continue it.
pub fn stop_job() {
    let _ = kill_current_process_group(Signal::TSTP);
}

/// Sends the signal that a key would have sent: to the whole job, including the caller.
pub(super) fn interrupt_job(signal: Signal, asking: &Asking<'_>) {
    if kill_current_process_group(signal).is_ok() {
        // Ours must arrive while it is still held back. One that is ignored never arrives.
        if !asking.signals.is_interrupted() {
            let _ = poll(&mut [], Some(&timespec(CHECK_INTERVAL)));
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
}

fn unusable(error: io::Error) -> Unanswered {
    Unanswered::Failed(format!("the terminal can't be used: {error}"))
}

/// While this exists, Ctrl-Z does not stop us: locks are held that others wait for.
///
/// It restores nothing but this one setting, which nobody else restores, so that several of these
/// on one terminal don't take the key from the shell for good.
pub(in crate::prompt) struct SuspendKeyOff {
    tty: Tty,
    key: u8,
}

/// The value that stands for no key. Rule: termios(3), `_POSIX_VDISABLE`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const NO_KEY: u8 = 0;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const NO_KEY: u8 = 0xff;

impl SuspendKeyOff {
    /// Returns `None` if there is no terminal that we are in the foreground of, or no such key.
    pub(in crate::prompt) fn new() -> Option<Self> {
        let tty = Tty::open().ok()?;
        let mut settings = tty.settings().ok()?;
        let key = settings.special_codes[SpecialCodeIndex::VSUSP];
        if key == NO_KEY {
            return None;
        }
        settings.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        tty.apply(&settings).ok()?;
        Some(Self { tty, key })
    }
}

impl Drop for SuspendKeyOff {
    fn drop(&mut self) {
        if self.tty.is_ours()
            && let Ok(mut settings) = self.tty.settings()
        {
            settings.special_codes[SpecialCodeIndex::VSUSP] = self.key;
            drop(self.tty.apply(&settings));
        }
    }
}
