//! What every way to create a session needs: AWS, the clock, a time limit, and the codes of one
//! call.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::check_answer;
use crate::{
    aws::{self, Aws, Budget},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::Plan,
    rules::GLOBAL_REGION,
    secret::Secret,
    session::{
        explain::{FailedStep, explain_step},
        find::Finder,
        freshness::Lifetime,
        request::{Acquired, StepRequest},
    },
    unanswered::off_by,
};

/// A smaller difference to AWS's clock is ignored: headers have whole seconds, and answers take
/// time to arrive.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(60);
/// No call to AWS is started if less time than this is left.
const LEAST_BUDGET: Duration = Duration::from_millis(500);
/// The time that is reserved for storing and printing the session.
const RESERVE: Duration = Duration::from_secs(3);
/// How long the lock is held after a denial. Twenty callers that are started at once arrive over
/// some tens of milliseconds, and those that arrive while the lock is held share the denial.
const DENIAL_HELD: Duration = Duration::from_millis(300);

/// Creates sessions.
pub(in crate::session) struct Maker<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) aws: &'a dyn Aws,
    pub(super) config_file: String,
    /// The MFA code from the command line, until it is used.
    pub(super) mfa_code: RefCell<Option<Secret>>,
    /// Whether the user pressed Ctrl-Z at a prompt.
    pub(super) stopped: Cell<bool>,
    /// Whether a person typed a code that AWS accepted.
    pub(super) code_typed: Cell<bool>,
    /// Whether AWS refused the stored credentials of a base, which may have been revoked.
    pub(super) base_refused: Cell<bool>,
}

/// A new session.
pub(super) struct NewSession {
    pub(super) credentials: Credentials,
    /// `None` for credentials without an expiration, which another program may return.
    pub(super) lifetime: Option<Lifetime>,
}

/// Returns the session of a step; with `true`, a new one.
pub(super) type SessionOf<'s> = dyn Fn(&StepRequest<'_>, bool) -> Result<Acquired> + 's;

/// AWS's answer to a call. The caller decides what a failure means.
pub(super) type Answer<T> = std::result::Result<T, aws::Failure>;

impl<'a> Maker<'a> {
    pub(in crate::session) fn new(
        finder: Finder<'a>,
        aws: &'a dyn Aws,
        config_file: String,
    ) -> Self {
        Self {
            finder,
            aws,
            config_file,
            mfa_code: RefCell::default(),
            stopped: Cell::default(),
            code_typed: Cell::default(),
            base_refused: Cell::default(),
        }
    }

    /// Sets the MFA code for the first call that needs one.
    pub(in crate::session) fn set_mfa_code(&self, code: Option<Secret>) {
        self.mfa_code.replace(code);
    }

    pub(in crate::session) fn finder(&self) -> &Finder<'a> {
        &self.finder
    }

    /// Returns whether the user pressed Ctrl-Z at a prompt since the last call of this function.
    pub(in crate::session) fn take_stopped(&self) -> bool {
        self.stopped.take()
    }

    /// Returns whether a person typed a code since the last call of this function.
    pub(in crate::session) fn take_code_typed(&self) -> bool {
        self.code_typed.take()
    }

    /// Returns whether AWS refused the stored credentials of a base since the last call of this
    /// function.
    pub(in crate::session) fn take_base_refused(&self) -> bool {
        self.base_refused.take()
    }

    /// Returns this machine's time (UTC).
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.finder.context.now()
    }

    /// Returns a session that AWS issued, with its expiration by this machine's clock. Warns if the
    /// clock is wrong.
    ///
    /// # Errors
    /// If it is not the session of `step`, or has already expired by this clock.
    pub(super) fn checked(
        &self,
        step: &StepRequest<'_>,
        issued: aws::Issued,
    ) -> Result<NewSession> {
        check_answer(step, &issued, self.now())?;
        let (session, skew) = check(issued, self.now())?;
        if let Some(skew) = skew {
            let text = format!("this machine's clock is {} AWS's", off_by(skew));
            self.finder.state.warn(text);
        }
        Ok(session)
    }

    /// Returns the error of a failed call for `step`. After a denial, first holds the lock for a
    /// moment.
    pub(super) fn explain(&self, step: &StepRequest<'_>, failure: &aws::Failure) -> Error {
        let (plan, index, now) = (step.plan(), step.index, self.now());
        let error = explain_step(&FailedStep { failure, plan, index, now });
        if error.kind() == Kind::Denied && !step.of.is_early_renewal {
            std::thread::sleep(DENIAL_HELD);
        }
        error
    }

    /// Returns the time limit of a call to AWS for `step`, and how often it may be tried.
    ///
    /// # Errors
    /// If no time is left.
    pub(super) fn budget(&self, step: &StepRequest<'_>) -> Result<Budget> {
        let mut budget = self.time_left(step)?;
        if let Some(most) = step.of.request.call_limit {
            budget.limit = budget.limit.min(most);
        }
        Ok(budget)
    }

    /// Returns the time limit of `step`, and how often it may be tried. It is longer than for a call to
    /// AWS: a program may ask a person.
    ///
    /// # Errors
    /// If no time is left.
    pub(super) fn time_left(&self, step: &StepRequest<'_>) -> Result<Budget> {
        let context = self.finder.context;
        let reason = self.finder.state.record(step.key()).new_failure(context);
        let left = step.deadline().saturating_sub(context.elapsed());
        let is_early = step.of.is_early_renewal;
        let limit = left.saturating_sub(if is_early { Duration::ZERO } else { RESERVE });
        if limit < LEAST_BUDGET {
            let name = step.plan().name();
            let error = Error::new(Kind::Other, "not enough time left to call AWS")
                .hint(format!("run 'rolecall login {name}', which may take longer"));
            return Err(reason.unwrap_or(error));
        }
        // If another process just failed while this one waited, it only tries once, so that the
        // others get their turn.
        let attempts = if is_early || reason.is_some() { 1 } else { 3 };
        Ok(Budget::new(limit, attempts))
    }
}

