//! What a person sees who has to wait: a line on the terminal, which is gone afterwards.

use std::time::Duration;

use rustix::process::Signal;

use crate::{
    sso::listing::signed_in,
    support::{
        sandbox::Sandbox,
        stage::Stage,
        sts::Fault,
        terminal::{CTRL_C, SHELL_PROMPT, shell},
    },
};

/// Longer than a call may take without a word.
const SLOW: Duration = Duration::from_millis(1500);

/// What is left on the screen, if `\r` and the sequences that erase a line are obeyed: each line as it was
/// last written.
fn left(screen: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut at = 0;
    let mut rest = screen;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' => {
                at += 1;
                if lines.len() == at {
                    lines.push(String::new());
                }
            }
            '\r' => {}
            '\x1b' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).expect("a sequence");
                match &rest[..=end] {
                    "[2K" | "[K" => lines[at].clear(),
                    "[A" | "[1A" => at -= 1,
                    other => assert!(!other.ends_with(['l', 'h']), "{other} hides the cursor"),
                }
                rest = &rest[end + 1..];
            }
            c => lines[at].push(c),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[test]
fn a_slow_call_says_what_it_waits_for_and_leaves_nothing() {
    let stage = Stage::new();
    stage.sts.fault(Fault::Hang(SLOW));
    let run = stage.sandbox.rolecall(&["login", "my-role"]).env("NO_COLOR", "1");
    let terminal = run.on_terminal();
    terminal.until("Waiting for STS, to assume arn:aws:iam::222222222222:role/MyApp/MyS3Access");
    let shown = terminal.finish().code(0);
    let lines = left(&shown.screen);
    assert_eq!(lines.len(), 1, "{lines:?}: {:?}", shown.screen);
    assert!(lines[0].contains("my-role: new session until"), "{lines:?}");
}

#[test]
fn nothing_is_said_in_a_pipe_nor_by_credential_process() {
    let stage = Stage::new();
    for verb in ["login", "whoami", "credential-process"] {
        stage.sts.fault(Fault::Hang(SLOW));
        let output = stage.sandbox.rolecall(&[verb, "my-role"]).run().ok();
        assert_eq!(output.stderr, "", "{verb}");
        assert!(!output.stdout.contains('\x1b'), "{verb}");
    }
    for (name, value) in [("TERM", "xterm"), ("CLICOLOR_FORCE", "1")] {
        stage.sts.fault(Fault::Hang(SLOW));
        let script = "exec \"$0\" credential-process my-role > out";
        stage.sandbox.may_hold_secrets(stage.sandbox.path("home/out"));
        let program = env!("CARGO_BIN_EXE_rolecall");
        let run = stage.sandbox.program("/bin/sh", &["-c", script, program]).env(name, value);
        assert_eq!(run.on_terminal().finish().code(0).screen, "");
    }
    stage.sts.fault(Fault::Hang(SLOW));
    let dumb = stage.sandbox.rolecall(&["login", "my-role"]).env("TERM", "dumb");
    let shown = dumb.on_terminal().finish().code(0);
    assert!(
        !shown.screen.contains('\x1b') && !shown.screen.contains("Waiting"),
        "{}",
        shown.screen
    );
}

#[test]
fn ctrl_c_ends_the_call_as_ever_and_leaves_a_clean_line() {
    let stage = Stage::new();
    stage.sts.set_latency(Duration::from_mins(2));
    let terminal = shell(&stage.sandbox);
    let program = env!("CARGO_BIN_EXE_rolecall");
    terminal.type_keys(&format!("{program} login my-role\r"));
    terminal.until("Waiting for STS");
    terminal.type_keys(CTRL_C);
    let rest = terminal.until(SHELL_PROMPT);
    assert!(rest.contains("\x1b[2K"), "{rest:?}");
    terminal.type_keys("echo code=$?\r");
    terminal.until("code=130");
    let lines = left(&terminal.screen());
    assert!(!lines.iter().any(|line| line.contains("Waiting")), "{lines:?}");
    assert!(terminal.is_as_before());
}

