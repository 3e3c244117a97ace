//! `rolecall_confirm`: a person is asked before credentials are handed out, once for all callers.

use std::{path::PathBuf, time::Duration};

use rustix::process::Signal;

use crate::mfa;
use crate::support::{
    clients::require_program,
    run::{Output, Run, Running, until_some},
    sandbox::Sandbox,
    stage::{ROLE, Stage},
    terminal::{CTRL_C, CTRL_Z, SHELL_PROMPT, Terminal, shell},
};

const QUESTION: &str = "Allow every program to use them for 15 min? [y/N] ";
const REFUSED: &str = "the request for the credentials of 'my-role' was denied at the prompt";

/// A stage whose `my-role` asks.
fn stage() -> Option<Stage> {
    let stage = Stage::with_keyutils()?;
    ask(&stage, "15m");
    Some(stage)
}

fn ask(stage: &Stage, time: &str) {
    stage.edit_config(
        "[profile my-role]\n",
        &format!("[profile my-role]\nrolecall_confirm = {time}\n"),
    );
}

/// A desktop with a dialog program, which runs `answer` and notes each question in `asked`.
fn dialog(stage: &Stage, answer: &str) {
    let asked = stage.sandbox.path("home/asked");
    let script = format!(
        "#!/bin/sh\nfor argument do printf '[%s]' \"$argument\"; done >>{0}\necho ==== >>{0}\n{answer}\n",
        asked.display()
    );
    let zenity = stage.sandbox.script("desktop/zenity", script);
    let folder = zenity.parent().unwrap().display().to_string();
    stage.sandbox.env("DISPLAY", ":99").env("PATH", format!("{folder}:/usr/bin:/bin"));
}

fn questions(sandbox: &Sandbox) -> Vec<String> {
    let asked = std::fs::read_to_string(sandbox.path("home/asked")).unwrap_or_default();
    asked.split_terminator("====\n").map(str::to_owned).collect()
}

/// Waits until the dialog is open.
#[track_caller]
fn until_asked(sandbox: &Sandbox, count: usize) {
    let limit = Duration::from_secs(30);
    let asked = until_some(limit, || (questions(sandbox).len() >= count).then_some(()));
    assert!(asked.is_some(), "nobody was asked: {:?}", questions(sandbox));
}

/// The answer of a dialog that waits until the file `go` exists.
fn waits(answer: &str) -> String {
    format!("until [ -e go ]; do sleep 0.02; done\n{answer}")
}

/// Verbs that hand out credentials, and one that is allowed to ahead.
const VERBS: [&[&str]; 4] = [
    &["credential-process", "my-role"],
    &["env", "my-role", "--shell", "sh"],
    &["exec", "my-role", "--", "/bin/sh", "-c", "test -n \"$AWS_SESSION_TOKEN\""],
    &["login", "my-role"],
];
/// Where `login` is in these.
const LOGIN: usize = 3;

/// Callers of each kind, in turn.
fn mixed(stage: &Stage, count: usize) -> Vec<Run<'_>> {
    let run = |i: usize| {
        let run = stage.sandbox.rolecall(VERBS[i % VERBS.len()]).may_print_secrets();
        run.time_limit(Duration::from_mins(3))
    };
    (0..count).map(run).collect()
}

fn at_terminal<'s>(stage: &'s Stage, verb: &[&str]) -> Terminal<'s> {
    stage.sandbox.rolecall(verb).may_print_secrets().on_terminal()
}

#[test]
fn two_hundred_callers_of_all_kinds_are_one_question() {
    for has_session in [false, true] {
        let stage = need!(Stage::with_keyutils());
        if has_session {
            stage.document("my-role");
        }
        ask(&stage, "15m");
        dialog(&stage, &waits("exit 0"));
        let mut callers: Vec<_> = mixed(&stage, 200).into_iter().map(Run::spawn).collect();
        until_asked(&stage.sandbox, 1);
        assert!(callers.iter_mut().all(Running::is_running), "somebody did not wait");
        stage.sandbox.file("home/go", "");
        for caller in callers {
            let output = caller.wait().code(0);
            assert!(!output.stderr.contains("hint:"), "{output:?}");
        }
        assert_eq!(questions(&stage.sandbox).len(), 1);
        assert_eq!(stage.assumed(), 1);
    }
}

