//! Times whole processes side by side in one run: what a caller waits for.
//!
//! ```text
//! cargo bench --bench process [-- ROUNDS]
//! ```
//!
//! `ROLECALL_TEST_PROGRAM` names another build to time, such as the static one that is shipped.
//!
//! Each round runs every command once, so that a machine that slows down slows all of them. What
//! counts is the ratios of the medians; docs/performance.md explains them. The benchmark only prints
//! and never fails, because a time is not a test.

#![allow(clippy::unwrap_used, reason = "a benchmark that can't go on stops")]
#![expect(clippy::disallowed_methods, reason = "a separate program, with its own clock")]

#[path = "../tests/it/support/mod.rs"]
mod support;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use support::{
    keyring::SessionBus,
    sandbox::find_program,
    stage::{ROLE, Stage},
};

const ROUNDS: usize = 150;
const MANY_PROFILES: usize = 5_000;
const HUGE_PROFILES: usize = 50_000;
const MANY_RECORDS: usize = 200;
const SLOW: Duration = Duration::from_millis(500);

fn main() {
    // cargo passes --bench.
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let stage = Stage::new();
    let mut runs = vec![Case::new(SHELL, shell(&stage, "exit 0"))];
    let tools = tempfile::tempdir().unwrap();
    let keyring = SessionBus::start(&stage.sandbox);
    let hello = c_program(tools.path(), "hello", &["-static"]);
    if let Some(hello) = hello {
        // Started like all others: in a folder and with an environment of its own, which takes longer.
        let hello = stage.sandbox.program::<&str>(hello, &[]).into_command();
        runs.push(Case::new(HELLO, hello));
        runs.push(Case::new(VERSION, stage.sandbox.rolecall(&["--version"]).into_command()));
    }
    let keyutils = Stage::with_keyutils();
    let many = keyutils.as_ref().map(|_| Stage::new());
    if keyring.is_some() {
        add_keychain(&stage, tools.path(), &mut runs);
    }
    if let (Some(few), Some(many)) = (&keyutils, &many) {
        few.document("my-role");
        runs.push(Case::new(KEYUTILS, helper(few, "keyutils")));
        let exec = ["exec", "my-role", "--", "/bin/sh", "-c", "exit 0"];
        runs.push(Case::new(EXEC, few.sandbox.rolecall(&exec).into_command()));
        many.sandbox.store("keyutils");
        many.sandbox.config(many_profiles(few, MANY_PROFILES));
        many.document("my-role");
        runs.push(Case::new(KEYUTILS_MANY, helper(many, "keyutils")));
        let huge = few.sandbox.file("huge", many_profiles(few, HUGE_PROFILES));
        let run = few.helper("my-role").env("AWS_CONFIG_FILE", huge);
        runs.push(Case::new(KEYUTILS_HUGE, run.env("ROLECALL_STORE", "keyutils").into_command()));
        let list = many.sandbox.rolecall(&["profile", "list"]).into_command();
        runs.push(Case::new(LIST, list));
        let words = ["__complete", "zsh", "--current=my", "--", "rolecall", "login"];
        runs.push(Case::new(COMPLETE, many.sandbox.rolecall(&words).into_command()));
        add_records(few);
        let arguments = ["status", "my-role", "--output", "json"];
        runs.push(Case::new(PROMPT, few.sandbox.rolecall(&arguments).into_command()));
    }
    let cold = Stage::new();
    runs.push(Case::new(COLD, helper(&cold, "none")));

    for case in &mut runs {
        case.run();
        case.times.clear();
    }
    for _ in 0..rounds {
        for case in &mut runs {
            case.run();
        }
    }
    let mut text = format!("{rounds} rounds\n\n");
    for case in &runs {
        let (median, low, high) = case.median_and_quartiles();
        writeln!(text, "{:<46} {median:>7.2} ms   ({low:.2} to {high:.2})", case.name).unwrap();
    }
    text.push('\n');
    ratio(&mut text, &runs, KEYCHAIN, SECRET_TOOL, Some(0.40));
    ratio(&mut text, &runs, KEYUTILS, SECRET_TOOL, Some(0.25));
    ratio(&mut text, &runs, KEYCHAIN, C_CLIENT, Some(0.85));
    ratio(&mut text, &runs, KEYUTILS, C_CLIENT, Some(0.40));
    ratio(&mut text, &runs, KEYCHAIN_MANY, KEYCHAIN, Some(1.1));
    ratio(&mut text, &runs, KEYUTILS_MANY, KEYUTILS, Some(1.1));
    ratio(&mut text, &runs, KEYUTILS_HUGE, KEYUTILS, Some(2.0));
    ratio(&mut text, &runs, VERSION, HELLO, Some(1.15));
    ratio(&mut text, &runs, PROMPT, KEYUTILS, Some(1.5));
    // The program that rolecall turns into takes its own time: subtract it.
    if let (Some(exec), Some(helper), Some(shell)) =
        (median(&runs, EXEC), median(&runs, KEYUTILS), median(&runs, SHELL))
    {
        writeln!(text, "{:.2} x  {EXEC} : {KEYUTILS}", exec / helper).unwrap();
        let more = exec - helper - shell;
        writeln!(text, "  without that shell, a difference of {more:+.2} ms (target: + 1 ms)")
            .unwrap();
    }
    text.push('\n');
    if let Some(stage) = &keyutils {
        writeln!(
            text,
            "peak memory of a cached call: {} KiB (target: < 12 MB)",
            peak_memory(stage)
        )
        .unwrap();
    }
    let size = fs::metadata(support::programs::rolecall()).unwrap().len();
    writeln!(text, "the program: {}.{} MB (target: < 8 MB)", size / 1_000_000, size / 100_000 % 10)
        .unwrap();
    drop(keyring);
    if keyutils.is_some() {
        crowd(&mut text);
    }
    io::stdout().write_all(text.as_bytes()).unwrap();
    for stage in [keyutils, many].into_iter().flatten() {
        let _cleared = stage.sandbox.rolecall(&["logout", "--all"]).run();
    }
}

