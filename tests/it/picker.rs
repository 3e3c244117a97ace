//! The list of profiles that opens where a verb needs one: at a real terminal, and nowhere else.

use std::fs;

use rustix::process::Signal;

use crate::support::{
    sandbox::Sandbox,
    stage::{ROLE, SECOND, Stage},
    terminal::{CTRL_C, CTRL_Z, SHELL_PROMPT, Terminal, shell},
};

const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const ESCAPE: &str = "\x1b";
/// The last words of the list.
const OPEN: &str = "Esc cancels";

/// Three profiles with roles, and one with keys; none is called `default`.
fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let role = |name: &str, arn: &str| {
        format!("[profile {name}]\nrole_arn = {arn}\nsource_profile = base\n")
    };
    sandbox.config(
        [role("my-role", ROLE), role("second", SECOND), role("third", SECOND)].concat()
            + "[profile nothing]\nregion = x\n",
    );
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    sandbox
}

/// Starts `rolecall profile show`, which needs a profile and nothing else, and waits for its list.
fn show(sandbox: &Sandbox) -> Terminal<'_> {
    let terminal = sandbox.rolecall(&["profile", "show", "--output", "json"]).on_terminal();
    terminal.until(OPEN);
    assert!(!terminal.echoes());
    terminal
}

#[track_caller]
fn assert_shows(terminal: Terminal<'_>, name: &str) {
    terminal.until(&format!("Profile: {name}\r\n"));
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains(&format!("\"name\": \"{name}\"")), "{}", shown.screen);
}

#[test]
fn the_list_has_names_accounts_and_roles_and_enter_takes_the_first() {
    let sandbox = home();
    let terminal = sandbox.rolecall(&["profile", "show", "--output", "json"]).on_terminal();
    let list = terminal.until(OPEN);
    for text in ["my-role", "222222222222", "MyApp/MyS3Access", "second", "base"] {
        assert!(list.contains(text), "{text}: {list}");
    }
    assert!(!list.contains("nothing"), "it has no credentials: {list}");
    terminal.type_keys("\r");
    assert_shows(terminal, "my-role");
}

#[test]
fn what_is_typed_filters_by_name_account_and_role() {
    let sandbox = home();
    for (keys, name) in [
        ("sec", "second"),
        ("thrd", "third"),
        ("222222222222", "my-role"),
        ("s3acc", "my-role"),
        (ROLE, "my-role"),
        ("xx\x7f\x7fbase", "base"),
        ("zzz\x15third", "third"),
    ] {
        let terminal = show(&sandbox);
        terminal.type_keys(keys);
        terminal.type_keys("\r");
        assert_shows(terminal, name);
    }
}

#[test]
fn arrows_move_and_wrap_around() {
    let sandbox = home();
    for (keys, name) in [
        (DOWN.to_owned(), "second"),
        (DOWN.repeat(2) + UP, "second"),
        (UP.to_owned(), "base"),
        (DOWN.repeat(4), "my-role"),
        ("\x1bOB".to_owned(), "second"),
        ("\x1b[6~".to_owned(), "base"),
        ("\x0e\x0e\x10".to_owned(), "second"),
    ] {
        let terminal = show(&sandbox);
        terminal.type_keys(&format!("{keys}\r"));
        assert_shows(terminal, name);
    }
}

#[test]
fn esc_and_ctrl_c_leave_with_130_and_a_clean_screen() {
    let sandbox = home();
    let terminal = show(&sandbox);
    terminal.type_keys("third");
    terminal.until("Profile: third");
    terminal.type_keys(ESCAPE);
    let shown = terminal.finish().code(130);
    assert!(
        shown.screen.ends_with("\r\x1b[Jrolecall: no profile was chosen\r\n"),
        "{:?}",
        shown.screen
    );
    // Ctrl-C is for the whole job, as at any other question.
    let terminal = shell(&sandbox);
    let program = env!("CARGO_BIN_EXE_rolecall");
    terminal.type_keys(&format!("{program} profile show; echo code=$?\r"));
    terminal.until(OPEN);
    terminal.type_keys(CTRL_C);
    terminal.until(SHELL_PROMPT);
    assert!(terminal.is_as_before());
}

#[test]
fn a_filter_that_nothing_matches_chooses_nothing() {
    let sandbox = home();
    let terminal = show(&sandbox);
    terminal.type_keys("qqq");
    terminal.until("nothing matches");
    terminal.until("0 of 4");
    for key in [DOWN, UP, "\t"] {
        terminal.type_keys(key);
    }
    terminal.type_keys("\x15third\r");
    assert_shows(terminal, "third");
    let terminal = show(&sandbox);
    terminal.type_keys("qqq\r");
    terminal.until("  4. Type to filter");
    terminal.type_keys(ESCAPE);
    let _left = terminal.finish().code(130);
}

