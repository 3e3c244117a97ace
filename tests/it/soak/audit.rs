//! What must be true when it is over. Each sentence that is not is a line in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{self, File},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CALLERS, KEYS, OWN_CODE, PROFILES, account_of,
    caller::{Called, End},
    lock_names, records,
    weather::LONGEST_STEP,
};
use crate::support::{
    run::until_some,
    stage::Stage,
    sts::{Call, Fault, Outcome},
};

/// Never handed out with less (docs/architecture.md, "Freshness").
const LEAST_REMAINING: TimeDelta = TimeDelta::seconds(60);
/// What the log says of a call that rolecall gave up: its session was made, and nobody had it.
const GIVEN_UP: &str = "no answer within the time limit";

pub(super) struct Audit<'s> {
    stage: &'s Stage,
    called: Vec<Called>,
    wrong_codes: u64,
    pub(super) wrong: Vec<String>,
    /// What happened, in numbers.
    pub(super) summary: String,
}

impl<'s> Audit<'s> {
    pub(super) fn new(stage: &'s Stage, called: Vec<Called>, wrong_codes: u64) -> Self {
        Self { stage, called, wrong_codes, wrong: Vec::new(), summary: String::new() }
    }

    /// Nothing runs on but a device's program whose rolecall was killed, and that not for long.
    pub(super) fn processes(&mut self, limit: Duration) {
        let root = self.stage.sandbox.root().to_string_lossy().into_owned();
        let left = processes_of(&root);
        if left.iter().any(|line| line.contains("credential-process")) {
            self.wrong.push(format!("rolecall runs on: {left:?}"));
        }
        if !left.is_empty() && self.kills(|_| true) == 0 {
            self.wrong.push(format!("runs on, though nobody was killed: {left:?}"));
        }
        if until_some(limit, || processes_of(&root).is_empty().then_some(())).is_none() {
            self.wrong.push(format!("runs on after its time: {:?}", processes_of(&root)));
        }
    }

    /// Whoever was served had a living session of the right role; whoever was not was told why. All
    /// of `in_peace`, who came after it was over, were served.
    pub(super) fn calls(&mut self, in_peace: &[Called]) {
        let mut codes: BTreeMap<(Option<i32>, String), usize> = BTreeMap::new();
        let mut served: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for call in &self.called {
            let profile = call.profile;
            let words = words_of(call);
            if call.left_device {
                wrong.push(format!("'{profile}' ended, and the device's program did not"));
            }
            match &call.end {
                End::Served(document) => {
                    *served.entry(profile).or_default() += 1;
                    wrong.extend(self.judge(call, document));
                    if !words.is_empty() {
                        wrong.push(format!("'{profile}' was served with words: {words}"));
                    }
                }
                End::Failed(code) => {
                    let first = words.lines().next().unwrap_or_default().to_owned();
                    *codes.entry((*code, first)).or_default() += 1;
                    let told = words.starts_with("rolecall: ") && words.lines().count() <= 3;
                    if !told || !matches!(code, Some(1 | 3 | 4 | 7 | 130)) {
                        wrong.push(format!("'{profile}' failed with {code:?}: {words}"));
                    }
                }
                End::Killed { .. } => {}
                End::Hung => wrong.push(format!("'{profile}' hung")),
            }
        }
        for call in in_peace {
            match &call.end {
                End::Served(document) => wrong.extend(self.judge(call, document)),
                _ => wrong.push(format!(
                    "'{}' is not served in the end: {}",
                    call.profile,
                    words_of(call)
                )),
            }
        }
        self.wrong.extend(wrong);
        let (good, bad) = (served.values().sum::<usize>(), codes.values().sum::<usize>());
        // A fault, a wrong code or a kill costs its caller and those who waited for it, and no others.
        let calls = self.stage.sts.calls();
        let faults = calls.iter().filter(|call| call.fault.is_some()).count() as u64;
        let trouble = faults + self.wrong_codes + self.kills(|_| true) as u64;
        if bad as u64 > CALLERS * trouble || (good as u64) < CALLERS {
            self.wrong
                .push(format!("for {trouble} troubles, served: {served:?}; failed: {codes:#?}"));
        }
        let held = self.kills(|held| held);
        write!(
            self.summary,
            "{good} served, {bad} failed, {} ended, {held} of them at work",
            self.kills(|_| true)
        )
        .unwrap();
    }

