//! What ends a question, or other work that can't be left half-way, from outside: signals, and the end
//! of the process that called us.

use std::{
    io,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::process::{Pid, getppid};
use signal_hook::{
    SigId,
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    flag, low_level,
};

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Holds back the signals that end a process, as long as it lives.
///
/// A handler can't be taken out again, so afterwards each signal does what it would have done
/// without: see [`handlers`]. A program that is started meanwhile has none of them. A signal that
/// we were told to ignore (`nohup`) goes on being ignored.
pub struct Watch {
    interrupted: Arc<AtomicBool>,
    continued: Arc<AtomicBool>,
    wake: UnixStream,
    registered: Vec<SigId>,
    caller: Option<Pid>,
    /// Becomes readable when the caller ends; where the system has no such thing, a look now and
    /// then must do.
    caller_end: Option<OwnedFd>,
}

impl Watch {
    /// Begins to hold them back.
    pub fn start() -> io::Result<Self> {
        let (wake, alarm) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        alarm.set_nonblocking(true)?;
        let caller = getppid();
        let mut watch = Self {
            interrupted: Arc::default(),
            continued: Arc::default(),
            wake,
            registered: Vec::new(),
            caller,
            caller_end: caller.and_then(end_of),
        };
        let ignored = ignored();
        let idle = handlers(&ignored)?;
        let ending = ENDING.into_iter().filter(|signal| !ignored.contains(signal));
        for (signal, flag) in
            ending.map(|signal| (signal, &watch.interrupted)).chain([(SIGCONT, &watch.continued)])
        {
            watch.registered.push(flag::register(signal, Arc::clone(flag))?);
            watch.registered.push(low_level::pipe::register(signal, alarm.try_clone()?)?);
        }
        idle.store(false, Ordering::SeqCst);
        Ok(watch)
    }

    /// Whether a signal came.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// Takes a signal for acted upon: from now on only another one counts.
    pub fn heed(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
    }

    /// Whether we were stopped and go on, since this was asked last.
    pub(super) fn was_continued(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }

    /// A process that loses its parent gets another.
    pub(super) fn is_caller_gone(&self) -> bool {
        getppid() != self.caller
    }

    /// What becomes readable when one of these may have changed.
    pub(super) fn alarms(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [Some(self.wake.as_fd()), self.caller_end.as_ref().map(OwnedFd::as_fd)]
            .into_iter()
            .flatten()
    }

    /// Makes the alarm silent until the next signal.
    pub(super) fn heard(&self) {
        let mut rest = [0; 64];
        while io::Read::read(&mut &self.wake, &mut rest).is_ok_and(|count| count == rest.len()) {}
    }

    /// Ends it; gives whether a signal came that nobody has acted upon.
    pub(super) fn end(self) -> bool {
        let interrupted = Arc::clone(&self.interrupted);
        drop(self);
        interrupted.load(Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // First, so that no signal falls between the two.
        if let Some(idle) = IDLE.get() {
            idle.store(true, Ordering::SeqCst);
        }
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// Whether no question is being asked. Never unset again once it is set up.
static IDLE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Has each signal do what it does by default as long as this is true.
fn handlers(ignored: &[i32]) -> io::Result<&'static AtomicBool> {
    if IDLE.get().is_none() {
        let idle = Arc::new(AtomicBool::new(true));
        for signal in ENDING.into_iter().filter(|signal| !ignored.contains(signal)) {
            flag::register_conditional_default(signal, Arc::clone(&idle))?;
        }
        drop(IDLE.set(idle));
    }
    Ok(IDLE.get().expect("BUG: it was just set"))
}

/// The signals that this process was told to ignore.
///
/// Rule: proc(5), `SigIgn` of `/proc/PID/status`: signal 1 is the lowest bit.
#[cfg(target_os = "linux")]
fn ignored() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ENDING.into_iter().filter(|signal| mask >> (signal - 1) & 1 == 1).collect()
}

/// No way to ask without unsafe code: none is taken for ignored.
#[cfg(not(target_os = "linux"))]
fn ignored() -> Vec<i32> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn end_of(process: Pid) -> Option<OwnedFd> {
    use rustix::process::{PidfdFlags, pidfd_open};
    pidfd_open(process, PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn end_of(_: Pid) -> Option<OwnedFd> {
    None
}
