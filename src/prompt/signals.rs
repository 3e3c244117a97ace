//! The signals that end a question, or other work that must not be interrupted in the middle; and
//! the end of the process that called us.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rustix::process::{Pid, getppid};
use signal_hook::{
    SigId,
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    flag, low_level,
};

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Holds back the signals that end a process while it exists: SIGHUP, SIGINT, SIGQUIT, SIGTERM.
///
/// A handler can't be removed, so afterwards ours makes each signal do what it does by default: see
/// [`handlers`]. Programs started meanwhile don't inherit the handlers. A signal that we were
/// started to ignore (`nohup`) is still ignored.
pub struct SignalGuard {
    interrupted: Arc<AtomicBool>,
    continued: Arc<AtomicBool>,
    /// The last signal that came; 0 if none did.
    signal: Arc<AtomicUsize>,
    registered: Vec<SigId>,
    caller: Option<Pid>,
}

impl SignalGuard {
    /// Starts to hold the signals back.
    pub fn start() -> io::Result<Self> {
        Self::with_ignored(ignored())
    }

    /// Starts to hold the signals back while a person is asked. Ctrl-C and Ctrl-\ at a question are
    /// meant for it, even if we were started to ignore their signals, as a script's background jobs
    /// are. Afterwards these signals do nothing again.
    pub(super) fn start_asking() -> io::Result<Self> {
        let keys = [SIGINT, SIGQUIT];
        Self::with_ignored(ignored().into_iter().filter(|signal| !keys.contains(signal)).collect())
    }

    /// `ignored` are those that stay ignored.
    fn with_ignored(ignored: Vec<i32>) -> io::Result<Self> {
        GUARDS.fetch_add(1, Ordering::SeqCst);
        let mut guard = Self {
            interrupted: Arc::default(),
            continued: Arc::default(),
            signal: Arc::default(),
            registered: Vec::new(),
            caller: getppid(),
        };
        let idle = handlers()?;
        let ending = ENDING.into_iter().filter(|signal| !ignored.contains(signal));
        for signal in ending.clone() {
            let number = usize::try_from(signal).unwrap_or_default();
            guard.registered.push(flag::register_usize(signal, Arc::clone(&guard.signal), number)?);
        }
        for (signal, flag) in
            ending.map(|signal| (signal, &guard.interrupted)).chain([(SIGCONT, &guard.continued)])
        {
            guard.registered.push(flag::register(signal, Arc::clone(flag))?);
        }
        idle.store(false, Ordering::SeqCst);
        Ok(guard)
    }

    /// Whether a signal came since the start or the last [`Self::reset`].
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// Forgets the signal that came, because it has been acted on.
    pub fn reset(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
    }

    /// Ends all questions of this process, as a signal from outside would. This guard keeps the process alive.
    pub(crate) fn cancel_questions(&self) {
        // It fails only for numbers that are no signals.
        drop(low_level::raise(SIGTERM));
        self.take_signal();
    }

    /// Returns the last signal that came since the start or the last call of this function, and forgets it.
    pub(crate) fn take_signal(&self) -> Option<i32> {
        self.reset();
        let signal = self.signal.swap(0, Ordering::SeqCst);
        i32::try_from(signal).ok().filter(|signal| *signal != 0)
    }

    /// Whether we were stopped and continued since the last call.
    pub(super) fn was_continued(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }

    /// Ends the guard. If a signal came, does what it does by default, unless another guard exists that
    /// waits for it.
    pub(crate) fn end_as_signalled(self) {
        let (signal, is_only) = (Arc::clone(&self.signal), GUARDS.load(Ordering::SeqCst) == 1);
        drop(self);
        let signal = i32::try_from(signal.load(Ordering::SeqCst)).unwrap_or_default();
        if signal != 0 && is_only {
            // It fails only for numbers that are no signals.
            drop(low_level::emulate_default_handler(signal));
        }
    }

    /// Whether the process that called us has ended: then we have another parent.
    pub(super) fn is_caller_gone(&self) -> bool {
        getppid() != self.caller
    }

    /// Ends the guard. Returns whether a signal came that nobody has acted on.
    pub(super) fn end(self) -> bool {
        let interrupted = Arc::clone(&self.interrupted);
        drop(self);
        interrupted.load(Ordering::SeqCst)
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        // First, so that no signal gets lost in between.
        if GUARDS.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(idle) = IDLE.get()
        {
            idle.store(true, Ordering::SeqCst);
        }
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// How many guards exist.
static GUARDS: AtomicUsize = AtomicUsize::new(0);

/// Whether no guard exists. Set up once, by the first one.
static IDLE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Installs the handlers that make each signal do what it does by default, and returns the switch
/// for them.
fn handlers() -> io::Result<&'static AtomicBool> {
    if IDLE.get().is_none() {
        let ignored = ignored();
        let idle = Arc::new(AtomicBool::new(true));
        for signal in ENDING.into_iter().filter(|signal| !ignored.contains(signal)) {
            flag::register_conditional_default(signal, Arc::clone(&idle))?;
        }
        drop(IDLE.set(idle));
    }
    Ok(IDLE.get().expect("BUG: it was just set"))
}

/// Returns the signals that this process was started to ignore. A handler hides that later.
fn ignored() -> Vec<i32> {
    static IGNORED: OnceLock<Vec<i32>> = OnceLock::new();
    IGNORED.get_or_init(ignored_now).clone()
}

/// Rule: proc(5), `SigIgn` of `/proc/PID/status`: signal 1 is the lowest bit.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
fn ignored_now() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ENDING.into_iter().filter(|signal| mask >> (signal - 1) & 1 == 1).collect()
}

/// There is no way to find out without unsafe code, so none counts as ignored.
#[cfg(not(target_os = "linux"))]
fn ignored_now() -> Vec<i32> {
    Vec::new()
}
