//! A folder for state that can't be used: sessions are still created once, and people are told what
//! mends it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
};

use super::stores::{set_mode, without_exemption};
use crate::support::{run::Output, stage::Stage};

/// A user who is not the one that runs the tests.
const STRANGER: u32 = 65_534;

/// The user that runs the tests, if the tests may give files to others.
fn root() -> Option<u32> {
    rustix::process::geteuid().is_root().then_some(0)
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A stage whose home can't be written to, and has no folder for state yet.
fn read_only_home() -> Option<Stage> {
    let stage = Stage::with_keyutils()?;
    let home = stage.sandbox.home();
    fs::remove_dir_all(home.join(".local")).ok();
    set_mode(&home, 0o500);
    Some(stage)
}

/// Starts so many callers at once, as a user for whom the modes of folders count.
fn callers(stage: &Stage, count: usize) -> Option<Vec<Output>> {
    let running = (0..count).map(|_| {
        let caller = without_exemption(stage, &["credential-process", "my-role"])?;
        Some(caller.may_print_secrets().spawn())
    });
    let running: Option<Vec<_>> = running.collect();
    Some(running?.into_iter().map(|caller| caller.wait().ok()).collect())
}

fn status(stage: &Stage) -> String {
    without_exemption(stage, &["status"]).expect("setpriv").run().ok().stdout
}

fn status_json(stage: &Stage) -> serde_json::Value {
    let run = without_exemption(stage, &["status", "--output", "json"]).expect("setpriv");
    run.run().ok().json()["state_directory"].take()
}

/// The folder that takes the place of the one for state if there is no runtime directory of the
/// environment.
fn spare(stage: &Stage) -> PathBuf {
    let usual = PathBuf::from(format!("/run/user/{}", user()));
    let own = stage.sandbox.path(format!("tmp/rolecall-{}", user()));
    if usual.is_dir() { usual.join("rolecall") } else { own }
}

#[test]
fn forty_cold_callers_in_a_read_only_home_make_one_call() {
    for has_runtime in [true, false] {
        let stage = need!(read_only_home());
        let instead = if has_runtime {
            stage.sandbox.path("run/rolecall")
        } else {
            stage.sandbox.env_remove("XDG_RUNTIME_DIR");
            spare(&stage)
        };
        stage.sts.set_latency(std::time::Duration::from_millis(500));
        let outputs = need!(callers(&stage, 40));
        let first = outputs[0].json();
        assert!(outputs.iter().all(|output| output.json() == first && output.stderr.is_empty()));
        assert_eq!(stage.assumed(), 1, "with a runtime directory: {has_runtime}");
        assert_eq!(fs::read_dir(instead.join("sessions")).unwrap().count(), 1);
        assert_eq!(fs::metadata(&instead).unwrap().permissions().mode() & 0o777, 0o700);
        // What the callers may not say is in the status.
        let status = status(&stage);
        let home = stage.sandbox.home();
        let why = format!("can't be used: the mode of {} doesn't let you", home.display());
        assert!(status.contains("my-role  ") && status.contains(&why), "{status}");
        assert!(status.contains(&format!("are in {}", instead.display())), "{status}");
        assert!(status.contains(&format!("fix: 'chmod u+rwx {}'", home.display())), "{status}");
        assert!(status.contains("\nlog: "), "{status}");
        let json = status_json(&stage);
        assert_eq!(json["usable"], false);
        assert_eq!(json["path"], stage.sandbox.state().display().to_string());
        assert_eq!(json["instead"], instead.display().to_string());
        assert!(json["remedy"].as_str().unwrap().starts_with("'chmod"), "{json}");
        set_mode(&home, 0o700);
        assert_eq!(status_json(&stage)["usable"], true);
        // What was recorded meanwhile is still known.
        let logout = stage.sandbox.rolecall(&["logout", "--all"]).run().ok().stdout;
        assert!(logout.contains("my-role: session deleted"), "{logout}");
        fs::remove_dir_all(instead).ok();
    }
}

#[test]
fn a_session_from_before_can_be_forgotten_while_its_record_cannot_be_removed() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let sessions = stage.sandbox.state().join("sessions");
    set_mode(&sessions, 0o500);
    let run = |arguments: &[&str]| Some(without_exemption(&stage, arguments)?.run().ok().stdout);
    assert!(need!(run(&["status"])).contains("my-role  "));
    let logout = run(&["logout", "--all"]).unwrap();
    assert!(logout.contains("my-role: session deleted"), "{logout}");
    assert!(!run(&["status"]).unwrap().contains("my-role  "));
    set_mode(&sessions, 0o700);
    assert!(!status(&stage).contains("my-role  "), "nor is it known afterwards");
}

