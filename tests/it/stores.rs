//! The store `file`, and what becomes of any store's items when they are spoiled, or when there is
//! no room for them.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use crate::support::{clients::require_program, keyring::SessionBus, run::Run, stage::Stage};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");

/// A stage whose sessions go to files.
pub(crate) fn with_files() -> Stage {
    let stage = Stage::new();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.home().join(".cache/rolecall"));
    stage
}

fn folder(stage: &Stage) -> PathBuf {
    stage.sandbox.home().join(".cache/rolecall/sessions")
}

pub(crate) fn items(stage: &Stage) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(stage)).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn log(stage: &Stage) -> String {
    fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap_or_default()
}

/// rolecall as somebody to whom permissions apply: root is not exempt from them in this run.
pub(crate) fn without_exemption<'a>(stage: &'a Stage, arguments: &[&str]) -> Option<Run<'a>> {
    if !rustix::process::geteuid().is_root() {
        return Some(stage.sandbox.rolecall(arguments));
    }
    let setpriv = require_program("setpriv", "util-linux")?;
    let bounds = "--bounding-set=-dac_override,-dac_read_search";
    let arguments = [&[bounds, ROLECALL], arguments].concat();
    Some(stage.sandbox.program(setpriv, &arguments))
}

#[test]
fn a_session_is_one_private_file_in_the_cache() {
    let stage = with_files();
    let first = stage.document("my-role");
    assert_eq!(stage.document("my-role"), first);
    assert_eq!(stage.assumed(), 1);
    let items = items(&stage);
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(mode(&items[0]), 0o600);
    for folder in [folder(&stage), stage.sandbox.home().join(".cache/rolecall")] {
        assert_eq!(mode(&folder), 0o700);
    }
    let status = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(status.contains("my-role  ") && status.contains("\nstore: file\n"), "{status}");
}

#[test]
fn the_cache_home_of_the_environment_is_used() {
    let stage = with_files();
    let cache = stage.sandbox.path("cache");
    stage.sandbox.env("XDG_CACHE_HOME", &cache).may_hold_secrets(&cache);
    stage.document("my-role");
    assert_eq!(fs::read_dir(cache.join("rolecall/sessions")).unwrap().count(), 1);
    assert!(items(&stage).is_empty());
}

#[test]
fn the_file_store_is_used_by_those_who_name_it_and_nobody_else() {
    let stage = with_files();
    stage.document("my-role");
    let arguments = ["status", "--store", "auto", "--output", "json", "--stores"];
    let status = stage.sandbox.rolecall(&arguments).run().ok().json();
    let stores = status["stores"].as_array().unwrap();
    assert!(!stores.is_empty() && stores.iter().all(|store| store["name"] != "file"), "{status}");
    let before = items(&stage);
    let auto = ["credential-process", "my-role", "--store", "auto"];
    let _output = stage.sandbox.rolecall(&auto).run().ok();
    assert_eq!(stage.assumed(), 2);
    let _output = stage.sandbox.rolecall(&auto).run().ok();
    assert_eq!(items(&stage), before);
}

#[test]
fn what_a_call_with_another_store_leaves_in_files_is_not_forgotten() {
    let stage = with_files();
    stage.document("my-role");
    // A session that replaces it, but lies elsewhere.
    stage.edit_config(
        "rolecall_external_id",
        "rolecall_duration_seconds = 1800\nrolecall_external_id",
    );
    let _login = stage.sandbox.rolecall(&["login", "my-role", "--store", "auto"]).run().ok();
    assert_eq!(items(&stage).len(), 1);
    let _forgotten = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert!(items(&stage).is_empty(), "its record was still there");
}

#[test]
fn logout_removes_the_file_with_a_record_and_without() {
    for arguments in [["logout", "my-role"], ["logout", "--all"]] {
        for lost in [false, true] {
            let stage = with_files();
            stage.document("my-role");
            if lost {
                fs::remove_dir_all(stage.sandbox.state()).unwrap();
            }
            // Whatever store new sessions go to.
            let run = stage.sandbox.rolecall(&arguments).env("ROLECALL_STORE", "none").run().ok();
            assert!(run.stdout.contains("my-role: "), "{run:?}");
            assert!(items(&stage).is_empty());
        }
    }
}

#[test]
fn what_has_ended_is_deleted_by_the_next_session_even_without_records() {
    let stage = with_files();
    stage.document("my-role");
    let old = items(&stage);
    need!(stage.pass(61));
    fs::remove_dir_all(stage.sandbox.state()).unwrap();
    stage.document("plain");
    let new = items(&stage);
    assert_eq!((old.len(), new.len()), (1, 1));
    assert_ne!(old, new);
}

