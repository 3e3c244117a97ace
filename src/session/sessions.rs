//! From a plan to credentials: search the store, lock, search again, and only then call AWS.

use std::time::Duration;

use super::{
    entry::Entry,
    find::Finder,
    freshness::Freshness,
    key::SessionKey,
    make::Maker,
    request::{Acquired, PlanRequest, SessionRequest, StepRequest},
    wait::{Waited, wait_for_lock},
};
use crate::{
    aws::Aws,
    context::Context,
    error::Result,
    plan::{Plan, Source, Step},
    prompt,
    secret::Secret,
    store::Store,
};

/// The time limit of an early renewal, which must not delay its caller: a valid session exists.
const RENEWAL_LIMIT: Duration = Duration::from_secs(3);

/// The sessions of the profiles of one config file.
pub struct Sessions<'a> {
    maker: Maker<'a>,
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
        Self { maker: Maker::new(Finder::new(context, store), aws, config_file) }
    }

    /// The same, with an MFA code for the first call that needs one.
    #[must_use]
    pub(crate) fn with_mfa_code(self, code: Option<Secret>) -> Self {
        self.maker.set_mfa_code(code);
        self
    }

    /// The credentials of `plan`.
    pub fn acquire(&self, plan: &Plan, request: SessionRequest) -> Result<Acquired> {
        let of = PlanRequest { plan, request, is_early_renewal: false };
        let Some(index) = plan.steps().checked_sub(1) else {
            return self.maker.own_keys(&of).map(Acquired::keys);
        };
        let keys = SessionKey::of_steps(plan);
        loop {
            let result = self.session(&StepRequest { of, keys: &keys, index }, request.force);
            // All locks are free by now: others may ask meanwhile.
            if !self.maker.take_stopped() {
                return result;
            }
            prompt::stop_job();
        }
    }

    /// What went wrong without failing the call, since the last time this was asked.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        self.finder().state.take_warnings()
    }

    fn finder(&self) -> &Finder<'a> {
        self.maker.finder()
    }

    /// The session of `step`.
    fn session(&self, step: &StepRequest<'_>, force: bool) -> Result<Acquired> {
        let finder = self.finder();
        let context = finder.context;
        if !force && let Some(entry) = finder.find(step, force) {
            return match entry.lifetime.freshness(context.now()) {
                Freshness::Due => Ok(self.renew_early(step, entry)),
                Freshness::Fresh | Freshness::Ended => Ok(Acquired::stored(entry)),
            };
        }
        let lock = match wait_for_lock(finder, step, force)? {
            Waited::Made(entry) => return Ok(Acquired::stored(entry)),
            Waited::Ours(lock) => lock,
        };
        // Another process may have created it before we had the lock. And since no other process
        // prompts now, the store may prompt to be unlocked.
        if let Some(entry) = finder.find_or_unlock(step, force) {
            return Ok(Acquired::stored(entry));
        }
        let record = finder.state.record(step.key());
        if let Some(error) = record.shared_failure(context) {
            return Err(error);
        }
        // A session that was made while we waited but could be kept nowhere: everyone must make
        // one, so one after the other would only take longer.
        let kept_nowhere =
            record.store.is_none() && record.minted.is_some_and(|at| context.is_since_start(at));
        let _lock = lock.filter(|_| !kept_nowhere);
        self.make(step)
    }

    fn make(&self, step: &StepRequest<'_>) -> Result<Acquired> {
        self.maker.make(step, &|before, force| self.session(before, force))
    }

    /// Tries to replace `entry`, which is still valid, and returns it if that fails.
    fn renew_early(&self, step: &StepRequest<'_>, entry: Entry) -> Acquired {
        let finder = self.finder();
        let (context, state) = (finder.context, &finder.state);
        let renew = || -> Option<Acquired> {
            if may_need_a_human(step) {
                return None;
            }
            let is_put_off = || {
                let not_before = state.record(step.key()).no_renewal_before;
                not_before.is_some_and(|time| time > context.now())
            };
            if is_put_off() {
                return None;
            }
            let lock = state.directory()?.lock(step.key().as_str()).ok()?;
            if !lock.try_take().ok()? || is_put_off() {
                return None;
            }
            let is_fresh =
                |entry: &Entry| entry.lifetime.freshness(context.now()) == Freshness::Fresh;
            if let Some(entry) = finder.find(step, false).filter(is_fresh) {
                return Some(Acquired::stored(entry));
            }
            let deadline = step.deadline().min(context.elapsed() + RENEWAL_LIMIT);
            let of = PlanRequest {
                request: SessionRequest::by(deadline),
                is_early_renewal: true,
                ..step.of
            };
            let result = self.make(&StepRequest { of, ..*step });
            if let Err(error) = &result {
                state.log(&format!("early renewal failed: {error}"));
            }
            result.ok()
        };
        renew().unwrap_or_else(|| Acquired::stored(entry))
    }
}

/// Whether `step` may prompt, directly or by another program: an early renewal must not.
fn may_need_a_human(step: &StepRequest<'_>) -> bool {
    match step.step() {
        Step::Fetch(base) => matches!(base.source, Source::Process { .. }),
        Step::Mfa(_) => true,
        Step::Session(_) => false,
        Step::Assume(_) => step.direct_mfa().is_some(),
    }
}
