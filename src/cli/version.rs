//! `rolecall --version`, and with `--verbose` what the program was built from.

use std::ffi::OsString;

use crate::app::store_names;

/// What `--version` prints.
pub(super) const LINE: &str = concat!("rolecall ", env!("CARGO_PKG_VERSION"), "\n");
/// The commit and its date, if the build knew them: a release or a build from a checkout.
const COMMIT: Option<&str> = option_env!("ROLECALL_BUILT_FROM");

/// Whether the arguments (with the program's name first) are `--version --verbose`, in any order.
pub(super) fn wants_details(arguments: &[OsString]) -> bool {
    let is_version = |word: &OsString| word == "--version" || word == "-V";
    match arguments {
        [_, one, other] => {
            (is_version(one) && other == "--verbose") || (one == "--verbose" && is_version(other))
        }
        _ => false,
    }
}

/// Returns the version, and what a report of a bug should say about the program.
pub(super) fn details() -> String {
    format!(
        "{LINE}commit: {}\ntarget: {}\nstores: {}\nfeatures: {}\n",
        COMMIT.unwrap_or("unknown"),
        env!("ROLECALL_TARGET"),
        store_names().join(", "),
        if cfg!(feature = "fuzzing") { "fuzzing" } else { "none" },
    )
}