#[test]
fn a_session_that_has_no_room_on_the_disk_is_handed_out_and_the_old_one_stays() {
    let stage = with_files();
    stage.document("my-role");
    let item = &items(&stage)[0];
    let before = fs::read(item).unwrap();
    // A limit for files of 512 bytes, and no signal that kills whoever goes beyond it.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let arguments = ["-c", script, "sh", ROLECALL, "login", "--force", "my-role"];
    let output = stage.sandbox.program("sh", &arguments).run().ok();
    assert!(output.stdout.ends_with("not saved\n"), "{output:?}");
    assert!(output.stderr.contains(".cache/rolecall/sessions can't grow"), "{output:?}");
    assert_eq!(stage.assumed(), 2);
    assert!(fs::read(item).unwrap() == before, "it is not as it was");
    assert_eq!(items(&stage).len(), 1, "no half of a file is left");
    let output = stage.helper("my-role").run().ok();
    assert!(!output.stdout.is_empty());
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_costs_nobody_the_credentials() {
    let stage = with_files();
    stage.document("my-role");
    set_mode(&folder(&stage), 0o500);
    let run = need!(without_exemption(&stage, &["login", "--force", "my-role"]));
    let output = run.run().ok();
    assert!(output.stdout.ends_with("not saved\n"), "{output:?}");
    assert!(output.stderr.contains("could not be saved: "), "{output:?}");
    assert!(output.stderr.contains("ermission denied"), "{output:?}");
    let status = without_exemption(&stage, &["status", "--output", "json", "--stores"]).unwrap();
    let status = status.run().ok().json();
    assert_eq!(status["stores"][0]["name"], "file");
    assert_eq!(status["stores"][0]["usable"], false, "{status}");
    // One that it can't delete it does not call forgotten.
    let refused = without_exemption(&stage, &["logout", "my-role"]).unwrap().run().code(6);
    assert!(refused.stderr.contains("from the store 'file'"), "{refused:?}");
    set_mode(&folder(&stage), 0o700);
}

#[test]
fn a_folder_that_is_gone_or_no_folder_costs_nobody_the_credentials() {
    let stage = with_files();
    stage.document("my-role");
    let cache = stage.sandbox.home().join(".cache");
    fs::remove_dir_all(&cache).unwrap();
    stage.document("my-role");
    assert_eq!((stage.assumed(), items(&stage).len()), (2, 1), "made anew");
    fs::remove_dir_all(&cache).unwrap();
    stage.sandbox.file("home/.cache", "");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 3);
    assert!(log(&stage).contains(".cache/rolecall/sessions can't be used: "), "{}", log(&stage));
    fs::remove_file(&cache).unwrap();
}

#[test]
fn what_others_could_have_planted_is_not_believed() {
    let stage = with_files();
    stage.document("my-role");
    let item = &items(&stage)[0];
    set_mode(item, 0o660);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    assert!(log(&stage).contains("is writable by others"), "{}", log(&stage));
    assert_eq!(mode(item), 0o600, "replaced");

    let elsewhere = stage.sandbox.path("elsewhere");
    fs::rename(folder(&stage), &elsewhere).unwrap();
    stage.sandbox.may_hold_secrets(&elsewhere);
    symlink(&elsewhere, folder(&stage)).unwrap();
    let reason = "sessions is not a directory";
    let status = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(status.contains("store: none\n  not file: ") && status.contains(reason), "{status}");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 3);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    fs::remove_file(folder(&stage)).unwrap();
}

#[test]
fn a_store_that_this_system_does_not_have_is_wrong_usage() {
    let stage = Stage::new();
    for (name, what) in [
        ("keychain", "the store 'keychain' is only available on macOS"),
        ("wincred", "the store 'wincred' is only available on Windows"),
        ("files", "there is no store 'files'"),
    ] {
        let arguments = ["credential-process", "my-role", "--store", name];
        let output = stage.sandbox.rolecall(&arguments).run().code(2);
        let hint = "hint: use auto, secret-service, keyutils, file or none\n";
        assert_eq!(output.stderr, format!("rolecall: {what}\n{hint}"));
    }
    assert_eq!(stage.assumed(), 0);
}

/// What may have happened to an item, as a filter of its text.
const SPOILED: [&str; 4] = [
    // Of an older version, and of a newer one.
    r#"sed 's/"rolecall":1,/"rolecall":0,/'"#,
    r#"sed 's/"rolecall":1,/"rolecall":2,/'"#,
    "head -c 300",
    "tr a-z b-za",
];

