//! Killing a program that takes too long, and what it has started.
//!
//! It can't have a separate process group, which would be the easy way: it would be a background
//! job of the terminal, and would be stopped when it asks there.

use std::process::Child;

/// Kills `child` and, on Linux, its descendants.
pub(super) fn with_descendants(child: &mut Child) {
    #[cfg(target_os = "linux")]
    descendants::kill(child.id());
    // It may have just ended by itself.
    drop(child.kill());
    drop(child.wait());
}

#[cfg(target_os = "linux")]
mod descendants {
    use std::fs;

    use rustix::process::{Pid, Signal, kill_process};

    use crate::child::processes::process;

    /// Kills all descendants of `root`, but not itself.
    pub(super) fn kill(root: u32) {
        let parents = parents();
        let mut family = vec![root];
        let mut i = 0;
        while let Some(&member) = family.get(i) {
            let children = parents.iter().filter(|(_, parent)| *parent == member);
            let new: Vec<u32> =
                children.map(|(child, _)| *child).filter(|child| !family.contains(child)).collect();
            family.extend(new);
            i += 1;
        }
        for &member in &family[1..] {
            let pid = i32::try_from(member).ok().and_then(Pid::from_raw);
            // It may have ended meanwhile.
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
    }

    /// Returns all processes with their parents.
    fn parents() -> Vec<(u32, u32)> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter_map(|id| Some((id, process(id)?.parent))).collect()
    }
}
