//! The question for an MFA code, on real terminals and through programs that stand for dialogs.
//!
//! `examples/ask.rs` is all of `src/prompt` and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::clients::require_program;
use crate::support::run::{Run, until_some};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::{CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z, SHELL_PROMPT, shell};

const SERIAL: &str = "arn:aws:iam::111111111111:mfa/natan";
const ABOUT: &str = "Profile 'my-role' needs a code";
const PROMPT: &str = "Enter MFA code for arn:aws:iam::111111111111:mfa/natan: ";
const CODE: &str = "493817";

/// The example, built once: `cargo test --test it` alone does not build examples.
fn ask() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--example", "ask"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        // What cargo tells its tests of the package would have build scripts run again.
        let ours =
            |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|p| name.starts_with(p));
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            cargo.env_remove(name);
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status();
        assert!(built.is_ok_and(|status| status.success()), "the example does not build");
        Path::new(env!("CARGO_BIN_EXE_rolecall")).with_file_name("examples").join("ask")
    })
}

/// A sandbox that knows the code; `home/out` is where it may be found.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.secret("the code", CODE).may_hold_secrets(sandbox.path("home/out"));
    sandbox
}

/// The example as callers run a `credential_process`: stdin, stdout and stderr are not the terminal.
fn asking(sandbox: &Sandbox) -> Run<'_> {
    asking_for(sandbox, &[SERIAL, ABOUT])
}

fn asking_for<'s>(sandbox: &'s Sandbox, question: &[&str]) -> Run<'s> {
    let script = "exec \"$0\" \"$@\" </dev/null >out 2>err";
    let mut arguments = vec!["-c", script, ask().to_str().unwrap()];
    arguments.extend(question);
    sandbox.program("/bin/sh", &arguments)
}

/// The same as a line for a shell.
fn line() -> String {
    format!("{} {SERIAL} \"{ABOUT}\" </dev/null >out 2>err", ask().display())
}

#[track_caller]
fn written(sandbox: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(sandbox.home().join(name)).unwrap()
}

/// A file that appears when a program has come as far as to write it.
#[track_caller]
fn appears(path: &Path) -> String {
    let text = until_some(Duration::from_secs(30), || {
        std::fs::read_to_string(path).ok().filter(|text| text.ends_with('\n'))
    });
    text.unwrap_or_else(|| panic!("no {}", path.display()))
}

#[track_caller]
fn is_gone(pid: &str) {
    let gone = until_some(Duration::from_secs(20), || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
    });
    assert!(gone.is_some(), "{pid} is still there");
}

#[test]
fn the_terminal_is_asked_though_everything_is_redirected() {
    let sandbox = sandbox();
    let terminal = asking_for(&sandbox, &[SERIAL, ABOUT, "The last code was wrong"]).on_terminal();
    let shown = terminal.until(PROMPT);
    assert_eq!(shown, format!("{ABOUT}\r\nThe last code was wrong\r\n{PROMPT}"));
    assert!(!terminal.echoes());
    terminal.type_keys(&format!("{CODE}\r"));
    let shown = terminal.finish().code(0);
    assert!(shown.screen.ends_with(&format!("{PROMPT}\r\n")), "{:?}", shown.screen);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
    assert_eq!(written(&sandbox, "err"), "");
}

#[test]
fn stdin_and_the_others_may_be_closed() {
    let sandbox = sandbox();
    let script = "\"$0\" \"$@\" <&- >out 2>&-";
    let ask = ask().to_str().unwrap();
    let terminal = sandbox.program("/bin/sh", &["-c", script, ask, SERIAL, ABOUT]).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.finish().code(0);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
}

#[test]
fn something_else_than_a_code_is_asked_again_at_once_three_times_at_most() {
    let sandbox = sandbox();
    let terminal = asking(&sandbox).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys("\r");
    terminal.until("That is not a code: a code has six digits.\r\n");
    terminal.until(PROMPT);
    assert!(!terminal.echoes());
    // Slips are mended, and a code may be pasted with its space.
    terminal.type_keys("9\u{15}493 99\u{17}818\u{7f}7\r");
    terminal.finish().code(0);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));

    let terminal = asking(&sandbox).on_terminal();
    for wrong in ["12345\r", "abcdef\r", "1234567\r"] {
        terminal.until(PROMPT);
        terminal.type_keys(wrong);
    }
    terminal.finish().code(1);
    assert_eq!(written(&sandbox, "err"), "ask: Failed(\"no six-digit code was entered\")\n");
}