#[test]
fn another_rolecall_that_makes_the_session_is_named() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_latency(Duration::from_mins(2));
    let holder = stage.helper("my-role").time_limit(Duration::from_mins(2)).spawn();
    assert!(stage.sts.wait_for("AssumeRole", 1, Duration::from_secs(20)));
    let terminal = stage.sandbox.rolecall(&["login", "my-role"]).on_terminal();
    terminal.until(&format!("Waiting for another rolecall (process {})", holder.id()));
    terminal.signal(Signal::TERM);
    let shown = terminal.finish();
    assert!(left(&shown.screen).is_empty(), "{:?}", shown.screen);
    holder.signal(Signal::KILL);
}

#[test]
fn another_program_is_named_and_can_use_the_terminal() {
    let sandbox = Sandbox::new();
    let script = "sleep 1; printf 'a question\\n' > /dev/tty; echo '{\"Version\": 1, \
                  \"AccessKeyId\": \"ASIAX\", \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \
                  \"Expiration\": \"2099-01-01T00:00:00Z\"}'";
    let program = sandbox.script("bin/give", script);
    sandbox.config(format!("[profile other]\ncredential_process = {}\n", program.display()));
    let run = sandbox.rolecall(&["login", "other"]).env("NO_COLOR", "1");
    let terminal = run.on_terminal();
    let line = terminal.until("Waiting for the credential_process of profile 'other'\r\n");
    assert!(!line.contains('\x1b'), "{line:?}");
    terminal.until("a question\r\n");
    let shown = terminal.finish().code(0);
    assert!(left(&shown.screen).iter().any(|line| line.starts_with("other: new session")));
}

#[test]
fn a_program_that_asks_nothing_leaves_no_line() {
    let sandbox = Sandbox::new();
    let script = "sleep 1; echo '{\"Version\": 1, \"AccessKeyId\": \"ASIAX\", \
                  \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \
                  \"Expiration\": \"2099-01-01T00:00:00Z\"}'";
    let program = sandbox.script("bin/give", script);
    sandbox.config(format!("[profile other]\ncredential_process = {}\n", program.display()));
    let run = sandbox.rolecall(&["login", "other"]).env("NO_COLOR", "1");
    let shown = run.on_terminal().finish().code(0);
    assert!(shown.screen.contains("Waiting for the credential_process"), "{}", shown.screen);
    assert_eq!(left(&shown.screen).len(), 1, "{:?}", shown.screen);
}

#[test]
fn a_keychain_that_is_slow_is_named() {
    Stage::with_keyring(|stage, bus| {
        bus.pause();
        let run = stage.sandbox.rolecall(&["login", "my-role"]).env("NO_COLOR", "1");
        let terminal = run.on_terminal();
        terminal.until("Waiting for the keychain");
        bus.resume();
        let shown = terminal.finish().code(0);
        let lines = left(&shown.screen);
        assert_eq!(lines.len(), 1, "{lines:?}: {:?}", shown.screen);
        assert!(lines[0].contains("my-role: new session until"), "{lines:?}");
    });
}

#[test]
fn listing_roles_shows_a_bar_that_is_gone_afterwards() {
    let accounts: Vec<String> = (0..30).map(|id| format!("{id:012}")).collect();
    let accounts: Vec<_> = accounts.iter().map(|id| (&**id, "some account")).collect();
    let stage = signed_in(&accounts, &["Admin"]);
    stage.sts.set_latency(Duration::from_millis(500));
    for width in [80, 50] {
        let list = stage.sandbox.rolecall(&["sso", "roles"]).env("NO_COLOR", "1");
        let terminal = list.on_terminal();
        terminal.resize(width, 24);
        terminal.until("Waiting for IAM Identity Center");
        terminal.until(" of 30 accounts =");
        let shown = terminal.finish().code(0);
        let lines = left(&shown.screen);
        assert!(!lines.iter().any(|line| line.contains("of 30")), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("ACCOUNT")), "{lines:?}");
    }
    let populate = stage.sandbox.rolecall(&["sso", "populate"]).on_terminal();
    populate.until(" of 30 accounts =");
    assert!(populate.finish().code(0).screen.contains("30 profiles added"));
    let piped = stage.sandbox.rolecall(&["sso", "roles"]).run().ok();
    assert_eq!(piped.stderr, "");
    assert!(!piped.stdout.contains('\x1b'));
}
