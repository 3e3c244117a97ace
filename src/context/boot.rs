//! How long the system has been running, by a clock that nobody sets.

use std::time::Duration;

/// A moment since the system was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BootMoment {
    /// Identifies this start of the system.
    pub(crate) boot: String,
    /// The time since then, including the time that the machine slept.
    pub(crate) uptime: Duration,
}

/// Returns the present moment since the system was started; `None` if the system does not tell.
///
/// Rules: random(4), `boot_id`; proc(5), `/proc/uptime`.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "files of the kernel's, which never block")]
pub(crate) fn boot_moment() -> Option<BootMoment> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = uptime.split_ascii_whitespace().next()?.parse().ok()?;
    let uptime = Duration::try_from_secs_f64(seconds).ok()?;
    Some(BootMoment { boot: boot.trim().to_owned(), uptime })
}

/// There is no way to find out without unsafe code.
#[cfg(not(target_os = "linux"))]
pub(crate) fn boot_moment() -> Option<BootMoment> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_has_one_start_and_runs_on() {
        let (one, other) = (boot_moment().unwrap(), boot_moment().unwrap());
        assert_eq!(one.boot, other.boot);
        assert!(one.boot.len() == 36 && one.uptime <= other.uptime && !one.uptime.is_zero());
    }
}