#[test]
fn what_was_typed_before_is_no_answer_and_what_comes_after_is_left_alone() {
    let sandbox = sandbox();
    let script = "echo go; until [ -e typed ]; do sleep 0.01; done
        \"$0\" \"$@\" >out 2>err; read next; echo \"next: $next\"";
    let ask = ask().to_str().unwrap();
    let terminal = sandbox.program("/bin/sh", &["-c", script, ask, SERIAL, ABOUT]).on_terminal();
    terminal.until("go\r\n");
    terminal.type_keys("111111\r");
    terminal.until("111111\r\n");
    sandbox.file("home/typed", "");
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{CODE}\rls\r"));
    terminal.until("next: ls");
    terminal.finish().code(0);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
}

#[test]
fn ctrl_c_interrupts_the_caller_too_and_leaves_the_terminal_as_it_was() {
    for (key, signal) in [(CTRL_C, "INT"), (CTRL_BACKSLASH, "QUIT")] {
        let sandbox = sandbox();
        let script = format!("trap 'echo caller interrupted' {signal}; {}; echo ended $?", line());
        let terminal = sandbox.program("/bin/sh", &["-c", &script]).on_terminal();
        terminal.until(PROMPT);
        terminal.type_keys("493");
        terminal.type_keys(key);
        terminal.until("caller interrupted");
        terminal.until("ended 130");
        terminal.finish().code(0);
        assert_eq!(written(&sandbox, "err"), "ask: Cancelled\n");
    }
}

/// What a script in the background of another inherits: `sh` ignores these signals for it.
const IGNORING: &str = "trap '' INT QUIT; exec \"$@\"";

#[test]
fn ctrl_c_counts_at_a_question_even_if_its_signal_is_ignored() {
    let told = "(the command that prints codes)";
    for key in [CTRL_C, CTRL_BACKSLASH] {
        let sandbox = sandbox();
        let ask = ask().to_str().unwrap();
        let words = ["-c", IGNORING, "sh", ask, SERIAL, ABOUT];
        let terminal = sandbox.program("/bin/sh", &words).on_terminal();
        terminal.until(PROMPT);
        terminal.type_keys(key);
        terminal.finish().code(130);

        // A line that is shown: the terminal itself makes a signal of Ctrl-\.
        let rolecall = env!("CARGO_BIN_EXE_rolecall");
        let words = ["-c", IGNORING, "sh", rolecall, "profile", "add"];
        let terminal = sandbox.program("/bin/sh", &words).on_terminal();
        terminal.until("Name of the new profile: ");
        terminal.type_keys(key);
        terminal.finish().code(130);

        // A command has the terminal, and gets the signal as it would without us.
        let script = "echo '(the command that prints codes)' >&2; read -r line; echo 111111";
        sandbox.config(format!(
            "[profile m]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/a\n\
             source_profile = base\nmfa_serial = {SERIAL}\nrolecall_mfa_process = {script}\n"
        ));
        sandbox.credentials(
            "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        );
        let words = ["-c", IGNORING, "sh", rolecall, "login", "m"];
        let terminal = sandbox.program("/bin/sh", &words).on_terminal();
        terminal.until(told);
        terminal.type_keys(key);
        terminal.finish().code(130);
    }
}

#[test]
fn the_tests_of_questions_pass_though_they_were_started_in_the_background() {
    let tests = std::env::current_exe().unwrap();
    let mut command = Command::new("/bin/sh");
    let names = ["ctrl_c_interrupts_the_caller_too", "a_signal_that_ends_a_process_cancels"];
    let output = command.args(["-c", IGNORING, "sh"]).arg(tests).args(names).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("ok. 2 passed"), "{stdout}");
}

#[test]
fn ctrl_d_on_an_empty_line_cancels() {
    let sandbox = sandbox();
    let terminal = asking(&sandbox).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(CTRL_D);
    terminal.finish().code(130);
}

