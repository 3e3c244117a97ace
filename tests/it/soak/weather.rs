//! What the callers live under: a clock that runs fast, a device that shows a code, and an STS that
//! has bad moments. All of it comes from one seed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};

use crate::{
    mfa::SERIAL,
    support::{sandbox::Sandbox, stage::Stage, sts::Fault},
};

/// How many seconds go by in one: half minutes are short, and so are sessions.
const PACE: i64 = 10;
/// How long the clock stands still, in real time, where nothing comes between.
const TICK: Duration = Duration::from_millis(40);
/// How far it moves at once, at most: it is slower on a machine that is too busy.
pub(super) const LONGEST_STEP: TimeDelta = TimeDelta::milliseconds(500);
/// The life of sessions, in seconds by that clock. rolecall hands out nothing with a minute left: the
/// shortest is of use for a real second and a half. One longer than 80 s is renewed early.
const LIVES: (u64, u64) = (75, 130);
/// The longest that the device takes to show a code.
pub(super) const SLOW_DEVICE: Duration = Duration::from_secs(2);

/// Random numbers that are the same for the same seed (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64, who: u64) -> Self {
        let mut dice = Self(seed ^ who.wrapping_mul(0xd134_2543_de82_ef95));
        dice.roll();
        dice
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least + 1)
    }

    pub(super) fn milliseconds(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    pub(super) fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::try_from(self.roll()).unwrap_or(usize::MAX) % things.len()]
    }
}

/// Where the clock stands.
struct Hand {
    moved: Instant,
    /// Against the real one. It is behind for the whole run: the age of a file goes by the real one,
    /// and no file must look old to rolecall too soon.
    offset: TimeDelta,
    /// The half minute whose code the device shows.
    half_minute: i64,
}

/// The clock of rolecall, STS and the device alike.
pub(super) struct Weather<'s> {
    stage: &'s Stage,
    hand: Mutex<Hand>,
    is_over: AtomicBool,
    wrong_codes: AtomicU64,
}

