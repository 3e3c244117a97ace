//! `exec --serve`: the program beside the server.

use std::{
    net::{SocketAddr, TcpStream},
    os::unix::process::ExitStatusExt as _,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    exec::{self, value},
    support::{
        run::{Output, Running, until_some},
        stage::Stage,
    },
};

/// `rolecall exec --serve ARGUMENTS -- env`, with what a shell may have left in the environment.
fn environment(stage: &Stage, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    exec::environment(stage, &[&["--serve"], arguments].concat(), more)
}

#[test]
fn the_program_has_the_server_the_region_and_nothing_that_wins_over_them() {
    let stage = need!(Stage::with_keyutils());
    let out = [
        ("AWS_PROFILE", "second"),
        ("AWS_DEFAULT_PROFILE", "second"),
        ("AWS_ACCESS_KEY_ID", "AKIAOLD"),
        ("AWS_SECRET_ACCESS_KEY", "old"),
        ("AWS_SESSION_TOKEN", "old"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere"),
        ("AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/X"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
    ];
    let output = environment(&stage, &["my-role"], &out);
    for (name, _) in out {
        assert_eq!(value(&output, name), None, "{name}");
    }
    let url = value(&output, "AWS_CONTAINER_CREDENTIALS_FULL_URI").unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/my-role"), "{url}");
    assert_eq!(value(&output, "AWS_CONTAINER_AUTHORIZATION_TOKEN").unwrap().len(), 64);
    assert_eq!(value(&output, "AWS_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "AWS_DEFAULT_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "ROLECALL_PROFILE"), Some("my-role"));
}

#[test]
fn the_exit_code_and_the_signal_are_the_programs_own() {
    let stage = need!(Stage::with_keyutils());
    let run = |script: &str| {
        let arguments = ["exec", "--serve", "plain", "--", "sh", "-c", script];
        stage.sandbox.rolecall(&arguments).run()
    };
    assert_eq!(run("exit 42").status.code(), Some(42));
    for signal in [1, 2, 9, 15] {
        let killed = run(&format!("kill -{signal} $$")).status;
        assert_eq!(killed.signal(), Some(signal));
    }
}

#[test]
fn the_session_is_there_before_the_program_and_without_one_nothing_runs() {
    let stage = need!(Stage::with_keyutils());
    let output = stage.sandbox.rolecall(&["exec", "--serve", "plain", "--", "true"]).run().ok();
    assert_eq!((stage.assumed(), &*output.stderr), (1, ""));
    stage.sts.with_world(|world| world.roles[2].denied = true);
    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    let arguments = ["exec", "--serve", "plain", "--", "touch", "ran"];
    let _output = stage.sandbox.rolecall(&arguments).run().code(4);
    assert!(!stage.sandbox.home().join("ran").exists());
    let missing = ["exec", "--serve", "plain", "--", "no-such-program"];
    let calls = stage.sts.calls().len();
    let _output = stage.sandbox.rolecall(&missing).run().code(127);
    assert_eq!(stage.sts.calls().len(), calls);
}

/// A program that writes its address down, and then waits.
const WAITS: &str = "echo $$ $AWS_CONTAINER_CREDENTIALS_FULL_URI > started.new
    mv started.new started; exec sleep 60";

fn running(stage: &Stage) -> (Running<'_>, Pid, SocketAddr) {
    let arguments = ["exec", "--serve", "plain", "--", "sh", "-c", WAITS];
    let running = stage.sandbox.rolecall(&arguments).spawn();
    let file = stage.sandbox.home().join("started");
    let text = until_some(Duration::from_secs(20), || std::fs::read_to_string(&file).ok()).unwrap();
    std::fs::remove_file(file).unwrap();
    let (pid, url) = text.trim().split_once(' ').unwrap();
    let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    (running, pid, host.parse().unwrap())
}

#[test]
fn signals_are_passed_on_and_the_server_ends_with_the_program() {
    let stage = need!(Stage::with_keyutils());
    for signal in [Signal::TERM, Signal::HUP] {
        let (running, _, address) = running(&stage);
        running.signal(signal);
        let status = running.wait().status;
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert!(TcpStream::connect(address).is_err());
    }
    let (running, program, address) = running(&stage);
    assert!(TcpStream::connect(address).is_ok());
    kill_process(program, Signal::KILL).unwrap();
    assert_eq!(running.wait().status.signal(), Some(9));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_server_that_is_killed_serves_no_more() {
    let stage = need!(Stage::with_keyutils());
    let (running, program, address) = running(&stage);
    running.signal(Signal::KILL);
    let gone = || TcpStream::connect(address).is_err().then_some(());
    assert!(until_some(Duration::from_secs(5), gone).is_some());
    kill_process(program, Signal::KILL).unwrap();
}

#[test]
#[cfg(target_os = "linux")] // whose stat knows -c
fn the_token_may_go_into_a_file_and_the_file_goes_with_the_program() {
    let stage = need!(Stage::with_keyutils());
    let file = stage.sandbox.home().join("token");
    let script = "test -z \"$AWS_CONTAINER_AUTHORIZATION_TOKEN\" || exit 9
        stat -c %a,%s \"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\"";
    let arguments = ["exec", "--serve", "plain", "--token-file", "token", "--", "sh", "-c", script];
    let output = stage.sandbox.rolecall(&arguments).run().ok();
    assert_eq!(output.stdout, "600,64\n");
    assert!(!file.exists());
    let lonely = ["exec", "plain", "--token-file", "token", "--", "true"];
    let output = stage.sandbox.rolecall(&lonely).run().code(2);
    assert!(output.stderr.contains("--token-file only works with --serve"), "{output:?}");
    let same = ["serve", "plain", "--token-file", "token", "--", "sh", "-c", script];
    assert_eq!(stage.sandbox.rolecall(&same).run().ok().stdout, "600,64\n");
}

#[test]
#[cfg(target_os = "linux")] // whose /proc tells of signals and descriptors
fn the_program_starts_as_if_the_caller_had_started_it() {
    let stage = need!(Stage::with_keyutils());
    let script = "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; umask; ulimit -c; ulimit -n; \
                  echo /proc/self/fd/*; cat /proc/self/oom_score_adj";
    let shell = ["sh", "-c", script];
    let direct = stage.sandbox.program(shell[0], &shell[1..]).run().ok();
    for _ in 0..2 {
        let arguments = [&["exec", "--serve", "my-role", "--"], &shell[..]].concat();
        let output = stage.sandbox.rolecall(&arguments).run().ok();
        assert_eq!(without_internal(&output.stdout), without_internal(&direct.stdout));
    }
}

/// Signals 32 and 33 are the C library's own.
#[cfg(target_os = "linux")]
fn without_internal(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("SigIgn:\t") {
        Some(mask) => format!("{:x}", u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// SDKs ask the profile `default` before a container endpoint, so the program would act as somebody else.
#[test]
fn credentials_of_the_profile_default_would_win_and_are_refused() {
    let stage = need!(Stage::with_keyutils());
    let exec = |name: &str| stage.sandbox.rolecall(&["exec", "--serve", name, "--", "true"]).run();
    stage.edit_config("[profile my-role]", "[default]\nregion = eu-west-1\n[profile my-role]");
    let _output = exec("my-role").ok();
    stage.edit_config("[default]", "[default]\ncredential_process = /bin/other");
    let output = exec("my-role").code(5);
    assert!(output.stderr.contains("of the profile 'default' instead"), "{output:?}");
    assert!(output.stderr.contains("config:2"), "{output:?}");
}
