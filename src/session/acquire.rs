//! From a plan to credentials: look, lock, look again, and only then ask AWS.

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Freshness, Lifetime, SessionKey,
    entry::Entry,
    record::{Record, Records},
};
use crate::{
    aws::Aws,
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::{Plan, Source, Step},
    prompt,
    secret::Secret,
    state::{Backoff, Lock, StateDirectory},
    store::{self, Patience, Store},
};

/// How long the store may take for one look. A keychain that hangs costs this once, not the session.
const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// How long a human may take to unlock the keychain.
const UNLOCK_PATIENCE: Duration = Duration::from_secs(25);
/// The longest that an early renewal may keep its caller waiting: there is a session to serve.
const RENEWAL_LIMIT: Duration = Duration::from_secs(3);

/// How long a human waits before being told for whom.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// What is wanted of a session.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Make a new one even if there is one.
    pub force: bool,
    /// How much longer it must last; one just made always lasts long enough.
    pub at_least: Option<TimeDelta>,
    /// When to give up, counted from the start of the process.
    pub deadline: Duration,
    /// Whether this is an early renewal: one short attempt, no question to anybody.
    pub quiet: bool,
    /// Tells a human who or what is being waited for, once, when it takes a while.
    pub tell: Option<fn(&str)>,
}

impl Wish {
    /// A usable session before `deadline`.
    pub fn by(deadline: Duration) -> Self {
        Self { force: false, at_least: None, deadline, quiet: false, tell: None }
    }
}

/// Where credentials came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They are the profile's own keys; nothing was assumed.
    Keys,
    /// They were in the store.
    Stored,
    /// They were just made.
    Minted,
}

/// Credentials, and what there is to know about them.
#[derive(Clone, Debug)]
pub struct Acquired {
    /// The credentials.
    pub credentials: Credentials,
    /// When the session was made and when it ends; `None` for keys.
    pub lifetime: Option<Lifetime>,
    /// Where they came from.
    pub origin: Origin,
    /// The store that keeps the session just made; `None`: none does, or it was there already.
    pub store: Option<&'static str>,
}

/// Finds sessions and makes them.
pub struct Sessions<'a> {
    pub(super) context: &'a Context,
    pub(super) store: &'a dyn Store,
    pub(super) aws: &'a dyn Aws,
    pub(super) config_file: String,
    /// Opened when it is first needed: a cache hit does without.
    state: OnceCell<Option<StateDirectory>>,
    warnings: RefCell<Vec<String>>,
    /// Whether somebody was asked to unlock the store, in vain: nobody is asked twice.
    unlock_refused: Cell<bool>,
    /// A code from the command line, until it is used.
    pub(super) mfa_code: RefCell<Option<Secret>>,
    /// Whether a human stopped us at a question.
    pub(super) stopped: Cell<bool>,
}

/// One call's plan, keys and wish.
pub(super) struct Task<'t> {
    pub(super) plan: &'t Plan,
    pub(super) keys: &'t [SessionKey],
    pub(super) wish: Wish,
}

/// What became of waiting for a lock.
enum Waited {
    /// The lock is ours; `None` where there is nothing to lock.
    Ours(Option<Lock>),
    /// Somebody else made the session meanwhile.
    Made(Entry),
}

impl<'a> Sessions<'a> {
    /// Sessions kept in `store` and made by `aws`. `config_file` is the one that profiles are read
    /// from.
    pub fn new(
        context: &'a Context,
        store: &'a dyn Store,
        aws: &'a dyn Aws,
        config_file: String,
    ) -> Self {
        let (state, warnings) = (OnceCell::new(), RefCell::default());
        let (unlock_refused, stopped) = (Cell::default(), Cell::default());
        let mfa_code = RefCell::default();
        Self {
            context,
            store,
            aws,
            config_file,
            state,
            warnings,
            unlock_refused,
            mfa_code,
            stopped,
        }
    }

    /// The same, with an MFA code for the first call that needs one.
    #[must_use]
    pub fn with_mfa_code(self, code: Option<Secret>) -> Self {
        Self { mfa_code: RefCell::new(code), ..self }
    }

    /// The credentials of `plan`.
    pub fn acquire(&self, plan: &Plan, wish: Wish) -> Result<Acquired> {
        let Some(last) = plan.steps().checked_sub(1) else {
            return Ok(own_keys(plan));
        };
        let keys = SessionKey::of_steps(plan);
        loop {
            let result = self.step(&Task { plan, keys: &keys, wish }, last, wish.force);
            // All locks are free by now: others may ask meanwhile.
            if !self.stopped.take() {
                return result;
            }
            prompt::stop_ourselves();
        }
    }

    /// What went wrong without failing the call, since the last time this was asked.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// The state directory; `None` where none can be used.
    pub fn state(&self) -> Option<&StateDirectory> {
        self.state.get_or_init(|| StateDirectory::open(self.context)).as_ref()
    }

