//! Making a session: one AssumeRole, its answer judged by the clock, stored and recorded.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Lifetime, SessionKey, Sessions,
    acquire::Task,
    entry::Entry,
    record::{Circumstances, Failure, OlderCopy, Record},
    words,
};
use crate::{
    aws::{self, Budget},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::{Base, Plan, account_of},
    store::{self, NewItem, Trouble},
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

/// A session just made.
pub(super) struct Minted {
    pub(super) entry: Entry,
    /// The store that keeps it; `None`: none does.
    pub(super) store: Option<&'static str>,
}

impl Sessions<'_> {
    /// Makes the session of hop `i` and stores it. The caller holds its lock, where there are locks.
    pub(super) fn mint(&self, task: &Task<'_>, i: usize) -> Result<Minted> {
        let key = &task.keys[i];
        let mut record = self.records().map(|records| records.read(key)).unwrap_or_default();
        record.holder = Some(std::process::id());
        self.write_record(key, &record);
        let made = self.source(task, i).and_then(|source| self.assume(task, i, source));
        record.holder = None;
        record.generation += 1;
        let mut store = None;
        match &made {
            Ok(entry) => {
                store = self.put(task, i, entry);
                describe(&mut record, task, i, entry, store, self.circumstances(task.plan, i));
                self.write_record(key, &record);
                // Once a call, for a long chain has many.
                if i + 1 == task.plan.hops.len() {
                    self.sweep(key, &record);
                }
            }
            Err(error) => {
                let now = self.context.now();
                record.failure = Some(Failure::of(error, now));
                if task.wish.quiet {
                    put_off_renewal(&mut record, now);
                }
                if record.role_arn.is_empty() {
                    name(&mut record, task, i);
                }
                self.write_record(key, &record);
            }
        }
        made.map(|entry| Minted { entry, store })
    }

    /// The credentials that hop `i` is assumed with.
    fn source(&self, task: &Task<'_>, i: usize) -> Result<Source> {
        match i.checked_sub(1) {
            None => {
                let Base::Static { credentials, .. } = &task.plan.base;
                Ok(Source { credentials: credentials.clone(), stored: false })
            }
            Some(inner) => {
                let acquired = self.hop(task, inner, false)?;
                let stored = acquired.origin == super::Origin::Stored;
                Ok(Source { credentials: acquired.credentials, stored })
            }
        }
    }

    /// Assumes hop `i` with `source`; once more with a new source session where AWS has ended the
    /// stored one before its time.
    fn assume(&self, task: &Task<'_>, i: usize, source: Source) -> Result<Entry> {
        let mut answer = self.assume_once(task, i, &source.credentials)?;
        if source.stored && answer.as_ref().is_err_and(words::is_about_the_source) {
            let renewed = self.hop(task, i - 1, true)?;
            answer = self.assume_once(task, i, &renewed.credentials)?;
        }
        answer.map_err(|refusal| {
            let error = words::explain(&refusal, task.plan, i, self.context.now());
            // Twenty callers that are started at once come one after the other, over some tens of
            // milliseconds. Those who come while the lock is still held share the refusal.
            if error.kind() == Kind::Denied && !task.wish.quiet {
                std::thread::sleep(DENIAL_HELD);
            }
            error
        })
    }

    /// One AssumeRole. The inner result is AWS's word, the outer one ours.
    fn assume_once(
        &self,
        task: &Task<'_>,
        i: usize,
        source: &Credentials,
    ) -> Result<std::result::Result<Entry, aws::Failure>> {
        let hop = &task.plan.hops[i];
        let role = aws::AssumeRole {
            role_arn: hop.role_arn.clone(),
            session_name: hop.session_name.clone(),
            external_id: hop.external_id.clone(),
            duration_seconds: hop.duration_seconds,
        };
        let budget = self.budget(task, i)?;
        let endpoint = endpoint(task.plan);
        match self.sts.assume_role(&endpoint, source, &role, budget) {
            Err(failure) => Ok(Err(failure)),
            Ok(issued) => {
                let now = self.context.now();
                let (entry, skew) = judge(issued, now)?;
                if let Some(skew) = skew {
                    self.warn(format!("this machine's clock is {} AWS's", words::off_by(skew)));
                }
                Ok(Ok(entry))
            }
        }
    }

    fn budget(&self, task: &Task<'_>, i: usize) -> Result<Budget> {
        let record = self.records().map(|records| records.read(&task.keys[i])).unwrap_or_default();
        let reason = self.reason(&record);
        let left = task.wish.deadline.saturating_sub(self.context.elapsed());
        let limit = left.saturating_sub(if task.wish.quiet { Duration::ZERO } else { RESERVE });
        if limit < LEAST_BUDGET {
            let name = task.plan.name();
            let error = Error::new(Kind::Other, "no time is left to ask AWS")
                .hint(format!("run 'rolecall login {name}', which may take longer"));
            return Err(reason.unwrap_or(error));
        }
        // One who waited while another tried in vain tries once: each of the others is to have a turn.
        let once = task.wish.quiet || reason.is_some();
        Ok(Budget { limit, attempts: if once { 1 } else { 3 } })
    }

    /// Stores `entry`; a store that fails is a warning, never the loss of the credentials.
    fn put(&self, task: &Task<'_>, i: usize, entry: &Entry) -> Option<&'static str> {
        let key = &task.keys[i];
        let hop = &task.plan.hops[i];
        let label =
            format!("rolecall session for {}", hop.profile.as_deref().unwrap_or(&hop.role_arn));
        let bytes = entry.to_bytes(key);
        let item = NewItem { label: &label, secret: &bytes, ends: entry.lifetime.ends };
        match self.store.put(key.as_str(), &item, self.patience(task, true)) {
            Ok(name) => (name != store::none::NAME).then_some(name),
            Err(error) => {
                let advice = match error.trouble {
                    Trouble::Full => "; 'rolecall logout' makes room",
                    Trouble::Locked => "; unlock it to keep sessions",
                    Trouble::Denied | Trouble::Unavailable => "",
                };
                self.warn(format!(
                    "the session of {} could not be kept: {error}{advice}",
                    hop.role_arn
                ));
                None
            }
        }
    }

    fn circumstances(&self, plan: &Plan, i: usize) -> Circumstances {
        Circumstances {
            config_file: self.config_file.clone(),
            endpoint_url: plan.aws.endpoint_url.clone(),
            session_name: plan.hops[i].session_name.clone(),
            adjusted: plan.adjusted && i + 1 == plan.hops.len(),
            base: plan.base.identity().to_owned(),
            position: i,
        }
    }

    fn write_record(&self, key: &SessionKey, record: &Record) {
        if let Some(records) = self.records()
            && let Err(error) = records.write(key, record)
        {
            self.warn(format!("the session's record could not be written: {error}"));
        }
    }
}

struct Source {
    credentials: Credentials,
    /// Whether they came from the store, where they may be worse than they look.
    stored: bool,
}

/// Where calls on behalf of `plan` go.
pub fn endpoint(plan: &Plan) -> aws::Endpoint {
    aws::Endpoint {
        region: plan.aws.region.clone(),
        url: plan.aws.endpoint_url.clone(),
        use_fips: plan.aws.use_fips,
        use_dual_stack: plan.aws.use_dual_stack,
        ca_bundle: plan.aws.ca_bundle.clone(),
    }
}

fn name(record: &mut Record, task: &Task<'_>, i: usize) {
    let hop = &task.plan.hops[i];
    record.profile.clone_from(&hop.profile);
    record.role_arn.clone_from(&hop.role_arn);
    task.plan.base.profile().clone_into(&mut record.source);
}

fn describe(
    record: &mut Record,
    task: &Task<'_>,
    i: usize,
    entry: &Entry,
    store: Option<&str>,
    circumstances: Circumstances,
) {
    name(record, task, i);
    let account = entry.credentials.account_id.as_deref();
    record.account_id = account.or_else(|| account_of(&record.role_arn)).map(str::to_owned);
    // What an earlier session of the same key may have left in another store is still there.
    record.older_copies.retain(|copy| copy.ends > entry.lifetime.minted);
    if let (Some(before), Some(ends)) = (record.store.take(), record.ends)
        && store != Some(&before)
    {
        record.older_copies.push(OlderCopy { store: before, ends });
    }
    record.store = store.map(str::to_owned);
    record.minted = Some(entry.lifetime.minted);
    record.ends = Some(entry.lifetime.ends);
    record.failure = None;
    record.no_renewal_before = None;
    record.failed_renewals = 0;
    record.circumstances = circumstances;
}

fn put_off_renewal(record: &mut Record, now: DateTime<Utc>) {
    let pause = RENEWAL_PAUSES[usize::from(record.failed_renewals > 0)];
    record.failed_renewals = record.failed_renewals.saturating_add(1);
    record.no_renewal_before = Some(now + pause);
}

/// The entry for what STS issued, and how far this machine's clock is off where that is much.
///
/// The end is the earlier of STS's word and what is left by STS's own clock, counted from now: so a
/// clock that is behind does not stretch a session, neither now nor after it is put right.
fn judge(issued: aws::Issued, now: DateTime<Utc>) -> Result<(Entry, Option<TimeDelta>)> {
    let aws::Issued { mut credentials, date } = issued;
    let expiration = credentials.expiration.unwrap_or(now);
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
    Ok((Entry { credentials, lifetime: Lifetime { minted: now, ends } }, skew))
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
        let (entry, skew) = judge(aws::Issued { credentials, date: Some(date) }, now)?;
        assert_eq!(entry.credentials.expiration, Some(entry.lifetime.ends));
        Ok((entry.lifetime.ends - now, skew))
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
        let mut record = Record::default();
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(60, 0));
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(300, 0));
    }
}
