//! Where the programs under test are, whichever package's tests these are.

use std::path::{Path, PathBuf};

const PROVISION: Option<&str> = option_env!("CARGO_BIN_EXE_rolecall-provision");

/// rolecall as cargo built it: for the tests of another package it lies beside that one's program.
pub(crate) fn rolecall() -> PathBuf {
    let own = option_env!("CARGO_BIN_EXE_rolecall").map(PathBuf::from);
    own.or_else(|| Some(Path::new(PROVISION?).with_file_name("rolecall"))).expect("one of the two")
}

/// The folder of the workspace.
pub(crate) fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_it = |folder: &&Path| folder.join("tests/run.sh").exists();
    package.ancestors().find(is_it).expect("the tests run in a checkout")
}
