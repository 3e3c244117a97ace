//! The kernel's keyring, looked at from outside.

use std::{path::Path, process::Command, time::Duration};

use crate::support::{
    clients::require_program,
    run::{Output, until_some},
    stage::Stage,
};

/// Runs `script` in a session keyring of its own that has the user's keyrings in it.
fn keyctl(stage: &Stage, script: &str) -> Option<String> {
    let keyctl = require_program("keyctl", "keyutils")?;
    let script =
        format!("{{ keyctl get_persistent @s || keyctl link @u @s; }} >/dev/null; {script}");
    Some(stage.sandbox.program(keyctl, &["session", "-", "sh", "-c", &script]).run().ok().stdout)
}

/// The descriptions of the sessions that this stage has records of.
fn descriptions(stage: &Stage) -> Vec<String> {
    let records = std::fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().flatten();
    let names = records.map(|entry| entry.file_name().into_string().unwrap());
    names.map(|name| format!("rolecall:{}", name.trim_end_matches(".json"))).collect()
}

#[test]
fn a_session_is_one_key_that_the_kernel_itself_forgets() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let description = &descriptions(&stage)[0];
    let shown = need!(keyctl(&stage, "keyctl show @s"));
    assert!(shown.contains(description), "{description} is not in:\n{shown}");
    let line = shown.lines().find(|line| line.contains(description)).unwrap();
    let id = line.split_whitespace().next().unwrap();
    let listed = std::fs::read_to_string("/proc/keys").unwrap();
    let hex = format!("{:08x}", id.parse::<u32>().unwrap());
    let entry = listed.lines().find(|line| line.starts_with(&hex)).expect("in /proc/keys");
    let fields: Vec<&str> = entry.split_whitespace().collect();
    assert!(matches!(fields[3], "59m" | "60m" | "1h"), "its time-out: {entry}");
    assert!(fields[4].ends_with("0000"), "nothing for others: {entry}");
}

#[test]
fn a_session_survives_the_login_that_made_it() {
    let stage = need!(Stage::with_keyutils());
    let program = need!(require_program("keyctl", "keyutils"));
    let first = stage.document("my-role");
    // In another session keyring, as after logging out and in.
    let arguments =
        ["session", "-", env!("CARGO_BIN_EXE_rolecall"), "credential-process", "my-role"];
    let output = stage.sandbox.program(program, &arguments).may_print_secrets().run().ok();
    assert_eq!(output.json(), first);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn an_item_that_somebody_spoiled_is_a_miss() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let description = &descriptions(&stage)[0];
    let spoil = format!("echo nonsense | keyctl pupdate $(keyctl search @s user {description})");
    need!(keyctl(&stage, &spoil));
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2, "it was replaced by a good one");
}

#[test]
fn a_state_directory_that_cannot_be_used_costs_nobody_the_credentials() {
    let stage = need!(Stage::with_keyutils());
    // A file in the place of each: no user, root included, can make a folder there.
    let blocked = stage.sandbox.file("no-state", "");
    stage.sandbox.env("XDG_STATE_HOME", blocked);
    let runtime = stage.sandbox.file("no-runtime", "");
    stage.sandbox.env("XDG_RUNTIME_DIR", runtime);
    let first = stage.document("my-role");
    assert_eq!(stage.document("my-role"), first, "the store works without records");
    assert_eq!(stage.assumed(), 1);
    let forgotten = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert!(forgotten.stdout.contains("session deleted"), "{forgotten:?}");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    let _forgotten = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
}

/// The lines of `/proc/keys` that are `key`, without those that are about to be removed.
fn listed(key: &str) -> Vec<String> {
    let all = std::fs::read_to_string("/proc/keys").unwrap();
    let is_valid = |line: &&str| !line.split(' ').nth(1).unwrap_or_default().contains('i');
    all.lines().filter(|line| line.contains(key)).filter(is_valid).map(str::to_owned).collect()
}

#[test]
fn a_process_that_is_killed_at_any_point_leaves_no_key_without_an_end() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    stage.document("my-role");
    let key = descriptions(&stage).remove(0);
    let arguments = |number: usize| {
        let inject = format!("inject=add_key,keyctl:signal=KILL:when={number}");
        let words = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=add_key,keyctl", "-e"];
        let words = words.map(str::to_owned).into_iter().chain([inject]);
        let program = crate::support::programs::rolecall().display().to_string();
        let call = [program, "credential-process".to_owned(), "my-role".to_owned()];
        words.chain(call).collect::<Vec<_>>()
    };
    let mut kills = 0;
    for number in 1..100 {
        stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
        // The kernel removes a key a moment after it was unlinked.
        let gone = until_some(Duration::from_secs(10), || listed(&key).is_empty().then_some(()));
        assert!(gone.is_some(), "{:?}", listed(&key));
        let run = stage.sandbox.program(&strace, &arguments(number)).may_print_secrets().run();
        // The kernel removes what only a dead process had a moment later.
        let left = until_some(Duration::from_secs(10), || {
            let left = listed(&key);
            left.iter().all(|line| line.split_whitespace().nth(3) != Some("perm")).then_some(left)
        });
        assert!(left.is_some(), "killed at call {number}: {:?}", listed(&key));
        if run.status.success() {
            assert_eq!(left.unwrap().len(), 1, "{run:?}");
            break;
        }
        kills += 1;
    }
    // It is made, gets its end, and is linked.
    assert!((3..99).contains(&kills), "{kills}");
}

