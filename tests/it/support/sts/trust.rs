//! Whether a role lets a caller in.

use chrono::{DateTime, Utc};

use super::auth::{Caller, Kind};
use super::world::Role;

/// What a trust policy can ask about, beside the caller.
pub(super) struct Context<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) external_id: Option<&'a str>,
    /// When MFA was used: now for a request with a code, earlier for a session made with one.
    pub(super) mfa_at: Option<DateTime<Utc>>,
}

/// True when every condition of the role holds. A caller never learns which one did not.
pub(super) fn admits(role: &Role, caller: &Caller, context: &Context<'_>) -> bool {
    let trusted = role.trust.iter().any(|principal| is(caller, principal));
    let external_id = match &role.external_id {
        Some(wanted) => context.external_id == Some(wanted),
        // A trust policy without the condition doesn't mind an external ID.
        None => true,
    };
    let mfa = !role.require_mfa || context.mfa_at.is_some();
    let mfa_age = role.max_mfa_age.is_none_or(|limit| {
        context.mfa_at.is_some_and(|at| (context.now - at).num_seconds() <= i64::from(limit))
    });
    trusted && external_id && mfa && mfa_age && !role.denied
}

/// Whether a principal of a trust policy means this caller.
fn is(caller: &Caller, principal: &str) -> bool {
    let root = format!("arn:{}:iam::{}:root", caller.partition, caller.account);
    let role = match &caller.kind {
        Kind::RoleSession { role_arn } => Some(role_arn.as_str()),
        Kind::User | Kind::UserSession { .. } => None,
    };
    principal == "*"
        || principal == caller.account
        || principal == root
        || principal == caller.arn
        || Some(principal) == role
}
