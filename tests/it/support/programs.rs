//! Where the programs under test are, whichever package's tests these are.

use std::path::{Path, PathBuf};

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

/// The folder of the workspace.
pub(crate) fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_it = |folder: &&Path| folder.join("tests/run.sh").exists();
    package.ancestors().find(is_it).expect("the tests run in a checkout")
}
