//! Making a session: one call, its answer judged by the clock, stored and recorded.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Acquired, Lifetime, Origin, SessionKey, Sessions,
    acquire::Task,
    entry::Entry,
    record::{Circumstances, MFA_KIND, OlderCopy, RecordedFailure, SESSION_KIND, SessionRecord},
    words,
};
use crate::{
    aws::{self, Budget},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::{Plan, Step},
    rules::{GLOBAL_REGION, account_of},
    store::{self, ErrorKind, NewItem},
};

/// A clock that is off by less is taken for right: headers have whole seconds, and answers travel.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(60);
/// No call to AWS is begun when less time than this is left.
const LEAST_BUDGET: Duration = Duration::from_millis(500);
/// What is left of the deadline for storing and printing.
const RESERVE: Duration = Duration::from_secs(3);
/// How long the lock is held after AWS said no.
const DENIAL_HELD: Duration = Duration::from_millis(300);
/// How long an early renewal is put off after a first failure, and after further ones.
const RENEWAL_PAUSES: [TimeDelta; 2] = [TimeDelta::seconds(60), TimeDelta::minutes(5)];

/// What a call gave.
pub(super) struct NewSession {
    pub(super) credentials: Credentials,
    /// `None` for keys that never end, as another program may give them.
    pub(super) lifetime: Option<Lifetime>,
}

impl Sessions<'_> {
    /// Makes the session of step `i` and stores it. The caller holds its lock, where there are locks.
    pub(super) fn mint(&self, task: &Task<'_>, i: usize) -> Result<Acquired> {
        let key = &task.keys[i];
        let mut record = self.record(key);
        record.holder = Some(std::process::id());
        self.write_record(key, &record);
        let made = match task.plan.step(i) {
            Step::Fetch(base) => self.fetch(task, i, base),
            Step::Mfa(mfa) => self.mfa_session(task, i, mfa),
            Step::Session(session) => self.key_session(task, i, session),
            Step::Assume(hop) => {
                self.source(task, i).and_then(|source| self.assume(task, i, hop, source))
            }
        };
        record.holder = None;
        record.generation += 1;
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let now = self.context.now();
                if self.stopped.get() {
                    // The question is put again when we go on: it is no answer to anybody.
                    record.generation -= 1;
                    self.write_record(key, &record);
                    return Err(error);
                }
                record.failure = Some(RecordedFailure::of(&error, now));
                if task.request.early_renewal {
                    put_off_renewal(&mut record, now);
                }
                if record.source.is_empty() {
                    name(&mut record, task, i);
                }
                self.write_record(key, &record);
                return Err(error);
            }
        };
        let store = self.put(task, i, &made);
        describe(&mut record, task, i, &made, store, self.circumstances(task.plan, i));
        record.minted.get_or_insert(self.context.now());
        self.write_record(key, &record);
        // Once a call, for a long chain has many.
        if i + 1 == task.plan.steps() {
            self.sweep(key, &record);
        }
        let NewSession { credentials, lifetime } = made;
        Ok(Acquired { credentials, lifetime, origin: Origin::Minted, store })
    }

    /// What AWS issued, with its end by this machine's clock.
    pub(super) fn judged(&self, issued: aws::Issued) -> Result<NewSession> {
        let (made, skew) = judge(issued, self.context.now())?;
        if let Some(skew) = skew {
            self.warn(format!("this machine's clock is {} AWS's", words::off_by(skew)));
        }
        Ok(made)
    }

    pub(super) fn budget(&self, task: &Task<'_>, i: usize) -> Result<Budget> {
        let record = self.record(&task.keys[i]);
        let reason = self.reason(&record);
        let left = task.request.deadline.saturating_sub(self.context.elapsed());
        let limit =
            left.saturating_sub(if task.request.early_renewal { Duration::ZERO } else { RESERVE });
        if limit < LEAST_BUDGET {
            let name = task.plan.name();
            let error = Error::new(Kind::Other, "no time is left to ask AWS")
                .hint(format!("run 'rolecall login {name}', which may take longer"));
            return Err(reason.unwrap_or(error));
        }
        // One who waited while another tried in vain tries once: each of the others is to have a turn.
        let once = task.request.early_renewal || reason.is_some();
        let clock_offset = TimeDelta::zero();
        Ok(Budget { limit, attempts: if once { 1 } else { 3 }, clock_offset })
    }

    /// Stores what was made; a store that fails is a warning, never the loss of the credentials.
    /// What never ends is not stored: it may be a user's long-lived keys.
    fn put(&self, task: &Task<'_>, i: usize, made: &NewSession) -> Option<&'static str> {
        let key = &task.keys[i];
        let name = task.plan.step(i).name();
        let label = format!("rolecall session for {name}");
        let entry = Entry { credentials: made.credentials.clone(), lifetime: made.lifetime? };
        let bytes = entry.to_bytes(key);
        let item = NewItem { label: &label, secret: &bytes, ends: Some(entry.lifetime.ends) };
        match self.store.put(key.as_str(), &item, self.options(task, true)) {
            Ok(name) => (name != store::none::NAME).then_some(name),
            Err(error) => {
                let advice = match error.kind {
                    ErrorKind::Locked => "; unlock it to keep sessions",
                    ErrorKind::Full | ErrorKind::Denied | ErrorKind::Unavailable => "",
                };
                self.warn(format!("the session of {name} could not be kept: {error}{advice}"));
                None
            }
        }
    }

    fn circumstances(&self, plan: &Plan, i: usize) -> Circumstances {
        let (session_name, base) = match plan.step(i) {
            // An edited command or start URL replaces what was there.
            Step::Fetch(_) => (String::new(), String::new()),
            Step::Mfa(mfa) => (mfa.serial.clone(), base_of(plan)),
            Step::Session(_) => (String::new(), base_of(plan)),
            Step::Assume(hop) => (hop.session_name.clone(), base_of(plan)),
        };
        Circumstances {
            config_file: self.config_file.clone(),
            endpoint_url: plan.aws.endpoint_url.clone(),
            session_name,
            adjusted: plan.adjusted && i + 1 == plan.steps(),
            base,
            position: i,
        }
    }

    fn write_record(&self, key: &SessionKey, record: &SessionRecord) {
        if let Some(records) = self.records()
            && let Err(error) = records.write(key, record)
        {
            self.warn(format!("the session's record could not be written: {error}"));
        }
    }
}

