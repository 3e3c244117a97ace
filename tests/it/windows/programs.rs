//! Programs that rolecall runs, and that run it.

use std::time::Duration;

use super::windows;
use crate::{
    mfa::SERIAL,
    support::{
        run::until_some,
        stage::{PLAIN, ROLE},
        sts::{Mfa, Role},
        terminal::CTRL_C,
        wine::Windows,
    },
};

/// A role that wants MFA.
const SECURE: &str = "arn:aws:iam::222222222222:role/Secure";

#[test]
fn exec_gives_the_programs_own_exit_code() {
    let Some(windows) = windows() else { return };
    let exec = |command: &[&str]| {
        windows
            .rolecall(&[&["exec", "my-role", "--"][..], command].concat())
            .may_print_secrets()
            .run()
    };
    for (code, ours) in [("0", 0), ("7", 7), ("300", 255)] {
        let _output = exec(&["cmd.exe", "/c", &format!("exit {code}")]).code(ours);
    }
    let output = exec(&["cmd", "/c", "echo %AWS_ACCESS_KEY_ID%"]).ok();
    let id = windows.document("my-role")["AccessKeyId"].as_str().unwrap().to_owned();
    assert_eq!(output.stdout.trim(), id);
    let output = exec(&["no-such-program"]).code(127);
    assert!(output.stderr.contains("program 'no-such-program' not found"), "{output:?}");
}

#[test]
fn exec_finds_programs_without_their_extension_and_keeps_arguments_whole() {
    let Some(windows) = windows() else { return };
    windows.tool("deploy", &["echo [%~1] [%~2]", "exit /b 5"]);
    for name in ["deploy", "deploy.cmd", "DEPLOY", r"C:\tools\deploy"] {
        let arguments = ["exec", "my-role", "--", name, "a b", "c"];
        let output = windows.rolecall(&arguments).run().code(5);
        assert_eq!(output.stdout.trim(), "[a b] [c]", "{name}");
    }
    // Not those of the current directory, nor those that only cmd.exe could start.
    windows.stage.sandbox.file("home/here.cmd", "@echo off\r\n");
    windows.stage.sandbox.file("windows/drive_c/tools/script.vbs", "\r\n");
    for name in ["here", "script"] {
        let output = windows.rolecall(&["exec", "my-role", "--", name]).run().code(127);
        assert!(output.stderr.contains(&format!("program '{name}' not found")), "{output:?}");
    }
}

/// What a terminal shows, without the sequences that move its cursor.
fn letters(screen: &str) -> String {
    let mut parts = screen.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |end| end + 1);
        text + &part[end..]
    })
}

#[test]
fn ctrl_c_is_for_the_program_that_exec_runs() {
    let Some(windows) = windows() else { return };
    let program = windows.prepared("interrupted.exe");
    let exec = windows.rolecall(&["exec", "my-role", "--", &program]);
    let terminal = exec.env("TERM", "xterm").on_terminal();
    let is_ready = || letters(&terminal.screen()).contains("waiting").then_some(());
    assert!(until_some(Duration::from_mins(1), is_ready).is_some(), "{}", terminal.screen());
    terminal.type_keys(CTRL_C);
    let shown = terminal.finish();
    assert_eq!(shown.status.code(), Some(42), "{}", letters(&shown.screen));
}

#[test]
fn exec_serves_a_program() {
    let Some(windows) = windows() else { return };
    let arguments = ["exec", "--serve", "my-role", "--", "cmd", "/c", "set AWS_CONTAINER"];
    let output = windows.rolecall(&arguments).may_print_secrets().run().ok();
    let url = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:";
    assert!(output.stdout.contains(url), "{output:?}");
}

/// Appends to the config.
fn add(windows: &Windows, text: &str) {
    windows.config(windows.config_text() + &text.replace('\n', "\r\n"));
}

