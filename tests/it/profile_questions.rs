//! `profile add` at a terminal: what is asked, what is not taken, how it is broken off.

use std::fs;

use rustix::process::Signal;

use crate::support::{
    sandbox::Sandbox,
    stage::{EXTERNAL_ID, ROLE, Stage},
    terminal::{CTRL_C, CTRL_D, CTRL_Z, SHELL_PROMPT, Terminal, shell},
};

const DEVICE: &str = "arn:aws:iam::111111111111:mfa/natan";

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(format!(
        "[profile there]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\n"
    ));
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    sandbox
}

fn config(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_path()).unwrap()
}

/// Waits for a question and types the answer.
fn answer(terminal: &Terminal<'_>, question: &str, text: &str) -> String {
    let shown = terminal.until(question);
    terminal.type_keys(&format!("{text}\r"));
    shown
}

#[test]
fn everything_is_asked_for_and_written_after_a_yes() {
    let sandbox = home();
    let before = config(&sandbox);
    let terminal = sandbox.rolecall(&["profile", "add"]).on_terminal();
    answer(&terminal, "Name of the new profile: ", "a b");
    answer(&terminal, "Name of the new profile: ", "there");
    let shown = answer(&terminal, "Name of the new profile: ", "new");
    assert!(shown.contains("profile 'there' already exists"), "{shown}");
    answer(&terminal, "ARN of the role: ", "arn:aws:iam::222222222222:user/u");
    let shown = answer(&terminal, "ARN of the role: ", ROLE);
    assert!(shown.contains("not the ARN of a role"), "{shown}");
    let shown = answer(&terminal, "Source profile, by number or name: ", "nobody");
    assert!(shown.contains("1) there (role)") && shown.contains("2) base (keys)"), "{shown}");
    answer(&terminal, "Source profile, by number or name: ", "2");
    answer(&terminal, "External ID (Enter: none): ", "!");
    answer(&terminal, "External ID (Enter: none): ", EXTERNAL_ID);
    let shown = answer(&terminal, "(Enter: none): ", "1");
    assert!(shown.contains(&format!("1) {DEVICE} (as in 'there')")), "{shown}");
    answer(&terminal, "Region (Enter: none): ", "eu-west-1");
    let shown = terminal.until("Write this? [y/N] ");
    assert!(shown.contains("+[profile new]"), "{shown}");
    assert_eq!(config(&sandbox), before);
    assert!(terminal.echoes());
    terminal.type_keys("y\r");
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains("added profile 'new' to "), "{}", shown.screen);
    let section = format!(
        "\n[profile new]\nregion = eu-west-1\n\
         credential_process = {} credential-process new\nrolecall_role_arn = {ROLE}\n\
         rolecall_source_profile = base\nrolecall_mfa_serial = {DEVICE}\n\
         rolecall_external_id = {EXTERNAL_ID}\n",
        env!("CARGO_BIN_EXE_rolecall")
    );
    assert_eq!(config(&sandbox), format!("{before}{section}"));
}

#[test]
fn only_what_the_flags_leave_open_is_asked_for_and_it_works() {
    let stage = Stage::new();
    let add = ["profile", "add", "new", "--role-arn", ROLE, "--region", "eu-west-1"];
    let terminal = stage.sandbox.rolecall(&add).on_terminal();
    let shown = answer(&terminal, "Source profile, by number or name: ", "base");
    assert!(!shown.contains("ARN of the role"), "{shown}");
    answer(&terminal, "External ID (Enter: none): ", EXTERNAL_ID);
    answer(&terminal, "(Enter: none): ", "");
    let shown = answer(&terminal, "Write this? [y/N] ", "yes");
    assert!(!shown.contains("Region (Enter"), "{shown}");
    let _shown = terminal.finish().code(0);
    stage.document("new");
}

#[test]
fn no_is_no_and_a_dry_run_asks_for_no_yes() {
    let sandbox = home();
    let before = config(&sandbox);
    for (dry_run, last) in [(false, "nothing was written"), (true, "+[profile new]")] {
        let mut add = vec!["profile", "add", "new", "--source-profile", "base"];
        add.extend(dry_run.then_some("--dry-run"));
        let terminal = sandbox.rolecall(&add).on_terminal();
        answer(&terminal, "ARN of the role: ", ROLE);
        answer(&terminal, "External ID (Enter: none): ", "");
        answer(&terminal, "(Enter: none): ", "");
        answer(&terminal, "Region (Enter: none): ", "");
        if !dry_run {
            answer(&terminal, "Write this? [y/N] ", "");
        }
        let shown = terminal.finish().code(0);
        assert!(shown.screen.contains(last), "{}", shown.screen);
        for asked in ["Write this?", "nothing was written"] {
            assert_eq!(shown.screen.contains(asked), !dry_run, "{}", shown.screen);
        }
        assert_eq!(config(&sandbox), before);
    }
}

