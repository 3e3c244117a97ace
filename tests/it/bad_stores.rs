//! Bad days of what sessions are kept in: a bus that is gone, a disk that is full, items that are
//! too large. More of them, for each store, are in `stores.rs`, `keyring.rs` and `keyutils.rs`.

use std::{fs, os::unix::net::UnixListener, path::PathBuf, time::Duration};

use super::{
    bad_days::{Server, answer, in_an_hour, issued},
    stores::{items, key, log, run_script, set_mode, with_files, without_exemption},
};
use crate::support::{clients::require_program, stage::Stage};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");

/// Addresses at which no bus answers: there is nothing; nobody listens; somebody listens and says
/// nothing for as long as the listener lives; no address at all.
fn dead_buses(stage: &Stage) -> (Vec<String>, UnixListener) {
    let path = |name: &str| stage.sandbox.path(format!("run/{name}"));
    drop(UnixListener::bind(path("stale")).unwrap());
    let silent = UnixListener::bind(path("silent")).unwrap();
    let address = |path: PathBuf| format!("unix:path={}", path.display());
    let mut addresses: Vec<_> =
        ["nothing", "stale", "silent"].map(|name| address(path(name))).into();
    addresses.push("nonsense".to_owned());
    (addresses, silent)
}

#[test]
fn a_bus_that_is_gone_or_says_nothing_costs_nobody_the_credentials() {
    let stage = Stage::new();
    stage.sandbox.store("secret-service");
    let (addresses, _silent) = dead_buses(&stage);
    for (i, address) in addresses.iter().enumerate() {
        let run = stage.helper("my-role").env("DBUS_SESSION_BUS_ADDRESS", address);
        let _output = run.time_limit(Duration::from_secs(25)).run().ok();
        assert_eq!(stage.assumed(), i + 1, "{address}");
        assert_eq!(log(&stage).matches("could not be saved: ").count(), i + 1, "{}", log(&stage));
    }
}

#[test]
fn with_auto_the_kernel_stands_in_for_a_bus_that_is_gone_or_says_nothing() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.store("auto");
    let (addresses, _silent) = dead_buses(&stage);
    for address in &addresses {
        let run = stage.helper("my-role").env("DBUS_SESSION_BUS_ADDRESS", address);
        let _output = run.time_limit(Duration::from_secs(25)).run().ok();
        assert_eq!(stage.assumed(), 1, "{address}");
    }
}

#[test]
fn a_full_disk_costs_nobody_the_credentials() {
    let stage = need!(Stage::with_keyutils());
    // No byte can be written to a file, and no signal kills whoever tries; folders can be made.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let run = |arguments: &[&str]| {
        let words = [&["-c", script, "sh", ROLECALL], arguments].concat();
        stage.sandbox.program("sh", &words).may_print_secrets().run().ok()
    };
    let first = run(&["credential-process", "my-role"]);
    assert_eq!(first.stderr, "", "not a word");
    let second = run(&["credential-process", "my-role"]);
    assert_eq!(second.json(), first.json(), "it was kept, without a record");
    assert_eq!(stage.assumed(), 1);
    let login = run(&["login", "--force", "my-role"]);
    assert!(login.stdout.ends_with("saved in keyutils\n"), "{login:?}");
    assert!(login.stderr.contains("record could not be written"), "{login:?}");
    assert_eq!(log(&stage), "");
    let left = fs::read_dir(stage.sandbox.state().join("sessions")).unwrap().count();
    assert_eq!(left, 0, "no half of a record is left");
    // When there is room again, all is as it was.
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_home_that_cannot_be_written_costs_nobody_the_credentials() {
    let stage = need!(Stage::with_keyutils());
    let (home, runtime) = (stage.sandbox.home(), stage.sandbox.path("run"));
    fs::remove_dir_all(home.join(".local")).ok();
    set_mode(&home, 0o500);
    // First the runtime directory has the state, then nothing has.
    set_mode(&stage.sandbox.path("tmp"), 0o500);
    for (round, runtime_mode) in [0o700, 0o500].into_iter().enumerate() {
        set_mode(&runtime, runtime_mode);
        let login = need!(without_exemption(&stage, &["login", "--force", "my-role"]));
        let login = login.run().ok();
        assert!(login.stdout.ends_with("saved in keyutils\n"), "{login:?}");
        let without_locks = login.stderr.contains("there are no locks and records");
        assert_eq!(without_locks, round == 1, "{login:?}");
        let helper = without_exemption(&stage, &["credential-process", "my-role"]).unwrap();
        let helper = helper.may_print_secrets().run().ok();
        assert_eq!(helper.stderr, "", "{helper:?}");
        assert_eq!(stage.assumed(), round + 1, "the second is a stored one");
        assert_eq!(runtime.join("rolecall/sessions").is_dir(), round == 0);
        set_mode(&runtime, 0o700);
        fs::remove_dir_all(runtime.join("rolecall")).ok();
    }
    assert!(!home.join(".local").exists());
    set_mode(&home, 0o700);
}

