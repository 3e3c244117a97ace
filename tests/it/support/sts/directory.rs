//! What the portal of IAM Identity Center lists: accounts and their roles, page by page, and not too
//! often.
//!
//! Rules: IAM Identity Center Portal API reference, ListAccounts and ListAccountRoles.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::State;
use super::wire::{Params, Request};
use super::xml::Failure;

/// What the portal lists.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Portal {
    /// Accounts in their order: ID, name, email. Their roles are the world's `sso_roles`.
    pub(crate) accounts: Vec<(String, String, String)>,
    /// Accounts whose roles it does not give.
    pub(crate) broken: Vec<String>,
    /// At most this many entries a page, whatever is asked for; 0: as many as are asked for.
    pub(crate) page: usize,
    /// At most this many calls in any second; 0: no limit.
    pub(crate) calls_per_second: usize,
    /// How many calls were answered 429.
    pub(crate) throttled: usize,
}

pub(super) fn list_accounts(
    state: &mut State,
    request: &Request,
    params: &Params,
) -> Result<String, Failure> {
    check(state, request)?;
    let accounts = state.world.sso_portal.accounts.iter();
    let all = accounts.map(
        |(id, name, email)| json!({ "accountId": id, "accountName": name, "emailAddress": email }),
    );
    page(state, params, "accountList", all.collect())
}

pub(super) fn list_account_roles(
    state: &mut State,
    request: &Request,
    params: &Params,
) -> Result<String, Failure> {
    check(state, request)?;
    let account = params.get("account_id").unwrap_or_default();
    let world = &state.world;
    let is_known = world.sso_portal.accounts.iter().any(|(id, ..)| id == account);
    if !is_known || world.sso_portal.broken.iter().any(|id| id == account) {
        return Err(Failure::new(403, "ForbiddenException", "No access"));
    }
    let roles = world.sso_roles.iter().filter(|(id, _)| id == account);
    let all = roles.map(|(id, role)| json!({ "roleName": role, "accountId": id }));
    page(state, params, "roleList", all.collect())
}

fn check(state: &mut State, request: &Request) -> Result<(), Failure> {
    let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
    if !state.world.sso_tokens.contains(&token) {
        let message = "Session token not found or invalid";
        return Err(Failure::new(401, "UnauthorizedException", message));
    }
    let most = state.world.sso_portal.calls_per_second;
    let now = Instant::now();
    state.listed.retain(|time| now.duration_since(*time) < Duration::from_secs(1));
    if most > 0 && state.listed.len() >= most {
        state.world.sso_portal.throttled += 1;
        return Err(Failure::new(429, "TooManyRequestsException", "Rate exceeded"));
    }
    state.listed.push(now);
    Ok(())
}

fn page(state: &State, params: &Params, name: &str, all: Vec<Value>) -> Result<String, Failure> {
    let wrong = |why: &str| Err(Failure::new(400, "InvalidRequestException", why));
    let asked = match params.get("max_result").map(str::parse::<usize>) {
        None => 20,
        Some(Ok(asked @ 1..=100)) => asked,
        Some(_) => return wrong("max_result must be from 1 to 100"),
    };
    let most = match state.world.sso_portal.page {
        0 => asked,
        page => page.min(asked),
    };
    let start = match params.get("next_token").map(|token| token.strip_prefix("after-")) {
        None => 0,
        Some(Some(start)) if start.parse::<usize>().is_ok_and(|start| start < all.len()) => {
            start.parse().expect("a number")
        }
        Some(_) => return wrong("next_token is not one of ours"),
    };
    let end = (start + most).min(all.len());
    let next = (end < all.len()).then(|| format!("after-{end}"));
    let mut answer = json!({ "nextToken": next });
    answer[name] = all[start..end].into();
    Ok(answer.to_string())
}
