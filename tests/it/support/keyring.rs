//! A session bus of a sandbox's own, with a real GNOME Keyring on it.
//!
//! Nothing is shared with the machine's own bus or keyrings, so tests run side by side, as any
//! user, with or without a desktop.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::clients::require_program;
use super::run::until_some;
use super::sandbox::{Sandbox, pid};

const PASSWORD: &str = "of the keyring";
const TIME_LIMIT: Duration = Duration::from_secs(20);
const SERVICE: &str = "org.freedesktop.secrets";

/// What a client of the Secret Service finds on the bus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// A default collection, unlocked: a desktop after login.
    Unlocked,
    /// The service, but nothing that has the alias `default`: a first login without a password.
    NoCollection,
    /// Nobody, nor anyone who could be started: a bus on a server.
    Absent,
}

/// A running bus; it ends with all that is on it when this is dropped.
#[must_use]
pub(crate) struct SessionBus<'a> {
    sandbox: &'a Sandbox,
    address: String,
    bus: Child,
    daemon: Option<Child>,
}

impl<'a> SessionBus<'a> {
    /// Starts both, makes them the sandbox's own, and waits until the default collection is
    /// unlocked. `None`: the programs for it are not there, and the test is left out.
    pub(crate) fn start(sandbox: &'a Sandbox) -> Option<Self> {
        Self::start_with(sandbox, Service::Unlocked)
    }

