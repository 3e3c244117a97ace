//! A caller: `credential-process`, again and again, and now and then an end that it did not expect.

use std::{
    fs,
    io::Read as _,
    os::unix::process::ExitStatusExt as _,
    process::{Child, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rustix::process::{Pid, Signal, kill_process};

use super::weather::Dice;
use crate::support::stage::Stage;

/// Longer than `credential-process` may take: its deadline is 50 s.
const PATIENCE: Duration = Duration::from_secs(70);

/// One call, and what became of it.
pub(super) struct Called {
    pub(super) profile: &'static str,
    /// STS's time before it was started and after it ended.
    pub(super) between: (DateTime<Utc>, DateTime<Utc>),
    pub(super) end: End,
    pub(super) stderr: String,
    /// Whether the device's program that it started ran on after it, though nobody had killed it.
    pub(super) left_device: bool,
}

pub(super) enum End {
    /// It gave this.
    Served(String),
    /// It gave none, with this exit code.
    Failed(Option<i32>),
    /// We ended it. `held`: while it was making a session.
    Killed { held: bool },
    /// It was still there long after its deadline.
    Hung,
}

/// What happens to a process from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    None,
    /// The signal comes some time after the start,
    Any(Signal),
    /// after it has begun to make a session,
    Making(Signal),
    /// after it has asked the device,
    Asking(Signal),
    /// or it is the device's program that is killed.
    Device,
}

impl Fate {
    fn drawn(dice: &mut Dice) -> Self {
        let signal = dice.one_of(&[Signal::KILL, Signal::KILL, Signal::TERM, Signal::INT]);
        match dice.between(0, 99) {
            0..3 => Self::Any(signal),
            // These come true for the few who do it.
            3..18 => Self::Making(signal),
            18..26 => Self::Asking(signal),
            26..29 => Self::Device,
            _ => Self::None,
        }
    }
}

/// Calls for one of `profiles` after another until `stop`, with such pauses in milliseconds.
pub(super) fn keep_calling(
    stage: &Stage,
    profiles: &[&'static str],
    pauses: (u64, u64),
    mut dice: Dice,
    stop: &AtomicBool,
    served: &AtomicU64,
) -> Vec<Called> {
    let mut calls = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let profile = dice.one_of(profiles);
        let called = call(stage, profile, Fate::drawn(&mut dice), &mut dice);
        if matches!(called.end, End::Served(_)) {
            served.fetch_add(1, Ordering::SeqCst);
        }
        calls.push(called);
        thread::sleep(dice.milliseconds(pauses.0, pauses.1));
    }
    calls
}

/// Calls for `profile` once, and lets it end by itself.
pub(super) fn call_in_peace(stage: &Stage, profile: &'static str) -> Called {
    call(stage, profile, Fate::None, &mut Dice::new(0, 0))
}

/// The files are not searched for secrets after each, as they are elsewhere: that comes at the end.
fn call(stage: &Stage, profile: &'static str, fate: Fate, dice: &mut Dice) -> Called {
    let began = stage.sts.now();
    let mut command = stage.helper(profile).command();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let delay = dice.milliseconds(0, 300);
    let (status, held) = watch(stage, &mut child, fate, delay);
    let ended = stage.sts.now();
    let was_shot = status.is_none_or(|status| status.signal() == Some(Signal::KILL.as_raw()));
    let left_device = !was_shot
        && device_of(stage, child.id())
            .and_then(|device| state_of(device.as_raw_pid().unsigned_abs()))
            .is_some_and(|state| state != 'Z');
    // What it writes fits into a pipe: nobody had to read it meanwhile.
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let end = match (status, held) {
        (None, _) => End::Hung,
        (Some(status), Some(held)) if !status.success() => End::Killed { held },
        (Some(status), _) if status.success() => End::Served(stdout),
        (Some(status), _) => End::Failed(status.code()),
    };
    Called { profile, between: (began, ended), end, stderr, left_device }
}

/// Waits for its end, or brings it about. Gives whether a signal was sent, and if so, whether it was
/// making a session then.
fn watch(
    stage: &Stage,
    child: &mut Child,
    fate: Fate,
    delay: Duration,
) -> (Option<ExitStatus>, Option<bool>) {
    let began = Instant::now();
    let (mut due, mut signalled) = (None, None);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (Some(status), signalled);
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, signalled);
        }
        let has_come = due.is_none()
            && signalled.is_none()
            && match fate {
                Fate::None => false,
                Fate::Any(_) => true,
                Fate::Making(_) => is_making(stage, child.id()),
                Fate::Asking(_) | Fate::Device => device_of(stage, child.id()).is_some(),
            };
        if has_come {
            due = Some(Instant::now() + delay);
        }
        if due.is_some_and(|due| Instant::now() >= due) {
            due = None;
            match fate {
                Fate::None => {}
                Fate::Any(signal) | Fate::Making(signal) | Fate::Asking(signal) => {
                    signalled = signalled.or_else(|| end(stage, child, signal));
                }
                // It may have given its code meanwhile.
                Fate::Device => {
                    signalled = signalled.or(Some(false));
                    let device = device_of(stage, child.id());
                    device.map(|device| kill_process(device, Signal::KILL).ok());
                }
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal to it; gives whether it was making a session. It is stopped for a moment, so that
/// this is true at the moment of its end and not a little before. `None`: it had ended by itself.
fn end(stage: &Stage, child: &mut Child, signal: Signal) -> Option<bool> {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::STOP).unwrap();
    while !matches!(state_of(child.id()), Some('T' | 'Z')) {
        thread::yield_now();
    }
    let held = (state_of(child.id()) == Some('T')).then(|| is_making(stage, child.id()));
    kill_process(pid, signal).unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    held
}

/// Rule: proc(5), `/proc/PID/stat`.
fn state_of(process: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether a session's record names this process as the one that makes it.
fn is_making(stage: &Stage, process: u32) -> bool {
    let entries = fs::read_dir(stage.sandbox.state().join("sessions")).into_iter().flatten();
    let holder = format!("\"holder\":{process},");
    entries
        .flatten()
        .any(|entry| fs::read_to_string(entry.path()).is_ok_and(|record| record.contains(&holder)))
}

/// The device's program that this process waits for.
fn device_of(stage: &Stage, process: u32) -> Option<Pid> {
    let entries = fs::read_dir(stage.sandbox.path("home/asking")).unwrap().flatten();
    let mut asking = entries.filter(|entry| {
        fs::read_to_string(entry.path()).is_ok_and(|asker| asker.trim() == process.to_string())
    });
    Pid::from_raw(asking.next()?.file_name().to_str()?.parse().ok()?)
}
