//! Tells the linker what makes the program start sooner, and the program what it was built from.
//!
//! With glibc, it links GCC's unwinder into the program where that is possible: Rust's standard library names
//! the shared `libgcc_s`, and loading one more library costs a twentieth of a cached call
//! (docs/performance.md). Given the static library first, the linker has no use for the shared one and leaves
//! it out. Where the compiler has no static one, or when compiling for another machine, nothing changes.
//!
//! With musl, the program is static, and moves itself to its random address: packed, the places to change
//! take a tenth of a cached call less. musl reads that form since 1.2.4; Rust comes with 1.2.5 since 1.93. A
//! linker that can't write it warns, and writes the usual form. The tables for unwinding are left out: no
//! release build unwinds, and they are an eighth of the program. (With glibc they stay, because GCC's unwinder
//! aborts without them when it is to print a backtrace. LLVM's prints an empty one.)
//!
//! With both, the functions of a cached call are put together (link/hit.ld): a part of the program that is used
//! is mapped with what is around it, and the fewer such parts there are, the sooner it starts.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script everything in variables"
)]

use std::{env, path::Path, process::Command};

const LIBRARY: &str = "libgcc_eh.a";
/// Which functions are put together.
const ORDER: &str = "link/hit.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=ROLECALL_TARGET={}", env::var("TARGET").unwrap_or_default());
    // Not for debug builds: each commit would compile everything again.
    if is("PROFILE", "release")
        && let Some(commit) = commit()
    {
        println!("cargo::rustc-env=ROLECALL_BUILT_FROM={commit}");
    }
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    if is("CARGO_CFG_TARGET_OS", "linux") {
        // Other linkers than the usual ones may not know such scripts, and a comma divides arguments.
        let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
        let is_usual = env::var_os("RUSTC_LINKER").is_none() && !flags.contains("-fuse-ld");
        if is("CARGO_CFG_TARGET_ENV", "musl") {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
            if is_usual {
                leave_out_unwinding();
            }
        }
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        if is("CARGO_CFG_TARGET_ARCH", "x86_64") && is_usual && !folder.contains(',') {
            println!("cargo::rerun-if-changed={ORDER}");
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{ORDER}");
        }
    }
    let is_glibc = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let is_static =
        env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.contains("crt-static"));
    if !is_glibc || is_static || env::var_os("HOST") != env::var_os("TARGET") {
        return;
    }
    let compiler = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let question = format!("-print-file-name={LIBRARY}");
    let Ok(answer) = Command::new(compiler).arg(question).output() else { return };
    // A compiler that does not have the file prints its bare name.
    let answer = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let path = Path::new(&answer);
    if let Some(directory) = path.parent().filter(|_| path.is_absolute() && path.is_file()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Leaves out the tables for unwinding, except those of the files that C programs begin and end with, whose
/// code refers to them.
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

/// Whether cargo says this of the build.
fn is(name: &str, value: &str) -> bool {
    env::var(name).is_ok_and(|is| is == value)
}

/// Returns the commit of the sources, and its date: from git in a checkout, without the date from what
/// cargo notes in a crate.
fn commit() -> Option<String> {
    const NOTE: &str = ".cargo_vcs_info.json";
    if let Ok(note) = std::fs::read_to_string(NOTE) {
        let (_, after) = note.split_once("\"sha1\": \"")?;
        return after.get(..12).map(str::to_owned);
    }
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    // Of this repository, not of one that a crate was unpacked in.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != env::current_dir().ok()?.canonicalize().ok()? {
        return None;
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["log", "-1", "--format=%h (%cs)", "--abbrev=12"])
}