#[test]
fn a_no_is_the_answer_to_all_who_wait_and_to_those_who_come_at_once() {
    let stage = need!(stage());
    dialog(&stage, &waits("exit 1"));
    let first = stage.helper("my-role").spawn();
    until_asked(&stage.sandbox, 1);
    let callers: Vec<_> = mixed(&stage, 40).into_iter().map(Run::spawn).collect();
    // A `login` that begins after the answer asks again.
    for login in callers.iter().skip(LOGIN).step_by(VERBS.len()) {
        login.until_stderr("is asking about 'my-role'");
    }
    stage.sandbox.file("home/go", "");
    let refused = |output: Output| {
        let output = output.code(4);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains(REFUSED), "{output:?}");
        let hint = "config:2)\nhint: run 'rolecall login my-role'";
        assert!(output.stderr.contains(hint), "{output:?}");
    };
    refused(first.wait());
    // An SDK that tries again. For ten seconds it gets the same answer.
    refused(stage.helper("my-role").run());
    for caller in callers {
        refused(caller.wait());
    }
    assert_eq!(questions(&stage.sandbox).len(), 1);
    // A person who has changed their mind.
    dialog(&stage, "exit 0");
    stage.sandbox.rolecall(&["login", "my-role"]).run().code(0);
    stage.document("my-role");
    assert_eq!((questions(&stage.sandbox).len(), stage.assumed()), (2, 1));
}

#[test]
fn the_question_says_who_asks_for_what() {
    let stage = need!(stage());
    let folder = stage.sandbox.path("project");
    std::fs::create_dir(&folder).unwrap();
    dialog(&stage, "exit 0");
    let rolecall = crate::support::programs::rolecall().display().to_string();
    let line = format!("{rolecall} credential-process my-role; :");
    // As an SDK calls it.
    let python =
        "import os, subprocess, sys; subprocess.run(['sh', '-c', sys.argv[1]], check=True)";
    let python_path = need!(require_program("python3", "python3"));
    let run = stage.sandbox.program(python_path, &["-c", python, &line]).folder(&folder);
    let caller = run.may_print_secrets().spawn();
    let process = caller.id();
    caller.wait().code(0);
    let asked = questions(&stage.sandbox);
    let text = &asked[0];
    let who = format!(
        "rolecall credential-process: python3 (process {process}) in {} is asking for the \
         credentials of 'my-role'",
        folder.display()
    );
    assert!(asked.len() == 1 && text.contains(&who), "{text}");
}

#[test]
fn a_person_at_the_terminal_is_asked_once_and_an_enter_is_no() {
    let stage = need!(stage());
    for no in ["\r", "n\r", "NO\r"] {
        let terminal = at_terminal(&stage, &["login", "my-role"]);
        terminal.until(&format!("Role {ROLE}\r\n"));
        terminal.until(QUESTION);
        assert!(terminal.echoes());
        terminal.type_keys(no);
        let shown = terminal.finish().code(4);
        assert!(shown.screen.contains(REFUSED), "{}", shown.screen);
    }
    assert_eq!(stage.assumed(), 0, "a refusal costs nothing");
    let terminal = at_terminal(&stage, &["login", "my-role"]);
    terminal.until(QUESTION);
    terminal.type_keys("what\r");
    terminal.until("Type y or n.\r\n");
    terminal.until(QUESTION);
    terminal.type_keys("y\r");
    terminal.until("; approved until ");
    terminal.finish().code(0);
    // Now nobody has to be there.
    stage.document("my-role");
    stage.helper("my-role").env("ROLECALL_PROMPT", "never").run().ok();
    let shown = at_terminal(&stage, &["env", "my-role", "--shell", "sh"]).finish().code(0);
    assert!(!shown.screen.contains("[y/N]"), "{}", shown.screen);
}

