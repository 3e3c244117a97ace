//! A command that is killed again and again, each time at another moment.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{clients::variable, nightly::is_nightly, run::Run};

/// How often a command is killed at night.
const AT_NIGHT: u32 = 1_000;
/// The fraction of the golden ratio: its multiples, without their whole parts, are spread evenly.
const STEP: f64 = 0.618_033_988_749_895;
/// The last moment, as a multiple of the usual time.
const LAST: f64 = 1.15;

/// A command to kill.
pub(crate) struct Victim<'v, 's> {
    /// For messages.
    pub(crate) name: &'v str,
    /// How often it is killed by day.
    pub(crate) by_day: u32,
    /// Puts everything to where the command begins.
    pub(crate) prepare: &'v dyn Fn(),
    /// The command.
    pub(crate) command: &'v dyn Fn() -> Run<'s>,
    /// Looks at what a kill has left.
    pub(crate) check: &'v dyn Fn(&str),
}

impl Victim<'_, '_> {
    /// Lets it run once to its end, and then kills it and all that it started, at moments from the
    /// first to beyond the usual end.
    #[track_caller]
    pub(crate) fn kill(&self) {
        let rounds = variable("ROLECALL_KILLS").map(|text| text.parse().unwrap());
        let rounds = rounds.unwrap_or(if is_nightly() { AT_NIGHT } else { self.by_day });
        let mut usual = Duration::MAX;
        // The first run may take much longer than those after it.
        for _ in 0..2 {
            (self.prepare)();
            let started = Instant::now();
            let _output = (self.command)().run().ok();
            usual = usual.min(started.elapsed());
            (self.check)(&format!("{}, not killed", self.name));
        }
        let (mut killed, mut round) = (0, 0);
        // On a machine that has become faster, the first ones end before they are killed.
        while round < rounds || (killed <= rounds / 4 && round < 4 * rounds) {
            round += 1;
            (self.prepare)();
            let mut running = (self.command)().spawn();
            let part = part_of(round);
            thread::sleep(usual.mul_f64(part));
            // How long it takes changes with what else the machine does.
            match running.is_running() {
                true if part > 1.0 => usual = usual.mul_f64(1.2),
                false if part < 1.0 => usual = usual.mul_f64(0.8),
                _ => {}
            }
            killed += u32::from(running.is_running());
            drop(running);
            (self.check)(&format!("{}, kill {round} of {rounds}", self.name));
        }
        assert!(killed > rounds / 4, "{}: only {killed} of {rounds} were killed", self.name);
    }
}

/// Which part of the usual time passes in this round before the kill.
fn part_of(round: u32) -> f64 {
    (f64::from(round) * STEP).fract() * LAST
}