#[test]
fn the_list_is_drawn_again_when_the_terminal_is_resized() {
    let sandbox = home();
    let terminal = show(&sandbox);
    for (columns, lines) in [(40, 10), (20, 5), (120, 40)] {
        terminal.resize(columns, lines);
        terminal.until("\x1b[J");
        let drawn = terminal.until("\x1b[");
        let plain = drawn.replace("\x1b[1m", "").replace("\x1b[0m", "");
        for row in plain.split("\r\n").map(|row| row.trim_end_matches('\r')) {
            assert!(row.chars().count() < usize::from(columns), "{columns}: {row:?}");
        }
    }
    terminal.type_keys("third\r");
    assert_shows(terminal, "third");
}

#[test]
fn the_job_can_be_stopped_and_a_signal_leaves_the_terminal_as_it_was() {
    let sandbox = home();
    let terminal = shell(&sandbox);
    terminal.type_keys(&format!("{} profile show\r", env!("CARGO_BIN_EXE_rolecall")));
    terminal.until(OPEN);
    terminal.type_keys(CTRL_Z);
    terminal.until(SHELL_PROMPT);
    assert!(terminal.is_as_before());
    terminal.type_keys("fg\r");
    terminal.until(OPEN);
    terminal.signal_foreground(Signal::TERM);
    terminal.until(SHELL_PROMPT);
    terminal.until_as_before();
}

#[test]
fn the_profiles_used_last_come_first_with_the_time_that_is_left() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.rolecall(&["login", "plain"]).run().ok();
    let terminal = stage.sandbox.rolecall(&["whoami"]).on_terminal();
    let list = terminal.until(OPEN);
    let (plain, other) = (list.find("plain").unwrap(), list.find("my-role").unwrap());
    assert!(plain < other, "{list}");
    let row = list.lines().find(|line| line.contains("plain")).unwrap();
    assert!(row.contains("1 h") || row.contains("min"), "{row}");
    terminal.type_keys("\r");
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains(":assumed-role/Plain/"), "{}", shown.screen);
}

#[test]
fn login_takes_several() {
    let stage = Stage::new();
    let terminal = stage.sandbox.rolecall(&["login"]).on_terminal();
    terminal.until(OPEN);
    terminal.until("Profiles: ");
    terminal.type_keys(&format!("plain \x15my-role\t{DOWN}"));
    terminal.until("2 marked");
    terminal.type_keys("\r");
    let shown = terminal.finish().code(0);
    for told in
        ["Profiles: my-role, plain", "my-role: new session until", "plain: new session until"]
    {
        assert!(shown.screen.contains(told), "{told}: {}", shown.screen);
    }
    assert_eq!(stage.assumed(), 2);
    // An export takes one.
    let export = ["login", "--export-to", "copy"];
    let terminal = stage.sandbox.rolecall(&export).on_terminal();
    terminal.until(OPEN);
    terminal.until("Profile: ");
    terminal.type_keys(ESCAPE);
    let _left = terminal.finish().code(130);
}

#[test]
fn credentials_on_stdout_are_not_mixed_with_the_list() {
    let stage = Stage::new();
    let out = stage.sandbox.path("home/out");
    stage.sandbox.may_hold_secrets(out.clone());
    let script = "\"$0\" env --shell bash > out";
    let run = stage.sandbox.program("/bin/sh", &["-c", script, env!("CARGO_BIN_EXE_rolecall")]);
    let terminal = run.on_terminal();
    terminal.until(OPEN);
    terminal.type_keys("plain\r");
    let _shown = terminal.finish().code(0);
    let text = fs::read_to_string(out).unwrap();
    assert!(text.contains("export AWS_ACCESS_KEY_ID='ASIA"), "not credentials");
    assert!(!text.contains('\x1b'), "an escape byte");
}

#[test]
fn exec_and_console_offer_it_too() {
    let stage = Stage::new();
    let exec = ["exec", "--", "sh", "-c", "echo profile=$ROLECALL_PROFILE"];
    let terminal = stage.sandbox.rolecall(&exec).on_terminal();
    terminal.until(OPEN);
    terminal.type_keys("plain\r");
    terminal.until("profile=plain");
    let _shown = terminal.finish().code(0);
    let terminal = stage.sandbox.rolecall(&["console", "--print"]).on_terminal();
    terminal.until(OPEN);
    terminal.type_keys(ESCAPE);
    let _left = terminal.finish().code(130);
}

#[test]
fn nothing_is_offered_where_a_profile_is_named_or_is_the_default() {
    let sandbox = home();
    let run = || sandbox.rolecall(&["profile", "show", "--output", "json"]);
    let not_offered = |terminal: Terminal<'_>, name: &str| {
        let shown = terminal.finish().code(0);
        assert!(shown.screen.contains(&format!("\"name\": \"{name}\"")), "{}", shown.screen);
        assert!(!shown.screen.contains(OPEN), "{}", shown.screen);
    };
    not_offered(run().env("AWS_PROFILE", "third").on_terminal(), "third");
    not_offered(run().env("AWS_DEFAULT_PROFILE", "third").on_terminal(), "third");
    let named = sandbox.rolecall(&["profile", "show", "second", "--output", "json"]);
    not_offered(named.on_terminal(), "second");
    let config = fs::read_to_string(sandbox.config_path()).unwrap();
    sandbox.config(format!("{config}[default]\nrole_arn = {ROLE}\nsource_profile = base\n"));
    not_offered(run().on_terminal(), "default");
}