#[test]
fn what_was_typed_before_the_question_is_no_yes() {
    let stage = need!(stage());
    let script = "echo go; until [ -e typed ]; do sleep 0.01; done; \"$0\" env my-role --shell sh >out; echo ended $?";
    let rolecall = crate::support::programs::rolecall().display().to_string();
    let run = stage.sandbox.program("/bin/sh", &["-c", script, &rolecall]).may_print_secrets();
    let terminal = run.on_terminal();
    terminal.until("go\r\n");
    terminal.type_keys("y\r");
    terminal.until("y\r\n");
    stage.sandbox.file("home/typed", "");
    terminal.until(QUESTION);
    terminal.type_keys("n\r");
    terminal.until("ended 4");
    terminal.finish().code(0);
}

#[test]
fn nobody_to_ask_is_exit_3_at_once_with_the_command_that_asks_ahead() {
    let mut stage = need!(stage());
    stage.sts.stop();
    for (variable, value) in [("ROLECALL_PROMPT", "auto"), ("ROLECALL_PROMPT", "never")] {
        let output = stage.helper("my-role").env(variable, value).run().code(3);
        let what =
            "handing out the credentials of 'my-role' needs approval, and nobody can be asked";
        assert!(output.stderr.contains(what), "{output:?}");
        let hint = "hint: run 'rolecall login my-role' in a terminal first\n";
        assert!(output.stderr.contains(hint), "{output:?}");
        assert_eq!(output.stdout, "");
    }
    let terminal = shell(&stage.sandbox);
    let rolecall = crate::support::programs::rolecall().display().to_string();
    terminal
        .type_keys(&format!("{rolecall} credential-process my-role & wait $!; echo ended $?\r"));
    terminal.until("ended 3");
    terminal.type_keys("exit\r");
    let shown = terminal.finish().code(0);
    assert!(!shown.screen.contains("[y/N]"), "{}", shown.screen);
}

#[test]
fn ctrl_c_is_shared_and_ctrl_z_lets_others_ask() {
    let stage = need!(stage());
    let terminal = at_terminal(&stage, &["credential-process", "my-role"]);
    terminal.until(QUESTION);
    let waiter = stage.helper("my-role").spawn();
    waits_for_the_lock(&stage, waiter.id());
    terminal.type_keys(CTRL_C);
    terminal.finish().code(130);
    let output = waiter.wait().code(130);
    assert!(
        output.stderr.contains("the credentials of 'my-role' were not handed out"),
        "{output:?}"
    );

    let terminal = shell(&stage.sandbox);
    let rolecall = crate::support::programs::rolecall().display().to_string();
    terminal.type_keys(&format!("{rolecall} login my-role; echo ended $?\r"));
    terminal.until(QUESTION);
    terminal.type_keys(CTRL_Z);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    let other = at_terminal(&stage, &["login", "my-role"]);
    other.until(QUESTION);
    other.type_keys("y\r");
    other.finish().code(0);
    terminal.type_keys("fg\r");
    // It finds the answer of the other.
    terminal.until("; approved until ");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("exit 0\r");
    terminal.finish().code(0);
}

/// Waits until the process has opened the lock of the answer.
#[track_caller]
fn waits_for_the_lock(stage: &Stage, process: u32) {
    let folder = PathBuf::from(format!("/proc/{process}/fd"));
    let is_open = || {
        let files = std::fs::read_dir(&folder).ok()?.flatten();
        let mut paths = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        paths.find(|path| path.display().to_string().contains("/locks/confirm-")).map(drop)
    };
    let found = until_some(Duration::from_secs(30), is_open);
    assert!(found.is_some(), "{process} does not wait in {}", stage.sandbox.home().display());
}

#[test]
fn when_the_one_who_asks_is_killed_the_next_asks() {
    let stage = need!(stage());
    dialog(&stage, &waits("exit 0"));
    let first = stage.helper("my-role").spawn();
    until_asked(&stage.sandbox, 1);
    let others: Vec<_> = (0..10).map(|_| stage.helper("my-role").spawn()).collect();
    first.signal(Signal::KILL);
    until_asked(&stage.sandbox, 2);
    stage.sandbox.file("home/go", "");
    for other in others {
        other.wait().ok();
    }
    assert_eq!(questions(&stage.sandbox).len(), 2);
}

