//! `install.sh` where there is no checkout: what it downloads, checks, installs and removes.

pub(crate) mod server;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use sha2::{Digest as _, Sha256};

use crate::support::{
    run::{Output, Run},
    sandbox::Sandbox,
};
use server::{Served, Server};

/// What an archive's name says of this machine.
const MACHINE: &str = if cfg!(target_os = "macos") {
    "universal-apple-darwin"
} else if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-musl"
} else {
    "x86_64-unknown-linux-musl"
};

/// A program that answers like a rolecall of this version, and notes in `~/calls` what it is asked for.
fn program(name: &str, version: &str) -> String {
    format!(
        "#!/bin/sh\n[ \"$*\" = --version ] || echo \"$*\" >> \"$HOME/calls\"\ncase $1 in\n\
         --version) echo '{name} {version}' ;;\ncompletions) echo \"# for $2\" ;;\n\
         man) mkdir -p \"$3\" && : > \"$3/rolecall.1\" && : > \"$3/rolecall-login.1\" ;;\n\
         keys) [ \"$2\" != list ] || printf '[\\n  {{\\n    \"access_key_id\": \"AKIAIOSFODNN7EXAMPLE\",\\n    \
         \"where\": \"keychain\"\\n  }},\\n  {{\\n    \"access_key_id\": \"AKIAIOSFODNN7INAFILE\",\\n    \
         \"where\": \"file\"\\n  }}\\n]\\n' ;;\nesac\n"
    )
}

/// A user's machine, and a server with releases.
struct Machine {
    sandbox: Sandbox,
    server: Server,
}

impl Machine {
    /// The newest release is this one.
    fn new(newest: &str) -> Self {
        let machine = Self { sandbox: Sandbox::new(), server: Server::start() };
        machine.release(newest);
        let sums = machine.server.get(&format!("/download/v{newest}/SHA256SUMS")).unwrap();
        machine.server.put("/latest/download/SHA256SUMS", sums);
        machine.sandbox.env("ROLECALL_RELEASES", machine.server.url());
        let script = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh")).unwrap();
        machine.sandbox.file("downloads/install.sh", script);
        machine.path_with(&[]);
        machine
    }

    /// Publishes a release whose programs answer.
    fn release(&self, version: &str) {
        let programs =
            ["rolecall", "rolecall-provision"].map(|name| (name, program(name, version)));
        self.publish(version, &programs);
    }

    /// Publishes a release with these programs.
    fn publish(&self, version: &str, programs: &[(&str, String)]) {
        let mut sums = String::new();
        for (name, text) in programs {
            let folder = format!("{name}-{version}-{MACHINE}");
            let script = self.sandbox.script(format!("releases/{folder}/{name}"), text);
            let archive = self.sandbox.path(format!("releases/{folder}.tar.gz"));
            let tar = Command::new("tar")
                .arg("-C")
                .arg(script.parent().unwrap().parent().unwrap())
                .arg("-czf")
                .args([archive.as_os_str(), OsStr::new(&folder)])
                .status();
            assert!(tar.unwrap().success());
            let bytes = fs::read(&archive).unwrap();
            for byte in Sha256::digest(&bytes) {
                write!(sums, "{byte:02x}").unwrap();
            }
            writeln!(sums, "  {folder}.tar.gz").unwrap();
            self.server.put(&format!("/download/v{version}/{folder}.tar.gz"), bytes);
        }
        self.server.put(&format!("/download/v{version}/SHA256SUMS"), sums.into_bytes());
    }

    /// The path of a release's archive at the server.
    fn archive(version: &str) -> String {
        format!("/download/v{version}/rolecall-{version}-{MACHINE}.tar.gz")
    }

    /// Puts programs of these texts first in PATH.
    fn path_with(&self, programs: &[(&str, &str)]) {
        for (name, text) in programs {
            self.sandbox.script(Path::new("bin").join(name), format!("#!/bin/sh\n{text}\n"));
        }
        let path = format!("{}:/usr/bin:/bin", self.sandbox.path("bin").display());
        self.sandbox.env("PATH", path);
    }