#[test]
fn an_item_of_a_megabyte_is_a_miss_and_is_replaced() {
    // It begins as one of ours does.
    let enlarge = "{ tr -d '\\n}'; head -c 1000000 /dev/zero | tr '\\0' x; }";
    let check = |stage: &Stage, spoil: &dyn Fn()| {
        stage.document("my-role");
        spoil();
        let second = stage.helper("my-role").time_limit(Duration::from_secs(25)).run().ok().json();
        assert_eq!(stage.assumed(), 2, "{}", log(stage));
        assert_eq!(stage.document("my-role"), second);
        assert_eq!(stage.assumed(), 2, "it was replaced by a good one");
    };
    let stage = with_files();
    check(&stage, &|| {
        let item = items(&stage)[0].display().to_string();
        run_script(&stage, &format!("{enlarge} < {item} > {item}.x && mv {item}.x {item}"));
    });
    need!(require_program("secret-tool", "libsecret-tools"));
    Stage::with_keyring(|stage, _bus| {
        check(stage, &|| {
            let attributes =
                format!("application rolecall key {} xdg:schema dev.rolecall.Session", key(stage));
            let script = format!(
                "secret-tool lookup {attributes} | {enlarge} > tmp-item
                 secret-tool store --label=spoiled {attributes} < tmp-item; rm tmp-item"
            );
            run_script(stage, &script);
        });
    });
}

/// Two calls with an STS that gives tokens of this length; how many of them it answered.
#[track_caller]
fn with_token(stage: &Stage, length: usize) -> usize {
    let token = "TOKEN+/=".repeat(length / 8);
    let sts = Server::saying(answer("200 OK", "", &issued(&in_an_hour(), &token)));
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", sts.url());
    for _ in 0..2 {
        let document = stage.document("my-role");
        assert_eq!(document["SessionToken"], token.as_str());
    }
    sts.asked()
}

#[test]
fn a_session_with_a_very_long_token_is_kept_by_every_store() {
    assert_eq!(with_token(&with_files(), 8192), 1);
    Stage::with_keyring(|stage, _bus| assert_eq!(with_token(stage, 8192), 1));
    let stage = need!(Stage::with_keyutils());
    assert_eq!(with_token(&stage, 8192), 1);
}

#[test]
fn a_session_that_the_kernel_does_not_take_is_handed_out_and_the_rest_stays() {
    let stage = need!(Stage::with_keyutils());
    let own = stage.sts.endpoint();
    let kept = stage.document("my-role");
    // A key holds less than 32 KiB.
    assert_eq!(with_token(&stage, 40_000), 2);
    assert!(log(&stage).contains("could not be saved: "), "{}", log(&stage));
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", own);
    assert_eq!(stage.document("my-role"), kept);
    assert_eq!(stage.assumed(), 1);
}