#[test]
fn an_answer_ends_with_its_time_and_with_what_it_was_about() {
    let stage = need!(stage());
    dialog(&stage, "exit 0");
    let asked = |count: usize| {
        stage.helper("my-role").run().ok();
        assert_eq!(questions(&stage.sandbox).len(), count);
    };
    asked(1);
    asked(1);
    // Another role, and another time.
    stage.edit_config("rolecall_confirm = 15m", "rolecall_confirm = 12h");
    asked(2);
    stage.edit_config("rolecall_confirm = 12h", "rolecall_confirm = 15m");
    asked(2);
    let other = "rolecall_session_policy = {\"Version\":\"2012-10-17\",\"Statement\":[]}";
    stage.edit_config("rolecall_confirm = 15m", &format!("rolecall_confirm = 15m\n{other}"));
    asked(3);
    assert!(questions(&stage.sandbox)[2].contains(", narrowed by a session policy"));
    stage.edit_config(&format!("\n{other}"), "");
    asked(3);
    // It is forgotten at logout.
    let forgotten = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    let line = "my-role: its credentials need approval again\n";
    assert!(forgotten.stdout.contains(line), "{forgotten:?}");
    asked(4);
    need!(stage.pass(14));
    asked(4);
    need!(stage.pass(16));
    asked(5);
    // A clock that is set back makes it one of the future.
    need!(stage.pass(-1));
    asked(6);
}

#[test]
fn a_record_that_cannot_be_read_or_kept_means_more_questions() {
    let stage = need!(stage());
    dialog(&stage, "exit 0");
    stage.document("my-role");
    stage.document("my-role");
    assert_eq!(questions(&stage.sandbox).len(), 1);
    let names =
        std::fs::read_dir(stage.sandbox.state()).unwrap().flatten().map(|entry| entry.path());
    let is_record = |path: &PathBuf| path.display().to_string().contains("/confirm-");
    let record = names.into_iter().find(is_record).expect("a record");
    let text = std::fs::read_to_string(&record).unwrap();
    for broken in
        [&text[..text.len() / 2], "{}", "", &text.replace("\"version\":1", "\"version\":2")]
    {
        let before = questions(&stage.sandbox).len();
        std::fs::write(&record, broken).unwrap();
        stage.document("my-role");
        assert_eq!(questions(&stage.sandbox).len(), before + 1, "{broken}");
    }
    // No directory can be used.
    let file = stage.sandbox.file("home/no-folder", "");
    stage.sandbox.env("XDG_STATE_HOME", &file).env("TMPDIR", &file).env("XDG_RUNTIME_DIR", &file);
    let before = questions(&stage.sandbox).len();
    if !PathBuf::from("/run/user/0").is_dir() {
        stage.helper("my-role").run().code(0);
        stage.helper("my-role").run().code(0);
        let asked = questions(&stage.sandbox);
        assert_eq!(asked.len(), before + 2);
        assert!(asked.last().unwrap().contains("Your answer can't be saved"), "{asked:?}");
    }
}

#[test]
fn always_asks_each_caller_and_off_none() {
    let stage = need!(Stage::with_keyutils());
    ask(&stage, "always");
    dialog(&stage, "exit 0");
    for output in stage.helpers_at_once("my-role", 5) {
        output.ok();
    }
    assert_eq!(questions(&stage.sandbox).len(), 5);
    assert!(questions(&stage.sandbox)[0].contains("Allow this once?"));
    // Nothing is handed out there.
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(login.stdout.ends_with("; approval is needed each time\n"), "{login:?}");
    assert_eq!(questions(&stage.sandbox).len(), 5);
    let never = stage.helper("my-role").env("ROLECALL_PROMPT", "never").run().code(3);
    assert!(never.stderr.contains("hint: run it in a terminal, or set"), "{never:?}");
    stage.edit_config("rolecall_confirm = always", "rolecall_confirm = off");
    stage.document("my-role");
    assert_eq!(questions(&stage.sandbox).len(), 5);
}