#[test]
fn ctrl_z_stops_the_whole_job_with_echo_restored_and_fg_asks_anew() {
    let sandbox = sandbox();
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("/bin/sh -c '{}; echo ended $?'\r", line()));
    terminal.until(PROMPT);
    terminal.type_keys("493");
    terminal.type_keys(CTRL_Z);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    assert!(terminal.is_as_before());
    // It had given up before it stopped.
    assert_eq!(written(&sandbox, "err"), "ask: Stopped\n");
    terminal.type_keys("fg\r");
    terminal.until(PROMPT);
    let quiet = until_some(Duration::from_secs(20), || (!terminal.echoes()).then_some(()));
    assert!(quiet.is_some());
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.until("ended 0");
    assert_eq!(written(&sandbox, "err"), "ask: Stopped\nask: resumed\n");
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
    terminal.type_keys("exit\r");
    terminal.finish().code(0);
}

#[test]
fn ctrl_z_without_a_shell_that_could_continue_us_asks_anew() {
    let sandbox = sandbox();
    let terminal = asking(&sandbox).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(CTRL_Z);
    terminal.until(PROMPT);
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.finish().code(0);
}

#[test]
fn behind_the_question_signals_do_what_they_do_by_default() {
    let sandbox = sandbox();
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("/bin/sh -c 'echo $$ >pid; exec {}'\r", line()));
    terminal.until(PROMPT);
    terminal.type_keys(CTRL_Z);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    let pid = appears(&sandbox.home().join("pid"));
    let process = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    kill_process(process, Signal::TERM).unwrap();
    kill_process(process, Signal::CONT).unwrap();
    is_gone(&pid);
    // Nothing more: it did not go on.
    assert_eq!(written(&sandbox, "err"), "ask: Stopped\n");
}

#[test]
fn one_that_was_stopped_from_outside_puts_the_question_anew_when_it_goes_on() {
    let sandbox = sandbox();
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("{}\r", line()));
    terminal.until(PROMPT);
    terminal.signal_foreground(Signal::STOP);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    assert!(terminal.is_as_before());
    terminal.type_keys("fg\r");
    terminal.until(PROMPT);
    let quiet = until_some(Duration::from_secs(20), || (!terminal.echoes()).then_some(()));
    assert!(quiet.is_some());
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.until(SHELL_PROMPT);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
    terminal.type_keys("exit\r");
    terminal.finish().code(0);
}

#[test]
fn a_signal_that_ends_a_process_cancels_the_question() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let sandbox = sandbox();
        let terminal = asking(&sandbox).on_terminal();
        terminal.until(PROMPT);
        assert!(!terminal.echoes());
        terminal.signal(signal);
        terminal.finish().code(130);
        assert_eq!(written(&sandbox, "err"), "ask: Cancelled\n");
    }
}

#[test]
fn a_hangup_that_is_to_be_ignored_is() {
    let sandbox = sandbox();
    let script = format!("trap '' HUP; exec {}", line());
    let terminal = sandbox.program("/bin/sh", &["-c", &script]).on_terminal();
    terminal.until(PROMPT);
    terminal.signal(Signal::HUP);
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.finish().code(0);
}

#[test]
fn a_question_ends_at_the_deadline_and_is_not_put_when_little_time_is_left() {
    let sandbox = sandbox();
    let terminal = asking(&sandbox).env("ASK_SECONDS", "14").on_terminal();
    let shown = terminal.finish().code(1);
    assert_eq!(shown.screen, "");
    assert_eq!(written(&sandbox, "err"), "ask: TimedOut\n");

    let terminal = asking(&sandbox).env("ASK_SECONDS", "16").on_terminal();
    terminal.until(PROMPT);
    let start = Instant::now();
    terminal.type_keys("4938");
    terminal.finish().code(1);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(written(&sandbox, "err"), "ask: TimedOut\n");
}

#[test]
fn a_job_in_the_background_does_not_ask_and_is_not_stopped() {
    let sandbox = sandbox();
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("{} & wait $!; echo ended $?\r", line()));
    terminal.until("ended 3");
    terminal.type_keys("exit\r");
    let shown = terminal.finish().code(0);
    assert!(!shown.screen.contains("Enter MFA code"), "{}", shown.screen);
    let why = "rolecall runs in the background of its terminal and can't ask there; \
        there is no display for a dialog";
    assert_eq!(written(&sandbox, "err"), format!("ask: Nobody({why:?})\n"));
}

#[test]
fn without_a_terminal_or_a_display_nobody_is_asked() {
    let sandbox = sandbox();
    let run = |mode: &str| {
        let run = sandbox.program(ask(), &[SERIAL, ABOUT]).env("ROLECALL_PROMPT", mode);
        run.run().code(3).stderr
    };
    let why = "there is no terminal to ask on; there is no display for a dialog";
    assert_eq!(run("auto"), format!("ask: Nobody({why:?})\n"));
    assert_eq!(run("tty"), "ask: Nobody(\"there is no terminal to ask on\")\n");
    assert_eq!(run("gui"), "ask: Nobody(\"there is no display for a dialog\")\n");
    assert_eq!(run("never"), "ask: Nobody(\"ROLECALL_PROMPT is 'never'\")\n");
}

