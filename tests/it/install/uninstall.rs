//! What it removes, and which other programs it notices.

use std::{fs, os::unix::fs::symlink};

use super::{Machine, program};

#[test]
fn a_package_of_rolecall_beside_it_is_noticed() {
    let machine = Machine::new("1.2.0");
    let packaged = program("rolecall", "0.9.0").replacen("#!/bin/sh\n", "", 1);
    machine.path_with(&[
        ("rolecall", &packaged),
        (
            "dpkg-query",
            "case $2 in */home/.local/bin/*) exit 1 ;; *) echo \"rolecall: $2\" ;; esac",
        ),
    ]);
    let output = machine.install(&[]);
    let other = machine.sandbox.path("bin/rolecall");
    let told = format!(
        "Note: {} is installed too, by the Debian package rolecall: rolecall 0.9.0\n",
        other.display()
    );
    assert!(output.stdout.contains(&told), "{output:?}");
    assert!(output.stdout.contains("'install.sh --uninstall' removes this one"), "{output:?}");
    // Its own files belong to the package.
    let bin = machine.sandbox.path("bin");
    for arguments in
        [&["--to", bin.to_str().unwrap()][..], &["--uninstall", "--to", bin.to_str().unwrap()]]
    {
        let output = machine.script(arguments).run().code(1);
        assert!(
            output.stderr.contains("is installed by the Debian package rolecall"),
            "{output:?}"
        );
    }
    assert!(fs::read_to_string(other).unwrap().contains("0.9.0"));
}

#[test]
fn uninstalling_removes_what_was_installed_and_keeps_what_was_stored() {
    let machine = Machine::new("1.2.0");
    machine.install(&["--provision"]);
    let config = "[profile a]\ncredential_process = /x/rolecall credential-process a\n";
    machine.sandbox.config(config);
    let output = machine.install(&["--uninstall"]);
    assert!(output.stdout.contains("Note: 1 profiles in "), "{output:?}");
    assert!(output.stdout.contains("Access keys stay in the keychain"), "{output:?}");
    assert_eq!(machine.installed().1, [""; 0]);
    let data = machine.sandbox.home().join(".local/share");
    let left: Vec<_> = ["man/man1", "zsh/site-functions", "fish/vendor_completions.d"]
        .iter()
        .flat_map(|folder| fs::read_dir(data.join(folder)).unwrap())
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let calls = fs::read_to_string(machine.sandbox.home().join("calls")).unwrap();
    assert!(!calls.contains("logout") && !calls.contains("remove"), "{calls}");
    assert_eq!(fs::read_to_string(machine.sandbox.config_path()).unwrap(), config);
    let output = machine.script(&["--uninstall"]).run().code(1);
    assert!(output.stderr.contains("there is no rolecall in "), "{output:?}");
}

#[test]
fn uninstalling_asks_at_the_terminal_about_sessions_and_keys() {
    let machine = Machine::new("1.2.0");
    machine.install(&[]);
    let terminal = machine.script(&["--uninstall"]).on_terminal();
    terminal.until("Delete all stored sessions? [y/N]");
    terminal.type_keys("y\r");
    terminal.until("Delete these access keys from the keychain?");
    terminal.type_keys("yes\r");
    terminal.until("Not removed: the two AWS files");
    let _shown = terminal.finish().code(0);
    let calls = fs::read_to_string(machine.sandbox.home().join("calls")).unwrap();
    assert!(calls.contains("logout --all\n"), "{calls}");
    assert!(calls.contains("keys remove AKIAIOSFODNN7EXAMPLE --force\n"), "{calls}");
    assert!(!calls.contains("AKIAIOSFODNN7INAFILE"), "a key in a file is not ours: {calls}");
}