#[test]
fn without_a_list_the_errors_are_those_of_a_pipe() {
    let sandbox = home();
    let verbs: [&[&str]; 7] = [
        &["login"],
        &["exec", "--", "true"],
        &["env", "--shell", "bash"],
        &["whoami"],
        &["logout"],
        &["profile", "show"],
        &["credential-process"],
    ];
    for verb in verbs {
        let piped = sandbox.rolecall(verb).run().code(5);
        assert_eq!(piped.stdout, "", "{piped:?}");
        assert!(!piped.stderr.contains('\x1b'), "{piped:?}");
        assert!(piped.stderr.contains("profile 'default' does not exist"), "{piped:?}");
        let never = sandbox.rolecall(verb).env("ROLECALL_PICK", "never").env("NO_COLOR", "1");
        let shown = never.on_terminal().finish().code(5);
        assert_eq!(shown.screen.replace("\r\n", "\n"), piped.stderr, "{verb:?}");
        // A terminal that can't move its cursor.
        let dumb = sandbox.rolecall(verb).env("TERM", "dumb").on_terminal().finish().code(5);
        assert_eq!(dumb.screen.replace("\r\n", "\n"), piped.stderr, "{verb:?}");
    }
    // AWS's programs run it with a terminal as stdin, too.
    let helper = sandbox.rolecall(&["credential-process"]).env("NO_COLOR", "1");
    let shown = helper.on_terminal().finish().code(5);
    assert!(!shown.screen.contains(OPEN), "{}", shown.screen);
    let wrong = sandbox.rolecall(&["login"]).env("ROLECALL_PICK", "yes");
    let shown = wrong.on_terminal().finish().code(2);
    assert!(shown.screen.contains("ROLECALL_PICK is 'yes'"), "{}", shown.screen);
}

#[test]
fn a_stream_that_is_no_terminal_means_no_list_and_no_escape_byte() {
    let sandbox = home();
    for (redirect, file) in [("2> err", "err"), ("< /dev/null 2> err2", "err2")] {
        let script = format!("\"$0\" profile show {redirect}");
        let program = env!("CARGO_BIN_EXE_rolecall");
        let run = sandbox.program("/bin/sh", &["-c", &script, program]);
        let shown = run.on_terminal().finish().code(5);
        assert_eq!(shown.screen, "");
        let text = fs::read_to_string(sandbox.home().join(file)).unwrap();
        assert!(text.contains("does not exist") && !text.contains('\x1b'), "{text:?}");
    }
}

#[test]
fn hostile_names_are_escaped_in_the_list() {
    let sandbox = Sandbox::new();
    sandbox.config(format!(
        "[profile \"a\u{202e}b\"]\nrole_arn = {ROLE}\u{1b}[31m\nsource_profile = base\n"
    ));
    let terminal = sandbox.rolecall(&["profile", "show"]).on_terminal();
    let list = terminal.until(OPEN);
    assert!(list.contains("a\\u{202e}b") && list.contains("\\u{1b}[31m"), "{list:?}");
    terminal.type_keys(ESCAPE);
    let shown = terminal.finish().code(130);
    assert!(!shown.screen.contains("\x1b[31m") && !shown.screen.contains('\u{202e}'));
}

#[test]
fn five_thousand_profiles_are_searched_while_one_types() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for i in 0..5000 {
        text.push_str(&format!(
            "[profile engineering-{i}]\nrole_arn = arn:aws:iam::{:012}:role/team/Admin{i}\n\
             source_profile = base\n",
            100_000_000_000_u64 + i
        ));
    }
    sandbox.config(text);
    let terminal = show(&sandbox);
    terminal.type_keys("engineering-4321");
    terminal.until("engineering-4321");
    terminal.type_keys("\r");
    assert_shows(terminal, "engineering-4321");
}

#[test]
fn the_source_of_a_new_profile_is_chosen_by_typing_too() {
    let sandbox = home();
    let add = ["profile", "add", "new", "--role-arn", ROLE];
    let terminal = sandbox.rolecall(&add).on_terminal();
    let list = terminal.until("Source profile, by number or name: ");
    assert!(list.contains("  1) my-role (role)") && list.contains("  4) base (keys)"), "{list}");
    assert!(!list.contains(OPEN), "listed once: {list}");
    terminal.type_keys("sec");
    let list = terminal.until(OPEN);
    assert!(list.contains("> 2) second (role)"), "{list}");
    terminal.type_keys("\r");
    terminal.until("External ID (Enter: none): ");
    terminal.type_keys(CTRL_C);
    let shown = terminal.finish();
    assert!(
        shown.screen.contains("Source profile, by number or name: second\r\n"),
        "{}",
        shown.screen
    );
    // With lists off, by number or name as ever.
    let terminal = sandbox.rolecall(&add).env("ROLECALL_PICK", "never").on_terminal();
    let list = terminal.until("Source profile, by number or name: ");
    assert!(list.contains("  4) base (keys)") && !list.contains(OPEN), "{list}");
    terminal.type_keys("4\r");
    terminal.until("External ID (Enter: none): ");
}
