//! Which program called this one: what it calls itself, and so no proof.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::Context;

/// A program that gets something from this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Its name, without its folder: that of a script which the system runs with an interpreter.
    pub(crate) program: String,
    /// Its process.
    pub(crate) process: u32,
    /// The folder that it is in; `None` if the system does not tell.
    pub(crate) folder: Option<PathBuf>,
    /// Its file, which is that of the interpreter for a script; `None` if the system does not tell.
    pub(crate) path: Option<PathBuf>,
    /// The process that started it; `None` if the system does not tell.
    pub(crate) parent: Option<Parent>,
}

/// The process that started a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    /// Its name, without its folder.
    pub(crate) program: String,
    /// Its number.
    pub(crate) process: u32,
}

impl Caller {
    /// Returns what is known of the process `id`; `None` if the system does not tell.
    pub(crate) fn of(id: u32) -> Option<Self> {
        Self::found(id, system::process(id)?)
    }

    fn found(process: u32, found: Process) -> Option<Self> {
        let path = system::path(process);
        let program = program(&found.name, path.as_deref())?;
        let parent = system::process(found.parent).and_then(|above| {
            Some(Parent { program: program_alone(&above.name)?, process: found.parent })
        });
        Some(Self { program, process, folder: system::folder(process), path, parent })
    }
}

impl Caller {
    /// Returns it as the process that started another one.
    pub(crate) fn into_parent(self) -> Parent {
        Parent { program: self.program, process: self.process }
    }
}

impl Context {
    /// Returns the folder that this process is in, which it has from its caller; `None` if it is gone.
    #[expect(clippy::unused_self, reason = "a made-up context may have another one")]
    pub(crate) fn current_folder(&self) -> Option<PathBuf> {
        std::env::current_dir().ok()
    }

    /// Notes that what this process gets is for the program `name`, which it runs, and not for its caller.
    pub(crate) fn will_run(&self, name: &OsStr) {
        let name = Path::new(name).file_name().unwrap_or(name).to_string_lossy();
        drop(self.runs.set(name.into_owned()));
    }

    /// Returns the name of the program that this process runs, or else of the one that called it.
    pub(crate) fn user_program(&self) -> Option<String> {
        self.runs.get().cloned().or_else(|| Some(self.caller()?.program))
    }

    /// Returns the name of the program that started this one, without its folder; `None` if the system
    /// does not tell.
    pub(crate) fn parent_program(&self) -> Option<String> {
        if self.made_up_folders.is_some() {
            return None;
        }
        program_alone(&system::process(system::parent()?)?.name)
    }

    /// Returns the program that called this one; `None` if the system does not tell.
    ///
    /// SDKs may call a `credential_process` through `sh -c`, and one rolecall may call another. Neither that shell nor
    /// rolecall is the caller.
    pub(crate) fn caller(&self) -> Option<Caller> {
        if self.made_up_folders.is_some() {
            return None;
        }
        let mut process = system::parent()?;
        let mut found = system::process(process)?;
        for _ in 0..MOST_BETWEEN {
            let is_between = is_shell(&found.name) && runs_one_line(process);
            if !is_between && !is_rolecall(&found.name) {
                break;
            }
            let Some(above) = system::process(found.parent) else { break };
            (process, found) = (found.parent, above);
        }
        Caller::found(process, found)
    }
}

/// The most processes that may stand between the caller and this one.
const MOST_BETWEEN: usize = 4;

/// How many bytes of a program's name the kernel of Linux keeps.
const KEPT_BY_KERNEL: usize = 15;

/// What a runtime calls its first thread, and so its process: Node.js.
const THREAD_NAMES: [&str; 2] = ["MainThread", "node-MainThread"];

/// A process.
#[cfg_attr(not(unix), allow(dead_code, reason = "nothing is known of processes there"))]
struct Process {
    name: String,
    parent: u32,
}

