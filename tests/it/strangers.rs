//! What other users of the machine own or serve: none of it gets a secret.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::linux::net::SocketAddrExt as _,
    os::unix::net::{SocketAddr, UnixStream},
    process::{Child, ChildStdout, Stdio},
};

use crate::support::{
    clients::require_program,
    sandbox::Sandbox,
    stage::Stage,
    users::{OtherUser, require_other_user},
};

/// Listens on the abstract socket of that name, and tells what it is sent first.
const LISTENER: &str = r"
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind('\0' + sys.argv[1])
listener.listen(64)
print('ready', flush=True)
while True:
    caller, _ = listener.accept()
    sent = caller.recv(4096)
    if sent == b'end':
        break
    if sent:
        print('got', sent[:20], flush=True)
    caller.close()
";

/// A session bus of somebody's: it answers nothing, and remembers whether it was sent anything.
struct Bus {
    name: String,
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Bus {
    /// One of `user`, or of whoever runs the tests. It becomes the sandbox's session bus.
    fn start(sandbox: &Sandbox, user: Option<OtherUser>) -> Option<Self> {
        let python = require_program("python3", "python3")?;
        let name = format!("{}-of-a-bus", sandbox.root().display());
        let mut command = sandbox.program(python, &["-c", LISTENER, &name]).into_command();
        if let Some(user) = user {
            user.becomes(&mut command);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        sandbox.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:abstract={name}"));
        Some(Self { name, child, told })
    }

    /// Ends it; what it was sent.
    fn end(mut self) -> String {
        let address = SocketAddr::from_abstract_name(&self.name).unwrap();
        UnixStream::connect_addr(&address).unwrap().write_all(b"end").unwrap();
        let mut sent = String::new();
        self.told.read_to_string(&mut sent).unwrap();
        self.child.wait().unwrap();
        sent
    }
}

#[test]
fn a_bus_of_another_user_gets_nothing_and_that_is_told() {
    let user = need!(require_other_user());
    let stage = Stage::new();
    let bus = need!(Bus::start(&stage.sandbox, Some(user)));
    let why = format!("it belongs to another user (uid {})", user.id);
    let run = |arguments: &[&str]| stage.sandbox.rolecall(arguments);
    for store in ["secret-service", "auto"] {
        stage.sandbox.store(store);
        let import = run(&["keys", "import", "base"]).run().code(6);
        assert!(import.stderr.contains(&why), "{import:?}");
        let add = run(&["keys", "add", "ci", "--no-verify"]);
        let add = add.stdin("AKIAIOSFODNN7EXAMPLE\nanother-key's-secret-in-40-characters\n").run();
        assert_eq!(add.status.code(), Some(6), "{add:?}");
        let status = run(&["status"]).run().ok().stdout;
        assert!(status.contains(&why), "{status}");
        let status = run(&["status", "--stores", "--output", "json"]).run().ok().json();
        let reason = status["stores"][0]["reason"].as_str().unwrap();
        assert!(reason.contains(&why), "{status}");
        assert_eq!(status["stores"][0]["usable"], false, "{status}");
        let doctor = run(&["doctor"]).run();
        assert!(doctor.stdout.contains(&why), "{doctor:?}");
        run(&["login", "--force", "my-role"]).run().ok();
    }
    stage.sandbox.store("secret-service");
    stage.document("my-role");
    assert_eq!(bus.end(), "", "what it was sent");
}

#[test]
fn the_next_address_is_tried_after_one_of_another_user() {
    let user = need!(require_other_user());
    Stage::with_keyring(|stage, real| {
        let address = real.address().to_owned();
        let bus = need!(Bus::start(&stage.sandbox, Some(user)));
        let both = format!("unix:abstract={};{address}", bus.name);
        stage.sandbox.env("DBUS_SESSION_BUS_ADDRESS", both);
        stage.document("my-role");
        stage.document("my-role");
        assert_eq!(stage.assumed(), 1, "it was kept in the second");
        assert_eq!(bus.end(), "", "what it was sent");
        stage.sandbox.env("DBUS_SESSION_BUS_ADDRESS", address);
    });
}

#[test]
fn a_bus_of_ones_own_and_one_of_root_are_used() {
    let sandbox = Sandbox::new();
    sandbox.store("secret-service");
    let bus = need!(Bus::start(&sandbox, None));
    let status = sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(!status.contains("another user"), "{status}");
    // The tests' own user is root then.
    if let Some(user) = require_other_user() {
        let mut status = sandbox.rolecall(&["status"]).into_command();
        let output = user.becomes(&mut status).env("HOME", "/nonexistent").output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !stdout.contains("another user"), "{output:?}");
        assert_eq!(bus.end().matches("got b'\\x00AUTH").count(), 2);
        return;
    }
    assert_eq!(bus.end().matches("got b'\\x00AUTH").count(), 1);
}
