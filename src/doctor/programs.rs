//! The programs that profiles run, this program, and what is installed with it.

use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{
    check::Check,
    finding::Finding,
    fix::{Change, Fix},
    sections::section_with,
};
use crate::{
    context::{Context, Program},
    profile::{
        Files, Key, ProcessLine, Profile, as_word, process_line, process_line_fault, program_of,
    },
};

/// The programs that were looked for. Thousands of profiles name the same few.
pub(super) struct Programs<'c> {
    context: &'c Context,
    /// The path of this program, as profiles should name it.
    own: Option<PathBuf>,
    known: RefCell<HashMap<String, Found>>,
}

/// What a name or a path of a program leads to.
#[derive(Clone)]
struct Found {
    program: Program,
    /// Whether it is this program.
    is_own: bool,
}

impl<'c> Programs<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, own: context.executable(), known: RefCell::default() }
    }

    /// Returns the path of this program.
    pub(super) fn own(&self) -> Option<&Path> {
        self.own.as_deref()
    }

    /// Returns what is wrong with the programs that `profile` runs.
    pub(super) fn check(&self, files: &Files, profile: &Profile<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for key in [Key::CredentialProcess, Key::MfaProcess] {
            let Some((line, setting)) = profile.get(key) else { continue };
            // A path that depends on the caller is reported as that.
            if key == Key::CredentialProcess && process_line_fault(setting).is_some() {
                continue;
            }
            let Some(program) = program_of(line) else { continue };
            let found = self.find(&program);
            let is_ours = key == Key::CredentialProcess
                && ProcessLine::of(profile).is_some_and(ProcessLine::is_ours);
            let why = match found.program {
                Program::Missing => Some("does not exist"),
                Program::NotExecutable => Some("is not executable"),
                Program::OnlyInRelativeFolder => {
                    Some("is only in a relative directory of PATH, where rolecall does not look")
                }
                Program::There(_) => None,
            };
            let finding = match why {
                Some(why) => {
                    let text =
                        format!("'{program}' in '{}' of '{}' {why}", setting.key, profile.name);
                    Finding::problem(Check::MissingProgram, text)
                }
                None if is_ours && !found.is_own => {
                    let text = format!("'{program}' in '{}' is not this rolecall", profile.name);
                    Finding::warning(Check::OtherRolecall, text)
                }
                None => continue,
            };
            findings.push(
                finding
                    .of_profile(&profile.name)
                    .at(setting.at.clone())
                    .remedy(self.remedy(profile, is_ours, &program))
                    .fix(self.fix(files, profile, is_ours)),
            );
        }
        findings
    }

    /// The line that runs this program, if the profile's line is of ours and names only the profile.
    fn better(&self, profile: &Profile<'_>, is_ours: bool) -> Option<String> {
        let is_own = ProcessLine::of(profile) == Some(&ProcessLine::Ours(profile.name.clone()));
        let own = self.own.as_deref().filter(|_| is_ours && is_own)?;
        process_line(own, &profile.name).ok()
    }

    fn remedy(&self, profile: &Profile<'_>, is_ours: bool, program: &str) -> String {
        let word = as_word(&profile.name);
        match self.better(profile, is_ours) {
            Some(line) => {
                let line = line.replace('"', "\\\"");
                format!("'rolecall profile set {word} \"credential_process={line}\"'")
            }
            None => format!("install {program}, or correct the path"),
        }
    }

    fn fix(&self, files: &Files, profile: &Profile<'_>, is_ours: bool) -> Option<Fix> {
        let key = Key::CredentialProcess.name();
        let value = self.better(profile, is_ours)?;
        let (file, header) = section_with(files, profile, key)?;
        Some(Fix::new(&*file.path, Change::SetKey { header, key: key.to_owned(), value }))
    }

    fn find(&self, name: &str) -> Found {
        if let Some(found) = self.known.borrow().get(name) {
            return found.clone();
        }
        let program = self.context.look_for_program(OsStr::new(name));
        let path = if name.contains(['/', '\\']) {
            Some(PathBuf::from(name))
        } else {
            self.context.find_program(name)
        };
        let is_own =
            path.zip(self.own.as_ref()).is_some_and(|(path, own)| is_same_file(&path, own));
        let found = Found { program, is_own };
        self.known.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    /// Returns what is installed.
    pub(super) fn installed(&self) -> Finding {
        let own = self.own.as_ref().map_or_else(|| "?".into(), |own| own.display().to_string());
        let mut text = format!("rolecall {} is {own}", env!("CARGO_PKG_VERSION"));
        match self.context.find_program("rolecall") {
            Some(first) if !self.own.as_ref().is_some_and(|own| is_same_file(&first, own)) => {
                text.push_str(&format!("; a shell runs another one, {}", first.display()));
            }
            Some(_) => {}
            None => text.push_str("; it is not in PATH"),
        }
        let home = self.context.home();
        let data = self.context.var_os("XDG_DATA_HOME").map(PathBuf::from);
        let Some(data) = data.or_else(|| home.map(|home| home.join(".local/share"))) else {
            return Finding::ok(Check::Program, text);
        };
        let there: Vec<&str> = INSTALLED
            .iter()
            .filter(|(_, file)| data.join(file).exists())
            .map(|(name, _)| *name)
            .collect();
        if !there.is_empty() {
            text.push_str(&format!("; installed: {}", there.join(", ")));
        }
        Finding::ok(Check::Program, text)
    }
}

/// What install.sh puts below the folder for data.
const INSTALLED: [(&str, &str); 4] = [
    ("completion for bash", "bash-completion/completions/rolecall"),
    ("completion for zsh", "zsh/site-functions/_rolecall"),
    ("completion for fish", "fish/vendor_completions.d/rolecall.fish"),
    ("man pages", "man/man1/rolecall.1"),
];

/// Whether both paths lead to the same file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize()) else { return false };
    one == other || is_hard_link(&one, &other)
}

#[cfg(unix)]
fn is_hard_link(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let file = |path: &Path| std::fs::metadata(path).ok().map(|it| (it.dev(), it.ino()));
    file(one).is_some() && file(one) == file(other)
}

#[cfg(not(unix))]
fn is_hard_link(_: &Path, _: &Path) -> bool {
    false
}
