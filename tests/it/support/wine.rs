//! rolecall's build for Windows, run under Wine. `tests/run.sh --windows` prepares both, and names their
//! folder in a variable.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Write as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Once,
};

use super::{clients::variable, run::Run, sandbox::find_program, stage::Stage};

/// Where the program is installed, as Windows names it.
pub(crate) const PROGRAM: &str = r"C:\Program Files\rolecall\rolecall.exe";

/// A Windows with a user whose keys are profile `base`, and an AWS to talk to.
pub(crate) struct Windows {
    pub(crate) stage: Stage,
    /// The user's name.
    user: String,
    wine: PathBuf,
    prepared: PathBuf,
}

impl Windows {
    /// Returns a new Windows; `None` if it was not prepared, which is said once.
    pub(crate) fn start() -> Option<Self> {
        static SAID: Once = Once::new();
        let Some(prepared) = variable("ROLECALL_TEST_WINDOWS").map(PathBuf::from) else {
            SAID.call_once(|| {
                // `eprintln!` would go into the output of a test that passes, which nobody sees.
                let text = "left out: the build for Windows (tests/run.sh --windows tests it under Wine)\n";
                io::stderr().write_all(text.as_bytes()).ok();
            });
            return None;
        };
        let wine = find_program("wine").expect("tests/windows/prepare.sh has installed wine");
        let stage = Stage::new();
        let own = stage.sandbox.path("windows");
        let template = prepared.join("prefix");
        for folder in ["drive_c/Program Files/rolecall", "drive_c/tools"] {
            fs::create_dir_all(own.join(folder)).unwrap();
        }
        for name in ["system.reg", "user.reg", "userdef.reg", ".update-timestamp"] {
            fs::copy(template.join(name), own.join(name)).unwrap();
        }
        for name in ["drive_c/users", "drive_c/ProgramData", "dosdevices"] {
            let mut copy = Command::new("cp");
            copy.arg("-a").arg(template.join(name)).arg(own.join(name));
            assert!(copy.status().is_ok_and(|status| status.success()), "cp failed");
        }
        // It has hundreds of megabytes, and nothing that changes.
        symlink(template.join("drive_c/windows"), own.join("drive_c/windows")).unwrap();
        let installed = own.join("drive_c/Program Files/rolecall");
        for name in ["rolecall.exe", "bcryptprimitives.dll"] {
            fs::copy(prepared.join("program").join(name), installed.join(name)).unwrap();
        }
        let users = fs::read_dir(own.join("drive_c/users")).unwrap().flatten();
        let users = users.map(|entry| entry.file_name().into_string().unwrap());
        let user = { users }.find(|user| user != "Public").expect("wineboot makes a user");
        stage
            .sandbox
            .may_hold_secrets(installed) // nobody writes there, and it is large
            .env("WINEPREFIX", own)
            .env("WINEDEBUG", "-all")
            .env("WINEPATH", r"C:\tools")
            .env(
                "WINEDLLOVERRIDES",
                "winemenubuilder.exe,explorer.exe,services.exe,mscoree,mshtml=d",
            )
            .store("auto");
        let windows = Self { stage, user, wine, prepared };
        let Stage { key_id, secret, .. } = &windows.stage;
        windows.stage.sandbox.file(
            windows.in_home(".aws/credentials"),
            format!(
                "[base]\r\naws_access_key_id = {key_id}\r\naws_secret_access_key = {secret}\r\n"
            ),
        );
        windows.server("--persistent");
        Some(windows)
    }

    /// `rolecall.exe` with `arguments`.
    pub(crate) fn rolecall<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run<'_> {
        self.program(PROGRAM, arguments)
    }

    /// A program of Windows with `arguments`.
    pub(crate) fn program<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Run<'_> {
        let mut all = vec![OsStr::new(program)];
        all.extend(arguments.iter().map(AsRef::as_ref));
        self.stage.sandbox.program(&self.wine, &all)
    }

    /// The path of a program that was prepared, as Windows names it.
    pub(crate) fn prepared(&self, name: &str) -> String {
        let path = self.prepared.join("program").join(name);
        format!("Z:{}", path.display().to_string().replace('/', r"\"))
    }

    /// `rolecall.exe credential-process PROFILE`.
    pub(crate) fn helper(&self, profile: &str) -> Run<'_> {
        self.rolecall(&["credential-process", profile]).may_print_secrets()
    }

    /// The document that `credential-process` prints for `profile`.
    #[track_caller]
    pub(crate) fn document(&self, profile: &str) -> serde_json::Value {
        let output = self.helper(profile).run().ok();
        assert_eq!(output.stderr, "");
        output.json()
    }

    /// A path in the user's home, relative to the sandbox.
    fn in_home(&self, relative: &str) -> PathBuf {
        Path::new("windows/drive_c/users").join(&self.user).join(relative)
    }

    /// A path in the user's home as Linux names it.
    pub(crate) fn home(&self, relative: &str) -> PathBuf {
        self.stage.sandbox.path(self.in_home(relative))
    }

    /// A path in the user's home as Windows names it.
    pub(crate) fn named(&self, relative: &str) -> String {
        format!(r"C:\users\{}\{}", self.user, relative.replace('/', r"\"))
    }

    /// Writes the config.
    pub(crate) fn config(&self, text: impl AsRef<[u8]>) {
        self.stage.sandbox.file(self.in_home(".aws/config"), text);
    }

    /// The config's text.
    pub(crate) fn config_text(&self) -> String {
        fs::read_to_string(self.home(".aws/config")).unwrap()
    }

    /// Writes a batch file `C:\tools\NAME.cmd`.
    pub(crate) fn tool(&self, name: &str, lines: &[&str]) {
        let text = format!("@echo off\r\n{}\r\n", lines.join("\r\n"));
        self.stage.sandbox.file(format!("windows/drive_c/tools/{name}.cmd"), text);
    }

    /// The names of our items in the Credential Manager.
    ///
    /// Wine has them in the registry, which it saves when it ends: this is what a restart leaves.
    pub(crate) fn items(&self) -> Vec<String> {
        self.server("--kill");
        self.server("--wait");
        let registry = fs::read(self.home("../../../user.reg")).unwrap();
        let registry = String::from_utf8_lossy(&registry).into_owned();
        let names = registry.lines().filter_map(|line| {
            let (_, name) = line.split_once(r"\\Credential Manager\\Generic: rolecall:")?;
            Some(name.split_once(']')?.0.to_owned())
        });
        let names = names.collect();
        self.server("--persistent");
        names
    }

    /// Starts or ends the server of all programs of this Windows. One that ends with the last program
    /// would be in the way of the next that starts at that moment.
    fn server(&self, what: &str) {
        let server = find_program("wineserver").expect("Wine has a server");
        let run = self.stage.sandbox.program(server, &[what]);
        // Not waited for its pipes: a server that goes on would hold them.
        let mut command = run.into_command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().expect("wineserver runs");
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        self.server("--kill");
    }
}
