//! From a plan to credentials: search the store, lock, search again, and only then call AWS.

use std::time::Duration;

use super::{
    entry::Entry,
    find::Finder,
    freshness::Freshness,
    key::SessionKey,
    make::Maker,
    request::{Acquired, BaseAnswer, PlanRequest, SessionRequest, StepRequest},
    wait::{Waited, wait_for_lock},
    web_identity::{subject_of, web_identity_token},
};
use crate::{
    aws::Aws,
    context::Context,
    error::Result,
    identity_center::sign_in_id,
    input::Pipe,
    plan::{Plan, Source, Step, check_not_confined},
    prompt,
    secret::Secret,
    store::Store,
};

/// The time limit of an early renewal. It must not delay its caller, because a valid session
/// exists.
const RENEWAL_LIMIT: Duration = Duration::from_secs(3);

/// What sessions are created with, and where they are stored.
pub(crate) struct SessionContext<'a> {
    /// The process's context.
    pub(crate) context: &'a Context,
    /// The store of sessions and long-lived keys.
    pub(crate) store: &'a dyn Store,
    /// The calls to AWS.
    pub(crate) aws: &'a dyn Aws,
    /// The path of the config file that has the profiles.
    pub(crate) config_file: String,
}

/// The sessions of the profiles in one config file.
pub(crate) struct Sessions<'a> {
    maker: Maker<'a>,
}

impl<'a> Sessions<'a> {
    /// Returns the sessions of a config file.
    pub(crate) fn new(of: SessionContext<'a>) -> Self {
        let SessionContext { context, store, aws, config_file } = of;
        Self { maker: Maker::new(Finder::new(context, store), aws, config_file) }
    }

    /// Uses `code` for the first call that needs an MFA code.
    #[must_use]
    pub(crate) fn with_mfa_code(self, code: Option<Secret>) -> Self {
        self.maker.set_mfa_code(code);
        self
    }

    /// Returns the credentials of `plan`: a stored session if there is one, else a new one, or the
    /// profile's own keys.
    ///
    /// # Errors
    /// If AWS refuses or can't be reached, or nobody can be prompted for an MFA code.
    pub(crate) fn acquire(&self, plan: &Plan, request: SessionRequest) -> Result<Acquired> {
        check_not_confined(self.finder().context)?;
        // One of an earlier plan was typed for that one.
        self.maker.take_code_typed();
        self.credentials_of(plan, request)
            .map(|acquired| Acquired { is_code_typed: self.maker.take_code_typed(), ..acquired })
            .map_err(|error| error.naming_doctor(plan.profile.as_deref()))
    }

    fn credentials_of(&self, plan: &Plan, request: SessionRequest) -> Result<Acquired> {
        let base = &BaseAnswer::Nothing;
        let of = PlanRequest { plan, base, request, is_early_renewal: false };
        if plan.steps() == 0 {
            return self.maker.own_keys(&of).map(Acquired::keys);
        }
        let mut force_base = request.force;
        loop {
            let result = self.last_session(&of, force_base);
            // All locks are released by now, so other processes can prompt while this one is
            // stopped.
            if self.maker.take_stopped() {
                prompt::stop_job();
            } else if self.maker.take_base_refused() && result.is_err() && !force_base {
                force_base = true;
            } else {
                return result;
            }
        }
    }

    /// Returns the session of the last step.
    fn last_session(&self, of: &PlanRequest<'_>, force_base: bool) -> Result<Acquired> {
        let base = &self.answer_of_base(of, force_base)?;
        let keys = SessionKey::of_steps(of.plan, base.identity());
        let of = PlanRequest { base, ..*of };
        let step = StepRequest { of, keys: &keys, index: keys.len() - 1 };
        let acquired = self.session(&step, of.request.force)?;
        Ok(Acquired { key: keys.into_iter().last(), ..acquired })
    }

    /// Asks the base of a plan what only it knows of its identity; with `force`, a stored answer
    /// doesn't count.
    fn answer_of_base(&self, of: &PlanRequest<'_>, force: bool) -> Result<BaseAnswer> {
        let source = &of.plan.base.source;
        let keys = || SessionKey::of_steps(of.plan, None);
        match source {
            Source::WebIdentity { token_file } => {
                of.plan.check_forms()?;
                let token = web_identity_token(&of.plan.base, token_file, Pipe::WaitShortly)?;
                let subject = subject_of(&token);
                Ok(BaseAnswer::Token { token, subject })
            }
            Source::Sso(role) => {
                let Finder { context, store, .. } = *self.finder();
                let id = || sign_in_id(context, Some(store), &role.session);
                Ok(BaseAnswer::SignIn(match id() {
                    None => {
                        of.plan.check_forms()?;
                        let keys = keys();
                        self.maker
                            .sign_in(&StepRequest { of: *of, keys: &keys, index: 0 }, role)?;
                        id()
                    }
                    id => id,
                }))
            }
            _ if source.is_asked_each_time() => {
                of.plan.check_forms()?;
                let keys = keys();
                let step = StepRequest { of: *of, keys: &keys, index: 0 };
                self.maker.ask_base(&step).map(BaseAnswer::Credentials)
            }
            Source::Process { .. } if !of.plan.hops.is_empty() => {
                of.plan.check_forms()?;
                let keys = keys();
                let step = StepRequest { of: *of, keys: &keys, index: 0 };
                self.session(&step, force).map(BaseAnswer::Credentials)
            }
            _ => Ok(BaseAnswer::Nothing),
        }
    }

    /// Returns the problems that did not fail the call, since the last call of this function.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        self.finder().state.take_warnings()
    }

    fn finder(&self) -> &Finder<'a> {
        self.maker.finder()
    }

    /// Returns the session of `step`; with `force`, one that was created since this process
    /// started.
    fn session(&self, step: &StepRequest<'_>, force: bool) -> Result<Acquired> {
        if step.index == 0
            && let BaseAnswer::Credentials(credentials) = step.of.base
        {
            return Ok(credentials.clone());
        }
        let finder = self.finder();
        let context = finder.context;
        if !force && let Some(entry) = finder.find(step, force) {
            return match entry.lifetime.freshness(context.now()) {
                Freshness::Due => Ok(self.renew_early(step, entry)),
                Freshness::Fresh | Freshness::Ended => Ok(Acquired::stored(entry)),
            };
        }
        if step.is_last() {
            step.plan().check_forms()?;
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
        // If another process created a session while this one waited but could not store it, every
        // process must create its own. Doing so one after the other would only take longer.
        let is_unstorable =
            record.store.is_none() && record.minted.is_some_and(|at| context.is_since_start(at));
        let _lock = lock.filter(|_| !is_unstorable);
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
            if may_prompt(step) {
                return None;
            }
            let is_too_soon = || {
                let not_before = state.record(step.key()).no_renewal_before;
                not_before.is_some_and(|time| time > context.now())
            };
            if is_too_soon() {
                return None;
            }
            let lock = state.directory()?.lock(step.key().as_str()).ok()?;
            if !lock.try_take().ok()? || is_too_soon() {
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
                state.log(&format!("early renewal failed: {}", error.for_record()));
            }
            result.ok()
        };
        renew().unwrap_or_else(|| Acquired::stored(entry))
    }
}

/// Whether `step` may prompt, directly or through another program. An early renewal must not.
fn may_prompt(step: &StepRequest<'_>) -> bool {
    match step.step() {
        Step::Fetch(base) => matches!(base.source, Source::Process { .. }),
        Step::Mfa(_) => true,
        Step::Session(_) => false,
        Step::Assume(_) => step.direct_mfa().is_some(),
    }
}
