//! Credentials that need a sign-in by a person: to IAM Identity Center, or to the console by
//! `aws login`.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::maker::{Answer, Maker, NewSession};
use crate::{
    aws::{Budget, Call, Endpoint, Failure, Issued, Provider, SsoRoleCredentials, account_roles},
    error::Result,
    identity_center::{
        FORBIDDEN, SignInFlags, SignInRequest, SignIns, TokenRequest, UNKNOWN, oidc_endpoint,
        portal_endpoint,
    },
    plan::SsoRole,
    progress::waiting_for,
    rules::nearest_of,
    secret::{Secret, hex},
    session::{request::StepRequest, state_access::LockOutcome},
    state::Lock,
};

/// The limit of the call that finds out which roles there are instead.
const LIST_LIMIT: Duration = Duration::from_secs(3);
/// At most this many of them are named.
const MOST_NAMED: usize = 8;
/// The time that is left for the role's credentials after a person has signed in.
const SIGN_IN_RESERVE: Duration = Duration::from_secs(8);
/// What is waited for.
const IDENTITY_CENTER: &str = "IAM Identity Center";

impl Maker<'_> {
    /// Returns the credentials of a role in IAM Identity Center. A token that the portal refuses
    /// before its time is renewed once.
    pub(super) fn sso_role(&self, step: &StepRequest<'_>, role: &SsoRole) -> Result<NewSession> {
        let settings = &step.plan().aws;
        let oidc = oidc_endpoint(&role.session, settings);
        let portal = portal_endpoint(&role.session, settings);
        let sign_ins = SignIns::new(self.finder.context, self.finder.store);
        let mut request = TokenRequest {
            session: &role.session,
            oidc: &oidc,
            deadline: step.deadline(),
            is_early: step.of.is_early_renewal,
            rejected: None,
        };
        let token = self.token(step, &sign_ins, &request)?;
        let mut answer = self.role_credentials(step, &portal, credentials_of(role, &token))?;
        let mut renewed = None;
        if let Err(Failure::SignIn { .. }) = answer {
            request.rejected = Some(&token);
            let again = self.access_token(&sign_ins, &request);
            let again = again.map_err(|failure| self.explain(step, &failure))?;
            answer = self.role_credentials(step, &portal, credentials_of(role, &again))?;
            renewed = Some(again);
        }
        if let Err(failure @ Failure::Refused { code, .. }) = &answer
            && [FORBIDDEN, UNKNOWN].contains(&code.as_str())
            && !request.is_early
        {
            let error = self.explain(step, failure);
            let token = renewed.as_ref().unwrap_or(&token);
            let call = Call { endpoint: &portal, budget: Budget::new(LIST_LIMIT, 1) };
            let roles = account_roles(call, token, &role.account_id);
            let hint = assigned_roles(roles, role, &sign_ins);
            return Err(error.first_hints(hint.into_iter().collect()));
        }
        self.checked(step, answer.map_err(|failure| self.explain(step, &failure))?)
    }

    /// Signs in for `role`, if somebody must and a program may open a browser.
    pub(in crate::session) fn sign_in(&self, step: &StepRequest<'_>, role: &SsoRole) -> Result<()> {
        let oidc = oidc_endpoint(&role.session, &step.plan().aws);
        let request = TokenRequest {
            session: &role.session,
            oidc: &oidc,
            deadline: step.deadline(),
            is_early: step.of.is_early_renewal,
            rejected: None,
        };
        let sign_ins = SignIns::new(self.finder.context, self.finder.store);
        self.token(step, &sign_ins, &request).map(drop)
    }

    fn token(
        &self,
        step: &StepRequest<'_>,
        sign_ins: &SignIns<'_>,
        request: &TokenRequest<'_>,
    ) -> Result<Secret> {
        let token = match self.access_token(sign_ins, request) {
            Err(Failure::SignIn { .. })
                if !request.is_early && sign_ins.can_sign_in_for_programs(request.session) =>
            {
                sign_in(sign_ins, request)?;
                self.access_token(sign_ins, request)
            }
            result => result,
        };
        token.map_err(|failure| self.explain(step, &failure))
    }

    fn access_token(&self, sign_ins: &SignIns<'_>, request: &TokenRequest<'_>) -> Answer<Secret> {
        let _waiting = waiting_for(self.finder.context, IDENTITY_CENTER);
        sign_ins.access_token(request)
    }

    /// The inner result is AWS's answer, the outer one ours.
    fn role_credentials(
        &self,
        step: &StepRequest<'_>,
        portal: &Endpoint,
        role: SsoRoleCredentials,
    ) -> Result<Answer<Issued>> {
        let call = Call { endpoint: portal, budget: self.budget(step)? };
        let _waiting = waiting_for(self.finder.context, IDENTITY_CENTER);
        Ok(self.aws.fetch(call, &Provider::Sso(role)))
    }

    /// Takes the lock under which the console session of `aws login` is renewed; `None` if no lock
    /// can be used, or no time is left to wait. Each renewal uses up the refresh token, and the
    /// SDK's provider overwrites the file in place.
    pub(super) fn console_lock(&self, step: &StepRequest<'_>, session: &str) -> Option<Lock> {
        let name = hex(&Sha256::digest(session.as_bytes()));
        match self.finder.state.turn(&format!("login-{name}"), step.deadline()) {
            LockOutcome::Ours(lock) => lock,
            LockOutcome::TooLate => None,
        }
    }
}