    /// Starts the bus, and the service as it should be.
    pub(crate) fn start_with(sandbox: &'a Sandbox, service: Service) -> Option<Self> {
        if !require_keyring() {
            return None;
        }
        // Not `bus` in XDG_RUNTIME_DIR, where a client would look without an address, too. No
        // directory of services: else the bus would start a keyring that a test has stopped.
        let socket = sandbox.path("bus");
        let configuration = sandbox.file(
            "bus.conf",
            format!(
                r#"<busconfig>
                <type>session</type>
                <listen>unix:path={}</listen>
                <auth>EXTERNAL</auth>
                <policy context="default">
                <allow send_destination="*" eavesdrop="true"/>
                <allow eavesdrop="true"/>
                <allow own="*"/>
                </policy>
                <limit name="max_connections_per_user">10000</limit>
                <limit name="max_completed_connections">10000</limit>
                <limit name="max_incomplete_connections">10000</limit>
                </busconfig>"#,
                socket.display()
            ),
        );
        let log = Log::new(sandbox, "bus.log");
        let mut bus = sandbox
            .program("dbus-daemon", &["--nofork", "--nopidfile", "--print-address=1"])
            .into_command()
            .arg("--config-file")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.open())
            .spawn()
            .expect("dbus-daemon was found");
        let mut address = String::new();
        let stdout = bus.stdout.take().expect("is piped");
        // It prints its address once it listens, and only its end is an empty line.
        let printed = BufReader::new(stdout).read_line(&mut address);
        let mut bus = Self { sandbox, address: address.trim_end().to_owned(), bus, daemon: None };
        assert!(
            printed.is_ok() && !bus.address.is_empty(),
            "dbus-daemon did not start:\n{}",
            log.text()
        );
        sandbox.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        if service != Service::Absent {
            bus.start_daemon(service);
        }
        Some(bus)
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` is set to in the sandbox.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Locks the default collection.
    pub(crate) fn lock(&self) {
        let collection = self.collection().expect("a default collection to lock");
        let argument = format!("array:objpath:{collection}");
        let locked = until_some(TIME_LIMIT, || {
            self.ask("/org/freedesktop/secrets", "Secret.Service.Lock", &[&argument]);
            self.is_locked().filter(|locked| *locked)
        });
        assert!(locked.is_some(), "the collection can't be locked");
    }

    /// Whether the default collection is locked; `None` if there is none, or nobody to ask.
    pub(crate) fn is_locked(&self) -> Option<bool> {
        let answer = self.ask(
            &self.collection()?,
            "DBus.Properties.Get",
            &["string:org.freedesktop.Secret.Collection", "string:Locked"],
        )?;
        answer.split_whitespace().next_back()?.parse().ok()
    }

    /// Ends the keyring daemon, and leaves the bus.
    pub(crate) fn stop_daemon(&mut self) {
        let Some(mut daemon) = self.daemon.take() else {
            return;
        };
        end(&mut daemon);
        let gone = until_some(TIME_LIMIT, || (!self.has_service()).then_some(()));
        assert!(gone.is_some(), "{SERVICE} is still on the bus");
    }

    /// Ends the keyring daemon and starts it again, unlocked, with what it has stored.
    pub(crate) fn restart_daemon(&mut self) {
        self.stop_daemon();
        self.start_daemon(Service::Unlocked);
    }

    /// Stops the keyring daemon in its tracks: it stays on the bus and answers nobody.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a paused keyring daemon go on.
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("a keyring daemon");
        kill_process(pid(daemon), signal).expect("nobody waited for it yet");
    }

    fn start_daemon(&mut self, service: Service) {
        let log = Log::new(self.sandbox, "keyring.log");
        let arguments: &[&str] = match service {
            Service::Unlocked => &["--foreground", "--components=secrets", "--unlock"],
            _ => &["--foreground", "--components=secrets"],
        };
        let mut daemon = self
            .sandbox
            .program("gnome-keyring-daemon", arguments)
            .into_command()
            .stdin(Stdio::piped())
            .stdout(log.open())
            .stderr(log.open())
            .spawn()
            .expect("gnome-keyring-daemon was found");
        if let Some(mut stdin) = daemon.stdin.take() {
            // It may have ended already: that is said below.
            stdin.write_all(PASSWORD.as_bytes()).ok();
        }
        self.daemon = Some(daemon);
        let ready = until_some(TIME_LIMIT, || match service {
            Service::Unlocked => self.is_locked().filter(|locked| !locked).map(drop),
            _ => self.has_service().then_some(()),
        });
        assert!(ready.is_some(), "gnome-keyring-daemon did not get ready:\n{}", log.text());
    }

    fn has_service(&self) -> bool {
        let owner = format!("string:{SERVICE}");
        self.send("org.freedesktop.DBus", "/org/freedesktop/DBus", "DBus.NameHasOwner", &[&owner])
            .is_some_and(|answer| answer.contains("true"))
    }

    /// The object path of the default collection.
    fn collection(&self) -> Option<String> {
        let answer =
            self.ask("/org/freedesktop/secrets", "Secret.Service.ReadAlias", &["string:default"])?;
        let path = answer.trim();
        (path != "/").then(|| path.to_owned())
    }

    fn ask(&self, object: &str, method: &str, arguments: &[&str]) -> Option<String> {
        self.send(SERVICE, object, method, arguments)
    }

    /// A method call by a program that is not ours; `None` for an error of any kind.
    fn send(&self, name: &str, object: &str, method: &str, arguments: &[&str]) -> Option<String> {
        let output = self
            .sandbox
            .program("dbus-send", &["--session", "--print-reply=literal", "--reply-timeout=2000"])
            .into_command()
            .arg(format!("--dest={name}"))
            .arg(object)
            .arg(format!("org.freedesktop.{method}"))
            .args(arguments)
            .output()
            .expect("dbus-send was found");
        let answer = String::from_utf8(output.stdout).ok()?;
        output.status.success().then_some(answer)
    }
}

impl Drop for SessionBus<'_> {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            end(daemon);
        }
        end(&mut self.bus);
    }
}

/// What a daemon says: of interest only if it does not start, but searched for secrets.
struct Log(PathBuf);

impl Log {
    fn new(sandbox: &Sandbox, name: &str) -> Self {
        Self(sandbox.file(name, ""))
    }

    fn open(&self) -> File {
        let file = OpenOptions::new().append(true).open(&self.0);
        file.expect("it was just made")
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap_or_default()
    }
}

/// Whether there is all that [`SessionBus`] needs; else the test is left out.
pub(crate) fn require_keyring() -> bool {
    [("dbus-daemon", "dbus"), ("dbus-send", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")]
        .into_iter()
        .all(|(program, package)| require_program(program, package).is_some())
}

/// A paused process ends as well.
fn end(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

mod tests {
    use std::thread;
    use std::time::Duration;

    use super::{Service, SessionBus, require_program};
    use crate::support::run::Output;
    use crate::support::sandbox::Sandbox;

    const SECRET: &str = "kept-in-the-keyring";

    fn store(sandbox: &Sandbox) -> Output {
        let arguments = ["store", "--label=a label", "for", "a test"];
        sandbox.secret("the key", SECRET);
        sandbox.program("secret-tool", &arguments).stdin(SECRET).run()
    }

    fn look_up(sandbox: &Sandbox) -> Output {
        sandbox.program("secret-tool", &["lookup", "for", "a test"]).may_print_secrets().run()
    }

    #[test]
    fn secrets_outlive_the_keyring_daemon_but_not_its_lock() {
        let sandbox = Sandbox::new();
        let mut bus = need!(SessionBus::start(&sandbox));
        need!(require_program("secret-tool", "libsecret-tools"));
        assert_eq!(bus.is_locked(), Some(false));
        store(&sandbox).ok();
        assert_eq!(look_up(&sandbox).ok().stdout, SECRET);
        bus.restart_daemon();
        assert_eq!(look_up(&sandbox).ok().stdout, SECRET);
        bus.lock();
        assert_eq!(bus.is_locked(), Some(true));
        assert_ne!(look_up(&sandbox).stdout, SECRET);
        bus.restart_daemon();
        assert_eq!(look_up(&sandbox).ok().stdout, SECRET);
        bus.stop_daemon();
        let output = look_up(&sandbox).code(1);
        assert!(output.stderr.contains("not provided"), "{output:?}");
    }

    #[test]
    fn a_paused_keyring_answers_after_it_goes_on() {
        let sandbox = Sandbox::new();
        let bus = need!(SessionBus::start(&sandbox));
        bus.pause();
        thread::scope(|scope| {
            let asked = scope.spawn(|| bus.is_locked());
            thread::sleep(Duration::from_millis(200));
            assert!(!asked.is_finished(), "answered while it was paused");
            bus.resume();
            assert_eq!(asked.join().expect("no panic"), Some(false));
        });
        bus.pause();
    }

    #[test]
    fn a_bus_may_have_no_collection_or_no_service() {
        let sandbox = Sandbox::new();
        if let Some(bus) = SessionBus::start_with(&sandbox, Service::NoCollection) {
            assert!(bus.has_service());
            assert_eq!(bus.is_locked(), None);
        }
        if let Some(bus) = SessionBus::start_with(&sandbox, Service::Absent) {
            assert!(!bus.has_service());
        }
    }

    #[test]
    fn buses_do_not_see_each_other() {
        let sandboxes: Vec<_> = (0..4).map(|_| Sandbox::new()).collect();
        thread::scope(|scope| {
            for (index, sandbox) in sandboxes.iter().enumerate() {
                scope.spawn(move || {
                    let _bus = need!(SessionBus::start(sandbox));
                    if index == 0 {
                        store(sandbox).ok();
                    } else {
                        assert_eq!(look_up(sandbox).code(1).stdout, "");
                    }
                });
            }
        });
    }
}
