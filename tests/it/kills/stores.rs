//! The verbs that put something into a store, or take it out.

use std::{cell::Cell, fs, path::PathBuf};

use super::{assert_cleared, files};
use crate::{
    sso::listing::signed_in,
    support::{kills::Victim, sandbox::Sandbox, stage::Stage},
};

/// How often each is killed by day.
const BY_DAY: u32 = 8;

/// What the keychain has under the name of the stage's access key, seen from outside.
fn kept_key(stage: &Stage) -> bool {
    let name = format!("access-key:{}", stage.key_id);
    let search = ["lookup", "application", "rolecall", "key", &name];
    let found = stage.sandbox.program("secret-tool", &search).may_print_secrets().run();
    found.stdout.contains(&stage.secret)
}

fn lose_key(stage: &Stage) {
    let name = format!("access-key:{}", stage.key_id);
    let clear = ["clear", "application", "rolecall", "key", &name];
    // That there was none is exit 1.
    let _output = stage.sandbox.program("secret-tool", &clear).run();
}

/// The record of each key and session is whole JSON, and nothing is left beside it.
#[track_caller]
fn assert_state_is_whole(sandbox: &Sandbox, round: &str) {
    for folder in ["keys", "sessions", "sso", "rotations"] {
        let folder = sandbox.state().join(folder);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = fs::read_to_string(&path).unwrap();
                let json = serde_json::from_str::<serde_json::Value>(&text);
                assert!(json.is_ok(), "{round}: {}: {text}", path.display());
            }
        }
    }
}

#[test]
fn keys_add() {
    Stage::with_keyring(|stage, _bus| {
        let sandbox = &stage.sandbox;
        sandbox.credentials("");
        let before = files(sandbox);
        let pair = format!("{}\n{}\n", stage.key_id, stage.secret);
        let command = || sandbox.rolecall(&["keys", "add", "new"]).stdin(&*pair);
        let victim = Victim {
            name: "keys add",
            by_day: BY_DAY,
            prepare: &|| {
                sandbox.config(&before[0]);
                lose_key(stage);
            },
            command: &command,
            check: &|round| {
                let [config, _] = files(sandbox);
                let named = config.contains(&stage.key_id);
                assert!(!named || kept_key(stage), "{round}: a profile has a key that nobody has");
                let _output = command().run().ok();
                let document = stage.document("new");
                assert_eq!(document["SecretAccessKey"], stage.secret.as_str(), "{round}");
                assert_cleared(sandbox, round);
                assert_state_is_whole(sandbox, round);
            },
        };
        victim.kill();
    });
}

#[test]
fn keys_import() {
    Stage::with_keyring(|stage, _bus| {
        let sandbox = &stage.sandbox;
        let [config, credentials] = files(sandbox);
        let round_number = Cell::new(0);
        let command = || sandbox.rolecall(&["keys", "import", "base"]);
        let victim = Victim {
            name: "keys import",
            by_day: BY_DAY,
            prepare: &|| {
                sandbox.config(&config);
                sandbox.credentials(&credentials);
                round_number.set(round_number.get() + 1);
                if round_number.get() % 2 == 1 {
                    lose_key(stage);
                }
            },
            command: &command,
            check: &|round| {
                // Whatever moment it was: the keys work.
                let document = stage.helper("base").run().ok().json();
                assert_eq!(document["SecretAccessKey"], stage.secret.as_str(), "{round}");
                let _output = command().run().ok();
                assert!(kept_key(stage), "{round}");
                let secrets = files(sandbox).map(|text| text.contains(&stage.secret));
                assert_eq!(secrets, [false, false], "{round}: the secret is still in a file");
                assert_cleared(sandbox, round);
                assert_state_is_whole(sandbox, round);
            },
        };
        victim.kill();
    });
}

