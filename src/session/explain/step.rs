//! Explains why a step of a plan failed.

use chrono::{DateTime, Utc};

use super::{
    base::explain_base,
    call::FailedCall,
    role::role_refused,
    session_token::{key_session_refused, mfa_refused},
    signer::Signer,
};
use crate::{
    aws::Failure,
    error::Error,
    plan::{Plan, Step},
};

/// A failed call for a step of a plan.
pub(in crate::session) struct FailedStep<'c> {
    pub(in crate::session) failure: &'c Failure,
    pub(in crate::session) plan: &'c Plan,
    /// The number of the step, from 0.
    pub(in crate::session) index: usize,
    /// This machine's time (UTC).
    pub(in crate::session) now: DateTime<Utc>,
}

/// Returns the error of a failed step.
pub(in crate::session) fn explain_step(failed: &FailedStep<'_>) -> Error {
    let FailedStep { failure, plan, index, now } = *failed;
    let call = || FailedCall { plan, signer: Signer::of_step(plan, index), now };
    match plan.step(index) {
        Step::Fetch(base) => explain_base(failure, base, now),
        Step::Mfa(mfa) => call().error(failure, |refusal| mfa_refused(refusal, mfa)),
        Step::Session(session) => call().error(failure, key_session_refused).at(session.at.clone()),
        Step::Assume(hop) => call().error(failure, |refusal| role_refused(refusal, hop)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::ConnectionProblem,
        error::Kind,
        session::key::tests::{hop, plan},
    };

    fn explained(code: &str, message: &str, change: impl FnOnce(&mut Plan)) -> Error {
        let mut plan = plan(vec![hop("a")]);
        change(&mut plan);
        let failure = Failure::Refused {
            code: code.into(),
            message: message.into(),
            date: DateTime::from_timestamp(0, 0),
        };
        let index = plan.hops.len() - 1;
        explain_step(&FailedStep {
            failure: &failure,
            plan: &plan,
            index,
            now: DateTime::UNIX_EPOCH,
        })
    }

    fn of_first_role(failure: &Failure) -> Error {
        let plan = plan(vec![hop("a")]);
        explain_step(&FailedStep { failure, plan: &plan, index: 0, now: DateTime::UNIX_EPOCH })
    }

    #[test]
    fn a_denial_mentions_a_wrong_or_missing_external_id() {
        let missing = explained("AccessDenied", "User: u is not authorized", |_| {});
        assert!(missing.hints()[0].contains("this profile has none"), "{missing:?}");
        let wrong = explained("AccessDenied", "User: u is not authorized", |plan| {
            plan.hops[0].external_id = Some("ext-42".into());
        });
        assert!(wrong.hints()[0].contains("check the external ID"), "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("ext-42"), "the ID itself is not shown");
        assert_eq!(wrong.kind(), Kind::Denied);
    }

    #[test]
    fn durations_are_explained_by_their_limit() {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        let role = explained("ValidationError", message, |plan| {
            plan.hops[0].duration_seconds = Some(7200);
        });
        assert!(role.to_string().starts_with("7200 s is longer than the role"), "{role}");
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                       assumed by role chaining.";
        let chain = explained("ValidationError", message, |_| {});
        assert!(chain.to_string().contains("limits role chaining to 1 hour"), "{chain}");
    }

    #[test]
    fn the_error_of_a_policy_that_is_too_large_says_its_size() {
        let message = "Packed policy consumes 112% of allotted space, please use smaller policy.";
        let error = explained("PackedPolicyTooLarge", message, |_| {});
        assert!(error.to_string().contains("they take 112 % of the room"), "{error}");
        let error = explained("PackedPolicyTooLarge", "PackedPolicySize too large", |_| {});
        assert!(error.to_string().contains("PackedPolicySize too large"), "{error}");
    }

    #[test]
    fn the_message_of_a_signature_error_is_not_repeated() {
        let error = explained("SignatureDoesNotMatch", "The Canonical String … SECRET", |_| {});
        assert!(!format!("{error:?}").contains("SECRET"));
        assert!(error.hints()[0].contains("'base'"), "{error:?}");
    }

    #[test]
    fn a_signature_error_with_a_wrong_clock_is_explained_by_the_clock() {
        let failure = Failure::Refused {
            code: "SignatureDoesNotMatch".into(),
            message: "Signature expired".into(),
            date: DateTime::from_timestamp(7260, 0),
        };
        let error = of_first_role(&failure);
        assert!(error.to_string().contains("clock is 2 h 1 min behind AWS's"), "{error}");
    }

    #[test]
    fn the_source_of_a_later_hop_is_the_previous_hop() {
        let error = explained("ExpiredToken", "", |plan| plan.hops.push(hop("b")));
        assert_eq!(error.to_string(), "the credentials of 'a' have expired");
    }

    #[test]
    fn no_answer_is_not_a_denial() {
        let failure = Failure::Unreachable {
            cause: "connection refused".into(),
            problem: ConnectionProblem::Network,
            sent: false,
        };
        let error = of_first_role(&failure);
        assert_eq!(error.kind(), Kind::Unreachable);
        assert!(!error.hints().is_empty());
    }
}
