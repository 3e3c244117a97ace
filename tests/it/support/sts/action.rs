//! STS's actions: which there are, and the two short ones.

use chrono::{DateTime, Utc};

use super::assume;
use super::auth::{self, Caller, Kind, Rules};
use super::mfa;
use super::service::Verdict;
use super::session;
use super::sigv4::Authorization;
use super::state::State;
use super::validate::{Checks, DIGITS, SERIAL};
use super::wire::{Params, Request};
use super::xml::{Failure, STS_NAMESPACE, Xml};

const VERSION: &str = "2011-06-15";
const RULES: Rules = Rules { service: "sts", skew_minutes: 5, content_header: false };

const WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
const ACTIONS: [&str; 4] =
    ["AssumeRole", WITH_WEB_IDENTITY, "GetCallerIdentity", "GetSessionToken"];

/// Judges a request to STS and carries it out.
pub(super) fn judge(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request,
    params: &Params,
    authorization: Result<Option<Authorization>, String>,
    request_id: &str,
) -> Verdict {
    let name = params.get("Action").unwrap_or_default();
    // AWS looks for the operation first, and then at who asks for it.
    let version = params.get("Version").filter(|version| !version.is_empty());
    let known = version == Some(VERSION) && ACTIONS.contains(&name);
    if !name.is_empty() && !known {
        return Err(Failure::no_operation(name, version.unwrap_or("NO_VERSION_SPECIFIED")));
    }
    if !matches!(request.method.as_str(), "GET" | "POST") || request.path() != "/" {
        return Err(Failure::new(404, "UnknownOperationException", "There is nothing here."));
    }
    // The token stands for a signature there.
    if name == WITH_WEB_IDENTITY {
        let mut xml = opened(name);
        assume::assume_role_with_web_identity(state, now, params, &mut xml)?;
        return Ok(finished(xml, name, request_id));
    }
    let caller = auth::authenticate(state, now, request, authorization, &RULES)
        .map_err(|refusal| refusal.to_sts())?;

    if name.is_empty() {
        let message = "The request must contain the parameter Action.";
        return Err(Failure::new(400, "MissingAction", message));
    }
    let mut xml = opened(name);
    match name {
        "AssumeRole" => assume::assume_role(state, now, &caller, params, &mut xml)?,
        "GetSessionToken" => get_session_token(state, now, &caller, params, &mut xml)?,
        _ => get_caller_identity(&caller, &mut xml),
    }
    Ok(finished(xml, name, request_id))
}

fn opened(name: &str) -> Xml {
    let mut xml = Xml::new();
    xml.open_with(&format!("{name}Response"), STS_NAMESPACE);
    xml.open(&format!("{name}Result"));
    xml
}

fn finished(mut xml: Xml, name: &str, request_id: &str) -> String {
    xml.close(&format!("{name}Result"));
    xml.open("ResponseMetadata").leaf("RequestId", request_id).close("ResponseMetadata");
    xml.close(&format!("{name}Response"));
    xml.finish()
}

fn get_caller_identity(caller: &Caller, xml: &mut Xml) {
    xml.leaf("Arn", &caller.arn);
    xml.leaf("UserId", &caller.user_id);
    xml.leaf("Account", &caller.account);
}

fn get_session_token(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    params: &Params,
    xml: &mut Xml,
) -> Result<(), Failure> {
    let mut checks = Checks::new(params);
    let seconds = checks.number("DurationSeconds", (900, 129_600))?.unwrap_or(43_200);
    let serial = checks.optional("SerialNumber", (9, 256), Some(&SERIAL));
    let token_code = checks.optional("TokenCode", (6, 6), Some(&DIGITS));
    checks.finish()?;
    if caller.kind != Kind::User {
        return Err(Failure::denied("Cannot call GetSessionToken with session credentials"));
    }
    let mfa_at = mfa::check(state, now, caller, serial, token_code)?.then_some(now);
    let caller = Caller { kind: Kind::UserSession { mfa_at }, ..caller.clone() };
    session::issue(state, now, seconds, caller).write(xml);
    Ok(())
}
