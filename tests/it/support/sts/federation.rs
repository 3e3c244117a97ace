//! The federation endpoint: a sign-in token for a session, and the sign-in with it.
//!
//! As strict as the IAM user guide says ("Enable custom identity broker access to the AWS console"):
//! sessions of roles alone, `SessionDuration` for those alone that were assumed with long-lived keys.
//! Its refusals have no reason, as with AWS.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::auth::Kind;
use super::state::State;
use super::text;
use super::wire::Params;
use super::xml::Failure;

fn refused() -> Failure {
    Failure::new(400, "BadRequest", "")
}

pub(super) fn sign_in_token(
    state: &mut State,
    now: DateTime<Utc>,
    params: &Params,
) -> Result<String, Failure> {
    let given: Value = params
        .get("Session")
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(refused)?;
    let part = |name: &str| given[name].as_str().unwrap_or_default();
    let session = state.sessions.get(part("sessionId")).ok_or_else(refused)?;
    let is_right = params.get("Action") == Some("getSigninToken")
        && session.secret_access_key == part("sessionKey")
        && session.token == part("sessionToken")
        && session.ends > now
        && matches!(session.caller.kind, Kind::RoleSession { .. });
    let is_direct = state.direct.contains(&session.access_key_id);
    let duration_fits = params.get("SessionDuration").is_none_or(|text| {
        is_direct && text.parse().is_ok_and(|seconds| (900..=43_200).contains(&seconds))
    });
    if !is_right || !duration_fits {
        return Err(refused());
    }
    let token = text::base64(&text::random::<300>());
    state.secrets.insert(token.clone());
    state.sign_in_tokens.insert(token.clone(), now + Duration::minutes(15));
    Ok(json!({ "SigninToken": token }).to_string())
}

pub(super) fn login(
    state: &mut State,
    now: DateTime<Utc>,
    params: &Params,
) -> Result<String, Failure> {
    let token = params.get("SigninToken").unwrap_or_default();
    let is_good = state.sign_in_tokens.remove(token).is_some_and(|until| until > now);
    if !is_good || params.get("Action") != Some("login") {
        return Err(refused());
    }
    Ok(json!({ "signed in, on to": params.get("Destination") }).to_string())
}
