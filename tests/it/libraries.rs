//! Which shared libraries the program loads: each costs every call that a caller waits for.

use std::{path::Path, process::Command};

/// Where the linker that built the program finds the static unwinder.
fn static_unwinder() -> Option<()> {
    let answer = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output().ok()?;
    Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute().then_some(())
}

#[test]
#[cfg_attr(not(target_env = "gnu"), ignore = "the program is static")]
fn the_unwinder_is_part_of_the_program() {
    need!(static_unwinder());
    // With this variable glibc's loader lists the libraries and does not start the program.
    let program = env!("CARGO_BIN_EXE_rolecall");
    let listed = Command::new(program).env_clear().env("LD_TRACE_LOADED_OBJECTS", "1").output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    assert!(listed.contains("libc.so"), "{listed}");
    assert!(!listed.contains("libgcc_s"), "{listed}");
}
