//! `login`, `logout`, `status`, `whoami`.

use std::time::{Duration, Instant};

use crate::support::{
    keyring::SessionBus,
    sandbox::Sandbox,
    stage::{EXTERNAL_ID, PLAIN, ROLE, Stage},
    sts::Fault,
};

#[test]
fn login_primes_the_cache() {
    let stage = need!(Stage::with_keyutils());
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(login.stdout.starts_with("my-role: new session until "), "{login:?}");
    assert!(login.stdout.ends_with(", saved in keyutils\n"), "{login:?}");
    assert_eq!(login.stderr, "");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 1);
    let again = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    assert!(again.stdout.starts_with("my-role: session until "), "{again:?}");
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn a_forced_login_makes_a_new_session_and_the_old_one_is_gone() {
    let stage = need!(Stage::with_keyutils());
    let old = stage.document("my-role");
    let _login = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
    assert_eq!(stage.assumed(), 2);
    assert_ne!(stage.document("my-role")["AccessKeyId"], old["AccessKeyId"]);
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn a_login_that_wants_more_life_than_is_left_makes_a_new_session() {
    let stage = need!(Stage::with_keyutils());
    let _login = stage.sandbox.rolecall(&["login", "my-role", "--at-least", "30m"]).run().ok();
    let _login = stage.sandbox.rolecall(&["login", "my-role", "--at-least", "30m"]).run().ok();
    assert_eq!(stage.assumed(), 1);
    let _login = stage.sandbox.rolecall(&["login", "my-role", "--at-least", "2h"]).run().ok();
    assert_eq!(stage.assumed(), 2, "one just made is long enough, however short");
}

#[test]
fn several_logins_go_on_after_one_that_fails_and_the_worst_code_counts() {
    let stage = need!(Stage::with_keyutils());
    let output = stage.sandbox.rolecall(&["login", "nobody", "my-role", "second"]).run().code(5);
    assert_eq!(output.stdout.lines().count(), 2, "{output:?}");
    assert!(output.stderr.contains("'nobody' does not exist"), "{output:?}");
    stage.sts.with_world(|world| world.roles[1].denied = true);
    let output = stage.sandbox.rolecall(&["login", "--force", "second", "nobody"]).run().code(5);
    assert!(output.stderr.contains("refused") && output.stderr.contains("nobody"), "{output:?}");
}

#[test]
fn login_takes_a_role_with_its_source() {
    let stage = need!(Stage::with_keyutils());
    let arguments = ["login", ROLE, "--source-profile", "base", "--external-id", EXTERNAL_ID];
    let login = stage.sandbox.rolecall(&arguments).run().ok();
    assert!(login.stdout.starts_with(ROLE), "{login:?}");
    let alone = stage.sandbox.rolecall(&["login", ROLE]).run().code(2);
    assert!(alone.stderr.contains("needs its source"), "{alone:?}");
}

#[test]
fn login_takes_profiles_and_several_roles_in_one_call() {
    let stage = need!(Stage::with_keyutils());
    let settings = ["--source-profile", "base", "--external-id", EXTERNAL_ID];
    // `second` is not to be assumed from `base`: that is the roles' source.
    let arguments = [&["login", PLAIN, "nobody", "second", ROLE], &settings[..]].concat();
    let login = stage.sandbox.rolecall(&arguments).run().code(5);
    let names: Vec<_> = login.stdout.lines().map(|line| line.split(": ").next()).collect();
    assert_eq!(names, [Some(PLAIN), Some("second"), Some(ROLE)], "{login:?}");
    assert!(login.stderr.contains("'nobody' does not exist"), "{login:?}");
    stage.document("second");
    assert_eq!(stage.assumed(), 3, "and found, and with it the role on its way");
    let arguments = ["login", ROLE, "--profile", "base"];
    let login = stage.sandbox.rolecall(&arguments).run().code(2);
    assert!(login.stderr.contains("hint: use --source-profile for the profile"), "{login:?}");
}

#[test]
fn login_says_until_when_in_local_time_and_for_how_long() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("TZ", "XXX-05:30");
    let login = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    let ends = stage.sts.now() + chrono::Duration::minutes(60 + 330);
    let minutes = [0, 1].map(|more| (ends - chrono::Duration::minutes(more)).format("%H:%M (1 h)"));
    assert!(minutes.iter().any(|time| login.stdout.contains(&time.to_string())), "{login:?}");
}