#[test]
fn a_terminal_is_not_used_where_that_is_forbidden() {
    let sandbox = sandbox();
    for mode in ["never", "gui"] {
        let terminal = asking(&sandbox).env("ROLECALL_PROMPT", mode).on_terminal();
        assert_eq!(terminal.finish().code(3).screen, "");
    }
}

#[test]
fn hostile_names_are_shown_as_they_are_written() {
    let sandbox = sandbox();
    let serial = "a\u{1b}]0;title\u{7}b\rEnter\u{202e}%s";
    let terminal = asking_for(&sandbox, &[serial, "for\n\u{9b}2J"]).on_terminal();
    let shown = terminal.until(": ");
    assert_eq!(
        shown,
        "for\\n\\u{9b}2J\r\nEnter MFA code for a\\u{1b}]0;title\\u{7}b\\rEnter\\u{202e}%s: "
    );
    terminal.type_keys(CTRL_C);
    terminal.finish().code(130);
}

#[test]
fn two_questions_on_one_terminal_come_one_after_the_other() {
    let sandbox = sandbox();
    let script = "\"$0\" one 1 >out.1 2>err.1 & \"$0\" two 2 >out.2 2>err.2 & wait; echo done";
    sandbox.may_hold_secrets(sandbox.path("home/out.1"));
    sandbox.may_hold_secrets(sandbox.path("home/out.2"));
    let ask = ask().to_str().unwrap();
    // Without jobs of its own, a shell leaves what it starts in the foreground.
    let terminal = sandbox.program("/bin/sh", &["-c", script, ask]).on_terminal();
    let first = terminal.until(": ");
    terminal.type_keys(&format!("{CODE}\r"));
    let second = terminal.until(": ");
    let names = |text: &str| (text.contains("for one: "), text.contains("for two: "));
    assert_eq!(names(&(first + &second)), (true, true));
    let quiet = until_some(Duration::from_secs(20), || (!terminal.echoes()).then_some(()));
    assert!(quiet.is_some());
    terminal.type_keys(&format!("{CODE}\r"));
    terminal.until("done");
    terminal.finish().code(0);
    for name in ["out.1", "out.2"] {
        assert_eq!(written(&sandbox, name), format!("{CODE}\n"));
    }
}

#[test]
fn the_question_goes_when_the_caller_is_gone() {
    let sandbox = sandbox();
    let inner = format!("echo $$ >caller; {}; :", line());
    let script = format!("/bin/sh -c '{inner}'; echo caller ended; read line");
    let terminal = sandbox.program("/bin/sh", &["-c", &script]).on_terminal();
    terminal.until(PROMPT);
    let caller: i32 = appears(&sandbox.home().join("caller")).trim().parse().unwrap();
    let start = Instant::now();
    kill_process(Pid::from_raw(caller).unwrap(), Signal::KILL).unwrap();
    assert_eq!(appears(&sandbox.home().join("err")), "ask: Cancelled\n");
    assert!(start.elapsed() < Duration::from_secs(15));
    terminal.until("caller ended");
    terminal.until_as_before();
    terminal.type_keys("\r");
    terminal.finish().code(0);
}

// Commands that print a code.

/// Runs the example with a command, which is this script, without a terminal.
#[track_caller]
fn command(script: &str, code: i32) -> String {
    let sandbox = sandbox();
    let script = sandbox.script("bin/code", format!("#!/bin/sh\n{script}\n"));
    let run = sandbox.program(ask(), &[SERIAL, ABOUT]).env("ASK_COMMAND", script);
    // A command is no human.
    let output = run.env("ROLECALL_PROMPT", "never").may_print_secrets().run().code(code);
    output.stdout + &output.stderr
}

#[test]
fn a_command_gives_the_code_even_where_no_human_may_be_asked() {
    assert_eq!(command(&format!("echo {CODE}; echo noise >&2"), 0), format!("{CODE}\n"));
    assert_eq!(command("printf '493 817'", 0), format!("{CODE}\n"));
}

