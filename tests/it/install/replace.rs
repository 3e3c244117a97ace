//! How it replaces programs: both or none, and never by one that does not answer.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime},
};

use super::{Machine, program};

#[test]
fn a_program_that_does_not_answer_replaces_nothing() {
    let machine = Machine::new("1.0.0");
    machine.install(&["--program-only"]);
    for (text, told) in [
        ("exit 1", "the new rolecall doesn't run on this machine, so nothing was installed"),
        ("kill -SEGV $$", "the new rolecall doesn't run on this machine, so nothing was installed"),
        (":", "the new rolecall doesn't run on this machine, so nothing was installed"),
        ("echo rolecall 1.0.1", "the downloaded program is not rolecall 1.3.0, so nothing was"),
    ] {
        machine.publish("1.3.0", &[("rolecall", format!("#!/bin/sh\n{text}\n"))]);
        let output = machine.script(&["--version", "1.3.0"]).run().code(1);
        assert!(output.stderr.contains(told), "{output:?}");
        machine.assert_old(text);
    }
    // A link to another file is no program.
    machine.publish("1.3.0", &[("rolecall-provision", program("rolecall-provision", "1.3.0"))]);
    let output = machine.script(&["--version", "1.3.0"]).run().code(1);
    assert!(output.stderr.contains("release 1.3.0 has no rolecall for"), "{output:?}");
    machine.assert_old("a release without the program");
}

#[test]
fn a_hundred_callers_notice_nothing_of_an_upgrade() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--version", "1.0.0", "--program-only"]);
    let program = machine.to().join("rolecall");
    let is_over = AtomicBool::new(false);
    let answers: Vec<String> = thread::scope(|scope| {
        let call = || {
            let mut answers = Vec::new();
            while answers.is_empty() || !is_over.load(Ordering::SeqCst) {
                let output = Command::new(&program).arg("--version").output().unwrap();
                assert!(output.status.success(), "{output:?}");
                answers.push(String::from_utf8(output.stdout).unwrap());
            }
            answers
        };
        let callers: Vec<_> = (0..100).map(|_| scope.spawn(call)).collect();
        for version in ["1.2.0", "1.0.0", "1.2.0"] {
            machine.install(&["--version", version, "--program-only"]);
        }
        is_over.store(true, Ordering::SeqCst);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let known = ["rolecall 1.0.0\n", "rolecall 1.2.0\n"];
    assert!(answers.len() >= 100 && answers.iter().all(|answer| known.contains(&&**answer)));
    assert_eq!(machine.installed(), ("rolecall 1.2.0".to_owned(), vec!["rolecall".to_owned()]));
}

#[test]
fn the_new_program_runs_only_where_it_will_be() {
    let machine = Machine::new("1.2.0");
    // As if the temporary folder were mounted with noexec.
    let text = program("rolecall", "1.3.0");
    let text = text.replacen('\n', "\ncase $0 in */tmp.*) exit 126 ;; esac\n", 1);
    machine.publish("1.3.0", &[("rolecall", text)]);
    machine.install(&["--version", "1.3.0"]);
    assert_eq!(machine.installed().0, "rolecall 1.3.0");
}

#[test]
fn a_signal_between_two_programs_comes_after_both() {
    for signal in ["INT", "TERM", "HUP", "PIPE"] {
        let machine = Machine::new("1.2.0");
        machine.release("1.0.0");
        machine.install(&["--version", "1.0.0", "--provision", "--program-only"]);
        machine.path_with(&[("mv", &format!("/bin/mv \"$@\"; kill -{signal} $PPID; sleep 0.1"))]);
        let _output = machine.script(&["--program-only"]).run();
        assert_eq!(machine.both(), ["rolecall 1.2.0", "rolecall-provision 1.2.0"], "{signal}");
    }
}

#[test]
fn both_programs_are_replaced_or_none() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    let fails = "case $3 in */rolecall-provision) exit 1 ;; esac; exec /bin/mv \"$@\"";
    machine.path_with(&[("mv", fails)]);
    let output = machine.script(&["--provision"]).run().code(1);
    assert!(output.stderr.contains("can't replace"), "{output:?}");
    assert_eq!(machine.installed().1, [""; 0], "the first install");

    machine.path_with(&[("mv", "exec /bin/mv \"$@\"")]);
    machine.install(&["--version", "1.0.0", "--provision", "--program-only"]);
    machine.path_with(&[("mv", fails)]);
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("can't replace"), "{output:?}");
    assert_eq!(machine.both(), ["rolecall 1.0.0", "rolecall-provision 1.0.0"]);

    // Another call of the script replaces one of the two.
    let old = machine.sandbox.script("old", program("rolecall", "1.0.0"));
    let replaces = format!(
        "/bin/mv \"$@\"; case $3 in */rolecall-provision) cp {} \"${{3%-provision}}\" ;; esac",
        old.display()
    );
    machine.path_with(&[("mv", &replaces)]);
    let output = machine.script(&["--program-only"]).run().code(1);
    assert!(output.stderr.contains("has programs of two versions"), "{output:?}");
    assert!(output.stderr.contains("hint: run install.sh again"), "{output:?}");
}