#[test]
fn login_of_what_needs_no_session_or_of_nothing_says_something_sensible() {
    let stage = Stage::new();
    let keys = stage.sandbox.rolecall(&["login", "base"]).run().ok();
    assert_eq!(keys.stdout, "base: access keys, no session needed\n");
    stage.sandbox.config("").credentials("");
    let nothing = stage.sandbox.rolecall(&["login"]).run().code(5);
    assert!(nothing.stderr.contains("profile 'default' does not exist"), "{nothing:?}");
    assert!(nothing.stderr.contains("hint: "), "{nothing:?}");
    std::fs::remove_dir_all(stage.sandbox.config_path().parent().unwrap()).unwrap();
    let nothing = stage.sandbox.rolecall(&["login"]).run().code(5);
    assert!(nothing.stderr.contains("profile 'default' does not exist"), "{nothing:?}");
}

#[test]
fn logout_forgets_the_session_and_says_what_stays_valid() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let output = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert!(output.stdout.starts_with("my-role: session deleted"), "{output:?}");
    assert!(output.stdout.contains("copies of it stay valid at AWS until"), "{output:?}");
    let output = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert_eq!(output.stdout, "no sessions found\n");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn logout_of_a_profile_that_was_edited_still_forgets_its_session() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    stage.edit_config("ext-42", "edited");
    let output = stage.sandbox.rolecall(&["logout", "my-role"]).run().ok();
    assert!(output.stdout.starts_with("my-role: session deleted"), "{output:?}");
    stage.edit_config("edited", "ext-42");
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn logout_reaches_a_session_in_whatever_store_it_was_kept() {
    let stage = need!(Stage::with_keyutils());
    for arguments in
        [["logout", "my-role", "--store", "none"], ["logout", "--all", "--store", "auto"]]
    {
        let first = stage.document("my-role");
        let output = stage.sandbox.rolecall(&arguments).run().ok();
        assert!(output.stdout.starts_with("my-role: session deleted"), "{output:?}");
        assert_ne!(stage.document("my-role"), first, "{arguments:?}");
    }
}

#[test]
fn a_session_that_cannot_be_removed_is_not_called_forgotten_and_keeps_no_other() {
    let stage = need!(Stage::with_keyutils());
    stage.document("plain");
    stage.sandbox.store("secret-service");
    {
        let _bus = need!(SessionBus::start(&stage.sandbox));
        stage.document("my-role");
    }
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().code(6);
    assert_eq!(output.stdout.lines().count(), 1, "{output:?}");
    assert!(output.stdout.starts_with("plain: session deleted"), "{output:?}");
    assert!(
        output.stderr.contains("could not be removed from the store 'secret-service'"),
        "{output:?}"
    );
    std::fs::remove_dir_all(stage.sandbox.state()).unwrap();
}

#[test]
fn a_login_waits_30_seconds_for_an_answer_and_longer_only_if_asked_to() {
    let stages = [Stage::new(), Stage::new()];
    for stage in &stages {
        for _ in 0..2 {
            stage.sts.fault(Fault::Hang(Duration::from_secs(34)));
        }
    }
    let limit = Duration::from_mins(1);
    let arguments = [&["login", "my-role", "plain"][..], &["login", "my-role", "--wait"]];
    let mut runs = stages.iter().zip(arguments).map(|(stage, arguments)| {
        (stage.sandbox.rolecall(arguments).time_limit(limit).spawn(), Instant::now())
    });
    let ((short, started), (long, _)) = (runs.next().unwrap(), runs.next().unwrap());
    let output = short.wait().code(7);
    let took = started.elapsed();
    // The second profile does not get as long again.
    assert!((25..45).contains(&took.as_secs()), "{took:?}: {output:?}");
    assert!(output.stderr.contains("no answer within the time limit"), "{output:?}");
    assert!(output.stderr.contains("--wait waits up to 2 minutes"), "{output:?}");
    let output = long.wait().ok();
    assert!(output.stdout.contains("new session"), "{output:?}");
}

#[test]
fn logout_of_nobody_is_an_error() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&["logout", "nobody"]).run().code(5);
    assert!(output.stderr.contains("'nobody' does not exist"), "{output:?}");
}

#[test]
fn logout_all_forgets_everything() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    stage.document("plain");
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(output.stdout.lines().count(), 3, "{output:?}");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sessions"].as_array().unwrap().len(), 0);
    stage.document("plain");
    assert_eq!(stage.assumed(), 4);
}

