//! One question at a time on a terminal.
//!
//! Two programs that ask at once would each restore the settings of the other, and the second code
//! would be typed with echo.

use std::fs::File;

use rustix::{
    event::PollFlags,
    fs::{FlockOperation, flock},
};

use super::{
    super::{asking::Asking, question::Unanswered},
    device::Tty,
};

/// Waits for our turn as long as enough time is left for the question. The turn ends when the file
/// is dropped, or the process ends. `None`: the terminal has no name that we can find, so there are
/// no turns.
pub(super) fn take_turn(tty: &Tty, asking: &Asking<'_>) -> Result<Option<File>, Unanswered> {
    let Some(device) = device() else { return Ok(None) };
    loop {
        match flock(&device, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(device)),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
            Err(_) => return Ok(None),
        }
        if !asking.has_time() {
            return Err(Unanswered::TimedOut);
        }
        tty.wait(PollFlags::empty(), asking)?;
    }
}

/// Opens the controlling terminal by its own name: `/dev/tty` is the same file for everybody.
///
/// Rules: proc(5), `tty_nr` of `/proc/PID/stat`; the kernel's list of device numbers.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
fn device() -> Option<File> {
    use rustix::fs::{OFlags, fstat, major, minor};
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _};
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let number: u32 = after_name.split_ascii_whitespace().nth(4)?.parse().ok()?;
    let number = u64::from(number);
    let (first, second) = (major(number), minor(number));
    let path = match first {
        136..=143 => format!("/dev/pts/{}", second + (first - 136) * 256),
        4 if second < 64 => format!("/dev/tty{second}"),
        4 => format!("/dev/ttyS{}", second - 64),
        _ => return None,
    };
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path).ok()?;
    (fstat(&file).ok()?.st_rdev == number).then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn device() -> Option<File> {
    None
}