    /// The sessions' records; `None` where there is no state directory.
    pub fn records(&self) -> Option<Records> {
        self.state().map(|state| Records::new(state.clone()))
    }

    /// Notes `message` for the log and for a human, if one is there.
    pub(super) fn warn(&self, message: String) {
        if let Some(state) = self.state() {
            state.log(self.context, &message);
        }
        self.warnings.borrow_mut().push(message);
    }

    /// The session of step `i`.
    pub(super) fn step(&self, task: &Task<'_>, i: usize, force: bool) -> Result<Acquired> {
        if !force
            && let Some(entry) = self.look(task, i, false)
            && self.is_good(&entry, task, i)
        {
            return match entry.lifetime.freshness(self.context.now()) {
                Freshness::Due => Ok(self.renew_early(task, i, entry)),
                Freshness::Fresh | Freshness::Ended => Ok(stored(entry)),
            };
        }
        let lock = match self.wait_for_lock(task, i, force)? {
            Waited::Made(entry) => return Ok(stored(entry)),
            Waited::Ours(lock) => lock,
        };
        // Somebody may have made it between our look and our lock. And now that nobody else asks, a
        // human may be asked to unlock the store.
        if let Some(entry) = self.look(task, i, true)
            && self.is_good(&entry, task, i)
            && (!force || self.is_new(entry.lifetime.minted))
        {
            return Ok(stored(entry));
        }
        let record = self.records().map(|records| records.read(&task.keys[i])).unwrap_or_default();
        if let Some(error) = self.shared_failure(&record) {
            return Err(error);
        }
        // A session that was made while we waited but could be kept nowhere: everyone must make
        // one, so one after the other would only take longer.
        let kept_nowhere =
            record.store.is_none() && record.minted.is_some_and(|at| self.is_new(at));
        let _lock = lock.filter(|_| !kept_nowhere);
        self.mint(task, i)
    }

    /// Tries to replace `entry`, which is still good, and serves it when that does not work.
    fn renew_early(&self, task: &Task<'_>, i: usize, entry: Entry) -> Acquired {
        let key = &task.keys[i];
        let renew = || -> Option<Acquired> {
            if may_need_a_human(task.plan, i) {
                return None;
            }
            let records = self.records()?;
            let put_off = |record: Record| {
                record.no_renewal_before.is_some_and(|time| time > self.context.now())
            };
            if put_off(records.read(key)) {
                return None;
            }
            let lock = self.state()?.lock(key.as_str()).ok()?;
            if !lock.try_take().ok()? || put_off(records.read(key)) {
                return None;
            }
            if let Some(entry) = self.look(task, i, false)
                && entry.lifetime.freshness(self.context.now()) == Freshness::Fresh
            {
                return Some(stored(entry));
            }
            let deadline = task.wish.deadline.min(self.context.elapsed() + RENEWAL_LIMIT);
            let wish = Wish { quiet: true, ..Wish::by(deadline) };
            let result = self.mint(&Task { wish, ..*task }, i);
            if let (Err(error), Some(state)) = (&result, self.state()) {
                state.log(self.context, &format!("early renewal failed: {error}"));
            }
            result.ok()
        };
        renew().unwrap_or_else(|| stored(entry))
    }

    /// Takes the lock of step `i`, unless somebody else makes the session or is refused meanwhile.
    fn wait_for_lock(&self, task: &Task<'_>, i: usize, force: bool) -> Result<Waited> {
        if self.store.name() == store::none::NAME {
            // Nobody could find what another made.
            return Ok(Waited::Ours(None));
        }
        let key = &task.keys[i];
        let Some((records, state)) = self.records().zip(self.state()) else {
            self.warn("no folder for locks can be used: going on without".to_owned());
            return Ok(Waited::Ours(None));
        };
        let unlocked = |error: std::io::Error| {
            self.warn(format!("the session's lock can't be taken: {error}"));
            Ok(Waited::Ours(None))
        };
        let lock = match state.lock(key.as_str()) {
            Ok(lock) => lock,
            Err(error) => return unlocked(error),
        };
        let mut backoff = Backoff::new(std::process::id());
        let mut seen = records.read(key).generation;
        let mut tell = task.wish.tell;
        let tell_after = self.context.elapsed() + TELL_AFTER;
        loop {
            match lock.try_take() {
                Ok(true) => return Ok(Waited::Ours(Some(lock))),
                Ok(false) => {}
                Err(error) => return unlocked(error),
            }
            let record = records.read(key);
            if record.generation != seen {
                seen = record.generation;
                if let Some(error) = self.shared_failure(&record) {
                    return Err(error);
                }
                if let Some(entry) = self.look(task, i, false)
                    && self.is_good(&entry, task, i)
                    && (!force || self.is_new(entry.lifetime.minted))
                {
                    return Ok(Waited::Made(entry));
                }
            }
            if self.context.elapsed() >= task.wish.deadline {
                return Err(self.waited_too_long(task, &record));
            }
            if self.context.elapsed() >= tell_after
                && let Some(tell) = tell.take()
            {
                let name = task.plan.name();
                tell(&format!(
                    "another rolecall{} is making the session of '{name}'",
                    holder(&record)
                ));
            }
            std::thread::sleep(backoff.next_pause());
        }
    }

