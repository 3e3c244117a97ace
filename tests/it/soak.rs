//! A minute of everything at once: twenty callers, six profiles over one MFA device, sessions that
//! end all the time, an STS with bad moments, and processes that are killed at any point.
//!
//! What happens is drawn from a seed, which is printed; `ROLECALL_SOAK_SEED` draws it again (what the
//! system makes of it differs a little each time), `ROLECALL_SOAK_SECONDS` sets the length.

mod audit;
mod caller;
mod weather;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use audit::Audit;
use chrono::TimeDelta;
use weather::{Dice, SLOW_DEVICE, Weather};

use crate::{
    mfa::SERIAL,
    support::{
        clients::{require_faketime, variable},
        nightly::is_nightly,
        run::until_some,
        stage::{SECOND, Stage},
        sts::{Mfa, Role},
    },
};

const CALLERS: u64 = 20;
/// It goes on until as many are served, within limits.
const ENOUGH: u64 = 5 * CALLERS;
/// Each profile with its role, and the profile that it is assumed from.
const PROFILES: [(&str, &str, &str); 6] = [
    ("one", "arn:aws:iam::222222222222:role/One", "base"),
    ("two", "arn:aws:iam::222222222222:role/Two", "base"),
    ("three", SECOND, "one"),
    ("four", "arn:aws:iam::333333333333:role/Four", "one"),
    ("five", "arn:aws:iam::444444444444:role/Five", "four"),
    (OWN_CODE, "arn:aws:iam::222222222222:role/Six", "base"),
];
/// The profile each of whose sessions takes a code of its own.
const OWN_CODE: &str = "six";
/// A session for each role, and the MFA session.
const KEYS: usize = PROFILES.len() + 1;

#[test]
fn twenty_callers_are_served_in_the_kernel_keyring_through_faults_and_kills() {
    let stage = need!(Stage::alone_with_keyutils());
    soak(&stage, seconds(45, 12), &|| {
        let listed = fs::read_to_string("/proc/keys").unwrap();
        let ours: Vec<&str> = listed
            .lines()
            .filter(|line| lock_names(&stage).any(|key| line.contains(&format!("rolecall:{key}"))))
            .filter(|line| !line.contains(" expd "))
            .collect();
        assert!(ours.iter().all(|line| !line.contains(" perm ")), "without an end: {ours:?}");
        ours.len()
    });
}

#[test]
fn twenty_callers_are_served_by_a_keychain_through_faults_and_kills() {
    Stage::with_keyring(|stage, _bus| {
        soak(stage, seconds(15, 8), &|| {
            let search = ["search", "--all", "application", "rolecall"];
            let found = stage.sandbox.program("secret-tool", &search).may_print_secrets().run();
            found.stdout.matches("label = ").count()
        });
    });
}

/// How long it lasts at night, and else.
fn seconds(long: u64, short: u64) -> Duration {
    let wanted = variable("ROLECALL_SOAK_SECONDS").map(|text| text.parse().unwrap());
    Duration::from_secs(wanted.unwrap_or(if is_nightly() { long } else { short }))
}