fn credentials_of(role: &SsoRole, token: &Secret) -> SsoRoleCredentials {
    SsoRoleCredentials {
        access_token: token.clone(),
        account_id: role.account_id.clone(),
        role_name: role.role_name.clone(),
    }
}

/// Signs in with a browser, because the settings of the sign-in allow that.
fn sign_in(sign_ins: &SignIns<'_>, token: &TokenRequest<'_>) -> Result<()> {
    sign_ins.sign_in_for_programs(&SignInRequest {
        session: token.session,
        oidc: token.oidc,
        flags: SignInFlags::default(),
        deadline: token.deadline.saturating_sub(SIGN_IN_RESERVE),
        aws_cache: false,
        notify: &|_| {},
    })
}

/// Returns a hint about the roles that the person does have in the account of `role`; `None` if that
/// is not known.
fn assigned_roles(
    roles: Answer<Vec<String>>,
    role: &SsoRole,
    sign_ins: &SignIns<'_>,
) -> Option<String> {
    let account = &role.account_id;
    match roles {
        Ok(names) if names.is_empty() => Some(no_role(role, sign_ins)),
        Err(Failure::Refused { code, .. }) if [FORBIDDEN, UNKNOWN].contains(&code.as_str()) => {
            Some(no_role(role, sign_ins))
        }
        Ok(names) => {
            let more = if names.len() > MOST_NAMED { ", …" } else { "" };
            let near = nearest_of(names.iter().map(String::as_str), &role.role_name);
            let quoted = names.iter().take(MOST_NAMED).map(|name| format!("'{name}'"));
            let list = quoted.collect::<Vec<_>>().join(", ");
            let meant = match &near[..] {
                // There is nothing to choose from.
                _ if names.len() == 1 => String::new(),
                [] => String::new(),
                near => format!("; did you mean '{}'?", near.join("' or '")),
            };
            Some(format!("in account {account} you have {list}{more}{meant}"))
        }
        Err(_) => None,
    }
}

/// Returns a hint about the account in which the person has no role, with similar ones among those
/// that were listed last.
fn no_role(role: &SsoRole, sign_ins: &SignIns<'_>) -> String {
    let account = &role.account_id;
    let listed = sign_ins.last_listing(&role.session).map(|listing| listing.accounts());
    let listed = listed.unwrap_or_default();
    let near = nearest_of(listed.iter().map(|it| &*it.id), account);
    let near = near.iter().filter_map(|id| {
        let known = listed.iter().find(|it| it.id == *id)?;
        Some(format!("{id} ({})", known.name))
    });
    let meant = match &near.collect::<Vec<_>>()[..] {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    };
    format!("you have no role in account {account}{meant}")
}
