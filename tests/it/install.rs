//! `install.sh` where there is no checkout: what it downloads, checks, installs and removes.

mod download;
mod environment;
mod provenance;
mod replace;
pub(crate) mod server;
mod uninstall;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest as _, Sha256};

use crate::support::{
    run::{Output, Run},
    sandbox::{Sandbox, find_program},
};
use server::Server;

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

    /// Publishes these bytes as the archive of a release, with the right sum.
    fn put_archive(&self, version: &str, bytes: Vec<u8>) {
        let mut sum = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(sum, "{byte:02x}").unwrap();
        }
        let line = format!("{sum}  rolecall-{version}-{MACHINE}.tar.gz\n").into_bytes();
        self.server.put(&format!("/download/v{version}/SHA256SUMS"), line.clone());
        self.server.put("/latest/download/SHA256SUMS", line);
        self.server.put(&Self::archive(version), bytes);
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

    /// The only programs in PATH are these of the system, if it has them, and those in `bin`.
    fn only_with(&self, programs: &[&str]) {
        let folder = self.sandbox.path("few");
        fs::create_dir_all(&folder).unwrap();
        let needed = "awk cat chmod cp curl cut dirname find grep gzip head id mkdir mktemp mv readlink rm \
                      rmdir sed sh sort tail tar tr true uname";
        for name in needed.split_whitespace().chain(programs.iter().copied()) {
            if let Some(program) = find_program(name) {
                symlink(program, folder.join(name)).ok();
            }
        }
        let path = format!("{}:{}", self.sandbox.path("bin").display(), folder.display());
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

    /// What both programs say.
    #[track_caller]
    fn both(&self) -> [String; 2] {
        ["rolecall", "rolecall-provision"].map(|name| {
            let output = Command::new(self.to().join(name)).arg("--version").output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
        })
    }

    /// Version 1.0.0 is there as it was, and nothing else.
    #[track_caller]
    fn assert_old(&self, what: &str) {
        let expected = ("rolecall 1.0.0".to_owned(), vec!["rolecall".to_owned()]);
        assert_eq!(self.installed(), expected, "{what}");
    }
}
