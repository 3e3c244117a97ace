//! The programs of others that tests run rolecall under, and what happens when one is missing.
//!
//! `tests/run.sh` installs them all and sets `ROLECALL_TEST_ALL=1`, under which a missing one
//! fails the test. Without that, the test is left out, in so many words.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::{
    programs,
    sandbox::{find_program, find_programs},
};

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

/// The AWS CLI of the major version `version`.
#[track_caller]
pub(crate) fn require_aws_cli(version: u8) -> Option<PathBuf> {
    static FOUND: [OnceLock<Option<PathBuf>>; 3] = [const { OnceLock::new() }; 3];
    let start = format!("aws-cli/{version}.");
    require(
        &FOUND[usize::from(version)],
        &format!("the AWS CLI, version {version}"),
        candidates("aws"),
        |path| says(path, &["--version"], &[], &start),
    )
}

/// A Python that has boto3.
#[track_caller]
pub(crate) fn require_boto3() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let script = "import boto3; print('boto3', boto3.__version__)";
    require(&FOUND, "boto3", candidates("python3"), |path| {
        says(path, &["-c", script], &[], "boto3 ")
    })
}

/// A Node.js that the AWS SDK for JavaScript supports, and the variable that names the SDK's folder.
#[track_caller]
pub(crate) fn require_sdk_for_javascript() -> Option<(PathBuf, (&'static str, PathBuf))> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let variable = ("NODE_PATH", tools().join("js/node_modules"));
    let script = "require('@aws-sdk/credential-providers'); \
                  process.versions.node.split('.')[0] >= 20 && 'it works'";
    // The one of the lock file is there only where the system's is too old.
    let own = ["x64", "arm64"].map(|cpu| variable.1.join(format!("node-linux-{cpu}/bin/node")));
    let nodes = own.into_iter().chain(find_programs("node"));
    let node = require(&FOUND, "the AWS SDK for JavaScript", nodes, |path| {
        says(path, &["-p", script], std::slice::from_ref(&variable), "it works")
    });
    Some((node?, variable))
}

/// The program of tests/clients/go, built.
#[track_caller]
pub(crate) fn require_sdk_for_go() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = std::iter::once(tools().join("go/client"));
    require(&FOUND, "the AWS SDK for Go", built, |path| says(path, &[], &[], "usage: client "))
}

/// moto's server: IAM and S3 with their access control.
#[track_caller]
pub(crate) fn require_moto() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let installed = std::iter::once(tools().join("moto/bin/moto_server"));
    require(&FOUND, "moto_server", installed, Path::exists)
}

/// The first of `candidates` that works. Looked for once: to start some of them takes long.
#[track_caller]
fn require(
    found: &OnceLock<Option<PathBuf>>,
    what: &str,
    mut candidates: impl Iterator<Item = PathBuf>,
    works: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let found = found.get_or_init(|| candidates.find(|path| works(path)));
    if found.is_none() {
        left_out(what, "not found; tests/run.sh installs it");
    }
    found.clone()
}

/// The library that makes a program believe in another time when it is preloaded.
#[track_caller]
pub(crate) fn require_faketime() -> Option<PathBuf> {
    if programs::is_another_build() {
        left_out("the passing of time", "the program may be static, and load no libfaketime");
        return None;
    }
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.exists());
    if found.is_none() {
        left_out("the passing of time", "no libfaketime; tests/run.sh installs it");
    }
    found
}

/// Where tests/run.sh installs what the system does not have.
fn tools() -> PathBuf {
    programs::repository().join("target/test-tools")
}

/// The virtual environment first, then the system.
fn candidates(name: &str) -> impl Iterator<Item = PathBuf> {
    std::iter::once(tools().join("venv/bin").join(name)).chain(find_programs(name))
}

/// Whether it runs, as it will in a sandbox, and says what it should.
fn says(program: &Path, arguments: &[&str], environment: &[(&str, PathBuf)], start: &str) -> bool {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout.starts_with(start.as_bytes()))
}

#[expect(clippy::disallowed_methods, reason = "not rolecall's environment but that of its tests")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
