//! What `fuzz/` tries: each function takes any bytes, and panics if rolecall makes something wrong
//! of them. It returns whether they were accepted. Not for other programs: the feature `fuzzing`
//! exports it, and tests run it with the seeds of the fuzz targets.

use std::{sync::LazyLock, time::Duration};

use crate::{
    aws::{
        self, AssumeRole, Aws as _, Budget, Call, Endpoint, Failure, GetSessionToken, Grant,
        Issued, Provider, RegisterClient, Registration, Sdk, SsoRoleCredentials,
    },
    browser::{Callback, CallbackListener, Verdict, asks_for},
    child,
    context::wall_now,
    credentials::Credentials,
    output::escape,
    secret::Secret,
    unanswered::{Called, unanswered},
};

const ROLE: &str = "arn:aws:iam::222222222222:role/R";
/// Lists try again after a pause, so a canned answer must not be waited for.
const BUDGET: Budget = Budget::new(Duration::from_millis(100), 1);
/// The state of the sign-in that the callback listener waits for.
const STATE: &str = "the-state";
/// The path that the redirect answers.
const REDIRECT: &str = "/5f3c";

/// Reads a message of D-Bus, and holds a conversation with a Secret Service that says these bytes.
/// The first byte selects what it is asked for.
#[cfg(target_os = "linux")]
pub fn dbus(data: &[u8]) -> bool {
    use crate::{
        context::steady_now,
        store::secret_service::{Asked, Conversation, read},
    };
    let Some((selected, bytes)) = data.split_first() else { return false };
    let (asked, unlock) = (selected & 3, selected & 4 != 0);
    let asked = [Asked::Get, Asked::Put, Asked::Delete, Asked::Check][usize::from(asked)];
    read(bytes);
    let outcome = Conversation { asked, bytes, clock: steady_now, unlock }.outcome();
    let is_get = matches!(asked, Asked::Get);
    assert!(is_get || !matches!(outcome, Ok(Some(_))), "a secret that nobody asked for");
    if let Err(error) = &outcome {
        assert!(!error.to_string().is_empty(), "a failure without words");
    }
    outcome.is_ok_and(|item| item.is_some() == is_get)
}

/// Takes an answer of STS. The first line names the call, the next one has the status, then come
/// headers, an empty line and the body.
pub fn sts(data: &[u8]) -> bool {
    let (name, answer) = call_and_answer(data);
    let endpoint = endpoint();
    let call = Call { endpoint: &endpoint, budget: BUDGET };
    let role = AssumeRole {
        role_arn: ROLE.to_owned(),
        session_name: "s".to_owned(),
        ..AssumeRole::default()
    };
    aws::with_answer(answer, || match name {
        b"AssumeRoleWithWebIdentity" => {
            let token = Secret::from("token");
            judge_session(Sdk.assume_role_with_web_identity(call, &token, &role))
        }
        b"GetSessionToken" => {
            let session = GetSessionToken { duration_seconds: 900, mfa: None };
            judge_session(Sdk.get_session_token(call, &keys(), &session))
        }
        b"GetCallerIdentity" => judge(Sdk.caller_identity(call, &keys()).map(drop)),
        _ => judge_session(Sdk.assume_role(call, &keys(), &role)),
    })
}

/// Takes an answer of IAM Identity Center: of its OIDC service or of its access portal. Of the same
/// form as for [`sts`].
pub fn identity_center(data: &[u8]) -> bool {
    let (name, answer) = call_and_answer(data);
    let endpoint = endpoint();
    let call = Call { endpoint: &endpoint, budget: BUDGET };
    let token = Secret::from("token");
    aws::with_answer(answer, || match name {
        b"RegisterClient" => {
            let client = RegisterClient {
                scopes: &[],
                grant_types: &[],
                redirect_uri: None,
                issuer_url: "https://d-1.awsapps.com/start",
            };
            judge(aws::register_client(call, &client).map(drop))
        }
        b"StartDeviceAuthorization" => {
            let started = aws::start_device_authorization(call, &registration(), "https://h");
            if let Ok(started) = &started {
                assert!(started.interval_seconds > 0, "calls without a pause");
            }
            judge(started.map(drop))
        }
        b"ListAccounts" => judge(aws::list_accounts(call, &token).map(drop)),
        b"ListAccountRoles" => judge(aws::account_roles(call, &token, "222222222222").map(drop)),
        b"GetRoleCredentials" => {
            let role = SsoRoleCredentials {
                access_token: token.clone(),
                account_id: "222222222222".to_owned(),
                role_name: "R".to_owned(),
            };
            judge_session(Sdk.fetch(call, &Provider::Sso(role)))
        }
        b"Logout" => judge(aws::end_sign_in(call, &token)),
        _ => {
            let grant = match name {
                b"CreateToken device" => Grant::DeviceCode(&token),
                _ => Grant::RefreshToken(&token),
            };
            let issued = aws::create_token(call, &registration(), &grant);
            if let Ok(issued) = &issued {
                assert!(!issued.access_token.expose().is_empty(), "an empty token");
            }
            judge(issued.map(drop))
        }
    })
}

