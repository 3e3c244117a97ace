//! Tells the linker to make a static program smaller, as rolecall's own build script does (see there): it packs
//! the places that are changed at the start, and leaves out the tables for unwinding.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script everything in variables"
)]

use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
        if env::var_os("RUSTC_LINKER").is_none() && !flags.contains("-fuse-ld") {
            leave_out_unwinding();
        }
    }
}

fn leave_out_unwinding() {
    const SCRIPT: &str = "SECTIONS { /DISCARD/ : { \
        *(EXCLUDE_FILE(*crtbegin*.o *crtend*.o) .eh_frame .gcc_except_table*) \
        } } INSERT BEFORE .text;";
    let folder = env::var("OUT_DIR").unwrap_or_default();
    let script = Path::new(&folder).join("no-unwinding.ld");
    if is("PROFILE", "release") && !folder.contains(',') && std::fs::write(&script, SCRIPT).is_ok()
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{}", script.display());
    }
}

fn is(name: &str, value: &str) -> bool {
    env::var(name).is_ok_and(|is| is == value)
}
