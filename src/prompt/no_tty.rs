//! Systems other than Unix: Ctrl-C is the only signal, and the console can't be asked without unsafe code.

#![allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is more to do")]

use std::{
    convert::Infallible,
    fs::File,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt as _;
use tokio::signal::windows::{CtrlC, ctrl_c};
use zeroize::Zeroizing;

use super::{
    asking::Asking,
    list::List,
    question::{Question, Unanswered},
};

/// The number of the signal that stands for Ctrl-C.
const SIGINT: i32 = 2;
/// The exit code of a process that Ctrl-C ended: `STATUS_CONTROL_C_EXIT` of `ntstatus.h`.
const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

/// Holds back Ctrl-C while it exists. Afterwards Ctrl-C ends the process again.
pub struct SignalGuard {
    /// While one of these exists, Ctrl-C ends nothing.
    events: Mutex<CtrlC>,
    interrupted: AtomicBool,
    /// How many calls of [`Self::cancel_questions`] this guard has seen.
    cancels: AtomicUsize,
}

/// How many guards exist.
static GUARDS: AtomicUsize = AtomicUsize::new(0);
/// How often questions were cancelled.
static CANCELS: AtomicUsize = AtomicUsize::new(0);

impl SignalGuard {
    /// Starts to hold Ctrl-C back.
    pub fn start() -> io::Result<Self> {
        let events = Mutex::new(ctrl_c()?);
        GUARDS.fetch_add(1, Ordering::SeqCst);
        let cancels = AtomicUsize::new(CANCELS.load(Ordering::SeqCst));
        Ok(Self { events, interrupted: AtomicBool::new(false), cancels })
    }

    pub(super) fn start_asking() -> io::Result<Self> {
        Self::start()
    }

    /// Whether Ctrl-C came since the start or the last [`Self::reset`].
    pub fn is_interrupted(&self) -> bool {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let came = events.recv().now_or_never().is_some();
        let cancels = CANCELS.load(Ordering::SeqCst);
        let is_cancelled = self.cancels.swap(cancels, Ordering::SeqCst) != cancels;
        if came || is_cancelled {
            self.interrupted.store(true, Ordering::SeqCst);
        }
        self.interrupted.load(Ordering::SeqCst)
    }

    /// Forgets the Ctrl-C that came, because it has been acted on.
    pub fn reset(&self) {
        self.take_signal();
    }

    /// Ends all questions of this process, as Ctrl-C would. This guard keeps the process alive.
    pub(crate) fn cancel_questions(&self) {
        CANCELS.fetch_add(1, Ordering::SeqCst);
        self.reset();
    }

    /// Returns the signal of a Ctrl-C that came since the start or the last call of this function, and
    /// forgets it.
    pub(crate) fn take_signal(&self) -> Option<i32> {
        let came = self.is_interrupted();
        self.interrupted.store(false, Ordering::SeqCst);
        came.then_some(SIGINT)
    }

    pub(super) fn was_continued(&self) -> bool {
        false
    }

    pub(super) fn is_caller_gone(&self) -> bool {
        false
    }

    /// Ends the guard. Returns whether Ctrl-C came and nobody has acted on it.
    pub(super) fn end(self) -> bool {
        self.is_interrupted()
    }

    /// Ends the guard. If Ctrl-C came, ends the process, unless another guard exists that waits for it.
    #[expect(clippy::disallowed_methods, reason = "as Ctrl-C does by default")]
    pub(crate) fn end_as_signalled(self) {
        if self.is_interrupted() && GUARDS.load(Ordering::SeqCst) == 1 {
            std::process::exit(CONTROL_C_EXIT);
        }
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        GUARDS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The controlling terminal: it can't be used.
pub(super) struct Tty(Infallible);

impl Tty {
    pub(super) fn open() -> Result<Self, Unanswered> {
        let why = "rolecall does not ask in the console on this system";
        Err(Unanswered::Nobody(why.to_owned()))
    }

    pub(super) fn is_ours(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn discard_input(&self) {
        match self.0 {}
    }

    pub(super) fn write(&self, _: &str, _: &Asking<'_>) -> Result<(), Unanswered> {
        match self.0 {}
    }
}

/// The terminal while it shows nothing: it can't be used.
pub(super) struct QuietTty(Infallible);

impl QuietTty {
    pub(super) fn new(tty: Tty) -> Option<Self> {
        match tty.0 {}
    }

    pub(super) fn read(&self, _: &mut [u8]) -> Option<usize> {
        match self.0 {}
    }
}

pub(super) fn ask(
    tty: &Tty,
    _: &Question<'_>,
    _: &Asking<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unanswered> {
    match tty.0 {}
}

pub(super) fn choose(tty: &Tty, _: &List<'_>, _: &Asking<'_>) -> Result<Vec<usize>, Unanswered> {
    match tty.0 {}
}

/// Returns `true`: there are no jobs.
pub(crate) fn is_in_foreground() -> bool {
    true
}

/// Does nothing: no settings are changed.
pub(crate) fn restore_terminal() {}

/// Does nothing: there is nothing like Ctrl-Z.
pub fn stop_job() {}

pub(super) struct SuspendKeyOff;

impl SuspendKeyOff {
    pub(super) fn new() -> Option<Self> {
        None
    }
}

pub(super) struct Loan(Infallible);

impl Loan {
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn file(&self) -> io::Result<File> {
        match self.0 {}
    }

    pub(super) fn restore(&self) {
        match self.0 {}
    }
}