#[test]
fn a_program_that_hangs_holds_nothing_up() {
    let machine = Machine::new("1.2.0");
    // As on macOS, which has perl instead of timeout; and with a shorter limit.
    for (name, hangs, text) in [
        ("timeout", "sleep 1000", "shift 3; exec /usr/bin/timeout -k 1 1 \"$@\""),
        ("perl", "exec sleep 1000", "exec /usr/bin/perl -e 'alarm 1; exec @ARGV' -- \"$4\" \"$5\""),
    ] {
        if !Path::new("/usr/bin").join(name).exists() {
            continue;
        }
        let hangs = format!("#!/bin/sh\n{hangs}\n");
        machine.only_with(&["sha256sum", "sleep"]);
        fs::remove_dir_all(machine.sandbox.path("bin")).ok();
        machine.sandbox.script(format!("bin/{name}"), format!("#!/bin/sh\n{text}\n"));
        let other = machine.sandbox.script("bin/rolecall", &hangs);
        machine.sandbox.script("home/.local/bin/rolecall", &hangs);
        let output = machine.install(&["--program-only"]);
        assert!(output.stdout.contains("(the old program did not report a version)"), "{output:?}");
        let told = format!("Note: {} is installed too: (did not answer)\n", other.display());
        assert!(output.stdout.contains(&told), "{output:?}");
        machine.publish("1.3.0", &[("rolecall", hangs.clone())]);
        let output = machine.script(&["--version", "1.3.0"]).run().code(1);
        assert!(
            output.stderr.contains("the new rolecall doesn't run on this machine"),
            "{output:?}"
        );
        assert_eq!(machine.installed().0, "rolecall 1.2.0", "{name}");
        machine.sandbox.script("home/.local/bin/rolecall", &hangs);
        machine.install(&["--uninstall"]);
        assert_eq!(machine.installed().1, [""; 0], "{name}");
    }
}

#[test]
fn only_an_old_rolecall_is_named() {
    let machine = Machine::new("1.2.0");
    let other = "#!/bin/sh\necho sleep 9.1\necho Copyright\n";
    machine.sandbox.script("home/.local/bin/rolecall", other);
    let output = machine.install(&["--program-only"]);
    assert!(output.stdout.contains(": rolecall 1.2.0 (the old program did not"), "{output:?}");
    assert!(!output.stdout.contains("Copyright"), "{output:?}");
}

#[test]
fn nothing_incomplete_is_left_behind() {
    let machine = Machine::new("1.2.0");
    machine.install(&["--program-only"]);
    let killed = machine.sandbox.file("home/.local/bin/.rolecall.aB3xYz", "half a program");
    let recent = machine.sandbox.file("home/.local/bin/.rolecall.aB3xYw", "of a call in progress");
    let long_ago = SystemTime::now() - Duration::from_hours(48);
    fs::File::open(&killed).and_then(|file| file.set_modified(long_ago)).unwrap();
    machine.install(&[]);
    assert!(!killed.exists() && recent.exists());
    // A failure leaves none of the folders that were created for it.
    machine.publish("1.3.0", &[("rolecall", "#!/bin/sh\nexit 1\n".to_owned())]);
    machine.sandbox.file("home/a/here", "");
    for to in ["a/b/c", "a/b//c/"] {
        let _output = machine.script(&["--to", to, "--version", "1.3.0"]).run().code(1);
        assert!(machine.sandbox.home().join("a").exists(), "{to}");
        assert!(!machine.sandbox.home().join("a/b").exists(), "{to}");
    }
    // Nobody reads what it says.
    let script = machine.sandbox.path("downloads/install.sh");
    let line = "sh \"$1\" --to \"$HOME/there\" | head -n 1";
    let arguments = ["-c", line, "sh", script.to_str().unwrap()];
    let _output = machine.sandbox.program("sh", &arguments).run().ok();
    let left: Vec<_> = fs::read_dir(machine.sandbox.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