#[test]
fn a_source_that_asks_asks_for_all_that_its_credentials_assume() {
    let stage = need!(stage());
    stage.edit_config("[profile second]\n", "[profile third]\nrole_arn = x\n\n[profile second]\n");
    let output = stage.helper("second").run().code(3);
    assert!(
        output.stderr.contains("handing out the credentials of 'second' needs approval"),
        "{output:?}"
    );
    let flags =
        ["--role-arn", "arn:aws:iam::333333333333:role/Second", "--source-profile", "my-role"];
    let mut verb = vec!["env", "--shell", "sh"];
    verb.extend(flags);
    stage.sandbox.rolecall(&verb).run().code(3);
    stage.edit_config("[profile second]\n", "[profile second]\nrolecall_confirm = off\n");
    stage.document("second");
}

#[test]
fn a_value_that_is_none_is_an_error_with_its_place() {
    let stage = need!(Stage::with_keyutils());
    for value in ["15 minutes", "13h", "on"] {
        ask(&stage, value);
        let output = stage.helper("my-role").run().code(5);
        assert!(output.stderr.contains("config:2)"), "{output:?}");
        assert!(output.stderr.contains("must be a time such as 900, 15m or 1h30m, at most 12h"));
        stage.edit_config(&format!("rolecall_confirm = {value}\n"), "");
    }
    let set = stage.sandbox.rolecall(&["profile", "set", "my-role", "rolecall_confirm=1d"]);
    set.run().code(2);
    stage.sandbox.rolecall(&["profile", "set", "my-role", "rolecall_confirm=30m"]).run().ok();
    let shown = stage.sandbox.rolecall(&["profile", "show", "my-role"]).run().ok();
    let line = "approval required before credentials are handed out, once every 30 min  ";
    assert!(shown.stdout.contains(line), "{shown:?}");
}

#[test]
fn a_typed_mfa_code_is_the_answer_but_not_one_of_a_program() {
    let stage = need!(mfa::kept());
    let device =
        format!("rolecall_mfa_process = {}\n", stage.sandbox.path("home/device").display());
    let first = "[profile first]\n";
    stage.edit_config(first, &format!("{first}rolecall_confirm = 15m\n"));
    // A program gives the code.
    let output = stage.helper("first").run().code(3);
    assert!(
        output.stderr.contains("handing out the credentials of 'first' needs approval"),
        "{output:?}"
    );
    assert_eq!((mfa::asked(&stage), stage.sts.calls().len()), (0, 0), "before the program is run");

    stage.edit_config(&device, "");
    let terminal = at_terminal(&stage, &["credential-process", "first"]);
    let shown = terminal.until(mfa::PROMPT);
    assert!(
        shown.contains("; requested by ")
            && shown.contains(", and then given to every program for 15 min\r\n"),
        "{shown}"
    );
    let callers: Vec<_> = (0..50).map(|_| stage.helper("first").spawn()).collect();
    let code = stage.sts.totp(mfa::SERIAL, stage.sts.now());
    terminal.type_keys(&format!("{code}\r"));
    let shown = terminal.finish().code(0);
    assert!(!shown.screen.contains("[y/N]"), "{}", shown.screen);
    for caller in callers {
        caller.wait().ok();
    }
    stage.helper("first").run().ok();
    assert_eq!((stage.sts.count("GetSessionToken"), stage.assumed()), (1, 1));
    // Later nobody needs a code, and so the question comes.
    need!(stage.pass(20));
    let output = stage.helper("first").run().code(3);
    assert!(
        output.stderr.contains("handing out the credentials of 'first' needs approval"),
        "{output:?}"
    );
    let terminal = at_terminal(&stage, &["login", "first"]);
    terminal.until(QUESTION);
    terminal.type_keys("y\r");
    terminal.finish().code(0);
    stage.helper("first").run().ok();
}