    fn script(&self, arguments: &[&str]) -> Run<'_> {
        let script = self.sandbox.path("downloads/install.sh");
        let all = [&[script.to_str().unwrap()], arguments].concat();
        self.sandbox.program("sh", &all)
    }

    #[track_caller]
    fn install(&self, arguments: &[&str]) -> Output {
        self.script(arguments).run().ok()
    }

    fn to(&self) -> PathBuf {
        self.sandbox.path("home/.local/bin")
    }

    /// What the installed program says, and the names of all that lies beside it.
    #[track_caller]
    fn installed(&self) -> (String, Vec<String>) {
        let output = Command::new(self.to().join("rolecall")).arg("--version").output();
        let version = output.map_or_else(
            |error| error.kind().to_string(),
            |output| String::from_utf8(output.stdout).unwrap(),
        );
        let entries = fs::read_dir(self.to()).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        (version.trim_end().to_owned(), names)
    }

    /// Version 1.0.0 is there as it was, and nothing else.
    #[track_caller]
    fn assert_old(&self, what: &str) {
        let expected = ("rolecall 1.0.0".to_owned(), vec!["rolecall".to_owned()]);
        assert_eq!(self.installed(), expected, "{what}");
    }
}

#[test]
fn the_newest_release_is_downloaded_checked_and_installed() {
    let machine = Machine::new("1.2.0");
    let output = machine.install(&[]);
    let program = machine.to().join("rolecall");
    let told = format!("installed {}: rolecall 1.2.0\n", program.display());
    assert!(output.stdout.contains(&told), "{output:?}");
    assert!(output.stdout.contains("is not in your PATH"), "{output:?}");
    assert_eq!(machine.installed().1, ["rolecall"]);
    assert_eq!(fs::metadata(program).unwrap().permissions().mode() & 0o777, 0o755);
    let data = machine.sandbox.home().join(".local/share");
    let zsh = fs::read_to_string(data.join("zsh/site-functions/_rolecall")).unwrap();
    assert_eq!(zsh, "# for zsh\n");
    assert!(data.join("man/man1/rolecall-login.1").exists());
}

#[test]
fn a_script_from_a_pipe_downloads_even_in_a_checkout() {
    let machine = Machine::new("1.2.0");
    machine.sandbox.file("home/Cargo.toml", "[package]\nname = \"rolecall\"\n");
    let script = fs::read(machine.sandbox.path("downloads/install.sh")).unwrap();
    let arguments = ["-s", "--", "--program-only", "--provision"];
    let output = machine.sandbox.program("sh", &arguments).stdin(script).run().ok();
    assert!(output.stdout.contains("Downloading rolecall-provision-1.2.0-"), "{output:?}");
    assert_eq!(machine.installed().1, ["rolecall", "rolecall-provision"]);
    assert!(!machine.sandbox.home().join(".local/share").exists());
}

#[test]
fn another_version_is_installed_if_it_is_named_and_both_programs_stay_together() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--provision"]);
    let output = machine.install(&["--version", "v1.0.0"]);
    assert!(output.stdout.contains("rolecall 1.0.0 (was rolecall 1.2.0)"), "{output:?}");
    let provision = Command::new(machine.to().join("rolecall-provision")).arg("--version").output();
    assert_eq!(provision.unwrap().stdout, b"rolecall-provision 1.0.0\n");
    let output = machine.script(&["--version=3.0.0"]).run().code(1);
    assert!(output.stderr.contains("can't download http://127.0.0.1:"), "{output:?}");
    assert!(output.stderr.contains("404"), "{output:?}");
    for wrong in ["../../x", "1.0.0/../..", "1", "1.0.0;id", "1.0.0 "] {
        let output = machine.script(&["--version", wrong]).run().code(2);
        assert!(output.stderr.contains("not a version"), "{output:?}");
    }
    assert_eq!(machine.installed().0, "rolecall 1.0.0");
}

#[test]
fn what_was_not_released_is_not_installed() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--version", "1.0.0", "--program-only"]);
    let good = machine.server.get(&Machine::archive("1.2.0")).unwrap();
    let changed = [&good[..], b"x"].concat();
    let cases = [
        ("a wrong checksum", Served::Whole(changed), "is not what was released"),
        ("half a file", Served::Half(good.clone()), "can't download http://127.0.0.1:"),
        ("half a file that looks whole", Served::Whole(good[..99].to_vec()), "SHA-256"),
        ("no file", Served::Missing, "can't download http://127.0.0.1:"),
        ("a page", Served::Whole(b"<html>Sign in</html>".to_vec()), "is not what was released"),
    ];
    for (what, served, told) in cases {
        machine.server.serve(&Machine::archive("1.2.0"), served);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains(told) && output.stderr.contains("hint: "), "{output:?}");
        machine.assert_old(what);
    }
    machine.server.put(&Machine::archive("1.2.0"), good);
    machine.server.put("/latest/download/SHA256SUMS", b"<html>Sign in</html>".to_vec());
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("has no rolecall for"), "{output:?}");
    machine.assert_old("no list of files");
}