    fn judge(&self, call: &Called, document: &str) -> Option<String> {
        let profile = call.profile;
        let Ok(document) = serde_json::from_str::<serde_json::Value>(document) else {
            return Some(format!("'{profile}' was given no JSON"));
        };
        let id = document["AccessKeyId"].as_str().unwrap_or_default();
        let Some((role, ends)) = self.stage.sts.session(id) else {
            return Some(format!("'{profile}' was given keys that STS never made"));
        };
        let (_, wanted, _) = PROFILES.into_iter().find(|(name, _, _)| *name == profile)?;
        let expiration = document["Expiration"].as_str().unwrap_or_default();
        if role.as_deref() != Some(wanted) || document["AccountId"] != account_of(wanted) {
            return Some(format!("'{profile}' was given a session of {role:?}"));
        }
        if expiration.parse::<DateTime<Utc>>() != Ok(ends) {
            return Some(format!("'{profile}': {expiration} is not the end, {ends}"));
        }
        let (began, ended) = call.between;
        if ends - began <= LEAST_REMAINING || ends <= ended {
            return Some(format!(
                "'{profile}' was given a session with {} s left before and {} s after",
                (ends - began).num_seconds(),
                (ends - ended).num_seconds()
            ));
        }
        None
    }

    /// No code came twice, no call was made without a reason, and no session before its time.
    pub(super) fn journal(&mut self) {
        let calls = self.stage.sts.calls();
        let mut codes = BTreeSet::new();
        let sent: Vec<&String> = calls.iter().filter_map(|call| call.token_code.as_ref()).collect();
        let twice = sent.iter().filter(|code| !codes.insert(**code)).count();
        if twice > 0 {
            self.wrong.push(format!("{twice} of {} codes were sent twice", sent.len()));
        }
        let refused = calls.iter().filter(|call| call.outcome != Outcome::Ok);
        let (faults, refused): (Vec<_>, Vec<_>) = refused.partition(|call| call.fault.is_some());
        let (codes, others): (Vec<_>, Vec<_>) =
            refused.into_iter().partition(|call| call.token_code.is_some());
        if !others.is_empty() || codes.len() as u64 > self.wrong_codes {
            let others: Vec<_> = others.iter().map(|call| (&call.action, &call.outcome)).collect();
            self.wrong.push(format!(
                "refused, and by no fault of ours: {others:?}; {} codes (the device showed {} \
                 wrong ones)",
                codes.len(),
                self.wrong_codes
            ));
        }

        let mut newest: BTreeMap<&str, (DateTime<Utc>, TimeDelta)> = BTreeMap::new();
        let (mut made, mut lost, mut early) = (0, 0, Vec::new());
        for call in &calls {
            let Some(session) = call.issued.as_ref().and_then(|id| self.stage.sts.session(id))
            else {
                continue;
            };
            made += 1;
            let key = call.role_arn.as_deref().unwrap_or("the MFA session");
            if let Some((ends, due)) = newest.get(key)
                && *ends - call.at > *due + LONGEST_STEP
            {
                early.push(format!("{key} with {} s left", (*ends - call.at).num_seconds()));
            }
            if is_lost(call) {
                lost += 1;
            } else {
                newest.insert(key, (session.1, due(call, session.1)));
            }
        }
        // A killed maker may have had an answer that it could not store; AWS's word that the source
        // session is no good, or its MFA too old, asks for another; and an early renewal that is
        // given up may have been granted.
        let blamed = |call: &&Call| {
            matches!(call.fault, Some(Fault::Refused(_))) && call.token_code.is_none()
        };
        let blamed = calls.iter().filter(blamed).count();
        let held = self.kills(|held| held);
        let given_up = self.log().iter().filter(|line| line.contains(GIVEN_UP)).count();
        if early.len() > held + blamed + given_up {
            self.wrong.push(format!(
                "{} sessions were made before their time, for {held} kills, {blamed} refusals, \
                 {given_up} calls given up: {}",
                early.len(),
                early.join(", ")
            ));
        }
        write!(
            self.summary,
            "; {} calls ({} with a code), {} faults, {made} sessions: {lost} lost on the way, {} \
             before their time ({held} + {blamed} + {given_up} could be)",
            calls.len(),
            sent.len(),
            faults.len() + lost,
            early.len()
        )
        .unwrap();
    }

