//! What the record of a session says after an attempt to make it.

use chrono::{DateTime, TimeDelta, Utc};

use super::maker::NewSession;
use crate::{
    error::Error,
    plan::Step,
    rules::account_of,
    session::{
        record::{
            Circumstances, MFA_KIND, OlderCopy, RecordedFailure, SESSION_KIND, SessionRecord,
        },
        request::StepRequest,
    },
};

/// How long an early renewal is put off after a first failure, and after further ones.
const RENEWAL_PAUSES: [TimeDelta; 2] = [TimeDelta::seconds(60), TimeDelta::minutes(5)];

/// A session that was made, with the store that keeps it.
pub(super) struct Kept<'k> {
    pub(super) session: &'k NewSession,
    pub(super) store: Option<&'k str>,
    pub(super) circumstances: Circumstances,
}

/// Notes that the session of `step` was made at `now`.
pub(super) fn note_success(
    record: &mut SessionRecord,
    step: &StepRequest<'_>,
    kept: Kept<'_>,
    now: DateTime<Utc>,
) {
    let Kept { session, store, circumstances } = kept;
    name(record, step);
    let account = session.credentials.account_id.as_deref();
    record.account_id = account.or_else(|| account_of(&record.role_arn)).map(str::to_owned);
    let minted = session.lifetime.map(|lifetime| lifetime.minted);
    // What an earlier session of the same key may have left in another store is still there.
    record.older_copies.retain(|copy| minted.is_none_or(|minted| copy.ends > minted));
    if let (Some(before), Some(ends)) = (record.store.take(), record.ends)
        && store != Some(&before)
    {
        record.older_copies.push(OlderCopy { store: before, ends });
    }
    record.store = store.map(str::to_owned);
    record.minted = minted.or(Some(now));
    record.ends = session.lifetime.map(|lifetime| lifetime.ends);
    record.failure = None;
    record.no_renewal_before = None;
    record.failed_renewals = 0;
    record.circumstances = circumstances;
}

/// Notes that the session of `step` could not be made, which was known at `now`.
pub(super) fn note_failure(
    record: &mut SessionRecord,
    step: &StepRequest<'_>,
    error: &Error,
    now: DateTime<Utc>,
) {
    record.failure = Some(RecordedFailure::of(error, now));
    if step.of.is_early_renewal {
        put_off_renewal(record, now);
    }
    if record.source.is_empty() {
        name(record, step);
    }
}

fn name(record: &mut SessionRecord, step: &StepRequest<'_>) {
    let (base, step) = (&step.plan().base, step.step());
    record.profile = step.profile().map(str::to_owned);
    (record.role_arn, record.base_kind) = match step {
        Step::Fetch(_) => (String::new(), Some(base.source.kind().to_owned())),
        Step::Mfa(_) => (String::new(), Some(MFA_KIND.to_owned())),
        Step::Session(_) => (String::new(), Some(SESSION_KIND.to_owned())),
        Step::Assume(hop) => (hop.role_arn.clone(), None),
    };
    record.source.clone_from(&base.profile);
}

fn put_off_renewal(record: &mut SessionRecord, now: DateTime<Utc>) {
    let pause = RENEWAL_PAUSES[usize::from(record.failed_renewals > 0)];
    record.failed_renewals = record.failed_renewals.saturating_add(1);
    record.no_renewal_before = Some(now + pause);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_are_put_off_longer_after_a_second_failure() {
        let mut record = SessionRecord::default();
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(60, 0));
        put_off_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(300, 0));
    }
}