/// The whole of it. `items` counts what the store holds, from outside.
fn soak(stage: &Stage, length: Duration, items: &dyn Fn() -> usize) {
    let faketime = need!(require_faketime());
    let seed = variable("ROLECALL_SOAK_SEED").map(|text| text.parse().unwrap());
    let seed: u64 = seed.unwrap_or_else(|| chrono::Utc::now().timestamp_micros().unsigned_abs());
    let told = format!("soak: ROLECALL_SOAK_SEED={seed}, {} s\n", length.as_secs());
    io::stderr().write_all(told.as_bytes()).ok();
    set_up(stage);
    let weather = Weather::begin(stage, &faketime, length);
    let audit = thread::scope(|scope| {
        scope.spawn(|| weather.run_clock());
        let _end = weather.end_when_dropped();
        let (stop, served) = (AtomicBool::new(false), AtomicU64::new(0));
        let calls = thread::scope(|scope| {
            let (stop, served) = (&stop, &served);
            let trouble = scope.spawn(|| weather.make_trouble(Dice::new(seed, 0), stop));
            let callers: Vec<_> = (1..=CALLERS)
                .map(|who| {
                    scope.spawn(move || calls_of(stage, who, Dice::new(seed, who), stop, served))
                })
                .collect();
            thread::sleep(length);
            // A busy machine takes longer for the same.
            let enough = || (served.load(Ordering::SeqCst) >= ENOUGH).then_some(());
            let _ = until_some(length * 2, enough);
            stop.store(true, Ordering::SeqCst);
            trouble.join().unwrap();
            callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
        });
        let mut audit = Audit::new(stage, calls, weather.wrong_codes());
        audit.processes(SLOW_DEVICE + Duration::from_secs(10));
        // Whatever was left behind is old by now, and all is well again.
        weather.jump(TimeDelta::from_std(length * 30).unwrap() + TimeDelta::minutes(10));
        let served = PROFILES.map(|(profile, _, _)| caller::call_in_peace(stage, profile));
        audit.calls(&served);
        audit.journal();
        audit.secrets();
        audit.state(items());
        audit
    });
    let _output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    let left = items();
    let mut wrong = audit.wrong;
    if left > 0 {
        wrong.push(format!("logout --all left {left} items in the store"));
    }
    assert!(
        wrong.is_empty(),
        "soak: ROLECALL_SOAK_SEED={seed}, {}:\n- {}",
        audit.summary,
        wrong.join("\n- ")
    );
    io::stderr().write_all(format!("soak: {}\n", audit.summary).as_bytes()).ok();
}

/// One asks for the profile that uses up codes, of which there is one each half minute; the others
/// for the rest.
fn calls_of(
    stage: &Stage,
    who: u64,
    dice: Dice,
    stop: &AtomicBool,
    served: &AtomicU64,
) -> Vec<caller::Called> {
    let names = PROFILES.map(|(name, _, _)| name);
    let (profiles, pauses) =
        if who == CALLERS { (&names[5..], (200, 1_500)) } else { (&names[..5], (20, 400)) };
    caller::keep_calling(stage, profiles, pauses, dice, stop, served)
}

fn set_up(stage: &Stage) {
    // All at once in the end: with hundreds of sessions it takes long.
    stage.sts.on_call(|_| {});
    stage.sts.with_world(|world| {
        let secret = format!("of the device, {}", stage.secret).into_bytes();
        world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret: secret });
        world.roles = Vec::new();
        for (_, arn, source) in PROFILES {
            let source = PROFILES.iter().find(|(name, _, _)| *name == source);
            let trusted = source.map_or("111111111111", |(_, arn, _)| account_of(arn));
            let require_mfa = source.is_none();
            world.roles.push(Role { require_mfa, ..Role::new(arn, &[trusted]) });
        }
    });
    let device = stage.sandbox.script(
        "home/device",
        "#!/bin/sh\n\
         echo $PPID > $HOME/asking/$$\n\
         sleep $(cat $HOME/pause)\n\
         rm $HOME/asking/$$\n\
         mv $HOME/wrong $HOME/asking/wrong.$$ 2>/dev/null && exec cat $HOME/asking/wrong.$$\n\
         exec cat $HOME/code\n",
    );
    let mut config = String::new();
    for (name, role, source) in PROFILES {
        write!(
            config,
            "[profile {name}]\nrolecall_role_arn = {role}\nrolecall_source_profile = {source}\n\
             rolecall_mfa_serial = {SERIAL}\nrolecall_mfa_process = exec {}\n",
            device.display()
        )
        .unwrap();
        if name == OWN_CODE {
            config += "rolecall_mfa_session_seconds = 0\n";
        }
    }
    stage.sandbox.config(config);
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap()
}

/// The sessions' records, by the names of their files.
fn records(stage: &Stage) -> Vec<(String, serde_json::Value)> {
    let entries = fs::read_dir(stage.sandbox.state().join("sessions")).into_iter().flatten();
    let records = entries.flatten().filter_map(|entry| {
        let record = serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()?;
        Some((entry.file_name().to_string_lossy().into_owned(), record))
    });
    records.collect()
}

/// All sessions' keys ever: a lock file stays.
fn lock_names(stage: &Stage) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(stage.sandbox.state().join("locks")).unwrap().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".lock").to_owned())
}
