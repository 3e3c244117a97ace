//! MFA sessions: one code for all roles of a device, codes that are sent once, and what a no means.

use std::time::{Duration, Instant};

use crate::support::{
    clients::require_faketime,
    stage::{PLAIN, Stage},
    sts::{Fault, Mfa, Role},
};

pub(crate) const SERIAL: &str = "arn:aws:iam::111111111111:mfa/natan";
pub(crate) const PROMPT: &str = "Enter MFA code for arn:aws:iam::111111111111:mfa/natan: ";
/// Two roles that want MFA.
const FIRST: &str = "arn:aws:iam::222222222222:role/First";
const OTHER: &str = "arn:aws:iam::222222222222:role/Other";

/// A stage whose user has a device, whose profiles `first`, `other` and `chain` (over `first`) want
/// its codes, and whose codes come from a program that prints what the test shows on the device.
pub(crate) fn stage() -> Stage {
    let stage = Stage::new();
    set_up(&stage);
    stage
}

pub(crate) fn kept() -> Option<Stage> {
    let stage = Stage::with_keyutils()?;
    set_up(&stage);
    Some(stage)
}

fn set_up(stage: &Stage) {
    stage.sts.with_world(|world| {
        let secret = format!("of the device, {}", stage.secret).into_bytes();
        world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret: secret });
        for arn in [FIRST, OTHER] {
            world.roles.push(Role {
                require_mfa: true,
                max_duration: 43_200,
                ..Role::new(arn, &["111111111111"])
            });
        }
        world.roles.push(Role::new("arn:aws:iam::333333333333:role/Chain", &["222222222222"]));
    });
    let device = stage.sandbox.script(
        "home/device",
        "#!/bin/sh\necho x >> $HOME/asked\nhead -n 1 $HOME/codes\nsed -i 1d $HOME/codes\n",
    );
    let device = device.display();
    let mut config = String::new();
    for (name, role, source) in [
        ("first", FIRST, "base"),
        ("other", OTHER, "base"),
        ("chain", "arn:aws:iam::333333333333:role/Chain", "first"),
    ] {
        config += &format!(
            "[profile {name}]\nrolecall_role_arn = {role}\nrolecall_source_profile = {source}\n\
             rolecall_mfa_serial = {SERIAL}\nrolecall_mfa_process = {device}\n"
        );
    }
    stage.sandbox.config(config);
    show(stage, &[0, 1, -1]);
}

/// What the device shows: the codes of these half minutes, counted from now.
pub(crate) fn show(stage: &Stage, steps: &[i64]) {
    let now = stage.sts.now();
    let codes: Vec<String> = steps
        .iter()
        .map(|step| stage.sts.totp(SERIAL, now + chrono::Duration::seconds(30 * step)))
        .collect();
    stage.sandbox.file("home/codes", codes.join("\n") + "\n");
}

/// How often the device was looked at.
pub(crate) fn asked(stage: &Stage) -> usize {
    let log = std::fs::read_to_string(stage.sandbox.path("home/asked"));
    log.map_or(0, |log| log.lines().count())
}

#[test]
fn one_code_serves_all_roles_of_a_device() {
    let stage = need!(kept());
    for profile in ["first", "other", "chain", "first", "other", "chain"] {
        stage.document(profile);
    }
    assert_eq!((asked(&stage), stage.sts.count("GetSessionToken")), (1, 1));
    assert_eq!(stage.assumed(), 3);
    let calls = stage.sts.calls();
    assert_eq!(calls[0].action, "GetSessionToken");
    assert_eq!(calls[0].serial_number.as_deref(), Some(SERIAL));
    assert_eq!(calls[0].duration, Some(43_200));
    assert!(calls[1].serial_number.is_none(), "the session has its MFA already");
    assert_eq!(calls[1].access_key_id, calls[2].access_key_id);
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    let kinds = status["sessions"].as_array().unwrap().iter();
    assert_eq!(kinds.filter(|session| session["base_kind"] == "mfa").count(), 1);
}

#[test]
fn a_hundred_cold_callers_of_two_roles_take_one_code() {
    let stage = need!(kept());
    stage.sts.set_latency(Duration::from_millis(200));
    let running: Vec<_> = (0..100)
        .map(|i| {
            let profile = if i % 2 == 0 { "first" } else { "other" };
            stage.helper(profile).time_limit(Duration::from_mins(2)).spawn()
        })
        .collect();
    for running in running {
        running.wait().ok();
    }
    assert_eq!((asked(&stage), stage.sts.count("GetSessionToken"), stage.assumed()), (1, 1, 2));
}