    /// The last failure to make the session, of whatever kind, if it is known since we were started:
    /// the reason to give when no time is left to do better.
    pub(super) fn reason(&self, record: &Record) -> Option<Error> {
        let failure = record.failure.as_ref().filter(|failure| self.is_new(failure.at))?;
        Some(failure.to_error())
    }

    fn waited_too_long(&self, task: &Task<'_>, record: &Record) -> Error {
        if let Some(reason) = self.reason(record) {
            return reason;
        }
        let holder = holder(record);
        let name = task.plan.name();
        let seconds = self.context.elapsed().as_secs();
        Error::new(
            Kind::Other,
            format!(
                "another rolecall{holder} has been making the session of '{name}' for {seconds} s"
            ),
        )
        .hint("end it if it hangs, then try again")
    }

    /// The failure in `record`, if it is an answer to our question too: known since we were started.
    fn shared_failure(&self, record: &Record) -> Option<Error> {
        record.failure.as_ref().filter(|failure| failure.is_shared())?;
        self.reason(record)
    }

    /// Whether `time` is between the start of this process and now. What a clock that has been put
    /// back since calls the future is nobody's answer.
    pub(super) fn is_new(&self, time: DateTime<Utc>) -> bool {
        (self.context.started()..=self.context.now()).contains(&time)
    }

    /// Whether `entry` may be handed out for this wish.
    fn is_good(&self, entry: &Entry, task: &Task<'_>, i: usize) -> bool {
        let now = self.context.now();
        let remaining = entry.lifetime.ends - now;
        if self.is_new(entry.lifetime.minted) {
            return remaining > TimeDelta::zero();
        }
        // A profile may want codes that are younger than a shared session's.
        if let Step::Mfa(mfa) = task.plan.step(i)
            && now - entry.lifetime.minted > TimeDelta::seconds(mfa.max_age.into())
        {
            return false;
        }
        // How long a session must last is a wish for the last one, not for those it is made with.
        let at_least = task.wish.at_least.filter(|_| i + 1 == task.plan.steps());
        entry.lifetime.freshness(now) != Freshness::Ended
            && at_least.is_none_or(|at_least| remaining >= at_least)
    }

    /// Looks for the session of step `i` in the store. A store that fails is a miss with a warning.
    fn look(&self, task: &Task<'_>, i: usize, unlock: bool) -> Option<Entry> {
        let key = &task.keys[i];
        match self.store.get(key.as_str(), self.patience(task, unlock)) {
            Ok(item) => {
                let item = item?;
                let entry = Entry::from_bytes(&item, key);
                if entry.is_none() {
                    self.warn("a stored session could not be read and is passed over".to_owned());
                }
                entry
            }
            Err(error) => {
                self.unlock_refused.set(self.unlock_refused.get() || unlock);
                self.warn(format!("the store '{}' can't be read: {error}", self.store.name()));
                None
            }
        }
    }

    /// How long the store may take within this wish's deadline.
    pub(super) fn patience(&self, task: &Task<'_>, unlock: bool) -> Patience {
        let left = task.wish.deadline.saturating_sub(self.context.elapsed());
        // No dialog where there is nothing to show it on.
        let unlock =
            unlock && !task.wish.quiet && !self.unlock_refused.get() && self.context.has_display();
        let limit = if unlock { UNLOCK_PATIENCE } else { STORE_PATIENCE };
        Patience { limit: limit.min(left.max(Duration::from_millis(500))), unlock }
    }
}

/// The keys that a plan has whose base is all that it takes.
fn own_keys(plan: &Plan) -> Acquired {
    let Source::Keys(credentials) = &plan.base.source else {
        unreachable!("BUG: whatever else a base is takes a step")
    };
    Acquired { credentials: credentials.clone(), lifetime: None, origin: Origin::Keys, store: None }
}

/// Whether step `i` may ask a human, who must not be surprised by an early renewal that nobody
/// started. Another program may do that too.
fn may_need_a_human(plan: &Plan, i: usize) -> bool {
    match plan.step(i) {
        Step::Fetch(base) => matches!(base.source, Source::Process { .. }),
        Step::Mfa(_) => true,
        Step::Assume(_) => plan.direct_mfa(i).is_some(),
    }
}

/// The process that is making the session, in brackets, where it is known.
fn holder(record: &Record) -> String {
    record.holder.map(|process| format!(" (process {process})")).unwrap_or_default()
}

fn stored(entry: Entry) -> Acquired {
    Acquired {
        credentials: entry.credentials,
        lifetime: Some(entry.lifetime),
        origin: Origin::Stored,
        store: None,
    }
}
