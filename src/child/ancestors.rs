//! How many rolecall processes wait for this one.
//!
//! A `credential_process` that runs rolecall for the same profile starts itself again and again. The
//! profiles that wait are listed in a variable, but a program can clear that (`env -i`). It can't
//! clear the processes that started it: each of them is alive, because it waits for an answer.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::processes::{Process, process};

/// The most rolecall processes that may wait for another program. A program that asks a second tool, which
/// asks rolecall for another profile, needs two.
const MOST: usize = 5;

/// How the name of our programs starts.
const NAME: &str = "rolecall";

/// Whether so many rolecall processes wait for this one that it must not start another program.
pub(super) fn are_too_many() -> bool {
    count(std::process::id(), process) > MOST
}

/// Returns how many of the processes from `first` up to the oldest are rolecall, by its name or by that of
/// `first`.
fn count(first: u32, process: impl Fn(u32) -> Option<Process>) -> usize {
    let own = process(first).map(|process| process.name);
    let is_rolecall = |name: &String| name.starts_with(NAME) || Some(name) == own.as_ref();
    let (mut count, mut seen) = (0, HashSet::new());
    let mut id = first;
    // A process ID may be used again between two look-ups.
    while id > 0 && seen.insert(id) {
        let Some(Process { name, parent }) = process(id) else { break };
        count += usize::from(is_rolecall(&name));
        id = parent;
    }
    count
}

/// Keeps the processes below this one that lose their parent, as long as this value lives: in the eyes of
/// the kernel, this process started them.
///
/// Without it, a program could start rolecall in the background and end, and nothing would connect the two.
#[derive(Debug)]
pub(super) struct Adoption(());

/// How many of them there are: a server may run two programs at once.
static ADOPTIONS: Mutex<usize> = Mutex::new(0);

impl Adoption {
    /// Starts to adopt. Where the system does not know that, nothing happens.
    pub(super) fn new() -> Self {
        change(1);
        Self(())
    }
}

impl Drop for Adoption {
    fn drop(&mut self) {
        // A program that takes the place of this process would keep the attribute.
        change(-1);
    }
}

fn change(by: isize) {
    let mut adoptions = ADOPTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    *adoptions = adoptions.saturating_add_signed(by);
    set_adoption(*adoptions > 0);
}

/// Rule: prctl(2), `PR_SET_CHILD_SUBREAPER`.
fn set_adoption(is_on: bool) {
    #[cfg(target_os = "linux")]
    {
        let on = rustix::process::Pid::from_raw(1).filter(|_| is_on);
        // Kernels without it are older than those that rolecall supports.
        let _ = rustix::process::set_child_subreaper(on);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = is_on;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &'static [&'static str]) -> impl Fn(u32) -> Option<Process> {
        move |id| {
            let name = names.get(names.len().checked_sub(id as usize)?)?;
            Some(Process { name: (*name).to_owned(), parent: id - 1 })
        }
    }

    #[test]
    fn rolecall_is_counted_under_each_of_its_names() {
        let names = &["rolecall", "sh", "rolecall-provis", "aws", "rolecall", "sh", "init"];
        assert_eq!(count(7, named(names)), 3);
        let names = &["creds", "sh", "creds", "sh", "rolecall", "init"];
        assert_eq!(count(6, named(names)), 3);
        assert_eq!(count(0, named(names)), 0);
    }

    #[test]
    fn a_circle_of_processes_ends() {
        let process = |id: u32| Some(Process { name: "rolecall".into(), parent: 3 - id });
        assert_eq!(count(1, process), 2);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_and_its_parent_are_found() {
        let own = process(std::process::id()).unwrap();
        assert!(process(own.parent).is_some());
        assert!(count(std::process::id(), process) >= 1);
    }
}
