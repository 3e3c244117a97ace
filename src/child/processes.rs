//! The processes of this machine, and which of them started which.

/// A process: its name, as the kernel shortens it, and the process that started it.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) parent: u32,
}

/// Returns the process `id`, if there is one.
///
/// Rule: proc(5), `/proc/PID/stat`; the name of a program may contain brackets.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
pub(super) fn process(id: u32) -> Option<Process> {
    let stat = std::fs::read(format!("/proc/{id}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let parent = after.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(Process { name: name.to_owned(), parent })
}

/// Returns the process `id`, if there is one.
///
/// Rule: POSIX, `ps -o`.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn process(id: u32) -> Option<Process> {
    let arguments = ["-o", "ppid=", "-o", "comm=", "-p", &id.to_string()];
    let ps = std::process::Command::new("/bin/ps").args(arguments).output().ok()?;
    let line = String::from_utf8(ps.stdout).ok()?;
    let (parent, path) = line.trim().split_once(char::is_whitespace)?;
    let name = path.trim().rsplit('/').next().unwrap_or_default().to_owned();
    Some(Process { name, parent: parent.parse().ok()? })
}

/// There is no way to find out without unsafe code.
#[cfg(not(unix))]
pub(super) fn process(_: u32) -> Option<Process> {
    None
}
