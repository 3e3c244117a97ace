//! What every way to create a session needs: AWS, the clock, a time limit, and the codes of one
//! call.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    aws::{self, Aws, Budget},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::Plan,
    rules::GLOBAL_REGION,
    secret::Secret,
    session::{
        explain::off_by,
        find::Finder,
        freshness::Lifetime,
        request::{Acquired, StepRequest},
    },
};

/// A clock that is off by less is taken for right: headers have whole seconds, and answers travel.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(60);
/// No call to AWS is begun when less time than this is left.
const LEAST_BUDGET: Duration = Duration::from_millis(500);
/// What is left of the deadline for storing and printing.
const RESERVE: Duration = Duration::from_secs(3);
/// How long the lock is held after AWS said no.
const DENIAL_HELD: Duration = Duration::from_millis(300);

/// Makes sessions.
pub(in crate::session) struct Maker<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) aws: &'a dyn Aws,
    pub(super) config_file: String,
    /// A code from the command line, until it is used.
    pub(super) mfa_code: RefCell<Option<Secret>>,
    /// Whether a human stopped us at a question.
    pub(super) stopped: Cell<bool>,
}

/// What a call gave.
pub(super) struct NewSession {
    pub(super) credentials: Credentials,
    /// `None` for keys that never end, as another program may give them.
    pub(super) lifetime: Option<Lifetime>,
}

/// Gives the session of a step; with `true`, a new one.
pub(super) type SessionOf<'s> = dyn Fn(&StepRequest<'_>, bool) -> Result<Acquired> + 's;

/// AWS's answer to a call, which is no error of ours yet.
pub(super) type Answer<T> = std::result::Result<T, aws::Failure>;

impl<'a> Maker<'a> {
    pub(in crate::session) fn new(
        finder: Finder<'a>,
        aws: &'a dyn Aws,
        config_file: String,
    ) -> Self {
        Self { finder, aws, config_file, mfa_code: RefCell::default(), stopped: Cell::default() }
    }

    /// Gives an MFA code for the first call that needs one.
    pub(in crate::session) fn set_mfa_code(&self, code: Option<Secret>) {
        self.mfa_code.replace(code);
    }

    pub(in crate::session) fn finder(&self) -> &Finder<'a> {
        &self.finder
    }

    /// Whether a human stopped us at a question since the last call of this.
    pub(in crate::session) fn take_stopped(&self) -> bool {
        self.stopped.take()
    }

    /// This machine's time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.finder.context.now()
    }

    /// What AWS issued, with its end by this machine's clock.
    pub(super) fn judged(&self, issued: aws::Issued) -> Result<NewSession> {
        let (made, skew) = judge(issued, self.now())?;
        if let Some(skew) = skew {
            let text = format!("this machine's clock is {} AWS's", off_by(skew));
            self.finder.state.warn(text);
        }
        Ok(made)
    }

    /// How long a call for `step` may take, and how often it may be tried; an error where no time
    /// is left.
    pub(super) fn budget(&self, step: &StepRequest<'_>) -> Result<Budget> {
        let context = self.finder.context;
        let reason = self.finder.state.record(step.key()).new_failure(context);
        let left = step.deadline().saturating_sub(context.elapsed());
        let is_early = step.of.is_early_renewal;
        let limit = left.saturating_sub(if is_early { Duration::ZERO } else { RESERVE });
        if limit < LEAST_BUDGET {
            let name = step.plan().name();
            let error = Error::new(Kind::Other, "no time is left to call AWS")
                .hint(format!("run 'rolecall login {name}', which may take longer"));
            return Err(reason.unwrap_or(error));
        }
        // One who waited while another tried in vain tries once: each of the others is to have a
        // turn.
        let attempts = if is_early || reason.is_some() { 1 } else { 3 };
        Ok(Budget::new(limit, attempts))
    }
}

/// Twenty callers that are started at once come one after the other, over some tens of
/// milliseconds. Those who come while the lock is still held share the refusal.
pub(super) fn hold_after_denial(step: &StepRequest<'_>, error: Error) -> Error {
    if error.kind() == Kind::Denied && !step.of.is_early_renewal {
        std::thread::sleep(DENIAL_HELD);
    }
    error
}

/// Where calls on behalf of `plan` go.
pub fn endpoint(plan: &Plan) -> aws::Endpoint {
    // The name of the region by which the SDK knows the global endpoint.
    let region = if plan.aws.global_sts { GLOBAL_REGION } else { &plan.aws.region };
    aws::Endpoint {
        region: region.to_owned(),
        url: plan.aws.endpoint_url.clone(),
        use_fips: plan.aws.use_fips,
        use_dual_stack: plan.aws.use_dual_stack,
        ca_bundle: plan.aws.ca_bundle.clone(),
    }
}

/// What AWS issued, as it is taken here, and how far this machine's clock is off where that is
/// much.
///
/// The end is the earlier of STS's word and what is left by STS's own clock, counted from now: so a
/// clock that is behind does not stretch a session, neither now nor after it is put right.
fn judge(issued: aws::Issued, now: DateTime<Utc>) -> Result<(NewSession, Option<TimeDelta>)> {
    let aws::Issued { mut credentials, date } = issued;
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
        return Err(Error::new(Kind::Other, cause).hint("set the clock right"));
    }
    credentials.expiration = Some(ends);
    Ok((NewSession { credentials, lifetime: Some(Lifetime { minted: now, ends }) }, skew))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a session of one hour when this machine's clock is `minutes` ahead.
    fn judged(minutes: i64) -> Result<(TimeDelta, Option<TimeDelta>)> {
        let date = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let credentials = Credentials {
            access_key_id: "ASIA1".into(),
            secret_access_key: "s".into(),
            session_token: None,
            expiration: Some(date + TimeDelta::hours(1)),
            account_id: None,
        };
        let now = date + TimeDelta::minutes(minutes);
        let (made, skew) = judge(aws::Issued { credentials, date: Some(date) }, now)?;
        let ends = made.lifetime.unwrap().ends;
        assert_eq!(made.credentials.expiration, Some(ends));
        Ok((ends - now, skew))
    }

    #[test]
    fn a_clock_that_is_behind_does_not_stretch_a_session() {
        assert_eq!(judged(0).unwrap(), (TimeDelta::hours(1), None));
        let behind = judged(-30).unwrap();
        assert_eq!(behind, (TimeDelta::hours(1), Some(TimeDelta::minutes(-30))));
    }

    #[test]
    fn a_clock_that_is_ahead_is_told_when_callers_would_see_an_ended_session() {
        assert_eq!(judged(30).unwrap().0, TimeDelta::minutes(30));
        let error = judged(62).unwrap_err();
        assert!(error.to_string().contains("1 h 2 min ahead of"), "{error}");
    }
}