/// Returns the name of a program that calls itself `name` and whose file is `path`: the file's if the system
/// has cut the name off, or if it is no program's.
fn program(name: &str, path: Option<&Path>) -> Option<String> {
    let file = path.and_then(Path::file_name).and_then(OsStr::to_str);
    let is_cut = |file: &&str| name.len() >= KEPT_BY_KERNEL && file.starts_with(name);
    match file.filter(|file| is_cut(file) || THREAD_NAMES.contains(&name)) {
        Some(file) => Some(file.to_owned()),
        None => program_alone(name),
    }
}

/// Returns a program's name without its folder, and without the hyphen of a login shell.
fn program_alone(name: &str) -> Option<String> {
    let name = name.trim().rsplit('/').next()?.trim_start_matches('-');
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// The shells that may run a line for a program, such as that of a `credential_process`.
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "ash", "busybox", "zsh", "ksh", "mksh", "fish"];

fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name.rsplit('/').next().unwrap_or_default())
}

/// Whether the shell `id` runs a line which it was given (`sh -c LINE`).
fn runs_one_line(id: u32) -> bool {
    system::words(id).is_some_and(|words| has_line(words.iter().map(String::as_str)))
}

/// Whether a program is rolecall, perhaps one of several versions of it: `rolecall-1.2`.
fn is_rolecall(name: &str) -> bool {
    let version = name.rsplit('/').next().and_then(|name| name.strip_prefix("rolecall"));
    version.is_some_and(|version| {
        version.is_empty()
            || version.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Whether a shell is given a line by these words, the first of which is its name: `bash -lc LINE`.
fn has_line<'w>(words: impl Iterator<Item = &'w str>) -> bool {
    let mut words = words.skip(1);
    while let Some(word) = words.next().filter(|word| word.starts_with(['-', '+'])) {
        let is_short = word.starts_with('-') && !word.starts_with("--");
        if is_short && word.contains('c') {
            return true;
        }
        if word.ends_with('o') && !word.starts_with("--") {
            // The name of an option follows.
            words.next();
        }
    }
    false
}

#[cfg(target_os = "linux")]
mod system {
    use std::{
        fs::{self, File},
        io::Read as _,
        os::unix::ffi::OsStrExt as _,
        path::{Path, PathBuf},
    };

    use super::Process;

    pub(super) fn parent() -> Option<u32> {
        u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()
    }

    /// Returns the start of a file of the process `id`, in one read: a hit may pay for it.
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which can't be a pipe")]
    fn start_of(id: u32, file: &str) -> Option<String> {
        let mut start = [0; 1024];
        let length = File::open(format!("/proc/{id}/{file}")).ok()?.read(&mut start).ok()?;
        Some(String::from_utf8_lossy(&start[..length]).into_owned())
    }

    /// Rule: proc(5), `/proc/PID/stat`. The name of a program may contain brackets.
    pub(super) fn process(id: u32) -> Option<Process> {
        let stat = start_of(id, "stat")?;
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let parent = after.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(Process { name, parent })
    }

    /// Returns the first words of a process's command line. They may be secrets.
    ///
    /// Rule: proc(5), `/proc/PID/cmdline`.
    pub(super) fn words(id: u32) -> Option<Vec<String>> {
        Some(start_of(id, "cmdline")?.split('\0').map(str::to_owned).collect())
    }

    /// Rule: proc(5), `/proc/PID/cwd`.
    pub(super) fn folder(id: u32) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{id}/cwd")).ok()
    }

    /// Rule: proc(5), `/proc/PID/exe`: a file that was replaced meanwhile is marked.
    pub(super) fn path(id: u32) -> Option<PathBuf> {
        let path = fs::read_link(format!("/proc/{id}/exe")).ok()?;
        let kept = path.as_os_str().as_bytes().strip_suffix(b" (deleted)");
        let kept = kept.map(|kept| Path::new(std::ffi::OsStr::from_bytes(kept)).to_owned());
        Some(kept.unwrap_or(path))
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod system {
    use std::{
        path::{Path, PathBuf},
        process::Command,
    };

    use super::Process;

    pub(super) fn parent() -> Option<u32> {
        u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()
    }

    /// Returns what `ps` says of `fields` of a process. Rule: POSIX, `ps -o`.
    fn ask(id: u32, fields: &[&str]) -> Option<String> {
        let fields = fields.iter().flat_map(|field| ["-o", *field]);
        let ps =
            Command::new("/bin/ps").args(fields).args(["-p", &id.to_string()]).output().ok()?;
        let said = String::from_utf8(ps.stdout).ok()?.trim().to_owned();
        Some(said).filter(|said| !said.is_empty())
    }

    pub(super) fn process(id: u32) -> Option<Process> {
        let said = ask(id, &["ppid=", "comm="])?;
        let (parent, name) = said.split_once(char::is_whitespace)?;
        let name = name.trim().to_owned();
        Some(Process { name, parent: parent.parse().ok()? })
    }

    /// Returns the words of a process's command line. They may be secrets.
    pub(super) fn words(id: u32) -> Option<Vec<String>> {
        Some(ask(id, &["args="])?.split(' ').map(str::to_owned).collect())
    }

    /// `ps` does not know it.
    pub(super) fn folder(_: u32) -> Option<PathBuf> {
        None
    }

    /// The name is the path on macOS.
    pub(super) fn path(id: u32) -> Option<PathBuf> {
        let said = ask(id, &["comm="])?;
        Some(PathBuf::from(said)).filter(|path| Path::new(path).is_absolute())
    }
}

/// There is no way to find out without unsafe code.
#[cfg(not(unix))]
mod system {
    use std::path::PathBuf;

    use super::Process;

    pub(super) fn parent() -> Option<u32> {
        None
    }

    pub(super) fn process(_: u32) -> Option<Process> {
        None
    }

    pub(super) fn words(_: u32) -> Option<Vec<String>> {
        None
    }

    pub(super) fn folder(_: u32) -> Option<PathBuf> {
        None
    }

    pub(super) fn path(_: u32) -> Option<PathBuf> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::Read as _,
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn a_shell_that_runs_a_line_is_told_from_other_programs() {
        let own = system::process(std::process::id()).unwrap();
        assert!(own.parent > 0 && !runs_one_line(std::process::id()));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "echo started; read line; :"]);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut started = [0; 8];
        child.stdout.take().unwrap().read_exact(&mut started).unwrap();
        let found = system::process(child.id()).unwrap();
        assert_eq!(found.parent, std::process::id());
        assert!(is_shell(&found.name) && runs_one_line(child.id()));
        let caller = Caller::of(child.id()).unwrap();
        assert_eq!(caller.folder, std::env::current_dir().ok());
        assert_eq!(caller.path, std::fs::canonicalize("/bin/sh").ok());
        assert_eq!(caller.parent.unwrap().process, std::process::id());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_version_of_rolecall_is_rolecall_and_its_sibling_is_not() {
        for name in ["rolecall", "rolecall-1.2", "rolecall2", "/usr/bin/rolecall"] {
            assert!(is_rolecall(name), "{name}");
        }
        for name in ["rolecall-provis", "rolecaller", "bash", ""] {
            assert!(!is_rolecall(name), "{name}");
        }
    }

    #[test]
    fn a_line_is_given_to_a_shell_in_many_ways() {
        let line = |text: &str| has_line(text.split(' '));
        for text in ["sh -c x", "bash -lc x", "zsh -l -c x", "bash --noprofile -eo pipefail -c x"] {
            assert!(line(text), "{text}");
        }
        for text in ["bash", "bash script -c", "bash --rcfile", "sh -e script -c x", "zsh -i"] {
            assert!(!line(text), "{text}");
        }
    }

    #[test]
    fn a_name_is_the_scripts_and_whole_and_not_a_threads() {
        let named = |name, path: &str| program(name, Some(Path::new(path))).unwrap();
        assert_eq!(named("aws", "/usr/bin/python3.11"), "aws");
        assert_eq!(named("terraform-provi", "/x/terraform-provider-aws"), "terraform-provider-aws");
        assert_eq!(named("MainThread", "/usr/bin/node"), "node");
        assert_eq!(named("-bash", "/usr/bin/bash"), "bash");
        assert_eq!(program("sh", None).unwrap(), "sh");
        assert_eq!(program("", None), None);
    }
}