const SECRET_TOOL: &str = "secret-tool lookup";
const C_CLIENT: &str = "a C program that reads one secret by libdbus";
const HELLO: &str = "a static C program that prints a line";
const VERSION: &str = "rolecall --version";
const LIST: &str = "rolecall profile list, 5,000 profiles";
const COMPLETE: &str = "a completion, 5,000 profiles";
const KEYCHAIN: &str = "rolecall, cached, Secret Service";
const KEYCHAIN_MANY: &str = "rolecall, cached, Secret Service, 5,000 profiles";
const KEYUTILS: &str = "rolecall, cached, keyutils";
const KEYUTILS_MANY: &str = "rolecall, cached, keyutils, 5,000 profiles";
const KEYUTILS_HUGE: &str = "rolecall, cached, keyutils, 50,000 profiles";
const PROMPT: &str = "rolecall status PROFILE, as JSON, 200 records";
const EXEC: &str = "rolecall exec of that shell, cached, keyutils";
const SHELL: &str = "a shell that does nothing";
const COLD: &str = "rolecall, cold (STS on loopback answers at once)";

struct Case {
    name: &'static str,
    command: Command,
    /// Milliseconds.
    times: Vec<f64>,
}

impl Case {
    fn new(name: &'static str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        Self { name, command, times: Vec::new() }
    }

    fn run(&mut self) {
        let started = Instant::now();
        let status = self.command.status().unwrap();
        self.times.push(started.elapsed().as_secs_f64() * 1000.0);
        assert!(status.success(), "{} failed: {status}", self.name);
    }

    fn median_and_quartiles(&self) -> (f64, f64, f64) {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2], times[times.len() / 4], times[times.len() * 3 / 4])
    }
}

fn median(runs: &[Case], name: &str) -> Option<f64> {
    let case = runs.iter().find(|case| case.name == name)?;
    Some(case.median_and_quartiles().0)
}

fn ratio(text: &mut String, runs: &[Case], one: &str, other: &str, target: Option<f64>) {
    let (Some(a), Some(b)) = (median(runs, one), median(runs, other)) else { return };
    let target = target.map(|most| format!(" (target: {most} at most)")).unwrap_or_default();
    writeln!(text, "{:.2} x  {one} : {other}{target}", a / b).unwrap();
}

fn shell(stage: &Stage, script: &str) -> Command {
    stage.sandbox.program("/bin/sh", &["-c", script]).into_command()
}

fn helper(stage: &Stage, store: &str) -> Command {
    stage.helper("my-role").env("ROLECALL_STORE", store).into_command()
}