    /// No secret was told or lies about. What the callers were given is all that STS made.
    pub(super) fn secrets(&mut self) {
        let secrets = self.stage.sandbox.secrets();
        for secret in self.stage.sts.secrets() {
            secrets.add("a secret of STS", &secret);
        }
        let words: String = self.called.iter().map(|call| call.stderr.as_str()).collect();
        for leak in secrets.found_in(words.as_bytes(), b"") {
            self.wrong.push(format!("leaked: {leak} on stderr"));
        }
        self.stage.sandbox.assert_no_secret_in_files("the soak");
    }

    /// No lock is held, no file too many is left, and the store holds one session for each key.
    pub(super) fn state(&mut self, items: usize) {
        let state = self.stage.sandbox.state();
        let names = |folder: &str| -> BTreeSet<String> {
            let entries = fs::read_dir(state.join(folder)).unwrap().flatten();
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        for name in names("locks") {
            let file = File::options().write(true).open(state.join("locks").join(&name)).unwrap();
            if file.try_lock().is_err() {
                self.wrong.push(format!("{name} is held"));
            }
        }
        // One for the device.
        let (locks, sessions) = (lock_names(self.stage).count(), names("sessions"));
        if locks != KEYS + 1 || sessions.len() != KEYS || records(self.stage).len() != KEYS {
            self.wrong.push(format!("{locks} locks; the records: {sessions:?}"));
        }
        let known = ["audit.log", "keys", "locks", "sessions", "rolecall.log", "rolecall.log.1"];
        let strange = |name: &String| !known.contains(&name.as_str()) && !name.starts_with("mfa-");
        let all = names("");
        if all.iter().any(strange)
            || all.iter().filter(|name| name.starts_with("mfa-")).count() != 1
        {
            self.wrong.push(format!("in the state directory: {all:?}"));
        }
        if items != KEYS {
            self.wrong.push(format!("{items} items in the store for {KEYS} sessions"));
        }
        let expected = ["early renewal failed", "clock is"];
        let log = self.log();
        let other = log.iter().filter(|line| !expected.iter().any(|words| line.contains(words)));
        let other: Vec<_> = other.collect();
        if !other.is_empty() {
            self.wrong.push(format!("in the log: {other:?}"));
        }
    }

    fn log(&self) -> Vec<String> {
        let texts = ["rolecall.log.1", "rolecall.log"]
            .map(|name| fs::read_to_string(self.stage.sandbox.state().join(name)));
        let lines = texts.iter().flatten().flat_map(|text| text.lines());
        lines.map(str::to_owned).collect()
    }

    /// How many we ended, of those who did or did not make a session just then.
    fn kills(&self, wanted: impl Fn(bool) -> bool) -> usize {
        let killed = self.called.iter();
        killed.filter(|call| matches!(call.end, End::Killed { held } if wanted(held))).count()
    }
}

/// What it wrote to stderr, without what the library that moves the clock says there.
fn words_of(call: &Called) -> String {
    let lines = call.stderr.lines().filter(|line| !line.starts_with("libfaketime:"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the client could not read the answer.
fn is_lost(call: &Call) -> bool {
    matches!(
        call.fault,
        Some(Fault::ResetInBody | Fault::TruncatedBody | Fault::NotXml | Fault::MissingElement(_))
    )
}

/// With how much left another may be made (docs/architecture.md, "Freshness"): what takes a code is
/// not renewed early.
fn due(call: &Call, ends: DateTime<Utc>) -> TimeDelta {
    let (_, own_code, _) = PROFILES.into_iter().find(|(name, _, _)| *name == OWN_CODE).unwrap();
    if call.role_arn.as_deref().is_none_or(|role| role == own_code) {
        return LEAST_REMAINING;
    }
    ((ends - call.at) * 3 / 4).min(TimeDelta::seconds(330)).max(LEAST_REMAINING)
}

/// The processes that live in the sandbox, but for a bus and its keyring.
///
/// Rule: proc(5); the environment of another user's, or of one that can't be dumped, is closed.
fn processes_of(root: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let found = entries.filter_map(|entry| {
        let read = |name: &str| {
            let bytes = fs::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        let line = read("cmdline");
        let is_rig = ["dbus-daemon", "gnome-keyring-daemon"].iter().any(|name| line.contains(name));
        let is_ours = line.contains(root) || read("environ").contains(root);
        (is_ours && !is_rig).then(|| format!("{} {line}", entry.file_name().to_string_lossy()))
    });
    found.collect()
}