#[test]
fn a_folder_of_another_user_is_named_with_the_command_that_gives_it_back() {
    let user = need!(root());
    let stage = need!(Stage::with_keyutils());
    let own = stage.sandbox.state();
    let parent = own.parent().unwrap();
    fs::create_dir_all(parent).unwrap();
    // The parent, which others need too; all of it, as after `sudo -E`; or only a folder in it.
    for folder in [parent, &own, &own.join("locks")] {
        if folder == parent {
            fs::remove_dir_all(&own).ok();
        } else {
            let _output = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
        }
        chown(folder, Some(STRANGER), None).unwrap();
        set_mode(folder, 0o755);
        let status = status(&stage);
        let why = format!("can't be used: {} belongs to user {STRANGER}", folder.display());
        assert!(status.contains(&why), "{status}");
        let command = format!("sudo chown -R {user} {}", folder.display());
        assert!(status.contains(&format!("fix: '{command}'")), "{status}");
        let doctor = without_exemption(&stage, &["doctor"]).unwrap().run().code(0).stdout;
        assert!(doctor.contains(&command) && doctor.contains("[state-directory]"), "{doctor}");
        let login = without_exemption(&stage, &["login", "--force", "my-role"]).unwrap().run().ok();
        assert!(login.stderr.contains(&why) && login.stderr.contains(&command), "{login:?}");
        let mend = command.strip_prefix("sudo ").unwrap();
        let _output = stage.sandbox.program("sh", &["-c", mend]).run().ok();
        assert!(!self::status(&stage).contains("fix: "));
    }
}

#[test]
fn a_lock_of_another_user_is_taken_elsewhere_by_all() {
    let user = need!(root());
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let locks = stage.sandbox.state().join("locks");
    let lock = fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
    chown(&lock, Some(STRANGER), None).unwrap();
    let _output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    stage.sts.set_latency(std::time::Duration::from_millis(500));
    let _outputs = need!(callers(&stage, 20));
    assert_eq!(stage.assumed(), 2, "one before, one for twenty");
    let status = status(&stage);
    let why = format!("{} belongs to user {STRANGER} and can't be used", lock.display());
    let command = format!("fix: 'sudo chown -R {user} {}'", stage.sandbox.state().display());
    assert!(status.contains(&why) && status.contains(&command), "{status}");
}

#[test]
fn each_obstacle_has_its_own_words() {
    let stage = need!(Stage::with_keyutils());
    let (home, own) = (stage.sandbox.home(), stage.sandbox.state());
    let clear = || fs::remove_dir_all(home.join(".local")).ok();
    let said = |why: &str, fix: &str| {
        let status = status(&stage);
        assert!(status.contains(why) && status.contains(fix), "{why}: {status}");
        let _outputs = callers(&stage, 1);
    };
    let _unused = need!(without_exemption(&stage, &["status"]));
    clear();
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    symlink("/tmp", &own).unwrap();
    said("/rolecall is not a directory", "fix: remove ");
    clear();
    fs::write(home.join(".local"), "").unwrap();
    said("/.local is not a directory", "or set XDG_STATE_HOME to");
    fs::remove_file(home.join(".local")).unwrap();
    stage.sandbox.env("XDG_STATE_HOME", "/proc/sys");
    said(
        "can't be used: the mode of /proc/sys",
        "fix: set XDG_STATE_HOME to a directory that you own and can write to",
    );
    stage.sandbox.env_remove("XDG_STATE_HOME");
    // The flag of a file system that has it.
    let _output = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
    let set = |flag: &str| stage.sandbox.program("chattr", &[flag.as_ref(), &*own]).run();
    let works = root().is_some() && set("+i").status.success();
    need!(works.then_some(()));
    let fix = format!("fix: 'sudo chattr -i {}'", own.display());
    said("can't be changed (immutable)", &fix);
    let _output = set("-i").ok();
    assert!(!status(&stage).contains("fix: "));
}

#[test]
fn a_folder_for_temporary_files_that_is_not_ours_is_left_alone() {
    let stage = need!(read_only_home());
    stage.sandbox.env_remove("XDG_RUNTIME_DIR");
    let spare = spare(&stage);
    need!(spare.starts_with(stage.sandbox.root()).then_some(()));
    let elsewhere = stage.sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &spare).unwrap();
    let check = |stage: &Stage, folder: &Path| {
        let login = without_exemption(stage, &["login", "--force", "my-role"]).unwrap().run().ok();
        let so = "there are no locks and records: programs that start together each create";
        assert!(login.stderr.contains(so), "{login:?}");
        assert!(status(stage).contains(so));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    };
    let _unused = need!(without_exemption(&stage, &["status"]));
    check(&stage, &elsewhere);
    if root().is_some() {
        fs::remove_file(&spare).unwrap();
        fs::create_dir(&spare).unwrap();
        set_mode(&spare, 0o777);
        chown(&spare, Some(STRANGER), None).unwrap();
        check(&stage, &spare);
    }
    set_mode(&stage.sandbox.home(), 0o700);
}

#[test]
fn nobody_else_s_runtime_directory_is_used() {
    let _root = need!(root());
    let stage = need!(read_only_home());
    // As `sudo -E` leaves it to root.
    let runtime = stage.sandbox.path("run");
    chown(&runtime, Some(STRANGER), None).unwrap();
    need!(callers(&stage, 1));
    assert!(!runtime.join("rolecall").exists());
    assert!(spare(&stage).join("sessions").is_dir());
    set_mode(&stage.sandbox.home(), 0o700);
}
