//! Tells the linker to pack the places that a static program changes when it starts, as rolecall's own
//! build script does (see there): that takes 0.7 MB off this one.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script everything in variables"
)]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|is| is == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