#[test]
fn it_can_be_broken_off_at_each_question() {
    let answers = [
        ("Name of the new profile: ", "new"),
        ("ARN of the role: ", ROLE),
        ("Source profile, by number or name: ", "base"),
        ("External ID (Enter: none): ", ""),
        ("(Enter: none): ", ""),
        ("Region (Enter: none): ", ""),
        ("Write this? [y/N] ", "y"),
    ];
    let sandbox = home();
    let before = config(&sandbox);
    for (last, how) in (0..answers.len()).zip([CTRL_C, CTRL_D, CTRL_C].into_iter().cycle()) {
        let terminal = sandbox.rolecall(&["profile", "add"]).on_terminal();
        for (question, text) in &answers[..last] {
            answer(&terminal, question, text);
        }
        terminal.until(answers[last].0);
        terminal.type_keys(how);
        let shown = terminal.finish().code(130);
        assert!(shown.screen.contains("nothing was written"), "{}", shown.screen);
        assert_eq!(config(&sandbox), before);
    }
    let terminal = sandbox.rolecall(&["profile", "add"]).on_terminal();
    terminal.until(answers[0].0);
    terminal.signal(Signal::TERM);
    let shown = terminal.finish().code(130);
    assert!(shown.screen.contains("nothing was written"), "{}", shown.screen);
    assert_eq!(config(&sandbox), before);
}

#[test]
fn it_can_be_put_off_and_taken_up_again() {
    let sandbox = home();
    let terminal = shell(&sandbox);
    let program = env!("CARGO_BIN_EXE_rolecall");
    terminal.type_keys(&format!("{program} profile add new --source-profile base\r"));
    terminal.until("ARN of the role: ");
    terminal.type_keys("half");
    terminal.type_keys(CTRL_Z);
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("fg\r");
    answer(&terminal, "ARN of the role: ", ROLE);
    answer(&terminal, "External ID (Enter: none): ", "");
    terminal.until("(Enter: none): ");
    terminal.type_keys(CTRL_C);
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("echo code $?\r");
    terminal.until("code 130");
    terminal.type_keys("exit\r");
    let _shown = terminal.finish();
}

#[test]
fn while_it_is_stopped_the_terminal_is_free_and_in_the_background_it_stops_again() {
    let sandbox = home();
    let terminal = shell(&sandbox);
    let program = env!("CARGO_BIN_EXE_rolecall");
    let add = format!("{program} profile add new --source-profile base\r");
    terminal.type_keys(&add);
    terminal.until("ARN of the role: ");
    terminal.type_keys("half");
    terminal.type_keys(CTRL_Z);
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    assert!(terminal.is_as_before());
    // Another one gets its turn.
    terminal.type_keys(&add);
    terminal.until("ARN of the role: ");
    terminal.type_keys(CTRL_C);
    terminal.until("nothing was written");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("bg; until jobs | grep -q Stopp[e]d; do sleep 0.05; done; jobs\r");
    terminal.until("Stopped");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("fg\r");
    answer(&terminal, "ARN of the role: ", ROLE);
    // Ctrl-Z is a key again for each question.
    terminal.until("External ID (Enter: none): ");
    terminal.type_keys(CTRL_Z);
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("fg\r");
    terminal.until("External ID (Enter: none): ");
    terminal.type_keys(CTRL_D);
    terminal.until("nothing was written");
    terminal.until(SHELL_PROMPT);
    terminal.type_keys("exit\r");
    let _shown = terminal.finish().code(130);
}

#[test]
fn without_a_terminal_the_missing_flag_is_named() {
    let sandbox = home();
    let before = config(&sandbox);
    for (arguments, missing) in [
        (&["profile", "add"][..], "needs a name"),
        (&["profile", "add", "new"], "needs --role-arn"),
        (&["profile", "add", "new", "--role-arn", ROLE], "needs --source-profile"),
    ] {
        let output = sandbox.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains(missing), "{output:?}");
        assert!(output.stderr.contains("run it in a terminal to be prompted"), "{output:?}");
        // Nor where it may not be used.
        let terminal = sandbox.rolecall(arguments).env("ROLECALL_PROMPT", "never").on_terminal();
        let shown = terminal.finish().code(2);
        assert!(shown.screen.contains(missing), "{}", shown.screen);
    }
    assert_eq!(config(&sandbox), before);
}

#[test]
fn what_is_wrong_already_is_said_before_anything_is_asked() {
    let sandbox = home();
    for (arguments, code, wrong) in [
        (&["profile", "add", "there"][..], 5, "already exists"),
        (&["profile", "add", "a%PATH%b"], 5, "percent signs"),
        (&["profile", "add", "new", "--role-arn", "x"], 2, "not the ARN of a role"),
        (&["profile", "add", "new", "--source-profile", "nobody"], 5, "does not exist"),
        (&["profile", "add", "--external-id", "!"], 2, "external ID"),
    ] {
        let shown = sandbox.rolecall(arguments).on_terminal().finish().code(code);
        assert!(shown.screen.contains(wrong), "{}", shown.screen);
        assert!(!shown.screen.contains("Ctrl-C ends"), "{}", shown.screen);
    }
}

#[test]
fn of_many_profiles_some_are_shown_and_each_can_be_named() {
    let sandbox = home();
    let mut text = String::new();
    for i in 0..500 {
        text.push_str(&format!("[p{i}]\naws_access_key_id = A\naws_secret_access_key = x\n"));
    }
    sandbox.credentials(text);
    let add = ["profile", "add", "new", "--role-arn", ROLE];
    let terminal = sandbox.rolecall(&add).on_terminal();
    let shown = answer(&terminal, "Source profile, by number or name: ", "21");
    assert!(shown.contains("20) p18 (keys)") && shown.contains("… and 481 more"), "{shown}");
    let shown = answer(&terminal, "Source profile, by number or name: ", "p499");
    assert!(shown.contains("there is no such profile"), "{shown}");
    terminal.until("External ID");
    terminal.type_keys(CTRL_C);
    let _shown = terminal.finish().code(130);
}
