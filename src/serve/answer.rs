//! What the server answers.

use std::sync::Arc;

use hyper::{StatusCode, body::Bytes};
use serde::Serialize;
use zeroize::Zeroizing;

use super::held::{ClientLog, HeldSession};
use crate::{
    credentials::rfc3339,
    error::{Error, Kind},
    secret::Secret,
};

/// Room for the longest session tokens seen, because a buffer that grows leaves an unwiped copy behind.
const CAPACITY: usize = 8 * 1024;

/// A status and a body.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// What to note of the client, if it gets a session.
    pub(super) note: Option<Note>,
}

/// What to note of a client that gets a session.
pub(super) struct Note {
    /// Who is told.
    pub(super) log: Arc<dyn ClientLog>,
    /// Which session it is.
    pub(super) access_key_id: String,
}

impl Answer {
    /// No, without a reason.
    pub(super) fn refusal() -> Self {
        Self { status: StatusCode::FORBIDDEN, body: Bytes::new(), note: None }
    }

    /// Whether all profiles have a session.
    pub(super) fn health(is_ready: bool) -> Self {
        let (status, word) = if is_ready {
            (StatusCode::OK, "ok")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "no-session")
        };
        Self { status, body: Bytes::from(format!("{{\"status\":\"{word}\"}}\n")), note: None }
    }

    /// Returns a session.
    ///
    /// Rule: AWS SDKs and Tools Reference Guide, "Container credential provider"; the SDK for JavaScript
    /// refuses an answer without one of the first four fields.
    pub(super) fn session(session: &HeldSession) -> Self {
        let credentials = &session.credentials;
        let document = Document {
            access_key_id: &credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.expose(),
            token: credentials.session_token.as_ref().map_or("", Secret::expose),
            expiration: rfc3339(session.lifetime.ends),
            account_id: credentials.account_id.as_deref(),
            role_arn: session.role_arn.as_deref(),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
        serde_json::to_writer(&mut *bytes, &document).expect("BUG: strings always serialize");
        bytes.push(b'\n');
        let (log, access_key_id) = (Arc::clone(&session.log), credentials.access_key_id.clone());
        let note = Some(Note { log, access_key_id });
        Self { status: StatusCode::OK, body: Bytes::from_owner(bytes), note }
    }

    /// Returns why there is no session. `name` is that of the profile.
    ///
    /// Rule: SDKs try again after a 5xx, so what only a person or an administrator can change is a 4xx.
    pub(super) fn failure(error: &Error, name: &str) -> Self {
        let (status, code) = match error.kind() {
            Kind::NeedsHuman | Kind::Interrupted => (StatusCode::BAD_REQUEST, "NeedsHuman"),
            Kind::Denied => (StatusCode::BAD_REQUEST, "AccessDenied"),
            Kind::Config | Kind::Usage => (StatusCode::BAD_REQUEST, "InvalidConfiguration"),
            Kind::Store => (StatusCode::BAD_REQUEST, "StoreUnavailable"),
            Kind::Unreachable => (StatusCode::SERVICE_UNAVAILABLE, "AwsUnreachable"),
            Kind::Other | Kind::ClosedPipe | Kind::NotExecutable | Kind::NoSuchProgram => {
                (StatusCode::SERVICE_UNAVAILABLE, "InternalFailure")
            }
        };
        let mut parts = vec![error.to_string()];
        parts.extend(error.hints().iter().cloned());
        let command = format!("rolecall login {name}");
        if code == "NeedsHuman" && !parts.iter().any(|part| part.contains("rolecall ")) {
            parts.push(format!("run '{command}' in a terminal"));
        }
        Self::problem(status, code, &parts.join("; "))
    }

    /// No session is there, and none came in time.
    pub(super) fn not_yet() -> Self {
        let message = "the session is being renewed: try again in a moment";
        Self::problem(StatusCode::SERVICE_UNAVAILABLE, "NotReady", message)
    }

    /// The server hands out nothing any more.
    pub(super) fn closed(why: &str) -> Self {
        Self::problem(StatusCode::GONE, "Closed", why)
    }

    fn problem(status: StatusCode, code: &str, message: &str) -> Self {
        let mut body =
            serde_json::to_vec(&Problem { code, message }).expect("BUG: strings always serialize");
        body.push(b'\n');
        Self { status, body: Bytes::from(body), note: None }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'a str>,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(error: &Error) -> (u16, serde_json::Value) {
        let answer = Answer::failure(error, "p");
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }

    #[test]
    fn what_a_person_must_do_is_a_4xx_that_names_the_command() {
        for kind in [Kind::NeedsHuman, Kind::Interrupted] {
            let (status, body) = answered(&Error::new(kind, "'p' needs an MFA code"));
            assert_eq!((status, body["code"].as_str()), (400, Some("NeedsHuman")));
            let message = body["message"].as_str().unwrap();
            assert_eq!(message, "'p' needs an MFA code; run 'rolecall login p' in a terminal");
        }
        let error = Error::new(Kind::NeedsHuman, "x").hint("run 'rolecall login p --y' first");
        assert_eq!(answered(&error).1["message"], "x; run 'rolecall login p --y' first");
    }

    #[test]
    fn only_what_may_pass_by_itself_is_a_5xx() {
        for (kind, status) in [
            (Kind::Denied, 400),
            (Kind::Config, 400),
            (Kind::Store, 400),
            (Kind::Unreachable, 503),
            (Kind::Other, 503),
        ] {
            assert_eq!(answered(&Error::new(kind, "x")).0, status, "{kind:?}");
        }
    }
}
