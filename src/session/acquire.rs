//! From a plan to credentials: look, lock, look again, and only then ask AWS.

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Freshness, Lifetime, SessionKey,
    entry::Entry,
    record::{SessionRecord, SessionRecords},
    wait::Waited,
};
use crate::{
    aws::Aws,
    context::Context,
    credentials::Credentials,
    error::Result,
    plan::{Plan, Source, Step},
    prompt,
    secret::Secret,
    state::StateDirectory,
    store::{CallOptions, Store},
};

/// How long the store may take for one look. A keychain that hangs costs this once, not the session.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a human may take to unlock the keychain.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(25);
/// The longest that an early renewal may keep its caller waiting: there is a session to serve.
const RENEWAL_LIMIT: Duration = Duration::from_secs(3);

/// How a session is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest {
    /// Make a new one even if there is one.
    pub force: bool,
    /// How much longer it must last; one just made always lasts long enough.
    pub at_least: Option<TimeDelta>,
    /// When to give up, counted from the start of the process.
    pub deadline: Duration,
    /// Whether this is an early renewal: one short attempt, no question to anybody.
    pub early_renewal: bool,
    /// Called once, with a message for people, when another process is being waited for.
    pub on_wait: Option<fn(&str)>,
}

impl SessionRequest {
    /// A usable session before `deadline`.
    pub fn by(deadline: Duration) -> Self {
        Self { force: false, at_least: None, deadline, early_renewal: false, on_wait: None }
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
    pub(super) unlock_refused: Cell<bool>,
    /// A code from the command line, until it is used.
    pub(super) mfa_code: RefCell<Option<Secret>>,
    /// Whether a human stopped us at a question.
    pub(super) stopped: Cell<bool>,
}

/// One call's plan, the keys of its steps, and how it was asked for.
pub(super) struct Task<'t> {
    pub(super) plan: &'t Plan,
    pub(super) keys: &'t [SessionKey],
    pub(super) request: SessionRequest,
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
    pub fn acquire(&self, plan: &Plan, request: SessionRequest) -> Result<Acquired> {
        let Some(last) = plan.steps().checked_sub(1) else {
            let credentials = self.own_keys(&Task { plan, keys: &[], request })?;
            return Ok(Acquired { credentials, lifetime: None, origin: Origin::Keys, store: None });
        };
        let keys = SessionKey::of_steps(plan);
        loop {
            let result = self.step(&Task { plan, keys: &keys, request }, last, request.force);
            // All locks are free by now: others may ask meanwhile.
            if !self.stopped.take() {
                return result;
            }
            prompt::stop_job();
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
    pub fn records(&self) -> Option<SessionRecords> {
        self.state().map(|state| SessionRecords::new(state.clone()))
    }

    /// The record of the session of `key`; an empty one where there is none that can be read.
    pub(super) fn record(&self, key: &SessionKey) -> SessionRecord {
        self.records().and_then(|records| records.read(key)).unwrap_or_default()
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
        let record = self.record(&task.keys[i]);
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
            let is_put_off = || {
                let not_before = self.record(key).no_renewal_before;
                not_before.is_some_and(|time| time > self.context.now())
            };
            if is_put_off() {
                return None;
            }
            let lock = self.state()?.lock(key.as_str()).ok()?;
            if !lock.try_take().ok()? || is_put_off() {
                return None;
            }
            if let Some(entry) = self.look(task, i, false)
                && entry.lifetime.freshness(self.context.now()) == Freshness::Fresh
            {
                return Some(stored(entry));
            }
            let deadline = task.request.deadline.min(self.context.elapsed() + RENEWAL_LIMIT);
            let request = SessionRequest { early_renewal: true, ..SessionRequest::by(deadline) };
            let result = self.mint(&Task { request, ..*task }, i);
            if let (Err(error), Some(state)) = (&result, self.state()) {
                state.log(self.context, &format!("early renewal failed: {error}"));
            }
            result.ok()
        };
        renew().unwrap_or_else(|| stored(entry))
    }

    /// Whether `time` is between the start of this process and now. What a clock that has been put
    /// back since calls the future is nobody's answer.
    pub(super) fn is_new(&self, time: DateTime<Utc>) -> bool {
        (self.context.started()..=self.context.now()).contains(&time)
    }

    /// Whether `entry` may be handed out for this request.
    pub(super) fn is_good(&self, entry: &Entry, task: &Task<'_>, i: usize) -> bool {
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
        // `at_least` is about the last session, not about those that it is made with.
        let at_least = task.request.at_least.filter(|_| i + 1 == task.plan.steps());
        entry.lifetime.freshness(now) != Freshness::Ended
            && at_least.is_none_or(|at_least| remaining >= at_least)
    }

    /// Looks for the session of step `i` in the store. A store that fails is a miss with a warning.
    pub(super) fn look(&self, task: &Task<'_>, i: usize, unlock: bool) -> Option<Entry> {
        let key = &task.keys[i];
        match self.store.get(key.as_str(), self.options(task, unlock)) {
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

    /// How long the store may take within this request's deadline.
    pub(super) fn options(&self, task: &Task<'_>, unlock: bool) -> CallOptions {
        let left = task.request.deadline.saturating_sub(self.context.elapsed());
        // No dialog where there is nothing to show it on.
        let unlock = unlock
            && !task.request.early_renewal
            && !self.unlock_refused.get()
            && self.context.has_display();
        let limit = if unlock { UNLOCK_TIMEOUT } else { STORE_TIMEOUT };
        CallOptions { timeout: limit.min(left.max(Duration::from_millis(500))), unlock }
    }
}

/// Whether step `i` may ask a human, who must not be surprised by an early renewal that nobody
/// started. Another program may do that too.
fn may_need_a_human(plan: &Plan, i: usize) -> bool {
    match plan.step(i) {
        Step::Fetch(base) => matches!(base.source, Source::Process { .. }),
        Step::Mfa(_) => true,
        Step::Session(_) => false,
        Step::Assume(_) => plan.direct_mfa(i).is_some(),
    }
}

fn stored(entry: Entry) -> Acquired {
    Acquired {
        credentials: entry.credentials,
        lifetime: Some(entry.lifetime),
        origin: Origin::Stored,
        store: None,
    }
}
