//! One question at a time on a terminal.
//!
//! Two programs that ask at once would each take the other's settings for those to go back to, and
//! the second code would be typed with echo.

use rustix::fs::{FlockOperation, flock};
use std::fs::File;

use super::Refusal;

/// Waits for our turn by calling `pause` again and again. It is over when the answer is dropped,
/// or the process ends. Where the terminal has no name that we can find, it is always our turn.
pub(super) fn wait(
    mut pause: impl FnMut() -> Result<(), Refusal>,
) -> Result<Option<File>, Refusal> {
    let Some(device) = device() else { return Ok(None) };
    loop {
        match flock(&device, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(device)),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => pause()?,
            Err(_) => return Ok(None),
        }
    }
}

/// The controlling terminal by its own name: everybody's `/dev/tty` is the same file.
///
/// Rules: proc(5), `tty_nr` of `/proc/PID/stat`; the kernel's list of device numbers.
#[cfg(target_os = "linux")]
fn device() -> Option<File> {
    use rustix::fs::{OFlags, fstat, major, minor};
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _};
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let behind_name = stat.rsplit_once(')')?.1;
    let number: u32 = behind_name.split_ascii_whitespace().nth(4)?.parse().ok()?;
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