#[test]
fn a_package_is_found_behind_a_link_to_its_folder() {
    let machine = Machine::new("1.2.0");
    let usr = machine.sandbox.script("usr/bin/rolecall", program("rolecall", "0.9.0"));
    symlink(usr.parent().unwrap(), machine.sandbox.path("link")).unwrap();
    let knows = format!("[ \"$2\" = {} ] && echo \"rolecall: $2\"", usr.display());
    machine.path_with(&[("dpkg-query", &knows)]);
    let link = machine.sandbox.path("link");
    for arguments in
        [&["--to", link.to_str().unwrap()][..], &["--to", link.to_str().unwrap(), "--uninstall"]]
    {
        let output = machine.script(arguments).run().code(1);
        let told = "is installed by the Debian package rolecall";
        assert!(output.stderr.contains(told), "{output:?}");
    }
    assert!(fs::read_to_string(usr).unwrap().contains("0.9.0"));
}

#[test]
fn keys_of_other_machines_are_left_alone_and_one_that_stays_stops_nothing() {
    let machine = Machine::new("1.2.0");
    let text = program("rolecall", "1.3.0")
        .replace("AKIAIOSFODNN7INAFILE", "AKIAIOSFODNN7ANOTHER")
        .replace("\"where\": \"file\"", "\"where\": null");
    let fails = "case \"$1 $2\" in 'keys remove') exit 6 ;; esac\n";
    machine.publish("1.3.0", &[("rolecall", format!("{text}{fails}"))]);
    machine.install(&["--version", "1.3.0"]);
    let terminal = machine.script(&["--uninstall"]).on_terminal();
    terminal.until("Delete all stored sessions? [y/N]");
    terminal.type_keys("n\r");
    terminal.until("Delete these access keys from the keychain?");
    terminal.type_keys("y\r");
    terminal.until("Note: access key AKIAIOSFODNN7EXAMPLE could not be deleted");
    terminal.until("Not removed: the two AWS files");
    let _shown = terminal.finish().code(0);
    let calls = fs::read_to_string(machine.sandbox.home().join("calls")).unwrap();
    assert!(!calls.contains("AKIAIOSFODNN7ANOTHER"), "{calls}");
    assert_eq!(machine.installed().1, [""; 0]);
}

#[test]
fn completions_stay_as_long_as_another_rolecall_needs_them() {
    let machine = Machine::new("1.2.0");
    machine.install(&[]);
    let there = machine.sandbox.home().join("there");
    let there = there.to_str().unwrap();
    let output = machine.install(&["--to", there, "--program-only"]);
    let told = format!("'install.sh --uninstall --to {there}' removes this one");
    assert!(output.stdout.contains(&told), "{output:?}");
    let pages = machine.sandbox.home().join(".local/share/man/man1/rolecall-login.1");
    let output = machine.install(&["--to", there, "--uninstall"]);
    assert!(output.stdout.contains("Not removed: completions and man pages, for "), "{output:?}");
    assert!(pages.exists() && machine.to().join("rolecall").exists());
    machine.install(&["--uninstall", "--program-only"]);
    assert!(pages.exists() && !machine.to().join("rolecall").exists());
    machine.install(&[]);
    let output = machine.install(&["--uninstall"]);
    assert!(output.stdout.contains(".cache/rolecall"), "{output:?}");
    assert!(!pages.exists());
}

#[test]
fn nothing_is_deleted_if_the_program_can_not_be_removed() {
    let machine = Machine::new("1.2.0");
    machine.install(&["--program-only"]);
    let provision = machine.to().join("rolecall-provision");
    fs::create_dir(&provision).unwrap();
    let terminal = machine.script(&["--uninstall"]).on_terminal();
    terminal.until("rolecall-provision is a directory");
    let shown = terminal.finish().code(1);
    assert!(!shown.screen.contains("Delete all"), "{}", shown.screen);
    fs::remove_dir(provision).unwrap();
    assert_eq!(machine.installed().0, "rolecall 1.2.0");
    for wrong in ["--version=1.2.0", "--provision", "--no-provenance"] {
        let output = machine.script(&["--uninstall", wrong]).run().code(2);
        assert!(output.stderr.contains("--uninstall only works with"), "{output:?}");
    }
    // A link to nothing can be removed, too.
    fs::remove_file(machine.to().join("rolecall")).unwrap();
    symlink("/nonexistent/rolecall", machine.to().join("rolecall")).unwrap();
    machine.install(&["--uninstall"]);
    assert_eq!(machine.installed().1, [""; 0]);
}
