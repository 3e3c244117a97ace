//! What users have set for themselves, and options that mean something else than they seem to.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{Machine, program};

#[test]
fn variables_for_other_programs_change_nothing() {
    let machine = Machine::new("1.2.0");
    let script = machine.sandbox.path("downloads/install.sh");
    for (name, value) in [
        ("SHELLOPTS", "noclobber"),
        ("TAR_OPTIONS", "--strip-components=1"),
        ("GZIP", "--best"),
        ("CDPATH", "/"),
        ("TMPDIR", "relative"),
        ("TMPDIR", "-n"),
    ] {
        fs::create_dir_all(machine.sandbox.home().join(value)).ok();
        let run = machine.sandbox.program("bash", &[script.as_path()]).env(name, value);
        let output = run.run().ok();
        assert!(output.stdout.contains(": rolecall 1.2.0"), "{name}={value}: {output:?}");
        machine.install(&["--uninstall"]);
    }
    let output = machine.script(&[]).env("TMPDIR", "/proc").run().code(1);
    assert!(output.stderr.contains("hint: set TMPDIR to a folder"), "{output:?}");
}

#[test]
fn without_a_home_only_the_program_is_installed() {
    let machine = Machine::new("1.2.0");
    let to = machine.sandbox.path("there");
    let arguments = ["--to", to.to_str().unwrap()];
    let text = program("rolecall", "1.3.0").replace("$HOME/calls", "/dev/null");
    machine.publish("1.3.0", &[("rolecall", text)]);
    let arguments = [&arguments[..], &["--version", "1.3.0"]].concat();
    let output = machine.script(&arguments).env_remove("HOME").run().ok();
    assert!(output.stdout.contains("because HOME is not set"), "{output:?}");
    assert!(to.join("rolecall").exists());
    let output = machine.script(&["--uninstall", arguments[0], arguments[1]]);
    let output = output.env_remove("HOME").run().ok();
    assert!(!output.stdout.contains("removed /.local"), "{output:?}");
    let output = machine.script(&[]).env_remove("HOME").run().code(2);
    assert!(output.stderr.contains("HOME is not set: use --to DIR"), "{output:?}");
}

#[test]
fn a_version_is_three_numbers_in_one_line() {
    let machine = Machine::new("1.2.0");
    for wrong in ["v", "1.2.0\n../../x", "1.2.0\n", "1.2.0-rc.1", "1.2.x", "vv1.2.0"] {
        let joined = format!("--version={wrong}");
        for arguments in [&["--version", wrong][..], &[&joined]] {
            let output = machine.script(arguments).run().code(2);
            assert!(output.stderr.contains("not a version: "), "{output:?}");
        }
    }
    assert_eq!(machine.server.requests(), 0);
    machine.install(&["--version=v1.2.0"]);
}

#[test]
fn a_tilde_is_the_home_and_an_address_is_what_it_seems() {
    let machine = Machine::new("1.2.0");
    machine.install(&["--to=~", "--program-only"]);
    assert!(machine.sandbox.home().join("rolecall").exists());
    assert!(!machine.sandbox.home().join("~").exists());
    for wrong in ["http://localhost:80@rolecall.invalid", "http://127.0.0.1:1@rolecall.invalid/x"] {
        machine.sandbox.env("ROLECALL_RELEASES", wrong);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains("not an HTTPS address"), "{output:?}");
    }
}

#[test]
fn programs_of_relative_folders_are_not_run() {
    let machine = Machine::new("1.2.0");
    let text = "#!/bin/sh\n: >\"$HOME/was-run\"\n";
    for place in ["home/rolecall", "downloads/rolecall", "home/relative/rolecall"] {
        machine.sandbox.script(place, text);
    }
    let path = format!("relative:.::{}:/usr/bin:/bin", machine.sandbox.path("bin").display());
    machine.sandbox.env("PATH", path);
    machine.install(&[]);
    assert!(!machine.sandbox.home().join("was-run").exists());
    // Nor one that another user can change.
    let other = machine.sandbox.script("bin/rolecall", text);
    fs::set_permissions(&other, fs::Permissions::from_mode(0o777)).unwrap();
    let output = machine.install(&[]);
    let told = format!("Note: {} is installed too: its version is unknown\n", other.display());
    assert!(output.stdout.contains(&told), "{output:?}");
    assert!(!machine.sandbox.home().join("was-run").exists());
}

#[test]
fn what_is_installed_can_be_used_whatever_the_umask() {
    let machine = Machine::new("1.2.0");
    let script = machine.sandbox.path("downloads/install.sh");
    for (umask, to) in [("077", "a"), ("000", "b")] {
        let line = format!("umask {umask}; sh \"$1\" --to \"$HOME/{to}\"");
        let arguments = ["-c", &line, "sh", script.to_str().unwrap()];
        let _output = machine.sandbox.program("sh", &arguments).run().ok();
        let mode = |path: &str| {
            let path = machine.sandbox.home().join(to).join(path);
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("rolecall"), 0o755);
        let is_private = umask == "077" && !rustix::process::getuid().is_root();
        assert_eq!(mode("."), if is_private { 0o700 } else { 0o755 }, "{umask}");
    }
}

#[test]
fn windows_is_told_what_to_download() {
    let machine = Machine::new("1.2.0");
    for system in ["MINGW64_NT-10.0", "MSYS_NT-10.0", "CYGWIN_NT-10.0"] {
        machine.path_with(&[("uname", &format!("echo {system}"))]);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains("does not install on Windows"), "{output:?}");
        assert!(output.stderr.contains("hint: download the .zip"), "{output:?}");
    }
}