#[test]
fn a_single_role_over_an_hour_takes_a_code_of_its_own() {
    let stage = stage();
    stage.edit_config("[profile first]\n", "[profile first]\nrolecall_duration_seconds = 36000\n");
    stage.document("first");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!((call.action.as_str(), call.duration), ("AssumeRole", Some(36_000)));
    assert_eq!(call.serial_number.as_deref(), Some(SERIAL));
    assert_eq!(stage.sts.count("GetSessionToken"), 0);
}

#[test]
fn a_profile_may_want_a_code_for_each_role_or_a_young_one() {
    let stage = need!(kept());
    stage.document("other");
    stage.edit_config("[profile first]\n", "[profile first]\nrolecall_mfa_session_seconds = 0\n");
    stage.document("first");
    assert_eq!(stage.sts.calls().pop().unwrap().serial_number.as_deref(), Some(SERIAL));
    assert_eq!(asked(&stage), 2);
    stage.edit_config("mfa_session_seconds = 0", "mfa_session_seconds = 3600");
    stage.document("first");
    assert_eq!(asked(&stage), 2, "the shared session is young enough");
    need!(stage.pass(90));
    show(&stage, &[0]);
    stage.document("other");
    assert_eq!(asked(&stage), 2, "and for others it still is");
    stage.document("first");
    assert_eq!(asked(&stage), 3);
}

#[test]
fn a_no_through_an_older_shared_session_is_tried_once_more_with_a_fresh_code() {
    let stage = need!(kept());
    stage.document("other");
    stage.sts.with_world(|world| {
        world.roles.iter_mut().for_each(|role| role.max_mfa_age = Some(1800));
    });
    need!(stage.pass(40));
    show(&stage, &[0, 1]);
    stage.document("first");
    assert_eq!(asked(&stage), 2);
    let calls: Vec<_> = stage.sts.calls().into_iter().map(|call| call.action).collect();
    assert_eq!(calls[2..], ["AssumeRole", "GetSessionToken", "AssumeRole"]);
    // A session just made is not blamed.
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    stage.edit_config("role/Other", "role/First");
    stage.edit_config("[profile other]\n", "[profile other]\nexternal_id = new\n");
    let denied = stage.helper("other").run().code(4);
    assert!(denied.stderr.contains("(AccessDenied)"), "{denied:?}");
    assert_eq!(asked(&stage), 2);
}

#[test]
fn a_code_that_was_sent_is_not_sent_again() {
    let stage = stage();
    let code = stage.sts.totp(SERIAL, stage.sts.now());
    let login = |code: &str| stage.sandbox.rolecall(&["login", "first", "--mfa-code", code]).run();
    login(&code).ok();
    let again = login(&code).code(4);
    assert!(again.stderr.contains("was already sent to AWS"), "{again:?}");
    assert_eq!(stage.sts.count("GetSessionToken"), 1, "AWS was not asked");
    let wrong = login("000000").code(4);
    assert!(wrong.stderr.contains("AWS refused the MFA of"), "{wrong:?}");
    let garbage = login("12345").code(2);
    assert!(garbage.stderr.contains("six digits"), "{garbage:?}");
}

#[test]
fn a_code_that_did_not_arrive_is_used_again_and_one_that_may_have_is_not() {
    let stage = stage();
    let nowhere = stage.helper("first").env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    let output = nowhere.run().code(7);
    assert!(output.stderr.contains("could not be reached"), "{output:?}");
    assert_eq!(asked(&stage), 1);
    // The same code, for it was not sent.
    show(&stage, &[0]);
    stage.document("first");
    assert_eq!(asked(&stage), 2);
    let code = stage.sts.totp(SERIAL, stage.sts.now() + chrono::Duration::seconds(30));
    stage.sts.fault(Fault::Close);
    let login = ["login", "first", "--mfa-code", &code];
    let lost = stage.sandbox.rolecall(&login).run().code(7);
    assert!(lost.stderr.contains("connection closed before"), "{lost:?}");
    let again = stage.sandbox.rolecall(&login).run().code(4);
    assert!(again.stderr.contains("was already sent to AWS"), "{again:?}");
}

#[test]
fn the_wait_for_the_next_code_is_over_when_the_clock_says_so() {
    let library = need!(require_faketime());
    let stage = stage();
    // As on a machine that is suspended meanwhile: no pause goes on, and the clock does.
    let show_time = |offset: chrono::Duration| {
        let text = format!("{:+}\n", offset.num_seconds());
        let new = stage.sandbox.file("home/time.new", text);
        std::fs::rename(new, stage.sandbox.path("home/time")).unwrap();
        stage.sts.set_clock_offset(offset);
    };
    let to_the_next = 30 - chrono::Utc::now().timestamp() % 30;
    let offset = chrono::Duration::seconds(to_the_next + 1);
    show_time(offset);
    stage
        .sandbox
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", stage.sandbox.path("home/time"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    show(&stage, &[0, 1]);
    stage.sts.fault(Fault::Close);
    let began = Instant::now();
    let waiting = stage.helper("first").spawn();
    assert!(stage.sts.wait_for("GetSessionToken", 1, Duration::from_secs(20)));
    show_time(offset + chrono::Duration::seconds(30));
    waiting.wait().ok();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!((asked(&stage), stage.sts.count("GetSessionToken")), (2, 2));
}

