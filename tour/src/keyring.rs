//! A keyring of the tour's own: GNOME Keyring on a session bus that nobody else uses, so that the
//! user's own keyring is neither needed nor touched.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{Result, home::Home};

const PASSWORD: &str = "of the tour";
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The running keyring; it ends when this is dropped.
pub(crate) struct Keyring {
    address: String,
    bus: Child,
    daemon: Option<Child>,
}

impl Keyring {
    /// Starts it, unlocked; `None` if what it needs isn't installed or doesn't start.
    pub(crate) fn start(home: &Home) -> Result<Option<Self>> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let has = |name| std::env::split_paths(&folders).any(|folder| folder.join(name).is_file());
        if !["dbus-daemon", "dbus-send", "gnome-keyring-daemon"].into_iter().all(has) {
            return Ok(None);
        }
        let socket = home.path().join("bus");
        home.write(
            "bus.conf",
            &format!(
                r#"<busconfig>
                <type>session</type>
                <listen>unix:path={}</listen>
                <auth>EXTERNAL</auth>
                <policy context="default">
                <allow send_destination="*" eavesdrop="true"/>
                <allow eavesdrop="true"/>
                <allow own="*"/>
                </policy>
                </busconfig>"#,
                socket.display()
            ),
        )?;
        let control = home.private_folder("control")?;
        let mut bus = home
            .command("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address=1", "--config-file"])
            .arg(home.path().join("bus.conf"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut address = String::new();
        if let Some(stdout) = bus.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let mut keyring = Self { address: address.trim_end().to_owned(), bus, daemon: None };
        let mut daemon = keyring
            .on_bus(home.command("gnome-keyring-daemon"))
            .args(["--foreground", "--components=secrets", "--unlock", "--control-directory"])
            .arg(&control)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = daemon.stdin.take() {
            stdin.write_all(PASSWORD.as_bytes()).ok(); // if it has ended, it doesn't get ready below
        }
        keyring.daemon = Some(daemon);
        let started = Instant::now();
        while started.elapsed() < TIME_LIMIT {
            if keyring.is_ready(home) {
                return Ok(Some(keyring));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(None)
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` must be.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn on_bus(&self, mut command: Command) -> Command {
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// Whether there is a default collection.
    fn is_ready(&self, home: &Home) -> bool {
        let output = self
            .on_bus(home.command("dbus-send"))
            .args(["--session", "--print-reply=literal", "--reply-timeout=2000"])
            .args(["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
            .args(["org.freedesktop.Secret.Service.ReadAlias", "string:default"])
            .output();
        output.is_ok_and(|output| {
            let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success() && answer.starts_with('/') && answer != "/"
        })
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in self.daemon.iter_mut().chain([&mut self.bus]) {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
