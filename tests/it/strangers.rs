//! What other users of the machine own or serve: none of it gets a secret.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::linux::net::SocketAddrExt as _,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        net::{SocketAddr, UnixStream},
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Stdio},
};

use crate::support::{
    clients::require_program,
    sandbox::Sandbox,
    stage::{PLAIN, Stage},
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

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A program that leaves the file `ran`, and gives credentials to whoever reads it as such.
fn program(stage: &Stage) -> PathBuf {
    let output =
        r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"of-a-program"}"#;
    let ran = stage.sandbox.path("ran");
    let text = format!("#!/bin/sh\necho x >> {}\necho '{output}'\n", ran.display());
    stage.sandbox.script("home/give", text)
}

/// Adds the profile `foreign`, whose program is run by rolecall, and `coded`, whose codes are asked of it.
fn add_commands(stage: &Stage) -> PathBuf {
    let give = program(stage);
    let give = give.display();
    stage.edit_config(
        "[profile plain]\n",
        &format!(
            "[profile foreign]\ncredential_process = {give}\n\
             [profile coded]\nrole_arn = {PLAIN}\nsource_profile = base\n\
             mfa_serial = arn:aws:iam::111111111111:mfa/natan\nrolecall_mfa_process = {give}\n\
             [profile plain]\n"
        ),
    );
    stage.sandbox.path("ran")
}

#[test]
fn no_command_of_another_users_file_is_run() {
    let user = need!(require_other_user());
    let stage = Stage::new();
    let ran = add_commands(&stage);
    let config = stage.sandbox.config_path();
    chown(&config, Some(user.id), None).unwrap();
    for (profile, key) in [("foreign", "credential_process"), ("coded", "rolecall_mfa_process")] {
        for verb in ["credential-process", "whoami", "login"] {
            let output = stage.sandbox.rolecall(&[verb, profile]).run().code(5);
            let what = format!(
                "'{key}' of profile '{profile}' is not run: its file belongs to another user (uid {})",
                user.id
            );
            assert!(output.stderr.contains(&what), "{output:?}");
            assert!(output.stderr.contains(&format!("({}:", config.display())), "{output:?}");
            assert!(output.stderr.contains("hint: if you trust what is in it, 'sudo chown"));
        }
    }
    assert!(!ran.exists());
    // What runs no command is still used.
    stage.document("my-role");
    let found = stage.sandbox.rolecall(&["doctor", "--output", "json"]).run();
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let foreign: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["id"] == "foreign-file")
        .collect();
    assert_eq!(foreign.len(), 3, "the file and two profiles: {found:#}");
    // The same goes for the credentials file, and for what a symlink leads to.
    let give = stage.sandbox.path("home/give");
    let text = fs::read_to_string(stage.sandbox.credentials_path()).unwrap();
    let text = format!("{text}[other]\ncredential_process = {}\n", give.display());
    stage.sandbox.credentials(&text);
    chown(stage.sandbox.credentials_path(), Some(user.id), None).unwrap();
    stage.helper("other").run().code(5);
    let elsewhere = stage.sandbox.path("elsewhere");
    fs::rename(stage.sandbox.credentials_path(), &elsewhere).unwrap();
    stage.sandbox.may_hold_secrets(&elsewhere);
    std::os::unix::fs::symlink(&elsewhere, stage.sandbox.credentials_path()).unwrap();
    stage.helper("other").run().code(5);
    assert!(!ran.exists());
    chown(&elsewhere, Some(0), None).unwrap();
    stage.helper("other").run().ok();
    assert!(ran.exists(), "it is ours now");
}