#[test]
fn nobody_to_ask_is_exit_3_at_once_and_no_answer_to_others() {
    let stage = stage();
    stage.edit_config("rolecall_mfa_process", "unused");
    let before = Instant::now();
    let output = stage.helper("first").run().code(3);
    assert!(before.elapsed() < Duration::from_secs(10));
    assert!(output.stderr.contains("needs an MFA code, and nobody can be asked"), "{output:?}");
    assert!(output.stderr.contains("hint: run 'rolecall login first' in a terminal first"));
    assert_eq!(stage.sts.calls().len(), 0);
    // A role with a code of its own is not healed by the login of another session.
    stage.edit_config("unused", "rolecall_mfa_session_seconds = 0\nunused");
    let narrowed = ["credential-process", "first", "--session-policy", "s3-read:my-app-data"];
    let output = stage.sandbox.rolecall(&narrowed).run().code(3);
    let hint = "run 'rolecall login first' with the same flags (such as --session-policy) in a";
    assert!(output.stderr.contains(hint), "{output:?}");
    let code = stage.sts.totp(SERIAL, stage.sts.now());
    stage.sandbox.rolecall(&["login", "first", "--mfa-code", &code]).run().ok();
}

#[test]
fn devices_that_can_not_be_used_are_told_before_anybody_is_asked() {
    for (from, to, told) in [
        (SERIAL, "arn:aws:iam::111111111111:u2f/user/natan/key", "is a FIDO key"),
        (SERIAL, "my device", "not one that STS accepts"),
        (
            "[profile first]\n",
            "[profile first]\nrolecall_mfa_session_seconds = x\n",
            "number of seconds",
        ),
    ] {
        let stage = stage();
        stage.edit_config(from, to);
        let output = stage.helper("first").run().code(5);
        assert!(output.stderr.contains(told) && output.stderr.contains("config:"), "{output:?}");
        assert_eq!(asked(&stage), 0);
    }
    let stage = stage();
    stage.edit_config(
        &format!("source_profile = first\nrolecall_mfa_serial = {SERIAL}"),
        "source_profile = first\nrolecall_mfa_serial = arn:aws:iam::111111111111:mfa/other",
    );
    let output = stage.helper("chain").run().code(5);
    assert!(output.stderr.contains("have different MFA devices"), "{output:?}");
    // Temporary keys can't use a device.
    let session = ["credential-process", "--role-arn", PLAIN, "--source-profile", "base"];
    stage.sandbox.rolecall(&session).run().ok();
    stage.edit_config(
        "[profile first]\n",
        "[profile temporary]\naws_access_key_id = ASIA\naws_secret_access_key = example-secret\n\
         aws_session_token = example-token\n[profile first]\n",
    );
    stage.edit_config(
        "rolecall_source_profile = base\nrolecall_mfa",
        "rolecall_source_profile = temporary\nrolecall_mfa",
    );
    let output = stage.helper("first").run().code(5);
    assert!(output.stderr.contains("MFA needs long-lived keys"), "{output:?}");
}

#[test]
fn a_device_on_a_later_role_is_the_users() {
    let stage = stage();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.require_mfa = false));
    stage.edit_config(
        "rolecall_source_profile = base\nrolecall_mfa_serial",
        "rolecall_source_profile = base\nunused",
    );
    stage.document("chain");
    let calls: Vec<_> = stage.sts.calls().into_iter().map(|call| call.action).collect();
    assert_eq!(calls, ["GetSessionToken", "AssumeRole", "AssumeRole"]);
    let shown = stage.sandbox.rolecall(&["profile", "show", "chain"]).run().ok().stdout;
    assert!(shown.contains("(the user's, because MFA does not pass through a role)"), "{shown}");
    let shown = stage.sandbox.rolecall(&["profile", "show", "first", "--output", "json"]).run();
    assert_eq!(shown.ok().json()["plan"]["mfa"], serde_json::Value::Null);
}

#[test]
fn a_program_that_gives_no_code_is_told_without_what_it_wrote() {
    let stage = stage();
    stage.sandbox.file("home/codes", "no code at all\n");
    let output = stage.helper("first").run().code(3);
    assert!(output.stderr.contains("there is no MFA code for 'first'"), "{output:?}");
    assert!(!output.stderr.contains("no code at all"), "{output:?}");
}