/// Twenty callers that are started at once come one after the other, over some tens of milliseconds.
/// Those who come while the lock is still held share the refusal.
pub(super) fn hold_after_denial(task: &Task<'_>, error: Error) -> Error {
    if error.kind() == Kind::Denied && !task.request.early_renewal {
        std::thread::sleep(DENIAL_HELD);
    }
    error
}

/// What the first credentials of `plan` are, in one line.
fn base_of(plan: &Plan) -> String {
    let identity = plan.base.source.identity();
    let values: Vec<&str> = identity.into_iter().filter_map(|(_, value)| value).collect();
    values.join(" ")
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

fn name(record: &mut SessionRecord, task: &Task<'_>, i: usize) {
    let base = &task.plan.base;
    let step = task.plan.step(i);
    record.profile = step.profile().map(str::to_owned);
    (record.role_arn, record.base_kind) = match step {
        Step::Fetch(_) => (String::new(), Some(base.source.kind().to_owned())),
        Step::Mfa(_) => (String::new(), Some(MFA_KIND.to_owned())),
        Step::Session(_) => (String::new(), Some(SESSION_KIND.to_owned())),
        Step::Assume(hop) => (hop.role_arn.clone(), None),
    };
    record.source.clone_from(&base.profile);
}

fn describe(
    record: &mut SessionRecord,
    task: &Task<'_>,
    i: usize,
    made: &NewSession,
    store: Option<&str>,
    circumstances: Circumstances,
) {
    name(record, task, i);
    let account = made.credentials.account_id.as_deref();
    record.account_id = account.or_else(|| account_of(&record.role_arn)).map(str::to_owned);
    let minted = made.lifetime.map(|lifetime| lifetime.minted);
    // What an earlier session of the same key may have left in another store is still there.
    record.older_copies.retain(|copy| minted.is_none_or(|minted| copy.ends > minted));
    if let (Some(before), Some(ends)) = (record.store.take(), record.ends)
        && store != Some(&before)
    {
        record.older_copies.push(OlderCopy { store: before, ends });
    }
    record.store = store.map(str::to_owned);
    record.minted = minted;
    record.ends = made.lifetime.map(|lifetime| lifetime.ends);
    record.failure = None;
    record.no_renewal_before = None;
    record.failed_renewals = 0;
    record.circumstances = circumstances;
}

fn put_off_renewal(record: &mut SessionRecord, now: DateTime<Utc>) {
    let pause = RENEWAL_PAUSES[usize::from(record.failed_renewals > 0)];
    record.failed_renewals = record.failed_renewals.saturating_add(1);
    record.no_renewal_before = Some(now + pause);
}

/// What AWS issued, as it is taken here, and how far this machine's clock is off where that is much.
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
                "this machine's clock is {} AWS's: programs would take the session for ended",
                words::off_by(skew)
            ),
            None => "AWS gave a session that has ended already".to_owned(),
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

    #[test]
    fn renewals_are_put_off_longer_after_a_second_failure() {
        let mut record = SessionRecord::default();
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(60, 0));
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(300, 0));
    }
}
