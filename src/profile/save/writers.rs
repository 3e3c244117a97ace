//! Which files other programs have open for writing.

use std::fs::Metadata;

/// Returns whether another process has the file of `metadata` open for writing, as far as this user
/// may know. The kernel shows only the processes of this user, and all of them to root.
///
/// Rule: proc(5), `/proc/PID/fd` and `/proc/PID/fdinfo`.
#[cfg(target_os = "linux")]
pub(super) fn is_open_for_writing(metadata: &Metadata) -> bool {
    use std::{fs, os::unix::fs::MetadataExt as _, time::Duration};

    use crate::context::steady_now;

    /// So many processes that this takes longer are not all looked at.
    const LIMIT: Duration = Duration::from_millis(200);

    let start = steady_now();
    let own = std::process::id().to_string();
    let is_other_process = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        name.iter().all(u8::is_ascii_digit) && name != own.as_bytes()
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in processes.filter(is_other_process) {
        let mut files = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        let is_writing = |file: &fs::DirEntry| {
            // Follows the link, which leads to the file even if it was removed.
            let found = fs::metadata(file.path());
            found.is_ok_and(|it| (it.dev(), it.ino()) == (metadata.dev(), metadata.ino()))
                && opened_for_writing(&process.path().join("fdinfo").join(file.file_name()))
        };
        if files.any(|file| is_writing(&file)) {
            return true;
        }
        if start.elapsed() > LIMIT {
            return false;
        }
    }
    false
}

/// Rule: proc(5), `flags` of `/proc/PID/fdinfo/FD`: the access mode and status flags, in octal.
#[cfg(target_os = "linux")]
fn opened_for_writing(fdinfo: &std::path::Path) -> bool {
    use crate::input::{Pipe, read_text};

    const ACCESS_MODE: u32 = 0o3;
    let text = read_text(fdinfo, 4096, Pipe::Refuse).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & ACCESS_MODE != 0)
}

/// There is no way to find out.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_open_for_writing(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn only_a_writer_counts_even_of_a_removed_file() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("config");
        std::fs::write(&path, "x").unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        assert!(!is_open_for_writing(&metadata));
        let held = |how: &str| {
            let script = format!("exec {how}\"$0\"; echo; read -r line");
            let mut child = Command::new("sh")
                .args(["-c", &script])
                .arg(&path)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            std::io::Read::read(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
            child
        };
        let mut reader = held("3<");
        assert!(!is_open_for_writing(&metadata));
        let mut writer = held("3>>");
        assert!(is_open_for_writing(&metadata));
        std::fs::remove_file(&path).unwrap();
        assert!(is_open_for_writing(&metadata));
        for child in [&mut reader, &mut writer] {
            drop(child.stdin.take());
            child.wait().unwrap();
        }
        assert!(!is_open_for_writing(&metadata));
    }
}