#[test]
fn a_command_that_fails_or_gives_something_else_is_an_error_without_its_output() {
    let failed = |why: &str| format!("ask: Failed(\"'rolecall_mfa_process' {why}\")\n");
    let no_code = failed("printed something other than a six-digit code");
    assert_eq!(command(&format!("echo code: {CODE}"), 1), no_code);
    assert_eq!(command("head -c 1000000 /dev/zero", 1), no_code);
    assert_eq!(command("true", 1), no_code);
    let said = command(&format!("echo {CODE}; echo no key, not {CODE} >&2; exit 3"), 1);
    assert_eq!(said, failed("failed (exit code 3): no key, not ******"));
    assert_eq!(command("exit 4", 1), failed("failed (exit code 4)"));
    // Where there is no terminal it has nothing to read: stdin is the caller's.
    assert_eq!(command("read line || exit 7", 1), failed("failed (exit code 7)"));
}

#[test]
fn a_command_may_ask_on_the_terminal() {
    let sandbox = sandbox();
    let script = format!("#!/bin/sh\nprintf 'Touch the key: ' >&2\nread line\necho {CODE}\n");
    let script = sandbox.script("bin/code", script);
    let terminal = asking(&sandbox).env("ASK_COMMAND", script).on_terminal();
    terminal.until("Touch the key: ");
    terminal.type_keys("\r");
    let shown = terminal.finish().code(0);
    assert!(!shown.screen.contains("Enter MFA code"));
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
    assert_eq!(written(&sandbox, "err"), "");
}

#[test]
fn a_command_in_the_background_is_not_given_the_terminal() {
    let sandbox = sandbox();
    let script = sandbox.script("bin/code", format!("#!/bin/sh\nread line\necho {CODE}\n"));
    let terminal = shell(&sandbox);
    let line = format!("ASK_COMMAND={} {}", script.display(), line());
    terminal.type_keys(&format!("{line} & wait $!; echo ended $?\r"));
    terminal.until("ended 0");
    terminal.type_keys("exit\r");
    terminal.finish().code(0);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
}

#[test]
fn ctrl_c_ends_a_command_and_puts_the_terminal_right() {
    let sandbox = sandbox();
    let script = "#!/bin/sh\nstty -echo\necho $$ >pid\nprintf 'Touch the key: ' >&2\nsleep 100\n";
    let script = sandbox.script("bin/code", script);
    let terminal = asking(&sandbox).env("ASK_COMMAND", script).on_terminal();
    terminal.until("Touch the key: ");
    terminal.type_keys(CTRL_C);
    terminal.finish().code(130);
    assert_eq!(written(&sandbox, "err"), "ask: Cancelled\n");
    is_gone(&written(&sandbox, "pid"));
}

/// Others wait for the locks that we hold meanwhile.
#[test]
fn ctrl_z_does_not_stop_us_while_a_command_runs_and_is_a_key_of_the_shells_again_behind_it() {
    let sandbox = sandbox();
    let script = format!("#!/bin/sh\nprintf 'Touch the key: ' >&2\nread line\necho {CODE}\n");
    let script = sandbox.script("bin/code", script);
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("ASK_COMMAND={} {}; echo ended $?\r", script.display(), line()));
    terminal.until("Touch the key: ");
    terminal.type_keys(CTRL_Z);
    terminal.type_keys("\r");
    terminal.until("ended 0");
    terminal.until(SHELL_PROMPT);
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
    terminal.type_keys("sleep 100\r");
    let running = until_some(Duration::from_secs(20), || terminal.runs("sleep").then_some(()));
    assert!(running.is_some(), "{}", terminal.screen());
    terminal.type_keys(CTRL_Z);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("kill -9 %1; fg\r");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("exit 0\r");
    terminal.finish().code(0);
}

