//! Each verb that writes, killed at any moment: nothing is lost and nothing is torn, and the same
//! command finishes what was begun. At night each is killed 1,000 times.

mod files;
mod stores;

use std::{fs, path::Path};

use crate::support::sandbox::Sandbox;

/// What is below a folder that should not be: what a process wrote that did not get to rename it.
fn leftovers(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with('.') || name.contains(".tmp")).collect()
}

/// A kill may leave the new file beside the old one. The next edit of that file clears it up.
#[track_caller]
fn assert_cleared(sandbox: &Sandbox, round: &str) {
    let folder = sandbox.home().join(".aws");
    if leftovers(&folder).is_empty() {
        return;
    }
    let set = ["profile", "set", "next", "output=json"];
    for more in [&[][..], &["--credentials-file"]] {
        let _output = sandbox.rolecall(&[&set[..], more].concat()).run().ok();
    }
    assert_eq!(leftovers(&folder), [""; 0], "{round}");
}

/// Both files, as text.
fn files(sandbox: &Sandbox) -> [String; 2] {
    [sandbox.config_path(), sandbox.credentials_path()]
        .map(|path| fs::read_to_string(path).unwrap_or_default())
}