#[test]
fn a_program_for_codes_that_asks_for_the_profile_it_serves_is_stopped() {
    let stage = stage();
    let rolecall = env!("CARGO_BIN_EXE_rolecall");
    stage
        .sandbox
        .script("home/device", format!("#!/bin/sh\nexec {rolecall} credential-process first\n"));
    let output = stage.helper("first").run().code(3);
    assert!(
        output.stderr.contains("needs its own credentials to get its credentials"),
        "{output:?}"
    );
}

#[test]
fn login_force_wants_a_new_code_once_for_all_that_it_is_asked_for() {
    let stage = need!(kept());
    stage.document("first");
    show(&stage, &[1, -1]);
    stage.sandbox.rolecall(&["login", "first", "other", "chain", "--force"]).run().ok();
    assert_eq!(asked(&stage), 2);
    assert_eq!(stage.sts.count("GetSessionToken"), 2);
}

#[test]
fn logout_keeps_the_shared_session_unless_it_is_told_not_to() {
    let stage = need!(kept());
    stage.document("first");
    stage.document("other");
    let logout = |arguments: &[&str]| {
        let all = [&["logout"], arguments].concat();
        stage.sandbox.rolecall(&all).run().ok().stdout
    };
    assert!(logout(&["first"]).starts_with("first: session deleted"));
    stage.document("first");
    assert_eq!(asked(&stage), 1);
    let told = logout(&["first", "--mfa"]);
    assert!(told.contains("MFA session of base: session deleted"), "{told}");
    stage.document("first");
    assert_eq!(asked(&stage), 2);
    assert!(logout(&["--all"]).contains("MFA session of base"));
    assert!(logout(&["--all"]).starts_with("no session"));
}

#[test]
fn logout_mfa_of_a_profile_with_keys_forgets_their_mfa_session() {
    let stage = need!(kept());
    let logout = |arguments: &[&str]| {
        let all = [&["logout"], arguments].concat();
        stage.sandbox.rolecall(&all).run().ok().stdout
    };
    stage.document("first");
    let told = logout(&["base", "--mfa"]);
    assert!(told.starts_with("MFA session of base: session deleted; "), "{told}");
    logout(&["first"]);
    stage.document("first");
    assert_eq!(asked(&stage), 2);
}

#[test]
fn logout_finds_an_mfa_session_whose_record_was_lost() {
    for arguments in [&["logout", "--all"][..], &["logout", "first", "--mfa"]] {
        let stage = need!(kept());
        stage.document("first");
        std::fs::remove_dir_all(stage.sandbox.state()).unwrap();
        let told = stage.sandbox.rolecall(arguments).run().ok().stdout;
        assert!(
            told.contains("MFA session of base: session deleted; its expiration is not known"),
            "{told}"
        );
        stage.document("first");
        assert_eq!(asked(&stage), 2, "{arguments:?}");
    }
}

#[test]
fn a_wrong_clock_does_not_cost_a_code() {
    let stage = stage();
    // The stand-in's clock, and so its device's, is the right one.
    stage.sts.set_clock_offset(chrono::Duration::minutes(60));
    show(&stage, &[0]);
    let output = stage.helper("first").run().ok();
    assert_eq!(output.json()["AccountId"], "222222222222");
    assert_eq!(asked(&stage), 1);
    let first = &stage.sts.calls()[..2];
    assert_eq!(first[0].token_code, first[1].token_code);
}

#[test]
fn an_early_renewal_asks_nobody() {
    let stage = need!(kept());
    stage.edit_config("[profile first]\n", "[profile first]\nrolecall_duration_seconds = 36000\n");
    let first = stage.document("first");
    need!(stage.pass(9 * 60 + 15));
    assert_eq!(stage.document("first"), first, "it is due, and still served");
    assert_eq!(asked(&stage), 1);
}

#[test]
fn settings_of_one_call_may_name_a_device() {
    let stage = stage();
    let code = stage.sts.totp(SERIAL, stage.sts.now());
    let arguments =
        ["login", FIRST, "--source-profile", "base", "--mfa-serial", SERIAL, "--mfa-code", &code];
    stage.sandbox.rolecall(&arguments).run().ok();
    assert_eq!(stage.sts.count("GetSessionToken"), 1);
}

#[test]
fn force_says_that_it_renews_the_mfa_session_too() {
    let stage = stage();
    let login = |arguments: &[&str]| stage.sandbox.rolecall(arguments).run().ok().stderr;
    let said = login(&["login", "first", "--force"]);
    assert!(said.contains("--force also renews the MFA session of 'base'"), "{said}");
    show(&stage, &[1]);
    assert_eq!(login(&["login", "first"]), "");
}