#[test]
fn a_command_of_roots_file_is_run() {
    let user = need!(require_other_user());
    let stage = Stage::new();
    add_commands(&stage);
    let home = stage.sandbox.home();
    for folder in [stage.sandbox.root().to_owned(), home.clone(), home.join(".aws")] {
        set_mode(&folder, 0o755);
    }
    set_mode(&stage.sandbox.config_path(), 0o644);
    set_mode(&home.join("give"), 0o755);
    set_mode(stage.sandbox.root(), 0o777); // for what the program leaves
    let helper = stage.helper("foreign").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    let mut command = helper.into_command();
    let output = user.becomes(&mut command).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let ran = stage.sandbox.path("ran");
    assert_eq!(fs::metadata(ran).unwrap().uid(), user.id);
    set_mode(stage.sandbox.root(), 0o700);
}

#[test]
fn files_that_others_can_change_are_told_to_people_and_to_nobody_else() {
    let stage = Stage::new();
    let (config, credentials) = (stage.sandbox.config_path(), stage.sandbox.credentials_path());
    let folder = stage.sandbox.home().join(".aws");
    for (path, mode, good) in [
        (&config, 0o666, 0o644),
        (&config, 0o620, 0o600),
        (&credentials, 0o602, 0o600),
        (&folder, 0o777, 0o755),
        (&folder, 0o770, 0o750),
    ] {
        let before = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        set_mode(path, mode);
        let what = format!("warning: other users can change {} (mode {mode:o})", path.display());
        let remedy = format!("hint: 'chmod {good:o} {}'", path.display());
        for arguments in [
            &["login", "--force", "my-role"][..],
            &["status"],
            &["whoami", "my-role"],
            &["profile", "list"],
            &["exec", "my-role", "--", "true"],
            &["env", "my-role", "--shell", "bash"],
            &["keys", "list"],
        ] {
            let output = stage.sandbox.rolecall(arguments).may_print_secrets().run().ok();
            assert_eq!(output.stderr.matches(&what).count(), 1, "{arguments:?}: {output:?}");
            assert!(output.stderr.contains(&remedy), "{output:?}");
        }
        let helper = stage.helper("my-role").run().ok();
        assert_eq!(helper.stderr, "");
        let doctor = stage.sandbox.rolecall(&["doctor"]).run().stdout;
        assert!(doctor.contains("open-file") && doctor.contains(&path.display().to_string()));
        let _findings = stage.sandbox.rolecall(&["doctor", "--fix", "--yes"]).run();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o022, 0, "repaired");
        set_mode(path, before);
    }
    let output = stage.sandbox.rolecall(&["status"]).run().ok();
    assert!(!output.stderr.contains("other users"), "{output:?}");
}

#[test]
fn folders_are_private_whatever_the_umask() {
    let stage = Stage::new();
    stage.sandbox.store("file");
    let home = stage.sandbox.home();
    let tops = ["a", "b", "c"].map(|name| home.join(name));
    stage.sandbox.may_hold_secrets(&tops[1]);
    let script = "umask 000; exec \"$@\"";
    let run = |arguments: &[&str]| {
        let rolecall = crate::support::programs::rolecall();
        let words = ["-c", script, "sh", rolecall.to_str().unwrap()];
        let run = stage.sandbox.program("sh", &[&words, arguments].concat()).may_print_secrets();
        run.env("XDG_STATE_HOME", tops[0].join("x/y")).env("XDG_CACHE_HOME", tops[1].join("x/y"))
    };
    run(&["credential-process", "my-role"]).run().ok();
    let add = ["profile", "add", "new", "--role-arn", PLAIN, "--source-profile", "base"];
    let config = tops[2].join("x/y/config");
    run(&[&add[..], &["--bare"]].concat()).env("AWS_CONFIG_FILE", config).run().ok();
    let mut open = Vec::new();
    let mut folders: Vec<PathBuf> = tops.to_vec();
    while let Some(folder) = folders.pop() {
        let mode = fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        if mode != 0o700 {
            open.push((folder.clone(), mode));
        }
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.mode() & 0o077 != 0 {
                open.push((entry.path(), metadata.mode() & 0o777));
            }
        }
    }
    assert_eq!(open, [], "open to others");
}