#[test]
fn ctrl_c_is_heard_while_what_a_command_left_behind_holds_its_output() {
    let sandbox = sandbox();
    let script = sandbox.script("bin/code", "#!/bin/sh\nsleep 20 &\necho left >&2\n");
    let terminal = asking(&sandbox).env("ASK_COMMAND", script).on_terminal();
    terminal.until("left");
    let start = Instant::now();
    terminal.type_keys(CTRL_C);
    terminal.finish().code(130);
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_command_that_hangs_is_ended_at_the_deadline_with_all_that_it_started() {
    let sandbox = sandbox();
    let script = "#!/bin/sh\nstty -echo\nsleep 100 &\necho $! >pid\nwait\n";
    let script = sandbox.script("bin/code", script);
    let run = asking(&sandbox).env("ASK_COMMAND", script).env("ASK_SECONDS", "16");
    run.on_terminal().finish().code(1);
    assert_eq!(written(&sandbox, "err"), "ask: TimedOut\n");
    is_gone(&written(&sandbox, "pid"));
}

// Dialogs. PATH holds the stand-ins alone, so scripts use nothing but the shell.

/// A sandbox whose display has these programs, and no terminal.
fn desktop(programs: &[(&str, String)]) -> Sandbox {
    let sandbox = sandbox();
    for (name, script) in programs {
        sandbox.script(format!("bin/{name}"), format!("#!/bin/sh\n{script}"));
    }
    sandbox.env("PATH", sandbox.path("bin")).env("DISPLAY", ":99");
    sandbox
}

/// A pinentry that writes down what it is told, and what it does when it is to ask.
fn pinentry(name: &str, answer: &str) -> String {
    format!(
        r#"echo "OK Pleased to meet you"
while IFS= read -r line; do
    printf '%s\n' "$line" >>told
    case $line in
    "GETINFO flavor") echo "D {name}"; echo OK ;;
    OPTION*) echo "ERR 83886254 Unknown option <Pinentry>" ;;
    GETPIN) {answer} ;;
    BYE) echo "OK closing connection"; exit 0 ;;
    *) echo OK ;;
    esac
done
"#
    )
}

/// A zenity or kdialog that writes down its arguments.
fn dialog(answer: &str) -> String {
    format!("for argument do printf '[%s]\\n' \"$argument\"; done >>told\n{answer}\n")
}

#[track_caller]
fn asked(sandbox: &Sandbox, question: &[&str], code: i32) -> String {
    let output = sandbox.program(ask(), question).may_print_secrets().run().code(code);
    output.stdout + &output.stderr
}

const GIVES: &str = "echo 'D 493%38%31%37'; echo OK";

#[test]
fn pinentry_asks_where_there_is_a_display_and_no_terminal() {
    let sandbox = desktop(&[("pinentry-gnome3", pinentry("gnome3", GIVES))]);
    let serial = "s%0A<b>\nGETPIN\u{1b}[m\u{202e}";
    assert_eq!(asked(&sandbox, &[serial, "for <i>\r"], 0), format!("{CODE}\n"));
    let told = written(&sandbox, "told");
    let described = "SETDESC rolecall needs an MFA code.%0Afor <i>\\r%0AEnter MFA code for \
        s%250A<b>\\nGETPIN\\u{1b}[m\\u{202e}:\n";
    assert!(told.contains(described), "{told}");
    assert_eq!(told.matches("GETPIN\n").count(), 1, "{told}");
    assert!(told.contains("SETPROMPT MFA code:\n") && told.ends_with("BYE\n"), "{told}");
}

#[test]
fn a_dialog_that_is_cancelled_is_a_no() {
    let cancel = "echo 'ERR 83886179 Operation cancelled <Pinentry>'";
    for (name, script) in [
        ("pinentry-qt", pinentry("qt", cancel)),
        ("zenity", dialog("exit 1")),
        ("kdialog", dialog("exit 1")),
    ] {
        let sandbox = desktop(&[(name, script)]);
        assert_eq!(asked(&sandbox, &[SERIAL, ABOUT], 130), "ask: Cancelled\n", "{name}");
    }
    let slow = "echo 'ERR 83886142 Timeout <Pinentry>'";
    let sandbox = desktop(&[("pinentry", pinentry("gtk2", slow))]);
    assert_eq!(asked(&sandbox, &[SERIAL, ABOUT], 1), "ask: TimedOut\n");
}

#[test]
fn a_pinentry_without_a_window_is_passed_over() {
    let zenity = ("zenity", dialog(&format!("echo {CODE}")));
    for name in ["curses", "gnome3:curses", "tty"] {
        let sandbox = desktop(&[("pinentry", pinentry(name, GIVES)), zenity.clone()]);
        assert_eq!(asked(&sandbox, &[SERIAL, ABOUT], 0), format!("{CODE}\n"));
        let told = written(&sandbox, "told");
        assert!(!told.contains("GETPIN") && told.contains("[--entry]"), "{told}");
    }
    let sandbox = desktop(&[
        ("pinentry-qt", "exit 134\n".to_owned()),
        ("pinentry", pinentry("gtk2", "exit 1")),
        ("zenity", dialog("echo 'Gtk-WARNING **: cannot open display: :99' >&2; exit 1")),
        ("kdialog", dialog("kill -6 $$")),
    ]);
    let why = "there is no terminal to ask on; no dialog could be shown: \
        pinentry-qt failed (exit code 134); pinentry failed (exit code 1); \
        zenity failed (exit code 1): Gtk-WARNING **: cannot open display: :99; \
        kdialog failed (signal 6)";
    assert_eq!(asked(&sandbox, &[SERIAL, ABOUT], 3), format!("ask: Nobody({why:?})\n"));
}

