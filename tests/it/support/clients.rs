//! The programs of others that tests run rolecall under, and what happens when one is missing.
//!
//! `tests/run.sh` installs them all and sets `ROLECALL_TEST_ALL=1`, under which a missing one
//! fails the test. Without that, the test is left out, in so many words.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::sandbox::find_program;

/// Says on the tests' own stderr that something is not tested, and why; or fails if nothing may
/// be left out. A caller returns after it.
#[track_caller]
pub(crate) fn left_out(what: &str, why: &str) {
    assert!(variable("ROLECALL_TEST_ALL").as_deref() != Some("1"), "{what} can't be tested: {why}");
    // `eprintln!` would go into the output of a test that passes, which nobody sees.
    io::stderr().write_all(format!("left out: {what} ({why})\n").as_bytes()).ok();
}

/// A program of the system; `package` is the one that Debian has it in.
#[track_caller]
pub(crate) fn require_program(name: &str, package: &str) -> Option<PathBuf> {
    let found = find_program(name);
    if found.is_none() {
        let why = format!("no such program; tests/run.sh installs Debian's {package}");
        left_out(&format!("what needs `{name}`"), &why);
    }
    found
}

/// The AWS CLI, version 1: the one that `pip` can pin.
#[track_caller]
pub(crate) fn require_aws_cli() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND
        .get_or_init(|| candidates("aws").find(|path| says(path, &["--version"], "aws-cli/1.")));
    if found.is_none() {
        left_out("the AWS CLI", "no version 1; tests/run.sh installs it");
    }
    found.clone()
}

/// A Python that has boto3.
#[track_caller]
pub(crate) fn require_boto3() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let script = "import boto3; print('boto3', boto3.__version__)";
    let found = FOUND
        .get_or_init(|| candidates("python3").find(|path| says(path, &["-c", script], "boto3 ")));
    if found.is_none() {
        left_out("boto3", "not installed; tests/run.sh installs it");
    }
    found.clone()
}

/// The library that makes a program believe in another time when it is preloaded.
#[track_caller]
pub(crate) fn require_faketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.exists());
    if found.is_none() {
        left_out("the passing of time", "no libfaketime; tests/run.sh installs it");
    }
    found
}

/// The virtual environment first, then the system.
fn candidates(name: &str) -> impl Iterator<Item = PathBuf> {
    let venv = variable("ROLECALL_TEST_VENV").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/venv"),
        PathBuf::from,
    );
    [Some(venv.join("bin").join(name)), find_program(name)].into_iter().flatten()
}

/// Whether it runs, as it will in a sandbox, and says what it should.
fn says(program: &Path, arguments: &[&str], start: &str) -> bool {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout.starts_with(start.as_bytes()))
}

#[expect(clippy::disallowed_methods, reason = "not rolecall's environment but that of its tests")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

mod tests {
    use super::{require_aws_cli, require_boto3};
    use crate::support::sandbox::Sandbox;

    #[test]
    fn clients_work_in_a_sandbox() {
        let sandbox = Sandbox::new();
        if let Some(aws) = require_aws_cli() {
            let output = sandbox.program(aws, &["--version"]).run().ok();
            assert!(output.stdout.starts_with("aws-cli/1."), "{output:?}");
        }
        if let Some(python) = require_boto3() {
            let script = "import boto3; print(boto3.Session().available_profiles)";
            sandbox.config("[profile a]\nregion = eu-west-1\n");
            let output = sandbox.program(python, &["-c", script]).run().ok();
            assert_eq!(output.stdout, "['a']\n");
        }
    }
}