#[test]
fn status_shows_sessions_their_ends_and_the_store() {
    let stage = need!(Stage::with_keyutils());
    let empty = stage.sandbox.rolecall(&["status"]).run().ok();
    assert_eq!(
        empty.stdout,
        "no sessions; 'rolecall login PROFILE' creates one\n\nstore: keyutils\n"
    );
    stage.document("second");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    let sessions = status["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[1]["profile"], "second");
    assert_eq!(sessions[1]["account_id"], "333333333333");
    assert_eq!(sessions[1]["source"], "base");
    assert_eq!(sessions[1]["store"], "keyutils");
    assert_eq!(sessions[1]["due"], false);
    assert!((3500..=3600).contains(&sessions[1]["remaining_seconds"].as_i64().unwrap()));
    let one = stage.sandbox.rolecall(&["status", "my-role"]).run().ok();
    assert!(one.stdout.contains("my-role ") && !one.stdout.contains("second"), "{one:?}");
}

#[test]
fn status_shows_the_last_warnings() {
    let stage = Stage::new();
    stage.sandbox.store("secret-service").env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    stage.document("my-role");
    let status = stage.sandbox.rolecall(&["status"]).run().ok();
    assert!(
        status.stdout.contains("log: ") && status.stdout.contains("could not be saved"),
        "{status:?}"
    );
    assert!(status.stdout.contains("not secret-service: "), "{status:?}");
}

#[test]
fn whoami_asks_aws_with_the_profiles_credentials() {
    let stage = Stage::new();
    let who = stage.sandbox.rolecall(&["whoami", "my-role", "--output", "json"]).run().ok().json();
    assert_eq!(who["Account"], "222222222222");
    assert_eq!(who["Arn"], "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan");
    let base = stage.sandbox.rolecall(&["whoami", "base"]).run().ok();
    assert!(base.stdout.contains("arn:aws:iam::111111111111:user/natan"), "{base:?}");
}

#[test]
fn verbs_for_people_warn_about_keys_in_the_environment() {
    let stage = Stage::new();
    stage.sandbox.env("AWS_ACCESS_KEY_ID", "AKIAOTHER").env("AWS_SECRET_ACCESS_KEY", "other");
    let who = stage.sandbox.rolecall(&["whoami", "base"]).run().ok();
    assert!(who.stderr.starts_with("warning: AWS_ACCESS_KEY_ID is set"), "{who:?}");
    assert!(who.stdout.contains("user/natan"), "the profile's keys are used: {who:?}");
    stage.document("my-role"); // silent, and the profile's as well
}

#[test]
fn a_session_is_shown_for_every_profile_that_uses_it() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    let status = stage.sandbox.rolecall(&["status", "second", "--output", "json"]).run().ok();
    assert_eq!(status.json()["sessions"].as_array().unwrap().len(), 2, "its own and its source's");
    let by_role = stage.sandbox.rolecall(&["logout", ROLE]).run().ok();
    assert!(by_role.stdout.starts_with("my-role: session deleted"), "{by_role:?}");
}

#[test]
fn logout_of_all_finds_sessions_whose_records_were_lost() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    std::fs::remove_dir_all(stage.sandbox.state()).unwrap();
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(output.stdout.matches("session deleted").count(), 2, "{output:?}");
    stage.document("second");
    assert_eq!(stage.assumed(), 4);
}

#[test]
fn an_older_session_that_is_still_kept_is_shown_and_forgotten() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let _forced =
        stage.sandbox.rolecall(&["login", "--force", "my-role", "--store", "none"]).run().ok();
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sessions"][0]["store"], "keyutils", "{status}");
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert!(output.stdout.starts_with("my-role: session deleted"), "{output:?}");
}

#[test]
fn logout_finds_an_older_copy_that_a_dead_keychain_kept() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.store("auto");
    let mut bus = need!(SessionBus::start(&stage.sandbox));
    let first = stage.document("my-role");
    bus.stop_daemon();
    let _login = stage.sandbox.rolecall(&["login", "--force", "my-role"]).run().ok();
    let refused = stage.sandbox.rolecall(&["logout", "--all"]).run().code(6);
    assert_eq!(refused.stdout, "", "{refused:?}");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sessions"][0]["store"], "secret-service", "the other one is gone: {status}");
    bus.restart_daemon();
    let _forgotten = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_ne!(stage.document("my-role"), first);
    assert_eq!(stage.assumed(), 3);
}

#[test]
fn the_version_says_on_request_what_the_program_was_built_from() {
    let sandbox = Sandbox::new();
    let short = sandbox.rolecall(&["--version"]).run().ok().stdout;
    for arguments in [["--version", "--verbose"], ["--verbose", "-V"]] {
        let output = sandbox.rolecall(&arguments).run().ok();
        let rest = output.stdout.strip_prefix(&short).unwrap();
        let keys: Vec<&str> = rest.lines().map(|line| line.split_once(": ").unwrap().0).collect();
        assert_eq!(keys, ["commit", "target", "stores", "features"], "{output:?}");
        assert!(rest.contains("\nstores: auto, ") && rest.contains(", file, none\n"), "{rest}");
        assert!(rest.contains(&format!("\ntarget: {}-", std::env::consts::ARCH)), "{rest}");
    }
    let _output = sandbox.rolecall(&["--verbose"]).run().code(2);
}