#[test]
fn hostile_names_reach_zenity_and_kdialog_as_plain_text() {
    let question = ["--help\n<b>a_b</b>\\033[m\\u", "-x `id` $(id)"];
    let (first, about) = ("rolecall needs an MFA code.", question[1]);
    let text = format!("{first}\n{about}\nEnter MFA code for --help\\\\n<b>a_b</b>\\\\033[m\\\\u:");
    for (name, options) in [
        ("zenity", "[--entry]\n[--hide-text]\n[--title]\n[rolecall]\n"),
        ("kdialog", "[--title]\n[rolecall]\n[--password]\n"),
    ] {
        let sandbox = desktop(&[(name, dialog(&format!("echo {CODE}")))]);
        assert_eq!(asked(&sandbox, &question, 0), format!("{CODE}\n"));
        let argument = if name == "zenity" {
            format!("--text={}", text.replace('_', "__"))
        } else {
            let text = text.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;");
            format!("<qt>{}", text.replace('\n', "<br>"))
        };
        assert_eq!(written(&sandbox, "told"), format!("{options}[{argument}]\n"));
    }
}

#[test]
fn a_dialog_asks_again_for_what_is_no_code_three_times_at_most() {
    let answer = format!("if [ -e once ]; then echo {CODE}; else echo 12345; fi; : >once");
    let sandbox = desktop(&[("zenity", dialog(&answer))]);
    assert_eq!(asked(&sandbox, &[SERIAL, ABOUT], 0), format!("{CODE}\n"));
    let told = written(&sandbox, "told");
    assert_eq!(told.matches("That is not a code: a code has six digits.").count(), 1, "{told}");

    let sandbox = desktop(&[("kdialog", dialog("echo"))]);
    let failed = asked(&sandbox, &[SERIAL, ABOUT], 1);
    assert_eq!(failed, "ask: Failed(\"no six-digit code was entered\")\n");
    assert_eq!(written(&sandbox, "told").matches("[--password]").count(), 3);
}

#[test]
fn a_signal_takes_the_dialog_away() {
    let sandbox = desktop(&[("zenity", dialog("echo $$ >pid; exec /bin/sleep 100"))]);
    let running = sandbox.program(ask(), &[SERIAL, ABOUT]).spawn();
    let pid = appears(&sandbox.home().join("pid"));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().code(130).stderr, "ask: Cancelled\n");
    is_gone(&pid);
}

#[test]
fn the_terminal_comes_before_a_dialog_unless_told_otherwise() {
    let sandbox = desktop(&[("zenity", dialog(&format!("echo {CODE}")))]);
    let terminal = asking(&sandbox).on_terminal();
    terminal.until(PROMPT);
    terminal.type_keys(CTRL_C);
    terminal.finish().code(130);
    let terminal = asking(&sandbox).env("ROLECALL_PROMPT", "gui").on_terminal();
    assert_eq!(terminal.finish().code(0).screen, "");
    assert_eq!(written(&sandbox, "out"), format!("{CODE}\n"));
}

#[test]
fn a_real_pinentry_that_would_ask_on_the_terminal_is_not_used() {
    let real = need!(require_program("pinentry-curses", "pinentry-curses"));
    let sandbox = sandbox();
    std::os::unix::fs::symlink(real, sandbox.path("pinentry")).unwrap();
    sandbox.env("PATH", sandbox.root()).env("DISPLAY", ":99").env("GPG_TTY", "/dev/tty");
    let run = asking(&sandbox).env("ROLECALL_PROMPT", "gui").env("TERM", "xterm");
    assert_eq!(run.on_terminal().finish().code(3).screen, "");
    let why = "no dialog could be shown: pinentry ('curses') would ask on the terminal";
    assert_eq!(written(&sandbox, "err"), format!("ask: Nobody({why:?})\n"));
}
