//! The process of `--while`.

use crate::error::{Error, Kind, Result};

/// A process that is watched until it ends.
pub(super) struct WatchedProcess {
    #[cfg(target_os = "linux")]
    handle: std::os::fd::OwnedFd,
    #[cfg(all(unix, not(target_os = "linux")))]
    id: rustix::process::Pid,
}

fn missing(id: u32, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::Usage, format!("process {id} can't be watched: {why}"))
}

#[cfg(unix)]
fn pid(id: u32) -> Result<rustix::process::Pid> {
    let pid = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
    pid.ok_or_else(|| missing(id, "it is not a process ID"))
}

/// The handle stands for this process even if its number is used again.
#[cfg(target_os = "linux")]
impl WatchedProcess {
    /// Starts to watch the process with this number.
    pub(super) fn open(id: u32) -> Result<Self> {
        let handle = rustix::process::pidfd_open(pid(id)?, rustix::process::PidfdFlags::empty());
        Ok(Self { handle: handle.map_err(|why| missing(id, std::io::Error::from(why)))? })
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut watched = [PollFd::new(&self.handle, PollFlags::IN)];
        poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
impl WatchedProcess {
    /// Starts to watch the process with this number.
    pub(super) fn open(id: u32) -> Result<Self> {
        let watched = Self { id: pid(id)? };
        if watched.has_ended() { Err(missing(id, "there is no such process")) } else { Ok(watched) }
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        rustix::process::test_kill_process(self.id) == Err(rustix::io::Errno::SRCH)
    }
}

#[cfg(not(unix))]
impl WatchedProcess {
    /// Fails: this system has no way to watch it without unsafe code.
    pub(super) fn open(id: u32) -> Result<Self> {
        Err(missing(id, "--while is only available on Unix"))
    }

    /// Never returns `true`.
    #[expect(clippy::unused_self, reason = "on Unix it is used")]
    pub(super) fn has_ended(&self) -> bool {
        false
    }
}