/// Adds the cases with a keychain: rolecall's cached call, and libsecret's own tool for one secret.
fn add_keychain(stage: &Stage, tools: &Path, runs: &mut Vec<Case>) {
    stage.sandbox.store("secret-service");
    stage.document("my-role");
    runs.push(Case::new(KEYCHAIN, helper(stage, "secret-service")));

    // The same keychain and session, with a config of many profiles.
    let config = stage.sandbox.file("many", many_profiles(stage, MANY_PROFILES));
    let run = stage.helper("my-role").env("AWS_CONFIG_FILE", config);
    runs.push(Case::new(KEYCHAIN_MANY, run.into_command()));

    let Some(tool) = find_program("secret-tool") else { return };
    let secret = "x".repeat(1100);
    let store = ["store", "--label", "bench", "bench", "yes"];
    let _stored = stage.sandbox.program(&tool, &store).stdin(secret).run().ok();
    let lookup = stage.sandbox.program(&tool, &["lookup", "bench", "yes"]).into_command();
    runs.push(Case::new(SECRET_TOOL, lookup));
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "dbus-1"]).output();
    let Some(flags) = flags.ok().filter(|found| found.status.success()) else { return };
    let flags = String::from_utf8(flags.stdout).unwrap();
    let flags: Vec<_> = flags.split_whitespace().collect();
    if let Some(client) = c_program(tools, "secret", &flags) {
        let client = stage.sandbox.program::<&str>(client, &[]).into_command();
        runs.push(Case::new(C_CLIENT, client));
    }
}

/// Compiles a program of `benches/c`; `None` without a C compiler, or without what it includes.
fn c_program(folder: &Path, name: &str, flags: &[&str]) -> Option<PathBuf> {
    let program = folder.join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/c/{name}.c"));
    let compiler =
        Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).args(flags).status();
    compiler.is_ok_and(|status| status.success()).then_some(program)
}

fn many_profiles(stage: &Stage, count: usize) -> String {
    let own = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let mut text = String::new();
    for i in 0..count {
        if i == count / 2 {
            text.push_str(&own);
        }
        write!(
            text,
            "\n[profile team-{i}]\nregion = eu-west-1\ncredential_process = /usr/bin/rolecall \
             credential-process team-{i}\nrolecall_role_arn = {ROLE}{i}\nrolecall_source_profile = base\n"
        )
        .unwrap();
    }
    text
}

/// Adds copies of the only record, for other profiles.
fn add_records(stage: &Stage) {
    let folder = stage.sandbox.state().join("sessions");
    let first = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_to_string(first).unwrap();
    for i in 0..MANY_RECORDS {
        let record = record.replace("\"my-role\"", &format!("\"team-{i}\""));
        fs::write(folder.join(format!("{i:064x}.json")), record).unwrap();
    }
}

/// Returns the peak memory of a cached call, in KiB. It is read while the process waits, because its
/// stdout is a full pipe.
fn peak_memory(stage: &Stage) -> u64 {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(&vec![b'x'; 65_536]).unwrap(); // the capacity of a pipe on Linux
    let mut command = helper(stage, "keyutils");
    let mut child = command.stdin(Stdio::null()).stdout(writer).spawn().unwrap();
    drop(command);
    let status = format!("/proc/{}/status", child.id());
    let wait_channel = format!("/proc/{}/wchan", child.id());
    let peak = loop {
        let blocked = fs::read_to_string(Path::new(&wait_channel)).unwrap_or_default();
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        if let (true, Some(peak)) = (blocked.contains("pipe") || text.contains("State:\tS"), peak) {
            break peak;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    drop(reader);
    child.wait().unwrap();
    peak
}

/// Times a hundred simultaneous cold calls with an STS that is slow to answer.
fn crowd(text: &mut String) {
    let Some(stage) = Stage::with_keyutils() else { return };
    stage.sts.set_latency(SLOW);
    let time = |count| {
        let mut commands: Vec<_> = (0..count).map(|_| helper(&stage, "keyutils")).collect();
        let started = Instant::now();
        let start = |command: &mut Command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
        };
        let running: Vec<_> = commands.iter_mut().map(start).collect();
        for mut process in running {
            assert!(process.wait().unwrap().success());
        }
        let took = started.elapsed().as_secs_f64() * 1000.0;
        let _cleared = stage.sandbox.rolecall(&["logout", "--all"]).run();
        took
    };
    let (one, before) = (time(1), stage.assumed());
    let hundred = time(100);
    writeln!(
        text,
        "\n100 cold calls at once, STS takes 500 ms: {} call to STS, the last done after {hundred:.0} \
         ms, {:.2} x one ({one:.0} ms; target: 1.3)",
        stage.assumed() - before,
        hundred / one
    )
    .unwrap();
}