/// Spoils the stage's only item in each way; each time it is a miss, and replaced.
fn assert_spoiled_items_are_replaced(stage: &Stage, spoil: impl Fn(&str)) {
    stage.document("my-role");
    for (i, filter) in SPOILED.iter().enumerate() {
        spoil(filter);
        let second = stage.document("my-role");
        assert_eq!(stage.assumed(), i + 2, "{filter}");
        assert_eq!(stage.document("my-role"), second);
        assert_eq!(stage.assumed(), i + 2, "it was replaced by a good one");
    }
}

/// The key of the stage's only session.
pub(crate) fn key(stage: &Stage) -> String {
    let mut records = fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().flatten();
    let name = records.next().unwrap().file_name().into_string().unwrap();
    name.trim_end_matches(".json").to_owned()
}

pub(crate) fn run_script(stage: &Stage, script: &str) {
    let _output = stage.sandbox.program("sh", &["-eu", "-c", script]).run().ok();
}

#[test]
fn a_spoiled_item_in_a_file_is_a_miss_and_is_replaced() {
    let stage = with_files();
    assert_spoiled_items_are_replaced(&stage, |filter| {
        let item = folder(&stage).join(key(&stage)).display().to_string();
        run_script(&stage, &format!("{filter} < {item} > {item}.x && mv {item}.x {item}"));
    });
}

#[test]
fn a_file_of_another_version_is_a_miss_and_is_replaced() {
    let stage = with_files();
    stage.document("my-role");
    let item = folder(&stage).join(key(&stage)).display().to_string();
    run_script(&stage, &format!("sed -i '1s/^rolecall-item 1/rolecall-item 0/' {item}"));
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_spoiled_item_in_the_keychain_is_a_miss_and_is_replaced() {
    need!(require_program("secret-tool", "libsecret-tools"));
    Stage::with_keyring(|stage, _bus| {
        assert_spoiled_items_are_replaced(stage, |filter| {
            let attributes =
                format!("application rolecall key {} xdg:schema dev.rolecall.Session", key(stage));
            run_script(
                stage,
                &format!(
                    "secret-tool lookup {attributes} | {filter} > tmp-item && \
                     secret-tool store --label=spoiled {attributes} < tmp-item; rm tmp-item"
                ),
            );
        });
    });
}

#[test]
fn a_spoiled_item_in_the_kernel_is_a_miss_and_is_replaced() {
    let stage = need!(Stage::with_keyutils());
    let keyctl = need!(require_program("keyctl", "keyutils"));
    assert_spoiled_items_are_replaced(&stage, |filter| {
        let script = format!(
            "{{ keyctl get_persistent @s || keyctl link @u @s; }} >/dev/null
             id=$(keyctl search @s user rolecall:{})
             keyctl pipe $id | {filter} > tmp-item && keyctl pupdate $id < tmp-item; rm tmp-item",
            key(&stage)
        );
        let arguments = ["session", "-", "sh", "-c", &script];
        let _output = stage.sandbox.program(&keyctl, &arguments).run().ok();
    });
}

#[test]
fn a_keychain_that_goes_away_and_comes_back_costs_nobody_the_credentials() {
    Stage::with_keyring(|stage, mut bus: SessionBus<'_>| {
        let first = stage.document("my-role");
        bus.stop_daemon();
        stage.document("my-role");
        assert_eq!(stage.assumed(), 2);
        assert!(log(stage).contains("could not be saved: "), "{}", log(stage));
        bus.restart_daemon();
        assert_eq!(stage.document("my-role"), first, "it still has the old one");
        assert_eq!(stage.assumed(), 2);
    });
}

#[test]
fn state_and_cache_are_where_the_platform_says_and_relative_folders_are_ignored() {
    let stage = with_files();
    let home = stage.sandbox.home();
    let _output = stage.helper("my-role").env("XDG_STATE_HOME", "state").run().ok();
    assert!(home.join(".local/state/rolecall/locks").is_dir());
    let elsewhere = stage.sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    stage.sandbox.may_hold_secrets(&elsewhere);
    let run = stage.helper("my-role").env("XDG_CACHE_HOME", &elsewhere);
    let _output = run.env("XDG_STATE_HOME", elsewhere.join("state")).run().ok();
    assert!(elsewhere.join("state/rolecall/locks").is_dir());
    assert!(elsewhere.join("rolecall").is_dir());
}