impl<'s> Weather<'s> {
    /// Begins, for a run of three times `length` at most.
    pub(super) fn begin(stage: &'s Stage, faketime: &Path, length: Duration) -> Self {
        let length = TimeDelta::from_std(length * 3).unwrap();
        let behind = length * i32::try_from(PACE).unwrap() + TimeDelta::minutes(1);
        let hand = Hand { moved: Instant::now(), offset: -behind, half_minute: 0 };
        let weather = Self {
            stage,
            hand: Mutex::new(hand),
            is_over: AtomicBool::new(false),
            wrong_codes: AtomicU64::new(0),
        };
        let sandbox = &stage.sandbox;
        sandbox.file("home/pause", "0\n");
        sandbox.file("home/asking/none", "");
        weather.tick(TimeDelta::zero());
        sandbox
            .env("LD_PRELOAD", faketime)
            .env("FAKETIME_TIMESTAMP_FILE", sandbox.path("home/time"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        weather
    }

    /// Moves the clock on, and forward by `more`. The device first, then rolecall, then STS: whoever
    /// sees a new half minute finds its code on the device, and no session has ended for STS before it
    /// has for rolecall.
    fn tick(&self, more: TimeDelta) {
        let mut hand = self.hand.lock().unwrap();
        let passed = TimeDelta::from_std(hand.moved.elapsed()).unwrap();
        hand.moved = Instant::now();
        let step = passed.min(LONGEST_STEP) * i32::try_from(PACE - 1).unwrap();
        hand.offset += step.min(LONGEST_STEP) + more;
        let (stage, now) = (self.stage, Utc::now() + hand.offset);
        if hand.half_minute != now.timestamp() / 30 {
            hand.half_minute = now.timestamp() / 30;
            put(&stage.sandbox, "home/code", &stage.sts.totp(SERIAL, now));
        }
        let milliseconds = hand.offset.num_milliseconds();
        let sign = if milliseconds < 0 { '-' } else { '+' };
        let (seconds, rest) = (milliseconds.abs() / 1000, milliseconds.abs() % 1000);
        put(&stage.sandbox, "home/time", &format!("{sign}{seconds}.{rest:03}"));
        stage.sts.set_clock_offset(hand.offset);
    }

    /// Lets time pass until it is [over](Self::end_when_dropped).
    pub(super) fn run_clock(&self) {
        while !self.is_over.load(Ordering::SeqCst) {
            thread::sleep(TICK);
            self.tick(TimeDelta::zero());
        }
    }

    /// Puts the clock forward at once.
    pub(super) fn jump(&self, time: TimeDelta) {
        self.tick(time);
    }

    /// What [stops the clock](Self::run_clock) when it goes, also where the test fails.
    pub(super) fn end_when_dropped(&self) -> impl Drop {
        End(&self.is_over)
    }

    /// Makes trouble for STS and on the device, until `stop`.
    pub(super) fn make_trouble(&self, mut dice: Dice, stop: &AtomicBool) {
        let sts = &self.stage.sts;
        while !stop.load(Ordering::SeqCst) {
            let life = dice.between(LIVES.0, LIVES.1);
            sts.set_session_seconds(Some(life.cast_signed()));
            let latency = dice.one_of(&[0, 0, 20, 100, 400]);
            sts.set_latency(Duration::from_millis(latency));
            let slow = u64::try_from(SLOW_DEVICE.as_millis()).unwrap_or(u64::MAX);
            let pause = dice.one_of(&[0, 0, 100, 300, slow]);
            put(&self.stage.sandbox, "home/pause", &format!("{:.1}", as_seconds(pause)));
            if sts.faults_left() == 0 && dice.between(1, 8) == 1 {
                sts.fault(fault(&mut dice));
            }
            if dice.between(1, 40) == 1 {
                let wrong = self.wrong_codes.fetch_add(1, Ordering::SeqCst);
                let far = TimeDelta::days(wrong.cast_signed() + 1);
                put(&self.stage.sandbox, "home/wrong", &sts.totp(SERIAL, sts.now() + far));
            }
            thread::sleep(dice.milliseconds(100, 500));
        }
        fs::remove_file(self.stage.sandbox.path("home/wrong")).ok();
        put(&self.stage.sandbox, "home/pause", "0");
        sts.forget_faults();
        sts.set_latency(Duration::ZERO);
    }

    /// How many codes that AWS can't take were laid out; the device shows each once at most.
    pub(super) fn wrong_codes(&self) -> u64 {
        self.wrong_codes.load(Ordering::SeqCst)
    }
}

struct End<'w>(&'w AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn as_seconds(milliseconds: u64) -> f64 {
    Duration::from_millis(milliseconds).as_secs_f64()
}

/// One of the things that happen to a call.
fn fault(dice: &mut Dice) -> Fault {
    match dice.between(0, 13) {
        0 => Fault::Status(500),
        1 => Fault::Status(503),
        2 => Fault::Throttled,
        3 => Fault::Reset,
        4 => Fault::Close,
        5 => Fault::ResetInBody,
        6 => Fault::TruncatedBody,
        7 => Fault::StallInBody(Duration::from_millis(700)),
        8 => Fault::Hang(Duration::from_secs(1)),
        // Longer than an early renewal has.
        9 => Fault::Hang(Duration::from_millis(3_500)),
        10 => Fault::NotXml,
        11 => Fault::MissingElement("Credentials".to_owned()),
        12 => Fault::Refused("AccessDenied"),
        _ => Fault::Refused("ExpiredToken"),
    }
}

/// Replaces a file at once: somebody reads it all the time.
fn put(sandbox: &Sandbox, name: &str, text: &str) {
    let path: PathBuf = sandbox.path(name);
    let new = path.with_extension("new");
    fs::write(&new, format!("{text}\n")).unwrap();
    fs::rename(new, path).unwrap();
}
