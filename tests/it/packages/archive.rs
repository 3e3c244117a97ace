//! The archives: the same bytes from the same files, and none without its parts.

use std::fs;

use super::{VERSION, text};
use crate::support::{
    clients::require_program,
    run::{Output, Run},
    sandbox::Sandbox,
};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// What the script reads, with programs that answer like ours.
fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    for file in ["Cargo.toml", "LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"] {
        sandbox.file(format!("home/{file}"), text(file));
    }
    for script in ["packaging/archive", "packaging/third-party"] {
        sandbox.script(format!("home/{script}"), text(script));
    }
    for name in ["rolecall", "rolecall-provision"] {
        let program = format!(
            "#!/bin/sh\ncase $1 in\n--version) echo '{name} {VERSION}' ;;\ncompletions) echo \"# $2\" ;;\n\
             man) mkdir -p \"$3\" && echo page >\"$3/rolecall.1\" ;;\nesac\n"
        );
        sandbox.script(format!("home/target/{TARGET}/release/{name}"), program);
    }
    cargo(&sandbox, "echo 'anstream v9.9.9 MIT'; echo; echo \"rolecall v1 (/x) MIT\"");
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    sandbox.env("PATH", path).env("SOURCE_DATE_EPOCH", "1700000000");
    sandbox
}

/// Lets cargo do this.
fn cargo(sandbox: &Sandbox, does: &str) {
    sandbox.script("bin/cargo", format!("#!/bin/sh\n{does}\n"));
}

fn pack<'a>(sandbox: &'a Sandbox, umask: &str) -> Run<'a> {
    let line = format!("umask {umask}; exec packaging/archive {TARGET}");
    sandbox.program("sh", &["-c", &line])
}

fn archive(sandbox: &Sandbox) -> Vec<u8> {
    let name = format!("home/target/dist/rolecall-{VERSION}-{TARGET}.tar.gz");
    fs::read(sandbox.path(name)).unwrap()
}

/// What `tar` lists of the archive.
fn list(sandbox: &Sandbox) -> Output {
    let name = format!("target/dist/rolecall-{VERSION}-{TARGET}.tar.gz");
    sandbox.program("/bin/tar", &["-tvzf", &name]).run().ok()
}

#[test]
fn whoever_packs_an_archive_gets_the_same_bytes() {
    for tar in ["tar", "bsdtar"] {
        let sandbox = stage();
        let Some(program) = require_program(tar, "libarchive-tools") else { continue };
        let line = format!("#!/bin/sh\nexec {} \"$@\"\n", program.display());
        sandbox.script("bin/tar", line);
        let _output = pack(&sandbox, "022").run().ok();
        let first = archive(&sandbox);
        let listed = list(&sandbox).stdout;
        let folder = format!("rolecall-{VERSION}-{TARGET}");
        for line in listed.lines() {
            assert!(line.contains(" 0/0 ") && line.contains(" 2023-11-14 22:13 "), "{tar}: {line}");
        }
        for file in
            ["rolecall", "LICENSE-MIT", "THIRD-PARTY", "man/rolecall.1", "completions/_rolecall"]
        {
            let count =
                listed.lines().filter(|line| line.ends_with(&format!(" {folder}/{file}"))).count();
            assert_eq!(count, 1, "{tar}: {file}: {listed}");
        }
        // Another day, another user.
        let touched = ["LICENSE-MIT", "README.md", "CHANGELOG.md"];
        let _output = sandbox.program("touch", &touched).run().ok();
        let _output = pack(&sandbox, "077").run().ok();
        assert!(archive(&sandbox) == first, "{tar}: other bytes");
    }
}

#[test]
fn an_archive_without_a_part_is_not_made() {
    let sandbox = stage();
    sandbox.script("bin/tar", "#!/bin/sh\n[ \"$1\" = --version ]\n");
    let output = pack(&sandbox, "022").run();
    assert!(!output.status.success(), "tar has failed: {output:?}");

    let sandbox = stage();
    cargo(&sandbox, "echo 'anstream v9.9.9 MIT'; exit 101");
    let output = pack(&sandbox, "022").run();
    assert!(!output.status.success(), "cargo has failed: {output:?}");

    cargo(&sandbox, "echo 'anstream v9.9.9 MIT'; echo; echo 'rolecall v1 (/x) MIT'");
    let output = sandbox.program("packaging/third-party", &[TARGET]).run().ok();
    let expected = "rolecall contains these crates, under these licenses.\n\nanstream 9.9.9: MIT\n\
                    The crate has no file of its own with the text.\n";
    assert_eq!(output.stdout, expected);
}