#[test]
fn keys_remove() {
    Stage::with_keyring(|stage, _bus| {
        let sandbox = &stage.sandbox;
        let _output = sandbox.rolecall(&["keys", "import", "base"]).run().ok();
        let with_key = files(sandbox);
        let pair = format!("{}\n{}\n", stage.key_id, stage.secret);
        let command = || sandbox.rolecall(&["keys", "remove", &stage.key_id, "--force"]);
        let victim = Victim {
            name: "keys remove",
            by_day: BY_DAY,
            prepare: &|| {
                sandbox.config(&with_key[0]);
                sandbox.credentials(&with_key[1]);
                let add = sandbox.rolecall(&["keys", "add", "base", "--no-verify"]);
                let _output = add.stdin(&*pair).run().ok();
            },
            command: &command,
            check: &|round| {
                let named = files(sandbox)[0].contains(&stage.key_id);
                let kept = kept_key(stage);
                assert!(!named || kept, "{round}: a profile has a key that nobody has");
                let again = command().run();
                let is_done = !named && !kept && again.status.code() != Some(0);
                assert!(again.status.success() || is_done, "{round}: {again:?}");
                assert!(!kept_key(stage), "{round}: the key is still there");
                assert!(!files(sandbox)[0].contains(&stage.key_id), "{round}: still named");
                assert_state_is_whole(sandbox, round);
            },
        };
        victim.kill();
    });
}

/// A stage whose sessions are in files, and the folder of them.
fn in_files(stage: &Stage) -> PathBuf {
    let cache = stage.sandbox.path("home/.cache");
    stage.sandbox.store("file").may_hold_secrets(&cache);
    cache.join("rolecall/sessions")
}

/// Kills a command that makes or removes sessions: afterwards each profile is served, no file of the
/// store is torn, and `logout --all` leaves none.
#[track_caller]
fn kill_sessions(stage: &Stage, items: &PathBuf, arguments: &[&str]) {
    let sandbox = &stage.sandbox;
    let is_removal = arguments[0] == "logout";
    let victim = Victim {
        name: &arguments.join(" "),
        by_day: BY_DAY,
        prepare: &|| {
            if is_removal {
                stage.document("second");
            } else {
                let _output = sandbox.rolecall(&["logout", "--all"]).run().ok();
            }
        },
        command: &|| sandbox.rolecall(arguments),
        check: &|round| {
            assert_state_is_whole(sandbox, round);
            let _output = sandbox.rolecall(arguments).run().ok();
            let of_second = stage.document("second");
            assert_eq!(stage.document("second"), of_second, "{round}: a session is not kept");
            let _output = sandbox.rolecall(&["logout", "--all"]).run().ok();
            let left = fs::read_dir(items).into_iter().flatten().flatten();
            let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
            assert!(left.is_empty(), "{round}: 'logout --all' leaves {left:?}");
        },
    };
    victim.kill();
}

#[test]
fn login() {
    let stage = Stage::new();
    let items = in_files(&stage);
    kill_sessions(&stage, &items, &["login", "second"]);
}

#[test]
fn credential_process() {
    let stage = Stage::new();
    let items = in_files(&stage);
    kill_sessions(&stage, &items, &["credential-process", "second"]);
}

#[test]
fn logout() {
    let stage = Stage::new();
    let items = in_files(&stage);
    kill_sessions(&stage, &items, &["logout", "--all"]);
}

#[test]
fn sso_login_and_logout() {
    let stage = signed_in(&[("222222222222", "Prod")], &["Admin"]);
    let sandbox = &stage.sandbox;
    for (verb, more) in [("login", &["--device-code"][..]), ("logout", &[])] {
        let arguments = [&["sso", verb, "corp"], more].concat();
        let login = ["sso", "login", "corp", "--device-code"];
        let victim = Victim {
            name: &arguments[..2].join(" "),
            by_day: BY_DAY,
            prepare: &|| {
                if verb == "logout" {
                    let _output = sandbox.rolecall(&login).run().ok();
                } else {
                    let _output = sandbox.rolecall(&["sso", "logout", "corp"]).run();
                }
            },
            command: &|| sandbox.rolecall(&arguments),
            check: &|round| {
                assert_state_is_whole(sandbox, round);
                let again = sandbox.rolecall(&arguments).run();
                assert!(again.status.success() || verb == "logout", "{round}: {again:?}");
                let roles = sandbox.rolecall(&["sso", "accounts"]).run().status.code();
                let expected = if verb == "logout" { 3 } else { 0 };
                assert_eq!(roles, Some(expected), "{round}");
            },
        };
        victim.kill();
    }
}
