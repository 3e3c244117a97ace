//! Where the programs under test are, whichever package's tests these are.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

const PROVISION: Option<&str> = option_env!("CARGO_BIN_EXE_rolecall-provision");

/// Names another build of rolecall to test instead of the one that cargo built for the tests.
const OTHER_BUILD: &str = "ROLECALL_TEST_PROGRAM";

/// Whether another build of rolecall is tested, such as the static one that `install.sh` makes.
pub(crate) fn is_another_build() -> bool {
    std::env::var_os(OTHER_BUILD).is_some()
}

/// rolecall as cargo built it: for the tests of another package it lies beside that one's program.
pub(crate) fn rolecall() -> PathBuf {
    if let Some(program) = std::env::var_os(OTHER_BUILD) {
        return program.into();
    }
    let own = option_env!("CARGO_BIN_EXE_rolecall").map(PathBuf::from);
    own.or_else(|| Some(Path::new(PROVISION?).with_file_name("rolecall"))).expect("one of the two")
}

/// Copies rolecall to `path`, so that it can be run there at once.
///
/// On Unix by another process: what this one has open for writing can't be run, and a child that another
/// test starts meanwhile has it open, too, until it is another program.
pub(crate) fn copy_rolecall(path: &Path) {
    if cfg!(unix) {
        let status = Command::new("cp").arg(rolecall()).arg(path).status();
        assert!(status.expect("cp runs").success(), "{} is not written", path.display());
    } else {
        std::fs::copy(rolecall(), path).expect("a copy of rolecall");
    }
}

/// The folder of the workspace.
pub(crate) fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_it = |folder: &&Path| folder.join("tests/run.sh").exists();
    package.ancestors().find(is_it).expect("the tests run in a checkout")
}