#[test]
fn a_program_that_does_not_answer_replaces_nothing() {
    let machine = Machine::new("1.0.0");
    machine.install(&["--program-only"]);
    for text in ["exit 1", "echo rolecall 1.0.1", "kill -SEGV $$"] {
        machine.publish("1.3.0", &[("rolecall", format!("#!/bin/sh\n{text}\n"))]);
        let output = machine.script(&["--version", "1.3.0"]).run().code(1);
        assert!(output.stderr.contains("doesn't run, or is not rolecall 1.3.0"), "{output:?}");
        machine.assert_old(text);
    }
    // A link to another file is no program.
    machine.publish("1.3.0", &[("rolecall-provision", program("rolecall-provision", "1.3.0"))]);
    let output = machine.script(&["--version", "1.3.0"]).run().code(1);
    assert!(output.stderr.contains("release 1.3.0 has no rolecall for"), "{output:?}");
    machine.assert_old("a release without the program");
}

#[test]
fn without_network_or_permission_nothing_changes() {
    let machine = Machine::new("1.0.0");
    machine.install(&["--program-only"]);
    let asked = machine.server.requests();
    let output = machine.script(&["--to", "/proc/rolecall"]).run().code(1);
    assert!(output.stderr.contains("can't create /proc/rolecall"), "{output:?}");
    assert!(output.stderr.contains("hint: use --to with a directory"), "{output:?}");
    let output = machine.script(&["--to", "/proc"]).run().code(1);
    assert!(output.stderr.contains("can't write to /proc"), "{output:?}");
    assert_eq!(machine.server.requests(), asked, "it downloads before it looks");
    machine.sandbox.env("ROLECALL_RELEASES", "http://127.0.0.1:9");
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("hint: check the network"), "{output:?}");
    machine.sandbox.env("ROLECALL_RELEASES", "http://rolecall.invalid");
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("not an HTTPS address"), "{output:?}");
    machine.assert_old("no network");
}

#[test]
fn an_unknown_machine_is_told_how_to_build() {
    let machine = Machine::new("1.0.0");
    machine.path_with(&[("uname", "case $1 in -m) echo riscv64 ;; *) echo Linux ;; esac")]);
    let output = machine.script(&[]).run().code(1);
    let told = "there is no release for this machine: Linux on riscv64";
    assert!(output.stderr.contains(told), "{output:?}");
    assert!(output.stderr.contains("hint: clone the repository"), "{output:?}");
    assert_eq!(machine.server.requests(), 0);
    assert_eq!(machine.installed().1, [""; 0]);
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
fn where_a_program_was_built_is_checked_if_there_is_a_gh() {
    let gh = |verify: &str, auth: &str, help: &str| {
        format!(
            "case \"$1 $2 $3\" in 'attestation verify --help') exit {help} ;; 'auth status '*) \
             exit {auth} ;; *) echo \"$*\" >> \"$HOME/gh\"; exit {verify} ;; esac"
        )
    };
    for (text, code, told) in [
        (gh("0", "0", "0"), 0, "checked: built by the release workflow"),
        (gh("1", "0", "0"), 1, "the release workflow did not build rolecall-1.2.0-"),
        (gh("1", "1", "0"), 0, "'gh auth login' first"),
        (gh("1", "1", "1"), 0, "this gh is too old"),
    ] {
        let machine = Machine::new("1.2.0");
        machine.path_with(&[("gh", &text)]);
        let output = machine.script(&[]).run().code(code);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(all.contains(told), "{output:?}");
        assert_eq!(machine.to().join("rolecall").exists(), code == 0, "{told}");
        let asked = fs::read_to_string(machine.sandbox.home().join("gh")).unwrap_or_default();
        let signer = "--repo rolecall/rolecall --signer-workflow rolecall/rolecall/.github/workflows/release.yml";
        assert_eq!(asked.contains(signer), told.contains("release workflow"), "{asked}");
    }
}

#[test]
fn a_package_of_rolecall_beside_it_is_noticed() {
    let machine = Machine::new("1.2.0");
    let packaged = program("rolecall", "0.9.0").replacen("#!/bin/sh\n", "", 1);
    machine.path_with(&[
        ("rolecall", &packaged),
        ("dpkg", "case $2 in */home/.local/bin/*) exit 1 ;; *) echo \"rolecall: $2\" ;; esac"),
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
