//! What a config file keeps when it is replaced: owner, group, mode and attributes; and what is said of
//! those that it can't keep.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
};

use super::stores::set_mode;
use crate::support::{clients::require_program, run::Run, sandbox::Sandbox};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");
/// A user and a group that nobody who runs the tests is, or is in.
const STRANGER: u32 = 65_534;

/// An edit by a user who may not give files away, though it may be root.
fn edit<'a>(sandbox: &'a Sandbox, setting: &str) -> Option<Run<'a>> {
    let setpriv = require_program("setpriv", "util-linux")?;
    let arguments = ["--bounding-set=-chown,-fowner,-fsetid", "--clear-groups", ROLECALL];
    let edit = ["profile", "set", "base", setting];
    Some(sandbox.program(setpriv, &[&arguments[..], &edit].concat()))
}

fn root() -> Option<()> {
    rustix::process::geteuid().is_root().then_some(())
}

#[test]
fn a_group_that_we_are_not_in_is_lost_and_gets_nobody_more_access() {
    need!(root());
    // Each mode, and what is left of it with another group.
    for (mode, left) in
        [(0o640, 0o600), (0o644, 0o644), (0o664, 0o644), (0o600, 0o600), (0o674, 0o644)]
    {
        let sandbox = Sandbox::new();
        sandbox.config("[profile base]\nregion = eu-west-1\n");
        let path = sandbox.config_path();
        chown(&path, None, Some(STRANGER)).unwrap();
        set_mode(&path, mode);
        let output = need!(edit(&sandbox, "x=1")).run().ok();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "[profile base]\nregion = eu-west-1\nx = 1\n");
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.gid(), found.mode() & 0o7777), (0, left), "{mode:o}");
        let shown = path.display();
        let said = format!(
            "warning: {shown} had group {STRANGER}, which you are not in; it now has group 0"
        );
        assert!(output.stderr.contains(&said), "{output:?}");
        let chmod = format!("'sudo chgrp {STRANGER} {shown} && sudo chmod {mode:o} {shown}'");
        assert_eq!(output.stderr.contains(&chmod), mode != left, "{output:?}");
        // It is said once: then there is nothing to lose.
        let output = edit(&sandbox, "x=2").unwrap().run().ok();
        assert_eq!(output.stderr, "");
    }
}

#[test]
fn an_owner_who_cannot_be_kept_is_named() {
    need!(root());
    let sandbox = Sandbox::new();
    sandbox.config("[profile base]\nregion = eu-west-1\n");
    let path = sandbox.config_path();
    chown(&path, Some(STRANGER), None).unwrap();
    let output = need!(edit(&sandbox, "x=1")).run().ok();
    let said = format!("belonged to user {STRANGER} and is now yours; 'sudo chown {STRANGER} ");
    assert!(output.stderr.contains(&said), "{output:?}");
    assert_eq!(fs::metadata(&path).unwrap().uid(), 0);
    // Root keeps both.
    chown(&path, Some(STRANGER), Some(STRANGER)).unwrap();
    let output = sandbox.rolecall(&["profile", "set", "base", "x=2"]).run().ok();
    assert!(!output.stderr.contains("belonged to"), "{output:?}");
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.uid(), found.gid()), (STRANGER, STRANGER));
}

#[test]
#[cfg(target_os = "linux")]
fn extended_attributes_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};

    let sandbox = Sandbox::new();
    sandbox.config("[profile base]\nregion = eu-west-1\n");
    let path = sandbox.config_path();
    let set = setxattr(&path, "user.note", b"mine", XattrFlags::empty());
    need!(set.ok());
    let _output = sandbox.rolecall(&["profile", "set", "base", "x=1"]).run().ok();
    let mut value = vec![0; 16];
    let length = getxattr(&path, "user.note", value.as_mut_slice()).unwrap();
    assert_eq!(&value[..length], b"mine");
}

#[test]
fn a_file_that_cannot_be_replaced_is_named_with_the_reason() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile base]\nregion = eu-west-1\n");
    let path = sandbox.config_path();
    let folder = path.parent().unwrap();
    // No byte can be written to a file, and no signal kills whoever tries.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let full = ["-c", script, "sh", ROLECALL, "profile", "set", "base", "x=1"];
    let output = sandbox.program("sh", &full).run().code(1);
    let start = format!("rolecall: can't write {}: ", path.display());
    assert!(output.stderr.starts_with(&start), "{output:?}");
    assert!(!output.stderr.contains(".config.rolecall-"), "names the temporary file: {output:?}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    need!(root());
    // A full disk of its own, and a file that is mounted, as in a container.
    let unshare = need!(require_program("unshare", "util-linux"));
    let script = r#"
        mount -t tmpfs -o size=64k tmpfs "$1" || exit 99
        printf '[profile base]\n' > "$1/config"
        dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
        "$2" profile set base x=1; echo "exit $?"
        rm "$1/filler"; echo '[profile base]' > "$1/other"
        mount --bind "$1/other" "$1/config" || exit 99
        "$2" profile set base x=1; echo "exit $?"
        mount -o remount,ro "$1"
        "$2" profile set base x=1; echo "exit $?"
        ls -A "$1"
    "#;
    let folder = folder.display().to_string();
    let arguments = ["--mount", "sh", "-c", script, "sh", &folder, ROLECALL];
    let output = sandbox.program(unshare, &arguments).run();
    need!((output.status.code() != Some(99)).then_some(()));
    assert_eq!(output.stdout, "exit 1\nexit 1\nexit 1\nconfig\nother\n", "{output:?}");
    for (error, hint) in [
        ("No space left on device", "hint: free some space on the disk of "),
        ("Device or resource busy", "hint: the file is a mount point, as in a container"),
        (
            "Read-only file system",
            " is on a read-only file system: change the file where it comes from",
        ),
    ] {
        assert!(output.stderr.contains(error) && output.stderr.contains(hint), "{output:?}");
    }
    assert!(!output.stderr.contains(".config.rolecall-"), "names the temporary file: {output:?}");
}
