//! Updates the record of a session after an attempt to create it.

use chrono::{DateTime, TimeDelta, Utc};

use super::maker::NewSession;
use crate::{
    error::Error,
    plan::Step,
    rules::account_of,
    session::{
        RecordedAttributes,
        record::{
            Circumstances, MFA_KIND, OlderCopy, RecordedFailure, SESSION_KIND, SessionRecord,
        },
        request::StepRequest,
    },
};

/// The pause before another early renewal after a first failure, and after further ones.
const RENEWAL_PAUSES: [TimeDelta; 2] = [TimeDelta::seconds(60), TimeDelta::minutes(5)];

/// A new session, and the store that it was saved in.
pub(super) struct Created<'k> {
    pub(super) session: &'k NewSession,
    pub(super) store: Option<&'k str>,
    pub(super) circumstances: Circumstances,
}

/// An attempt to create the session of a step.
pub(super) struct Attempt<'t> {
    pub(super) step: &'t StepRequest<'t>,
    pub(super) ended: DateTime<Utc>,
}

impl Attempt<'_> {
    /// Records that the session was created.
    pub(super) fn note_success(&self, record: &mut SessionRecord, created: Created<'_>) {
        let Created { session, store, circumstances } = created;
        describe(record, self.step);
        let account = session.credentials.account_id.as_deref();
        record.account_id = account.or_else(|| account_of(&record.role_arn)).map(str::to_owned);
        let minted = session.lifetime.map(|lifetime| lifetime.minted);
        // An earlier session under the same key may still be in another store.
        record.older_copies.retain(|copy| minted.is_none_or(|minted| copy.ends > minted));
        if let (Some(before), Some(ends)) = (record.store.take(), record.ends)
            && store != Some(&before)
        {
            record.older_copies.push(OlderCopy { store: before, ends });
        }
        record.store = store.map(str::to_owned);
        record.minted = minted.or(Some(self.ended));
        record.ends = session.lifetime.map(|lifetime| lifetime.ends);
        record.failure = None;
        record.no_renewal_before = None;
        record.failed_renewals = 0;
        record.circumstances = circumstances;
        record.attributes = match self.step.step() {
            Step::Assume(hop) => RecordedAttributes::of(hop),
            Step::Fetch(_) | Step::Mfa(_) | Step::Session(_) => None,
        };
    }

    /// Records why the session could not be created.
    pub(super) fn note_failure(&self, record: &mut SessionRecord, error: &Error) {
        record.failure = Some(RecordedFailure::of(error, self.ended));
        if self.step.of.is_early_renewal {
            postpone_renewal(record, self.ended);
        }
        if record.source.is_empty() {
            describe(record, self.step);
        }
    }
}

/// Sets the fields that say which session this is.
fn describe(record: &mut SessionRecord, step: &StepRequest<'_>) {
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

fn postpone_renewal(record: &mut SessionRecord, now: DateTime<Utc>) {
    let pause = RENEWAL_PAUSES[usize::from(record.failed_renewals > 0)];
    record.failed_renewals = record.failed_renewals.saturating_add(1);
    record.no_renewal_before = Some(now + pause);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_are_postponed_longer_after_a_second_failure() {
        let mut record = SessionRecord::default();
        postpone_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(60, 0));
        postpone_renewal(&mut record, DateTime::UNIX_EPOCH);
        assert_eq!(record.no_renewal_before, DateTime::from_timestamp(300, 0));
    }
}