/// Takes the head of a request to one of the two ports that a browser is sent to, and the same bytes
/// as an address that was pasted.
pub fn browser_request(data: &[u8]) -> bool {
    static LISTENER: LazyLock<Option<CallbackListener>> =
        LazyLock::new(|| CallbackListener::open(0, Secret::from(STATE)).ok());
    let Some(listener) = &*LISTENER else { return false };
    let brought = |callback: &Callback, text: &str| {
        assert!(text.contains("/oauth/callback?"), "another page: {text:?}");
        if let Callback::Code(code) = callback {
            assert!(!code.expose().is_empty(), "an empty code");
        }
        assert!(text.contains("state="), "without the state: {text:?}");
    };
    let text = String::from_utf8_lossy(data);
    let mut is_accepted = false;
    if let Verdict::Brought(callback) = listener.verdict(data) {
        assert!(text.starts_with("GET "), "another method: {text:?}");
        brought(&callback, &text);
        is_accepted = true;
    }
    if let Some(callback) = listener.pasted(&Secret::new(text.to_string())) {
        brought(&callback, &text);
        is_accepted = true;
    }
    if asks_for(REDIRECT, data) {
        assert!(text.starts_with("GET /5f3c HTTP/1."), "redirected: {text:?}");
        is_accepted = true;
    }
    is_accepted
}

/// Takes the output of another program that gives credentials.
pub fn child_json(data: &[u8]) -> bool {
    let Ok(mut credentials) = child::parse(data) else { return false };
    assert!(!credentials.access_key_id.is_empty(), "no access key ID");
    assert!(!credentials.secret_access_key.expose().is_empty(), "no secret key");
    let printed = credentials.process_json();
    assert_eq!(printed.split(|byte| *byte == b'\n').count(), 2, "one line");
    let again = child::parse(&printed).expect("our own document is one");
    // It has whole seconds.
    credentials.expiration = again.expiration.filter(|end| {
        credentials.expiration.is_some_and(|time| time.timestamp() == end.timestamp())
    });
    assert_eq!(again, credentials);
    true
}

fn call_and_answer(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

fn endpoint() -> Endpoint {
    Endpoint { region: "eu-west-1".to_owned(), ..Endpoint::default() }
}

fn keys() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: Secret::from("secret"),
        session_token: None,
        expiration: None,
        account_id: None,
    }
}

fn registration() -> Registration {
    Registration {
        client_id: "id".to_owned(),
        client_secret: Secret::from("secret"),
        ends: wall_now(),
        authorization_endpoint: None,
    }
}

/// A session is whole, and callers can read what is printed of it.
fn judge_session(answer: Result<Issued, Failure>) -> bool {
    let credentials = match answer {
        Ok(issued) => issued.credentials,
        Err(failure) => return judge(Err(failure)),
    };
    assert!(!credentials.access_key_id.is_empty(), "no access key ID");
    assert!(!credentials.secret_access_key.expose().is_empty(), "no secret key");
    let token = credentials.session_token.as_ref();
    assert!(token.is_some_and(|token| !token.expose().is_empty()), "no session token");
    assert!(credentials.expiration.is_some(), "a session without an end");
    let printed = credentials.process_json();
    assert_eq!(printed.split(|byte| *byte == b'\n').count(), 2, "one line");
    let read = child::parse(&printed).expect("our own document is one");
    assert_eq!(read.access_key_id, credentials.access_key_id);
    assert_eq!(read.session_token, credentials.session_token);
    true
}

/// The words for a failure fit on a terminal.
fn judge(answer: Result<(), Failure>) -> bool {
    let Err(failure) = answer else { return true };
    let error = unanswered(&failure, Called::in_region("the service in eu-west-1"));
    let shown = escape(&error.to_string()).to_string();
    assert!(!shown.is_empty() && !shown.contains(char::is_control), "not shown: {shown:?}");
    false
}

#[cfg(test)]
mod seeds;
#[cfg(test)]
mod tests;