/// An ordinary user, whose quota is small: for root, one that nobody else is; else we ourselves.
struct User {
    stage: Stage,
    /// What a command line of theirs begins with.
    prefix: Vec<String>,
    rolecall: String,
}

impl User {
    fn new() -> Option<Self> {
        let stage = Stage::alone_with_keyutils()?;
        let mut rolecall = env!("CARGO_BIN_EXE_rolecall").to_owned();
        let mut prefix = Vec::new();
        if rustix::process::geteuid().is_root() {
            let id = 40_000 + std::process::id() % 20_000;
            let setpriv = require_program("setpriv", "util-linux")?.display().to_string();
            prefix = vec![setpriv, format!("--reuid={id}"), format!("--regid={id}")];
            prefix.push("--clear-groups".to_owned());
            // They may not be let into the folder that it lies in.
            let copy = stage.sandbox.path("rolecall").display().to_string();
            run("cp", &[&rolecall, &copy]);
            run("chown", &["-R", &id.to_string(), &stage.sandbox.root().display().to_string()]);
            // There is nothing of this test in it, and much to search.
            stage.sandbox.may_hold_secrets(&copy);
            rolecall = copy;
        }
        Some(Self { stage, prefix, rolecall })
    }

    /// Runs `script` with the user's keyring as `$ring`; `fill DESCRIPTION KEYRING` fills it up.
    fn run(&self, script: &str) -> Option<Output> {
        let keyctl = require_program("keyctl", "keyutils")?.display().to_string();
        let script = format!(
            "set -eu
             ring=$(keyctl get_persistent @s 2>/dev/null) || {{ keyctl link @u @s; ring=@u; }}
             fill() {{
                 i=0
                 for size in 4000 400 40; do
                     while head -c $size /dev/zero | keyctl padd user $1$i $2; do i=$((i + 1)); done
                 done >ids 2>/dev/null
             }}
             rolecall() {{ {} \"$@\"; }}
             {script}",
            self.rolecall
        );
        let mut words = self.prefix.clone();
        words.extend([keyctl, "session".into(), "-".into(), "sh".into(), "-c".into(), script]);
        Some(self.stage.sandbox.program(&words[0], &words[1..]).may_print_secrets().run())
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _output = self.run("rolecall logout --all");
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(Path::new("/bin").join(program)).args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} failed");
}

#[test]
fn a_full_kernel_keyring_costs_nobody_the_credentials_and_is_told() {
    let user = need!(User::new());
    let script = "fill filler @s; rolecall login my-role; rolecall credential-process my-role";
    let output = need!(user.run(script));
    let output = output.code(0);
    let (login, document) = output.stdout.split_once('\n').unwrap();
    assert!(login.ends_with(", not saved"), "{output:?}");
    assert!(document.contains("SessionToken"), "{output:?}");
    // The first line is keyctl's own.
    let lines: Vec<_> = output.stderr.lines().skip(1).collect();
    assert!(
        lines.len() == 1 && lines[0].contains("kernel keyring is full: delete sessions"),
        "one warning, and none of credential-process: {output:?}"
    );
    assert_eq!(user.stage.assumed(), 2);
}

#[test]
fn what_has_ended_makes_room_in_a_full_kernel_keyring() {
    let user = need!(User::new());
    // The kernel itself would leave them counting against the quota for minutes.
    let script = "
        fill rolecall:dead $ring
        for id in $(cat ids); do keyctl timeout $id 1; done
        for id in $(cat ids); do while keyctl describe $id; do sleep 0.05; done; done >/dev/null 2>&1
        head -c 1000 /dev/zero | keyctl padd user more @s >/dev/null 2>&1 && exit 9
        rolecall login my-role";
    let output = need!(user.run(script));
    let output = output.code(0);
    assert!(output.stdout.ends_with(", saved in keyutils\n"), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "keyctl's own: {output:?}");
}

#[test]
fn a_kernel_keyring_that_a_container_blocks_is_unavailable_and_says_so() {
    let stage = need!(Stage::with_keyutils());
    let python = need!(require_program("python3", "python3"));
    let output = |arguments: &[&str]| {
        let words = [&["-c", BLOCK_KEYRINGS, env!("CARGO_BIN_EXE_rolecall")], arguments].concat();
        stage.sandbox.program(&python, &words).may_print_secrets().run().code(0)
    };
    let status = output(&["status"]).stdout;
    assert!(status.contains("not keyutils: the kernel keyring is blocked here"), "{status}");
    assert!(output(&["credential-process", "my-role"]).stderr.is_empty());
    assert_eq!(stage.assumed(), 1);
}

/// Runs a program as Docker does: the three system calls of keyrings fail with EPERM.
const BLOCK_KEYRINGS: &str = r#"
import ctypes, os, platform, struct, sys

first = {"x86_64": 248, "aarch64": 217}[platform.machine()]
program = [
    struct.pack("HBBI", 0x20, 0, 0, 0),           # load the call's number
    struct.pack("HBBI", 0x35, 0, 2, first),       # below: allow
    struct.pack("HBBI", 0x25, 1, 0, first + 2),   # above: allow
    struct.pack("HBBI", 0x06, 0, 0, 0x00050001),  # EPERM
    struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000),  # allow
]
filters = ctypes.create_string_buffer(b"".join(program))
argument = struct.pack("HxxxxxxP", len(program), ctypes.addressof(filters))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0            # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, argument, 0, 0) == 0     # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
os.execv(sys.argv[1], sys.argv[1:])
"#;
