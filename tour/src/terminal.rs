//! A terminal on which the tour types what a person would.

use std::process::Command;

use crate::Result;

/// What to type once a prompt is shown.
pub(crate) struct Answer {
    /// The prompt, or its end.
    pub(crate) prompt: String,
    /// What to type, without the Enter key.
    pub(crate) typed: String,
}

/// Runs `command` on a terminal, answering its prompts in this order, and returns what the terminal
/// showed.
///
/// # Errors
/// If the command fails, or there is no terminal to be had.
#[cfg(unix)]
pub(crate) fn run(command: &Command, answers: &[Answer]) -> Result<String> {
    use std::{fs::File, io::Write as _, os::fd::OwnedFd};

    use rustix::{
        fs::{Mode, OFlags},
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    };

    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&person)?;
    unlockpt(&person)?;
    let name = ptsname(&person, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let program: OwnedFd = rustix::fs::open(&name, flags, Mode::empty())?;

    // `setsid --ctty` makes the terminal the controlling one, where rolecall prompts.
    let mut on_terminal = Command::new("setsid");
    on_terminal.arg("--ctty").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => on_terminal.env(name, value),
            None => on_terminal.env_remove(name),
        };
    }
    let mut child = on_terminal
        .stdin(program.try_clone()?)
        .stdout(program.try_clone()?)
        .stderr(program)
        .spawn()?;
    drop(on_terminal); // and with it our ends of the program's side, so that reading ends

    let mut person = File::from(person);
    let mut shown = String::new();
    for answer in answers {
        if !read_until(&mut person, &mut shown, &answer.prompt) {
            break;
        }
        person.write_all(format!("{}\r", answer.typed).as_bytes())?;
    }
    read_until(&mut person, &mut shown, "\0");
    let status = child.wait()?;
    let shown = shown.replace("\r\n", "\n");
    if status.success() { Ok(shown) } else { Err(format!("a command failed:\n{shown}").into()) }
}

/// Reads from the terminal until what is new ends with or contains `needle`. Returns whether it
/// does: not if the program has ended.
#[cfg(unix)]
fn read_until(person: &mut std::fs::File, shown: &mut String, needle: &str) -> bool {
    use std::io::Read as _;

    let start = shown.len();
    let mut buffer = [0; 4096];
    while !shown[start..].contains(needle) {
        // A terminal whose program has ended reports an error instead of an end.
        match person.read(&mut buffer) {
            Ok(count) if count > 0 => shown.push_str(&String::from_utf8_lossy(&buffer[..count])),
            _ => return false,
        }
    }
    true
}

/// Without a terminal of our own nothing can be answered.
#[cfg(not(unix))]
pub(crate) fn run(_: &Command, _: &[Answer]) -> Result<String> {
    Err("the tour needs a system with pseudo-terminals".into())
}
