//! Whether STS can be reached, by its answer to a call that nobody can make, and the clock.

use std::time::Duration;

use chrono::TimeDelta;

use super::{check::Check, finding::Finding};
use crate::{
    aws::{Aws as _, Budget, Call, Endpoint, Failure, Sdk},
    context::Context,
    credentials::Credentials,
    error::Kind,
    plan::Plan,
    session::{endpoint, explain_identity},
};

/// How long STS may take, with one attempt: connecting is limited to 3 s.
const BUDGET: Budget = Budget::new(Duration::from_secs(6), 1);
/// The most endpoints that are called.
const MOST_ENDPOINTS: usize = 4;
/// A smaller error of the clock has no effect.
const NEGLIGIBLE: TimeDelta = TimeDelta::seconds(60);
/// STS accepts a signature if its time differs by less than this from the present.
const SIGNATURE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Returns whether the endpoints of these plans answer, and how far the clock is off.
pub(super) fn check(context: &Context, plans: &[Plan]) -> Vec<Finding> {
    let mut called: Vec<Endpoint> = Vec::new();
    let mut findings = Vec::new();
    let mut is_clock_known = false;
    for plan in plans {
        let endpoint = endpoint(plan);
        if called.contains(&endpoint) || called.len() >= MOST_ENDPOINTS {
            continue;
        }
        let (reached, skew) = reach(context, plan, &endpoint);
        called.push(endpoint);
        findings.push(reached);
        if let Some(skew) = skew.filter(|_| !is_clock_known) {
            is_clock_known = true;
            findings.push(clock(skew));
        }
    }
    findings
}

/// Calls STS with a key that does not exist. Any refusal is an answer, with the time in its header.
fn reach(context: &Context, plan: &Plan, endpoint: &Endpoint) -> (Finding, Option<TimeDelta>) {
    let nobody = Credentials::long_lived("AKIAROLECALLDOCTOR00".to_owned(), "nobody".into());
    let place = endpoint.url.clone().unwrap_or_else(|| format!("STS in {}", endpoint.region));
    match Sdk.caller_identity(Call { endpoint, budget: BUDGET }, &nobody) {
        Ok(_) => (Finding::ok(Check::Endpoint, format!("{place} answers")), None),
        Err(Failure::Refused { date, .. }) => {
            let skew = date.map(|date| context.now() - date);
            (Finding::ok(Check::Endpoint, format!("{place} answers")), skew)
        }
        Err(failure) => {
            let error = explain_identity(&failure, plan, context.now());
            let finding = Finding::of_error(&error);
            (Finding { check: Check::Unreachable, ..finding }, None)
        }
    }
}

/// What an error of the clock means.
fn clock(skew: TimeDelta) -> Finding {
    if skew.abs() < NEGLIGIBLE {
        return Finding::ok(Check::Clock, "this machine's clock agrees with AWS's");
    }
    let side = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    let text = format!("this machine's clock is {} s {side} AWS's", skew.num_seconds().abs());
    let remedy = "'timedatectl set-ntp true' sets the clock right";
    if skew.abs() < SIGNATURE_TOLERANCE {
        return Finding::warning(Check::Clock, text).remedy(remedy);
    }
    let problem = Finding::problem(Check::Clock, text).remedy(remedy);
    Finding { kind: Kind::Denied, ..problem }
}