/// Returns the STS endpoint for calls on behalf of `plan`.
pub(crate) fn endpoint(plan: &Plan) -> aws::Endpoint {
    // The SDK selects the global endpoint by a region's name.
    let region = if plan.aws.global_sts { GLOBAL_REGION } else { &plan.aws.region };
    aws::Endpoint {
        region: region.to_owned(),
        url: plan.aws.endpoint_url.clone(),
        use_fips: plan.aws.use_fips,
        use_dual_stack: plan.aws.use_dual_stack,
        ca_bundle: plan.aws.ca_bundle.clone(),
        max_attempts: plan.aws.max_attempts,
    }
}

/// Returns the session that AWS issued, and the difference between this machine's clock and AWS's
/// if it is large.
///
/// The session expires at the `Expiration` that STS gave, or at the present time plus what remained
/// by STS's clock if that is earlier. So a clock that is behind does not extend a session, neither
/// now nor after it is set right.
fn check(issued: aws::Issued, now: DateTime<Utc>) -> Result<(NewSession, Option<TimeDelta>)> {
    let aws::Issued { mut credentials, arn: _, date } = issued;
    let Some(expiration) = credentials.expiration else {
        return Ok((NewSession { credentials, lifetime: None }, None));
    };
    let skew = date.map(|date| now - date).filter(|skew| skew.abs() > TOLERATED_SKEW);
    let ends = match (date, skew) {
        (Some(date), Some(_)) => expiration.min(now + (expiration - date)),
        _ => expiration,
    };
    if ends <= now {
        let cause = match skew {
            Some(skew) => format!(
                "this machine's clock is {} AWS's: programs would consider the session expired",
                off_by(skew)
            ),
            None => "AWS issued a session that has already expired".to_owned(),
        };
        return Err(Error::new(Kind::Other, cause).hint("correct the clock"));
    }
    credentials.expiration = Some(ends);
    Ok((NewSession { credentials, lifetime: Some(Lifetime { minted: now, ends }) }, skew))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The remaining time of a session of one hour, and the clock's skew, if this machine's clock
    /// is `minutes` ahead.
    fn checked(minutes: i64) -> Result<(TimeDelta, Option<TimeDelta>)> {
        let date = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let credentials = Credentials {
            access_key_id: "ASIA1".into(),
            secret_access_key: "s".into(),
            session_token: None,
            expiration: Some(date + TimeDelta::hours(1)),
            account_id: None,
        };
        let now = date + TimeDelta::minutes(minutes);
        let (session, skew) = check(aws::Issued { credentials, arn: None, date: Some(date) }, now)?;
        let ends = session.lifetime.unwrap().ends;
        assert_eq!(session.credentials.expiration, Some(ends));
        Ok((ends - now, skew))
    }

    #[test]
    fn a_clock_that_is_behind_does_not_extend_a_session() {
        assert_eq!(checked(0).unwrap(), (TimeDelta::hours(1), None));
        let behind = checked(-30).unwrap();
        assert_eq!(behind, (TimeDelta::hours(1), Some(TimeDelta::minutes(-30))));
    }

    #[test]
    fn a_clock_that_is_ahead_is_an_error_if_callers_would_see_an_expired_session() {
        assert_eq!(checked(30).unwrap().0, TimeDelta::minutes(30));
        let error = checked(62).unwrap_err();
        assert!(error.to_string().contains("1 h 2 min ahead of"), "{error}");
    }
}
