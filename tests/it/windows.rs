//! The build for Windows, run under Wine: its files, its locks, and the Credential Manager.
//!
//! Wine answers as Windows does where that differs from Unix: a file that is open can't be replaced,
//! variables have no case, and `cmd.exe` reads command lines.

mod files;
mod programs;
mod sessions;

use crate::support::{
    stage::{EXTERNAL_ID, PLAIN, ROLE},
    wine::{PROGRAM, Windows},
};

/// A config as an editor of Windows writes it, with more than ASCII.
const CONFIG: &str = "# Größe\r\n[profile plain]\r\nrole_arn = arn:aws:iam::222222222222:role/Plain\r\n\
                      source_profile = base\r\n\r\n[profile other]\r\nregion=us-east-1\t\r\n";

/// A Windows with that config, and `my-role`, a managed profile with an external ID.
fn windows() -> Option<Windows> {
    let windows = Windows::start()?;
    windows.config(format!(
        "{CONFIG}\r\n[profile my-role]\r\n\
         credential_process = \"{PROGRAM}\" credential-process my-role\r\n\
         rolecall_role_arn = {ROLE}\r\n\
         rolecall_source_profile = base\r\n\
         rolecall_external_id = {EXTERNAL_ID}\r\n"
    ));
    Some(windows)
}

#[test]
fn the_program_says_what_it_was_built_for() {
    let Some(windows) = windows() else { return };
    let output = windows.rolecall(&["--version", "--verbose"]).run().ok().stdout;
    assert!(output.contains("target: x86_64-pc-windows-gnu"), "{output}");
    assert!(output.contains("stores: auto, wincred, file, none"), "{output}");
}

#[test]
fn the_doctor_finds_nothing_wrong() {
    let Some(windows) = windows() else { return };
    let doctor = windows.rolecall(&["doctor", "--output", "json"]).run();
    let report = doctor.json();
    assert_eq!(report["problems"], 0, "{report:#}");
    let findings = report["findings"].as_array().unwrap();
    let has = |text: &str| findings.iter().any(|it| it["text"].as_str().unwrap().contains(text));
    assert!(has("wincred: an item was written, read and deleted in "), "{findings:#?}");
    assert!(has(&format!("is {PROGRAM}")), "{findings:#?}");
    assert_eq!(windows.items(), [""; 0], "the doctor leaves nothing");
}

#[test]
fn both_files_and_our_own_are_where_windows_has_them() {
    let Some(windows) = windows() else { return };
    windows.document("my-role");
    let status = windows.rolecall(&["status", "--output", "json"]).run().ok().json();
    let state = status["state_directory"]["path"].as_str().unwrap();
    assert_eq!(state, windows.named("AppData/Local/rolecall/data"));
    assert!(windows.home("AppData/Local/rolecall/data/sessions").is_dir());
    windows.stage.sandbox.may_hold_secrets(windows.home("AppData/Local/rolecall/cache"));
    let mut stored = windows.helper("my-role").env("ROLECALL_STORE", "file").run().ok().json();
    let items = std::fs::read_dir(windows.home("AppData/Local/rolecall/cache/sessions")).unwrap();
    assert_eq!(items.count(), 1);
    let again = windows.helper("my-role").env("ROLECALL_STORE", "file").run().ok().json();
    assert_eq!(again["AccessKeyId"], stored["AccessKeyId"].take());
    let _output = windows.rolecall(&["logout", "--all", "--store", "file"]).run().ok();
}

#[test]
fn variables_are_found_in_any_case() {
    let Some(windows) = windows() else { return };
    let show = ["profile", "show", "--output", "json"];
    let shown = windows.rolecall(&show).env("aws_Profile", "plain").run().ok().json();
    assert_eq!(shown["name"], "plain");
    let elsewhere = windows.stage.sandbox.file(
        "windows/drive_c/tools/config",
        format!("[profile moved]\r\nrole_arn = {PLAIN}\r\nsource_profile = base\r\n"),
    );
    assert!(elsewhere.exists());
    let moved = windows.rolecall(&[&show[..], &["moved"]].concat());
    let shown = moved.env("aws_config_file", r"C:\tools\config").run().ok().json();
    assert_eq!(shown["name"], "moved");
}
