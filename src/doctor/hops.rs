//! The steps to a profile's credentials, one by one: who asks for each role, and whether the access
//! portal lists the role of IAM Identity Center.

use std::time::Duration;

use super::{
    check::Check,
    finding::Finding,
    identity::{self, Means},
};
use crate::{
    app,
    aws::{Budget, Call, Failure, account_roles},
    error::Kind,
    identity_center::{SignIns, TokenRequest, oidc_endpoint, portal_endpoint},
    plan::{Plan, Source, SsoRole},
    progress::waiting_for,
    store::none,
};

/// How long the portal may take.
const BUDGET: Budget = Budget::new(Duration::from_secs(10), 2);

/// Returns who asks for each role of `plan`, which has been assumed.
pub(super) fn check(means: &Means<'_>, plan: &Plan) -> Vec<Finding> {
    let Means { context, store, .. } = *means;
    // Sessions that are not stored would have to be created again, maybe with another code.
    let is_kept = app::store_by_name(context, store).is_ok_and(|store| store.name() != none::NAME);
    let mut findings = Vec::new();
    let mut rest = plan.clone();
    while let Some((hop, before)) = rest.without_last_role() {
        let role = &hop.role_arn;
        let is_token = matches!(before.base.source, Source::WebIdentity { .. });
        let can_be_asked = if before.steps() == 0 { !is_token } else { is_kept };
        if can_be_asked {
            let finding = match identity::identity(means, &before) {
                Ok(source) => {
                    Finding::ok(Check::Hop, format!("{role} is assumed by {}", source.arn))
                }
                Err(error) => {
                    let text = format!("{role} can no longer be assumed: {}", error.message());
                    let remedy = error.hints().join("; ");
                    Finding::warning(Check::Hop, text).remedy(remedy)
                }
            };
            findings.push(finding.of_profile(plan.name()).at(hop.places.role_arn.clone()));
        }
        rest = before;
    }
    findings.reverse();
    findings
}

/// Returns whether the access portal lists the role that `plan` starts from; `None` if it starts from
/// elsewhere, or nobody is signed in.
pub(super) fn assignment(means: &Means<'_>, plan: &Plan) -> Option<Finding> {
    let Source::Sso(role) = &plan.base.source else { return None };
    let SsoRole { session, account_id, role_name } = role;
    let Means { context, store, .. } = *means;
    let store = app::store_by_name(context, store).ok()?;
    let (oidc, portal) = (oidc_endpoint(session, &plan.aws), portal_endpoint(session, &plan.aws));
    let _waiting = waiting_for(context, "IAM Identity Center");
    let request = TokenRequest {
        session,
        oidc: &oidc,
        deadline: context.elapsed() + BUDGET.limit,
        is_early: false,
        rejected: None,
    };
    let token = SignIns::new(context, &*store).access_token(&request).ok()?;
    let call = Call { endpoint: &portal, budget: BUDGET };
    let roles = match account_roles(call, &token, account_id) {
        Ok(roles) => roles,
        // There is none in that account.
        Err(Failure::Refused { .. }) => Vec::new(),
        Err(_) => return None,
    };
    let place = |finding: Finding| finding.of_profile(&plan.base.profile).at(plan.base.at.clone());
    if roles.contains(role_name) {
        let text = format!("the access portal lists role {role_name} of account {account_id}");
        return Some(place(Finding::ok(Check::Assignment, text)));
    }
    let text = format!("the access portal does not list role {role_name} of account {account_id}");
    let remedy = match &*roles {
        [] => {
            "ask an administrator to assign it to you; 'rolecall sso roles' lists yours".to_owned()
        }
        some => format!("name one of {} in sso_role_name, or request that one", some.join(", ")),
    };
    let problem = place(Finding::problem(Check::Assignment, text)).remedy(remedy);
    Some(Finding { kind: Kind::Denied, ..problem })
}