#[test]
fn a_program_with_spaces_in_its_path_gives_credentials() {
    let Some(windows) = windows() else { return };
    let document = format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#,
        windows.stage.key_id, windows.stage.secret
    );
    windows.stage.sandbox.file("windows/drive_c/tools/my keys/keys.json", document);
    windows.stage.sandbox.file(
        "windows/drive_c/tools/my keys/give.cmd",
        "@echo off\r\nif not \"%~1\"==\"now\" exit /b 9\r\ntype \"%~dp0keys.json\"\r\n",
    );
    add(
        &windows,
        &format!(
            "\n[profile program]\ncredential_process = \"C:\\tools\\my keys\\give.cmd\" now\n\
             \n[profile by-program]\nrolecall_role_arn = {PLAIN}\nrolecall_source_profile = program\n"
        ),
    );
    assert_eq!(windows.document("by-program")["AccountId"], "222222222222");
    let call = windows.stage.sts.calls().pop().unwrap();
    assert_eq!(call.access_key_id.as_deref(), Some(windows.stage.key_id.as_str()));
}

#[test]
fn the_line_that_we_write_is_one_that_cmd_reads() {
    let Some(windows) = windows() else { return };
    // A copy under another name is a foreign program, which is run as an SDK runs one: by cmd.exe.
    let own = "windows/drive_c/Program Files/rolecall";
    let path = |name: &str| windows.stage.sandbox.path(format!("{own}/{name}.exe"));
    std::fs::copy(path("rolecall"), path("copy")).unwrap();
    let add_role = ["profile", "add", "R&D", "--role-arn", ROLE, "--source-profile", "base"];
    let _output = windows.rolecall(&add_role).run().code(2);
    let add_role = ["profile", "add", "r_d", "--role-arn", PLAIN, "--source-profile", "base"];
    let _output = windows.rolecall(&add_role).run().ok();
    let text = windows.config_text();
    let line = text.lines().find(|line| line.ends_with("credential-process r_d")).unwrap();
    let line = line.replace("rolecall.exe", "copy.exe");
    add(
        &windows,
        &format!(
            "\n[profile foreign]\n{line}\n\
             \n[profile by-foreign]\nrolecall_role_arn = {ROLE}\nrolecall_external_id = ext-42\n\
             rolecall_source_profile = foreign\n"
        ),
    );
    windows.stage.sts.with_world(|world| {
        world.roles[0].trust.push("222222222222".to_owned());
    });
    assert_eq!(windows.document("by-foreign")["AccountId"], "222222222222");
    let roles: Vec<_> = windows.stage.sts.calls().into_iter().map(|call| call.role_arn).collect();
    assert_eq!(roles, [Some(PLAIN.to_owned()), Some(ROLE.to_owned())]);
}

#[test]
fn a_code_comes_from_a_program_and_otherwise_nobody_can_be_asked() {
    let Some(windows) = windows() else { return };
    windows.stage.sts.with_world(|world| {
        let totp_secret = format!("of the device, {}", windows.stage.secret).into_bytes();
        world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret });
        world.roles.push(Role { require_mfa: true, ..Role::new(SECURE, &["111111111111"]) });
    });
    add(
        &windows,
        &format!(
            "\n[profile secure]\nrolecall_role_arn = {SECURE}\nrolecall_source_profile = base\n\
             rolecall_mfa_serial = {SERIAL}\n"
        ),
    );
    // Wine's PowerShell shows no dialog, and answers nothing.
    let unasked = windows.helper("secure").run().code(3);
    assert!(unasked.stderr.contains("there is no MFA code for 'secure'"), "{unasked:?}");
    let code = windows.stage.sts.totp(SERIAL, windows.stage.sts.now());
    windows.tool("code", &[&format!("echo {code}")]);
    add(&windows, "rolecall_mfa_process = C:\\tools\\code.cmd\n");
    windows.document("secure");
    assert_eq!(windows.stage.sts.count("GetSessionToken"), 1);
}
